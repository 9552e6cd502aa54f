// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear and DequantizeLinear: what a quantised model has before and behind what it
// computes, which then is computed in float32.
#include <string>

#include "engine/base/text.h"
#include "engine/ops/quantization.h"
#include "loader/onnx/onnx_tensor.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

// One scale, or one a position of an axis, which then counts.
QuantizationOptions read_options(const OnnxNode& n) {
  if (n.attributes.integer("block_size", 0) != 0) n.fail_unsupported("block_size");
  QuantizationOptions options{.to_even = true, .is_onnx = true};
  const Tensor* scale = n.known(1);
  const bool is_list = scale ? scale->shape().size() == 1 && scale->size() != 1 : n.rank(1) == 1;
  if (scale && scale->shape().size() > 1) n.fail_unsupported("a scale of shape ", scale->shape());
  if (n.opset() >= 13 && is_list) options.axis = n.axis(n.attributes.integer("axis", 1), n.rank(0));
  return options;
}

std::vector<std::vector<ValueId>> inputs_of(const OnnxNode& n) {
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}, {n.input(1)}};
  if (n.has(2)) inputs.push_back({n.input(2)});
  return inputs;
}

void dequantize(OnnxNode& n) {
  n.finish(make_operator<Quantization>(QuantizationKind::kDequantizeLinear, read_options(n)),
           inputs_of(n), n.rank(0));
}

// Of the type of the zero.
void quantize(OnnxNode& n) {
  QuantizationOptions options = read_options(n);
  options.to = DType::kUInt8;
  const auto type = static_cast<int>(n.attributes.integer("output_dtype", 0));
  if (type != 0) {
    const OnnxElement* element = find_onnx_element(type);
    if (!element) n.fail_unsupported("output_dtype ", onnx_element_name(type));
    options.to = element->dtype;
  }
  if (n.has(2)) {
    const Tensor* zero = n.known(2);
    if (!zero) n.fail_unsupported("a zero that the graph computes");
    options.to = zero->dtype();
  }
  if (*options.to != DType::kUInt8 && *options.to != DType::kInt8 && *options.to != DType::kInt16)
    n.fail_unsupported("a result of ", dtype_name(*options.to));
  n.finish(make_operator<Quantization>(QuantizationKind::kQuantizeLinear, options), inputs_of(n),
           n.rank(0));
}

constexpr OnnxOp kOps[] = {{"DequantizeLinear", dequantize}, {"QuantizeLinear", quantize}};

}  // namespace

std::span<const OnnxOp> onnx_quantization_ops() { return kOps; }

}  // namespace u2net::engine
