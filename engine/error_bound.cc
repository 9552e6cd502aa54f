// SPDX-License-Identifier: Apache-2.0
#include "engine/error_bound.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/scale.h"

namespace u2net {
namespace {

constexpr double kUnit = 0x1p-24;  // the rounding error of one float32 operation, relative

std::vector<float> magnitudes(const TensorView& view) {
  std::vector<float> result(view.as<const float>(), view.as<const float>() + view.size());
  for (float& v : result) v = std::fabs(v);
  return result;
}

double largest(const TensorView& view) {
  double result = 0;
  for (float v : magnitudes(view)) result = std::max(result, double{v});
  return result;
}

// sqrt(K) * u * (sum |x||w| + |bias| + |residual|)
std::vector<double> of_convolution(const Node& node, const Operands& o) {
  const Conv2d& conv = *op_as<Conv2d>(node);
  const std::vector<float> src = magnitudes(o.input(Conv2d::kSrc)),
                           filter = magnitudes(o.input(Conv2d::kFilter));
  std::vector<float> bias, residual, sums(static_cast<std::size_t>(o.output().size()));
  if (o.has(Conv2d::kBias)) bias = magnitudes(o.input(Conv2d::kBias));
  if (o.has(Conv2d::kResidual)) residual = magnitudes(o.input(Conv2d::kResidual));
  const Shape& filter_shape = o.input(Conv2d::kFilter).shape;
  kernels::conv2d_reference(
      conv.params(o.input(Conv2d::kSrc).shape, filter_shape, o.output().shape), src.data(),
      filter.data(),
      {.bias = bias.empty() ? nullptr : bias.data(),
       .residual = residual.empty() ? nullptr : residual.data()},
      sums.data(), *o.pool);
  // Each product is rounded once and takes part in some sums; bias and residual are two more terms.
  const double terms = static_cast<double>(filter_shape[1] * filter_shape[2] * filter_shape[3]) + 2;
  std::vector<double> bound(sums.begin(), sums.end());
  for (double& b : bound) b *= 2 * std::sqrt(terms) * kUnit;
  return bound;
}

std::vector<double> of_pooling(const Node& node, const Operands& o) {
  const kernels::Pool2dParams p = op_as<Pool2d>(node)->params(o.input(0).shape, o.output().shape);
  const double terms = static_cast<double>((p.adaptive ? p.ih / p.oh + 1 : p.kh) *
                                           (p.adaptive ? p.iw / p.ow + 1 : p.kw));
  const double bound =
      p.kind == kernels::PoolKind::kMax ? 0 : 2 * std::sqrt(terms) * kUnit * largest(o.input(0));
  return std::vector<double>(static_cast<std::size_t>(o.output().size()), bound);
}

// A coordinate of up to `size` is rounded in three operations, and a weight is off by as much; then
// come four products.
std::vector<double> of_interpolation(const Node& node, const Operands& o) {
  const kernels::InterpParams p = op_as<Interp>(node)->params(o.input(0).shape, o.output().shape);
  const bool moves = p.kind == kernels::InterpKind::kNearest || (p.ih == p.oh && p.iw == p.ow);
  const double coordinates = 3 * static_cast<double>(p.ih + p.iw);
  return std::vector<double>(static_cast<std::size_t>(o.output().size()),
                             moves ? 0 : (coordinates + 8) * kUnit * largest(o.input(0)));
}

std::vector<double> of_elements(
    const Node&, const Operands& o) {  // add, mul: one operation, equal on both sides
  const std::vector<float> result = magnitudes(o.output());
  std::vector<double> bound(result.begin(), result.end());
  for (double& b : bound) b *= 2 * kUnit;
  return bound;
}

// exp and the division are within a few units each; the result is at most 1.
std::vector<double> of_sigmoid(const Node&, const Operands& o) {
  return std::vector<double>(static_cast<std::size_t>(o.output().size()), 8 * kUnit);
}

std::vector<double> of_scale(const Node& node, const Operands& o) {
  const Scale& scale = *op_as<Scale>(node);
  std::vector<double> bound;
  for (float x : magnitudes(o.input(0))) {
    bound.push_back(3 * kUnit *
                    (double{x} * std::fabs(scale.factor()) + std::fabs(scale.offset())));
  }
  return bound;
}

// y = (x - mean) * a + bias in any order: the terms x * a, mean * a and bias, a few roundings each.
std::vector<double> of_batch_norm(const Node& node, const Operands& o) {
  const Shape& shape = o.output().shape;
  const float epsilon = op_as<BatchNorm>(node)->epsilon();
  const std::int64_t spatial = o.output().size() / std::max<std::int64_t>(shape[0] * shape[1], 1);
  const std::vector<float> src = magnitudes(o.input(BatchNorm::kSrc));
  std::vector<double> bound(src.size());
  for (std::size_t i = 0; i < src.size(); ++i) {
    const std::int64_t c = static_cast<std::int64_t>(i) / spatial % shape[1];
    const auto statistic = [&](int slot) {
      return std::fabs(double{o.input(slot).as<const float>()[c]});
    };
    const double a =
        statistic(BatchNorm::kScale) / std::sqrt(statistic(BatchNorm::kVariance) + epsilon);
    bound[i] =
        6 * kUnit * (src[i] * a + statistic(BatchNorm::kMean) * a + statistic(BatchNorm::kBias));
  }
  return bound;
}

constexpr struct {
  std::string_view op;
  std::vector<double> (*bound)(const Node&, const Operands&);
} kBounds[] = {
    {"batch_norm", of_batch_norm},
    {"bilinear_interp", of_interpolation},
    {"bilinear_interp_v2", of_interpolation},
    {"conv2d", of_convolution},
    {"depthwise_conv2d", of_convolution},
    {"elementwise_add", of_elements},
    {"elementwise_mul", of_elements},
    {"pool2d", of_pooling},
    {"scale", of_scale},
    {"sigmoid", of_sigmoid},
};

}  // namespace

std::vector<double> rounding_error(const Node& node, const Operands& operands) {
  if (operands.output().dtype == DType::kFloat32) {
    for (const auto& entry : kBounds) {
      if (entry.op == node.op->type().name) return entry.bound(node, operands);
    }
  }
  return std::vector<double>(static_cast<std::size_t>(operands.output().size()), 0.0);
}

}  // namespace u2net
