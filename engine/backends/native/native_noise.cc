// SPDX-License-Identifier: Apache-2.0
// From the last node to the first: what a unit of noise in a value adds to the mean squares of the
// errors of the outputs. A convolution carries noise by its weights, ReLU lets through what is
// above 0, a maximum takes one of its samples' noise, an average divides it.
#include "engine/backends/native/native_noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/backends/native/native_moments.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/concat.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/scale.h"
#include "engine/ops/softmax.h"
#include "engine/ops/unary.h"

namespace u2net::engine::native {
namespace {

using Channels = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Of what rounding to bf16 leaves over, relative to the square of the number: in [1, 2) numbers are
// 2^-7 apart, which makes 2^-14 / 12, and 1 / x^2 is a half on average.
constexpr double kRoundingVariance = 0x1p-14 / 12 * 0.5;
// Of a logistic function or a softmax, squared: 0.25 where it is steepest.
constexpr double kSteepestSquared = 1.0 / 16;

// How much of the noise is alike from pixel to pixel: images are smooth, so that neighbours round
// alike, and what a weight is off by is the same everywhere. Found by the errors of single
// convolutions of U2Netp: 0.7 to 0.8 tells their order best.
constexpr double kAlike = 0.75;

// What a filter makes of noise: of alike samples the square of the weights' sum, of others the sum
// of their squares.
double noise_through(const float* weights, std::int64_t taps) {
  double squares = 0, sum = 0;
  for (std::int64_t t = 0; t < taps; ++t) {
    squares += double{weights[t]} * double{weights[t]};
    sum += double{weights[t]};
  }
  return kAlike * sum * sum + (1 - kAlike) * squares;
}

// An image's: a batch must not decide anything.
double elements_of_image(const Shape& shape) {
  double count = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) count *= static_cast<double>(shape[i]);
  return std::max(count, 1.0);
}

// Of a channel of an image; of other tensors all. At least 1.
double samples(const Shape& shape) {
  if (shape.size() != 4) return elements_of_image(shape);
  return std::max(static_cast<double>(shape[2]) * static_cast<double>(shape[3]), 1.0);
}

double mean_of(const Channels& c) {
  double sum = 0;
  for (double x : c) sum += x;
  return c.empty() ? 0 : sum / static_cast<double>(c.size());
}

class Noise {
 public:
  Noise(const Graph& graph, const std::vector<ConvChoice>& choices, ValueMoments moments)
      : graph_(graph),
        choices_(choices),
        moments_(std::move(moments)),
        gains_(graph.values.size()),
        at_outputs_(graph.nodes.size()) {}

  std::vector<double> at_outputs() {
    for (const Port& port : graph_.outputs)
      add(port.value, 1 / elements_of_image(graph_.type_of(port.value).shape));
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      const Node& node = graph_.nodes[n];
      if (const Conv2d* conv = convolution_of(node); conv && choices_[n].variant) {
        through_convolution(n, *conv);
      } else {
        through_other(node);
      }
    }
    return at_outputs_;
  }

 private:
  const Shape& shape_of(ValueId id) const { return graph_.type_of(id).shape; }
  std::size_t channels_of(ValueId id) const {
    return shape_of(id).size() == 4 ? static_cast<std::size_t>(shape_of(id)[1]) : 1;
  }

  Channels& gain(ValueId id) {
    Channels& c = gains_[static_cast<std::size_t>(id)];
    c.resize(channels_of(id));
    return c;
  }
  void add(ValueId id, double everywhere) {
    for (double& g : gain(id)) g += everywhere;
  }
  // Channel by channel where there are as many, else all alike.
  void add(ValueId id, const Channels& from, double factor) {
    Channels& to = gain(id);
    const double mean = mean_of(from);
    for (std::size_t c = 0; c < to.size(); ++c)
      to[c] += factor * (to.size() == from.size() ? from[c] : mean);
  }

  // How many samples `to` has for one of `from`.
  double ratio(ValueId from, ValueId to) const {
    return samples(shape_of(to)) / samples(shape_of(from));
  }

  void through_convolution(std::size_t n, const Conv2d& conv) {
    const Node& node = graph_.nodes[n];
    Channels out = gain(node.output());
    if (node.outputs.size() > FusedConv2d::kPooled && !node.outputs[FusedConv2d::kPooled].empty()) {
      const ValueId pooled = node.output(FusedConv2d::kPooled);
      const Channels& of_pooled = gain(pooled);
      for (std::size_t o = 0; o < out.size(); ++o)
        out[o] += of_pooled[o] * ratio(node.output(), pooled);
    }
    if (conv.relu_after_residual) scale(out, 0.5);
    if (node.has_input(FusedConv2d::kResidual)) add_residual(n, out);
    for (std::size_t o = 0; conv.relu && o < out.size(); ++o) {
      const std::shared_ptr<const ChannelStatistics>& s = conv.statistics;
      out[o] *= s ? moment_of_relu(s->mean[o], s->deviation[o]).positive : 0.5;
    }
    const Tensor& filter = *graph_.constant(node.input(FusedConv2d::kFilter));
    const std::int64_t ic = filter.shape()[1], taps = filter.shape()[2] * filter.shape()[3];
    const std::size_t in_group = out.size() / static_cast<std::size_t>(conv.groups());
    std::int64_t first = 0;
    for (ValueId source : node.inputs[FusedConv2d::kSources]) {
      const auto channels = static_cast<std::int64_t>(channels_of(source));
      const double fewer = ratio(source, node.output());
      const Moments* known = moments_.of[static_cast<std::size_t>(source)].get();
      // Pictures come in two halves.
      const bool is_rounded = channels >= kFewestBlockedChannels;
      Channels& in = gain(source);
      for (std::int64_t c = 0; c < channels; ++c) {
        double carried = 0;
        const auto group = static_cast<std::size_t>((first + c) / ic) * in_group;
        for (std::size_t o = group; o < group + in_group; ++o) {
          if (out[o] == 0) continue;
          const float* w = filter.values<const float>().data() +
                           (static_cast<std::int64_t>(o) * ic + (first + c) % ic) * taps;
          carried += out[o] * noise_through(w, taps);
        }
        const auto at = static_cast<std::size_t>(c);
        in[at] += carried * fewer;
        if (!is_rounded || carried == 0) continue;
        // Of the image and of the weights.
        const double made = known ? 2 * kRoundingVariance * double{known->variance[at]} : kInfinity;
        at_outputs_[n] += carried * made * samples(shape_of(node.output()));
      }
      first += channels;
    }
  }

  void add_residual(std::size_t n, const Channels& out) {
    const ValueId residual = graph_.nodes[n].input(FusedConv2d::kResidual);
    add(residual, out, 1);
    const Moments* known = moments_.of[static_cast<std::size_t>(residual)].get();
    for (std::size_t c = 0; c < out.size(); ++c) {
      if (out[c] == 0) continue;
      const double made = known ? kRoundingVariance * double{known->variance[c]} : kInfinity;
      at_outputs_[n] += out[c] * made * samples(shape_of(residual));
    }
  }

  static void scale(Channels& c, double factor) {
    for (double& x : c) x *= factor;
  }

  void through_other(const Node& node) {
    if (node.outputs.empty() || node.outputs.front().empty()) return;
    const ValueId result = node.output();
    Channels out = gain(result);
    if (mean_of(out) == 0) return;
    if (op_as<Concat>(node) && op_as<Concat>(node)->axis(shape_of(result).size()) == 1 &&
        shape_of(result).size() == 4) {
      std::size_t first = 0;
      for (ValueId id : node.inputs[Concat::kX]) {
        const std::size_t count = channels_of(id);
        add(id,
            Channels(out.begin() + static_cast<std::ptrdiff_t>(first),
                     out.begin() + static_cast<std::ptrdiff_t>(first + count)),
            1);
        first += count;
      }
      return;
    }
    const double carried = carried_by(node, out);
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (!graph_.constant(id) && graph_.type_of(id).dtype == DType::kFloat32)
          add(id, out, carried * ratio(id, result));
      }
    }
  }

  // How much of the noise of a sample a result has; what depends on the channel is put into `out`.
  double carried_by(const Node& node, Channels& out) const {
    if (const Unary* unary = op_as<Unary>(node)) {
      const double factor = std::pow(double{unary->parameters().factor}, 2);
      if (unary->kind() == kernels::UnaryKind::kRelu) return 0.5 * factor;
      const auto steepness = unary->function().steepness;
      return factor * (steepness ? std::pow(steepness(unary->parameters()), 2) : 1);
    }
    if (op_as<Softmax>(node)) return kSteepestSquared;
    if (const Scale* scale = op_as<Scale>(node)) return std::pow(double{scale->factor()}, 2);
    if (const Pool2d* pool = op_as<Pool2d>(node); pool && !takes_maxima(node))
      return std::min(1.0, ratio(node.input(0), node.output()));
    if (op_as<BatchNorm>(node)) {
      const Tensor* factor = graph_.constant(node.input(BatchNorm::kScale));
      const Tensor* variance = graph_.constant(node.input(BatchNorm::kVariance));
      for (std::size_t c = 0; factor && variance && c < out.size(); ++c) {
        out[c] *= std::pow(double{factor->values<const float>()[c]}, 2) /
                  (double{variance->values<const float>()[c]} +
                   double{op_as<BatchNorm>(node)->epsilon()});
      }
    }
    return 1;
  }

  const Graph& graph_;
  const std::vector<ConvChoice>& choices_;
  ValueMoments moments_;
  std::vector<Channels> gains_;  // by value, then by channel
  std::vector<double> at_outputs_;
};

}  // namespace

std::vector<double> noise_at_outputs(const Graph& graph, const std::vector<ConvChoice>& choices,
                                     const BackendOptions& options) {
  std::vector<bool> unknown(graph.nodes.size());
  double weights = 0, channels = 0;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Conv2d* conv = convolution_of(graph.nodes[n]);
    if (!conv || !choices[n].variant) continue;
    unknown[n] = !conv->statistics || conv->activation;
    const Shape& filter = graph.type_of(graph.nodes[n].input(FusedConv2d::kFilter)).shape;
    weights += static_cast<double>(element_count(filter));
    channels += static_cast<double>(filter[0] + filter[1]);
  }
  const Cost cost{.bytes = channels * 2 * sizeof(double), .work = weights};
  if (options.budget && !options.budget->take(cost))
    return std::vector<double>(graph.nodes.size(), kInfinity);
  return Noise(graph, choices, find_moments(graph, unknown, options)).at_outputs();
}

}  // namespace u2net::engine::native
