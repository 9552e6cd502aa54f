// SPDX-License-Identifier: Apache-2.0
// To the steps of a grid and back: what quantisation leaves in programs.
#include "engine/ops/quantization.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {
namespace {

constexpr int kNone = PirOperand::kNone;

// Behind the scale and its zero: what training counts with.
constexpr PirOperand kLinearOperands[] = {{Quantization::kX},
                                          {Quantization::kScale},
                                          {Quantization::kZero},
                                          {.slot = kNone},
                                          {.slot = kNone}};
constexpr PirAttribute kLinearAttributes[] = {
    {"quant_axis", PirKind::kInt}, {"bit_length", PirKind::kInt},     {"round_type", PirKind::kInt},
    {"is_test", PirKind::kBool},   {"only_observer", PirKind::kBool},
};

constexpr PirOperand kScaled[] = {{Quantization::kX}, {Quantization::kScale}};
constexpr PirOperand kScales[] = {
    {Quantization::kX}, {.slot = Quantization::kScale, .list_slot = Quantization::kScale}};
constexpr PirOperand kInScale[] = {
    {Quantization::kX}, {Quantization::kScale}, {.slot = kNone}, {.slot = kNone}};

constexpr PirAttribute kFakeAttributes[] = {
    {"bit_length", PirKind::kInt}, {"is_test", PirKind::kBool}, {"round_type", PirKind::kInt}};
constexpr PirAttribute kOwnAttributes[] = {{"bit_length", PirKind::kInt},
                                           {"round_type", PirKind::kInt}};
constexpr PirAttribute kChannelAttributes[] = {
    {"bit_length", PirKind::kInt}, {"round_type", PirKind::kInt}, {"quant_axis", PirKind::kInt}};
constexpr PirAttribute kBackAttributes[] = {{"max_range", PirKind::kFloat}};
constexpr PirAttribute kChannelsBackAttributes[] = {{"quant_bits", PirKind::kInts},
                                                    {"quant_axis", PirKind::kInt},
                                                    {"x_num_col_dims", PirKind::kInt}};

constexpr PirOp kOps[] = {
    {"dequantize_linear", "dequantize_linear", kLinearOperands, kLinearAttributes, {}, nullptr, 3},
    {"fake_channel_wise_dequantize_max_abs", "fake_channel_wise_dequantize_max_abs", kScales,
     kChannelsBackAttributes},
    {"fake_channel_wise_quantize_abs_max", "fake_channel_wise_quantize_abs_max", kOneOperand,
     kChannelAttributes},
    {"fake_channel_wise_quantize_dequantize_abs_max",
     "fake_channel_wise_quantize_dequantize_abs_max", kOneOperand, kChannelAttributes},
    {"fake_dequantize_max_abs", "fake_dequantize_max_abs", kScaled, kBackAttributes},
    {"fake_quantize_abs_max", "fake_quantize_abs_max", kOneOperand, kOwnAttributes},
    {"fake_quantize_dequantize_abs_max", "fake_quantize_dequantize_abs_max", kOneOperand,
     kOwnAttributes},
    {"fake_quantize_dequantize_moving_average_abs_max",
     "fake_quantize_dequantize_moving_average_abs_max",
     kInScale,
     kFakeAttributes,
     {},
     nullptr,
     3},
    {"fake_quantize_moving_average_abs_max",
     "fake_quantize_moving_average_abs_max",
     kInScale,
     kFakeAttributes,
     {},
     nullptr,
     3},
    {"fake_quantize_range_abs_max",
     "fake_quantize_range_abs_max",
     kInScale,
     kFakeAttributes,
     {},
     nullptr,
     2},
    {"quantize_linear", "quantize_linear", kLinearOperands, kLinearAttributes, {}, nullptr, 3},
};

}  // namespace

std::span<const PirOp> quantizing_pir_ops() { return kOps; }

}  // namespace u2net::engine
