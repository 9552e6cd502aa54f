// SPDX-License-Identifier: Apache-2.0
// The operators of ONNX: one row each, with a function that says what computes it. Each file here
// has those of a family.
//
// A row's function reads attributes and inputs of the node (loader/onnx/onnx_node.h), refuses what
// the engine cannot do, naming it, and calls finish() with one of the engine's operators; with
// several where ONNX's does more. Where an operator set changed what is an attribute and what an
// input, the function asks opset().
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "loader/onnx/onnx_node.h"

namespace u2net::engine {

// The operator sets that the rows know.
inline constexpr int kOldestOpset = 7, kNewestOpset = 24;

struct OnnxOp {
  std::string_view name;
  void (*convert)(OnnxNode&);
};

// What the reader sees to itself (loader/onnx/onnx_reader.cc), as these have no operands, or
// graphs.
inline constexpr std::string_view kOnnxConstant = "Constant", kOnnxIf = "If";

// Null for an operator that the engine lacks.
const OnnxOp* find_onnx_op(std::string_view name);
// The names of all, sorted.
std::vector<std::string_view> onnx_op_names();

// The families, each in the file of that name.
std::span<const OnnxOp> onnx_arithmetic_ops();
std::span<const OnnxOp> onnx_creation_ops();
std::span<const OnnxOp> onnx_function_ops();
std::span<const OnnxOp> onnx_indexing_ops();
std::span<const OnnxOp> onnx_matrix_ops();
std::span<const OnnxOp> onnx_movement_ops();
std::span<const OnnxOp> onnx_normalization_ops();
std::span<const OnnxOp> onnx_quantization_ops();
std::span<const OnnxOp> onnx_reduction_ops();
std::span<const OnnxOp> onnx_resize_ops();
std::span<const OnnxOp> onnx_window_ops();

}  // namespace u2net::engine
