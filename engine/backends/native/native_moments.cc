// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native/native_moments.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "engine/backends/native/native_measure.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"

namespace u2net::engine::native {
namespace {

using KnownMoments = std::shared_ptr<const Moments>;

// Of a convolution's result. Nothing where nothing is known of the convolution.
KnownMoments moments_of(const Conv2d& conv, const Moments* residual) {
  const std::shared_ptr<const ChannelStatistics>& s = conv.statistics;
  if (conv.activation || !s) return nullptr;
  Moments moments;
  for (std::size_t c = 0; c < s->mean.size(); ++c) {
    double mean = s->mean[c], variance = double{s->deviation[c]} * double{s->deviation[c]};
    if (conv.relu) {
      const Moment cut = moment_of_relu(mean, s->deviation[c]);
      mean = cut.mean;
      variance = cut.variance;
    }
    if (residual) {
      mean += double{residual->mean[c]};
      variance += double{residual->variance[c]};
    }
    if (conv.relu_after_residual) mean = std::max(mean, 0.0);
    moments.mean.push_back(static_cast<float>(mean));
    moments.variance.push_back(static_cast<float>(variance));
  }
  return std::make_shared<const Moments>(std::move(moments));
}

}  // namespace

Moment moment_of_relu(double mean, double deviation) {
  if (!(deviation > 0)) return {std::max(mean, 0.0), 0, mean > 0 ? 1.0 : 0.0};
  const double z = mean / deviation;
  const double positive = 0.5 * std::erfc(-z / std::numbers::sqrt2);
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  const double first = mean * positive + deviation * density;
  const double second =
      (mean * mean + deviation * deviation) * positive + mean * deviation * density;
  return {first, std::max(second - first * first, 0.0), positive};
}

bool takes_maxima(const Node& node) {
  const Pool2d* pool = op_as<Pool2d>(node);
  return pool && pool->options().kind == kernels::PoolKind::kMax;
}

bool resizes_by_taps(const Node& node) {
  const Interp* interp = op_as<Interp>(node);
  if (!interp) return false;
  for (int slot : {Interp::kOutSize, Interp::kSizeTensor, Interp::kScale}) {
    if (node.has_input(slot)) return false;
  }
  return interp->options().kind == kernels::InterpKind::kBilinear ||
         interp->options().kind == kernels::InterpKind::kNearest;
}

ValueMoments find_moments(const Graph& graph, const std::vector<bool>& unknown,
                          const BackendOptions& options) {
  std::vector<Moments> measured;
  if (std::find(unknown.begin(), unknown.end(), true) != unknown.end())
    measured = measured_moments(graph, unknown, options);
  ValueMoments values{.of = std::vector<KnownMoments>(graph.values.size()),
                      .measured = !measured.empty()};
  measured.resize(graph.nodes.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    KnownMoments known;
    if (unknown[n]) {
      if (!measured[n].mean.empty())
        known = std::make_shared<const Moments>(std::move(measured[n]));
    } else if (const Conv2d* conv = convolution_of(node)) {
      const bool adds = node.has_input(FusedConv2d::kResidual);
      known =
          moments_of(*conv, adds ? values.of[node.input(FusedConv2d::kResidual)].get() : nullptr);
    } else if (resizes_by_taps(node) || takes_maxima(node)) {
      known = values.of[node.input(0)];
    }
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) values.of[id] = known;
    }
  }
  return values;
}

}  // namespace u2net::engine::native
