// SPDX-License-Identifier: Apache-2.0
// A choice between values, as it stands at the end of branches of a program: what slot 0 holds are
// the results of the branches, the other slots decide which of them counts. All branches lie in the
// graph as plain nodes. When the sizes are known infer_shapes() looks at what decides, and what
// then nothing needs is neither inferred nor kept: a branch that is not taken may be one that these
// sizes do not allow.
#pragma once

#include <cstddef>

#include "engine/graph/op.h"

namespace u2net::engine {

class Choice : public Operator {
 public:
  using Operator::Operator;

  // The number of the value in slot 0 that is the result. The types of the other slots are known.
  virtual std::size_t chosen(const Inference& in) const = 0;
};

}  // namespace u2net::engine
