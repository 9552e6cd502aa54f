// SPDX-License-Identifier: Apache-2.0
// What the messages of an ONNX file take: see loader/message_size.h.
#pragma once

#include "loader/message_size.h"

namespace u2net::engine {

// Of an onnx::Model.
const MessageShape& onnx_model_shape();
// Of an onnx::Graph, which branches are, too.
const MessageShape& onnx_graph_shape();

}  // namespace u2net::engine
