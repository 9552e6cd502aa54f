// SPDX-License-Identifier: Apache-2.0
// What quantised programs are full of: tensors to the steps of a grid, back, or both at once. Here
// all of it is computed in float32, as Paddle does on a CPU. One row a kind; what they share is one
// operator.
#pragma once

#include <array>

#include "engine/ops/positions.h"
#include "kernels/quantize/quantize.h"

namespace u2net::engine {

enum class QuantizationKind : std::uint8_t {
  kQuantizeLinear,
  kDequantizeLinear,
  kFakeDequantize,          // fake_dequantize_max_abs
  kFakeChannelDequantize,   // of one scale a channel, and perhaps another for all
  kFakeQuantizeRange,       // fake_quantize_range_abs_max
  kFakeQuantizeAverage,     // fake_quantize_moving_average_abs_max
  kFakeQuantizeDequantize,  // fake_quantize_dequantize_moving_average_abs_max
  kFakeQuantizeOwn,         // by the operand's own largest element, which is a result as well
  kFakeChannelQuantizeOwn,
  kFakeQuantizeDequantizeOwn,
  kFakeChannelQuantizeDequantizeOwn,
};
inline constexpr std::size_t kQuantizationKinds = 11;

const OpType& quantization_type(QuantizationKind kind);

struct QuantizationOptions {
  std::int64_t axis = -1;                  // of the scales; -1: there is one
  std::int64_t bits = 8, second_bits = 0;  // of the second scale, if there is one
  double steps = 127;                      // 2^(bits - 1) - 1, but of what programs say by itself
  bool to_even = false;                    // rounds halves to even numbers, else away from 0
  bool observes = false;                   // a note of what there was: the operand as it is
  // As ONNX has it: of and to integers of a type, with a zero.
  std::optional<DType> to = {};
  bool is_onnx = false;
};

class Quantization : public Operator {
 public:
  enum Input { kX, kScale, kZero };  // kScale: a list of one or two for kFakeChannelDequantize
  enum Output { kOut, kOutScale };

  Quantization(QuantizationKind kind, const QuantizationOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool is_data_slot(int) const override { return true; }
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  QuantizationKind kind() const { return kind_; }
  const QuantizationOptions& options() const { return options_; }

 private:
  kernels::QuantizeParams params(const Shape& x) const;
  void check_scales(const Inference& in) const;

  QuantizationKind kind_;
  QuantizationOptions options_;
};

}  // namespace u2net::engine
