// SPDX-License-Identifier: Apache-2.0
// The operators of which Paddle's attributes do not say everything that a loader may have made:
// what ONNX has besides, and the ends of branches. Here their attributes are our own.
#pragma once

#include <memory>

#include "engine/graph/op.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

struct OwnAttributes {
  const OpType* type;
  Attributes (*encode)(const Operator&);
  // Throws Error for what makes no sense.
  std::shared_ptr<const Operator> (*decode)(const AttributeReader&, const OpType& type);
};

// Null for the others.
const OwnAttributes* own_attributes_of(const OpType& type);

}  // namespace u2net::engine
