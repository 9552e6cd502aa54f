// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/channel_weights.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/scale.h"

namespace u2net::engine {
namespace {

constexpr int kFilter = Conv2d::kFilter, kBias = Conv2d::kBias;
static_assert(kFilter == Conv2dTranspose::kFilter && kBias == Conv2dTranspose::kBias);

bool are_finite(const Tensor& t) {
  return std::ranges::all_of(t.values<float>(), [](float v) { return std::isfinite(v); });
}

// Calls f(element, output channel) for every element of a filter: [oc][ic / groups][kh][kw], or
// [ic][oc / groups][kh][kw] where it is transposed.
template <class F>
void for_each_weight(const Node& conv, const Shape& filter, const F& f) {
  const Conv2dTranspose* transposed = op_as<Conv2dTranspose>(conv);
  const std::int64_t window = filter[2] * filter[3];
  const std::int64_t groups = transposed ? transposed->options().groups : 1,
                     group_ic = filter[0] / groups;
  for (std::int64_t i = 0, at = 0; i < filter[0]; ++i) {
    for (std::int64_t j = 0; j < filter[1]; ++j) {
      const std::int64_t channel = transposed ? i / group_ic * filter[1] + j : i;
      for (std::int64_t k = 0; k < window; ++k) f(at++, channel);
    }
  }
}

Tensor folded_bias(const Tensor* bias, const ChannelLines& lines) {
  const std::size_t channels = lines.factor.size();
  Tensor folded(DType::kFloat32, {static_cast<std::int64_t>(channels)});
  for (std::size_t c = 0; c < channels; ++c) {
    const double b = bias ? double{bias->values<float>()[c]} : 0.0;
    folded.values<float>()[c] = static_cast<float>(lines.of(c, b));
  }
  return folded;
}

Tensor folded_filter(const Node& conv, const Tensor& filter, const ChannelLines& lines) {
  Tensor folded(DType::kFloat32, filter.shape());
  const std::span<const float> from = filter.values<float>();
  const std::span<float> to = folded.values<float>();
  for_each_weight(conv, filter.shape(), [&](std::int64_t i, std::int64_t channel) {
    to[i] = static_cast<float>(double{from[i]} * lines.factor[static_cast<std::size_t>(channel)]);
  });
  return folded;
}

// Of what a normalisation said of the results, which the lines have moved since.
void move_statistics(Node& node, const ChannelLines& lines) {
  const Conv2d* conv = op_as<Conv2d>(node);
  if (!conv || !conv->statistics) return;
  auto moved = std::make_shared<ChannelStatistics>(*conv->statistics);
  for (std::size_t c = 0; c < moved->mean.size(); ++c) {
    moved->mean[c] = static_cast<float>(lines.of(c, double{moved->mean[c]}));
    moved->deviation[c] =
        static_cast<float>(double{moved->deviation[c]} * std::fabs(lines.factor[c]));
  }
  auto op = make_mutable_operator<Conv2d>(*conv);
  op->statistics = std::move(moved);
  node.op = std::move(op);
}

std::optional<ChannelLines> lines_of_scale(const Scale& scale, const Node& node,
                                           std::int64_t channels) {
  if (node.has_input(Scale::kScaleTensor)) return std::nullopt;
  ChannelLines lines(channels);
  const bool is_last = scale.options().bias_after_scale;
  for (std::size_t c = 0; c < lines.factor.size(); ++c) {
    lines.factor[c] = scale.options().scale;
    (is_last ? lines.after : lines.before)[c] = scale.options().bias;
  }
  return lines;
}

// The functions that are lines of their first operand, and of either where they commute.
struct LineOf {
  kernels::BinaryKind kind;
  void (*set)(double value, double& factor, double& after);
};
constexpr LineOf kLines[] = {
    {kernels::BinaryKind::kAdd, [](double v, double&, double& after) { after = v; }},
    {kernels::BinaryKind::kSubtract, [](double v, double&, double& after) { after = -v; }},
    {kernels::BinaryKind::kMultiply, [](double v, double& factor, double&) { factor = v; }},
    {kernels::BinaryKind::kDivide, [](double v, double& factor, double&) { factor = 1 / v; }},
};

// One element of `value` a channel, or one in all, where it is aligned so; else nothing.
std::vector<double> per_channel(const Elementwise& op, const Tensor& value, std::int64_t channels) {
  if (value.dtype() != DType::kFloat32 || value.shape().size() > 4) return {};
  const auto aligned = op.align({1, channels, 1, 1}, value.shape());
  if (!aligned || aligned->dst != Shape{1, channels, 1, 1}) return {};
  std::vector<double> result(static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < result.size(); ++c)
    result[c] = double{value.values<float>()[value.size() == 1 ? 0 : c]};
  return result;
}

// `slot`: that of what the channels are of.
std::optional<ChannelLines> lines_of_elementwise(const Graph& graph, const Node& node, int slot,
                                                 std::int64_t channels) {
  const Elementwise& op = *op_as<Elementwise>(node);
  const auto* line = std::ranges::find(kLines, op.kind(), &LineOf::kind);
  const Tensor* constant = graph.constant(node.input(1 - slot));
  if (line == std::end(kLines) || !constant) return std::nullopt;
  if (slot != Elementwise::kX && !op.function().commutes) return std::nullopt;
  const std::vector<double> value = per_channel(op, *constant, channels);
  if (value.empty()) return std::nullopt;
  ChannelLines lines(channels);
  for (std::size_t c = 0; c < value.size(); ++c)
    line->set(value[c], lines.factor[c], lines.after[c]);
  return lines;
}

}  // namespace

std::optional<ChannelLines> lines_of(const Graph& graph, const Node& node, int slot,
                                     std::int64_t channels) {
  if (const Scale* scale = op_as<Scale>(node)) return lines_of_scale(*scale, node, channels);
  if (op_as<Elementwise>(node)) return lines_of_elementwise(graph, node, slot, channels);
  return std::nullopt;
}

std::int64_t foldable_channels(const Graph& graph, const Node& node) {
  if (!node.op) return 0;
  const Conv2d* conv = op_as<Conv2d>(node);
  const Conv2dTranspose* transposed = op_as<Conv2dTranspose>(node);
  if (!conv && !transposed) return 0;
  if (conv && (conv->is_fused() || node.has_input(Conv2d::kResidual))) return 0;
  const Tensor* filter = graph.constant(node.input(kFilter));
  if (!filter || filter->dtype() != DType::kFloat32 || filter->shape().size() != 4 ||
      filter->size() == 0) {
    return 0;
  }
  std::int64_t channels = filter->shape()[0];
  if (transposed) {
    const std::int64_t groups = transposed->options().groups;
    if (groups < 1 || channels % groups != 0) return 0;
    channels = filter->shape()[1] * groups;
  }
  if (!node.has_input(kBias)) return channels;
  const Tensor* bias = graph.constant(node.input(kBias));
  return bias && bias->dtype() == DType::kFloat32 && bias->size() == channels ? channels : 0;
}

bool fold_into_weights(Graph& graph, const Connections& connections, Node& conv, Node& end,
                       const ChannelLines& lines, WorkBudget& budget) {
  const Tensor& filter = *graph.constant(conv.input(kFilter));
  const bool scales = std::ranges::any_of(lines.factor, [](double f) { return f != 1; });
  // Where others read the filter, this makes another one of it.
  const auto elements = static_cast<double>(3 * lines.factor.size()) +
                        (scales ? static_cast<double>(filter.size()) : 0.0);
  if (!budget.take({.bytes = elements * sizeof(float), .work = elements})) return false;
  Tensor bias = folded_bias(graph.constant(conv.input(kBias)), lines);
  Tensor scaled = scales ? folded_filter(conv, filter, lines) : Tensor();
  if (!are_finite(bias) || (scales && !are_finite(scaled))) return false;
  const std::string name = end.name;
  if (scales) {
    // One at a time: all filters twice may be more than there is memory for.
    if (connections.sole_use(conv.input(kFilter)))
      graph.values[conv.input(kFilter)].constant = nullptr;
    conv.inputs[kFilter] = {graph.add_constant(str_cat(name, ".filter"), std::move(scaled))};
  }
  conv.inputs[kBias] = {graph.add_constant(str_cat(name, ".bias"), std::move(bias))};
  move_statistics(conv, lines);
  take_place_of(conv, end);
  return true;
}

}  // namespace u2net::engine
