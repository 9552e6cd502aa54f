// SPDX-License-Identifier: Apache-2.0
// The value of several whose number Mask is: the end of branches. Which one is evaluated while
// planning, like a size.
#pragma once

#include <optional>

#include "engine/graph/choice.h"

namespace u2net::engine {

extern const OpType kSelectInput;

class SelectInput : public Choice {
 public:
  enum Input { kX, kMask };

  // `number`: once it is known.
  explicit SelectInput(std::optional<std::size_t> number = {});

  std::size_t chosen(const Inference& in) const override;
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;

 private:
  std::optional<std::size_t> number_;
};

}  // namespace u2net::engine
