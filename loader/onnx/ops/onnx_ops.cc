// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/ops/onnx_ops.h"

#include <algorithm>

namespace u2net::engine {
namespace {

constexpr std::span<const OnnxOp> (*kFamilies[])() = {
    onnx_arithmetic_ops, onnx_creation_ops, onnx_function_ops,      onnx_indexing_ops,
    onnx_matrix_ops,     onnx_movement_ops, onnx_normalization_ops, onnx_quantization_ops,
    onnx_reduction_ops,  onnx_resize_ops,   onnx_window_ops};

}  // namespace

const OnnxOp* find_onnx_op(std::string_view name) {
  for (const auto family : kFamilies) {
    for (const OnnxOp& op : family()) {
      if (op.name == name) return &op;
    }
  }
  return nullptr;
}

std::vector<std::string_view> onnx_op_names() {
  std::vector<std::string_view> names;
  for (const auto family : kFamilies) {
    for (const OnnxOp& op : family()) names.push_back(op.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace u2net::engine
