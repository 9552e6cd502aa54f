// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "loader/paddle/attributes.h"
#include "onnx.pb.h"

namespace u2net::engine {

// Those that a reader can ask for: numbers, texts and lists of them. Tensors and subgraphs are left
// out. Throws kModelFormat where two have one name.
Attributes read_onnx_attributes(const onnx::Node& node);

}  // namespace u2net::engine
