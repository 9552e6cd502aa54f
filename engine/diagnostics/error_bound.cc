// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/error_bound.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "engine/ops/axis.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/einsum.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/matmul.h"
#include "engine/ops/normalization.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/scale.h"
#include "engine/ops/softmax.h"
#include "engine/ops/unary.h"
#include "kernels/conv2d/winograd_error.h"
#include "kernels/unary/unary.h"

namespace u2net::engine {
namespace {

constexpr double kUnit = 0x1p-24;  // the rounding error of one float32 operation, relative
// And absolute: what is smaller becomes zero (kernels/base/float_scope.h).
constexpr double kFlushed = 0x1p-126;

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

// What the products are taken of and the rest of the operands of a convolution, as magnitudes.
struct ConvMagnitudes {
  kernels::Conv2dParams params;
  std::vector<float> src, filter, bias, residual;
};

ConvMagnitudes conv_magnitudes(const Node& node, const Operands& o) {
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  const Tensor joined = fused ? fused->joined_sources(o) : Tensor();
  const TensorView src = fused ? joined.view() : o.input(Conv2d::kSrc);
  ConvMagnitudes m{.params = convolution_of(node)->params(src.shape, o.input(Conv2d::kFilter).shape,
                                                          o.output().shape),
                   .src = magnitudes(src),
                   .filter = magnitudes(o.input(Conv2d::kFilter)),
                   .bias = {},
                   .residual = {}};
  // What a transform flushes of one side, the other side multiplies.
  for (std::vector<float>* side : {&m.src, &m.filter}) {
    for (float& v : *side) v += static_cast<float>(kFlushed / kUnit);
  }
  if (o.has(Conv2d::kBias)) m.bias = magnitudes(o.input(Conv2d::kBias));
  if (o.has(Conv2d::kResidual)) m.residual = magnitudes(o.input(Conv2d::kResidual));
  return m;
}

// What the activation of a convolution is applied to.
std::vector<float> before_activation(const Node& node, const Operands& o) {
  const Conv2d& conv = *convolution_of(node);
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  const Tensor joined = fused ? fused->joined_sources(o) : Tensor();
  const TensorView src = fused ? joined.view() : o.input(Conv2d::kSrc);
  const bool last = conv.activation_after_residual;
  const auto data = [&](int slot) {
    return o.has(slot) ? o.input(slot).as<const float>() : nullptr;
  };
  std::vector<float> x(static_cast<std::size_t>(o.output().size()));
  kernels::conv2d_reference(
      conv.params(src.shape, o.input(Conv2d::kFilter).shape, o.output().shape),
      src.as<const float>(), o.input(Conv2d::kFilter).as<const float>(),
      {.bias = data(Conv2d::kBias),
       .relu = conv.relu,
       .residual = last ? data(Conv2d::kResidual) : nullptr,
       .relu_after_residual = last && conv.relu_after_residual},
      x.data(), *o.pool);
  return x;
}

// y = f(x) is off by what x is, as much as f is steep, and by what two evaluations of f may be
// apart; a sum with a residual behind it is rounded once more.
void add_activation(const Node& node, const Operands& o, const std::vector<float>& residual,
                    std::vector<double>& bound) {
  const Conv2d& conv = *convolution_of(node);
  const kernels::UnaryFunction& function = kernels::row_of(conv.activation->kind);
  const kernels::UnaryParameters& p = conv.activation->parameters;
  const double steepness = function.steepness(p), factor = std::fabs(double{p.factor});
  const std::vector<float> x = before_activation(node, o);
  std::vector<float> y(x.size());
  kernels::unary_row(conv.activation->kind, p.alone(), static_cast<std::int64_t>(x.size()),
                     x.data(), y.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double off = steepness * bound[i], result = std::fabs(double{y[i]}) + off;
    const double error = kernels::error_behind(
        p, result, function.error(std::fabs(double{x[i]}) + bound[i], result, p));
    const bool adds = !conv.activation_after_residual && !residual.empty();
    const double end = result * factor + std::fabs(double{p.summand});
    bound[i] = off * factor + error * kUnit + kFlushed +
               (adds ? 2 * kUnit * (end + double{residual[i]}) : 0);
  }
}

// sqrt(K) * u * (sum |x||w| + |bias| + |residual|), or the like for Winograd's sums. Where numbers
// are stored in fewer bits, each product is off by what its two factors are, and the result once
// more.
std::vector<double> of_convolution(const Node& node, const Operands& o,
                                   const kernels::RoundingModel& rounding) {
  const ConvMagnitudes m = conv_magnitudes(node, o);
  const kernels::Conv2dParams& p = m.params;
  std::vector<float> sums(static_cast<std::size_t>(o.output().size()));
  const kernels::Conv2dEpilogue epilogue{
      .bias = m.bias.empty() ? nullptr : m.bias.data(),
      .residual = m.residual.empty() ? nullptr : m.residual.data()};
  const int tile = rounding.winograd_tile;
  // Each product is rounded once and takes part in some sums; bias and residual are two more terms.
  double terms = static_cast<double>(p.ic / p.groups * p.kh * p.kw) + 2;
  if (tile) {
    kernels::winograd_magnitudes(tile, p, m.src.data(), m.filter.data(), epilogue, sums.data(),
                                 *o.pool);
    terms = kernels::winograd_sum_terms(tile, p);
  } else {
    kernels::conv2d_reference(p, m.src.data(), m.filter.data(), epilogue, sums.data(), *o.pool);
  }
  std::vector<double> bound(sums.begin(), sums.end());
  // Products and sums that are flushed; the transforms of the results multiply by 2^10 at most.
  const double flushed = terms * kFlushed * (tile ? 1024 : 1);
  const double unit = unit_of(rounding.element);
  // Two factors and the result; what is resized is rounded again; a weight in bfloat16 need not be
  // the nearest (tap_rounding.h), and with two a number the product of the lower halves is left
  // out.
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  const bool resizes = fused && std::ranges::count(fused->upsampled(), true) > 0;
  const int roundings = resizes ? 5 : 4;
  const double stored =
      rounding.element == kernels::ElementType::kF32 ? 0 : std::pow(1 + unit, roundings) - 1;
  for (double& b : bound) b = (2 * std::sqrt(terms) * kUnit + stored) * b + flushed;
  if (convolution_of(node)->activation) add_activation(node, o, m.residual, bound);
  return bound;
}

// A maximum is off by at most what any of its samples is off by.
std::vector<double> of_pooled(const Operands& o, const std::vector<double>& bound) {
  const Shape &src = o.output(FusedConv2d::kDst).shape, &dst = o.output(FusedConv2d::kPooled).shape;
  std::vector<double> result;
  for (std::int64_t plane = 0; plane < dst[0] * dst[1]; ++plane) {
    for (std::int64_t y = 0; y < dst[2]; ++y) {
      for (std::int64_t x = 0; x < dst[3]; ++x) {
        double largest = 0;
        for (std::int64_t i = 2 * y; i < std::min(2 * y + 2, src[2]); ++i) {
          for (std::int64_t j = 2 * x; j < std::min(2 * x + 2, src[3]); ++j) {
            largest = std::max(largest,
                               bound[static_cast<std::size_t>((plane * src[2] + i) * src[3] + j)]);
          }
        }
        result.push_back(largest);
      }
    }
  }
  return result;
}

std::vector<double> of_pooling(const Node& node, const Operands& o) {
  const kernels::Pool2dParams p = op_as<Pool2d>(node)->params(o.input(0).shape, o.output().shape);
  const double terms = static_cast<double>((p.adaptive ? p.ih / p.oh + 1 : p.kh) *
                                           (p.adaptive ? p.iw / p.ow + 1 : p.kw));
  const double bound = p.kind == kernels::PoolKind::kMax
                           ? 0
                           : 2 * std::sqrt(terms) * kUnit * largest(o.input(0)) + terms * kFlushed;
  return std::vector<double>(static_cast<std::size_t>(o.output().size()), bound);
}

// A coordinate of up to `size` is rounded in three operations, in either evaluation, and a weight
// is off by as much, which counts by the difference of two samples of the plane. Then come four
// products.
std::vector<double> of_interpolation(const Node& node, const Operands& o) {
  const kernels::InterpParams p = op_as<Interp>(node)->params(o.input(0).shape, o.output().shape);
  std::vector<double> bound(static_cast<std::size_t>(o.output().size()));
  const bool moves = p.kind == kernels::InterpKind::kNearest || (p.ih == p.oh && p.iw == p.ow);
  if (moves) return bound;
  const double coordinates = 2 * 3 * static_cast<double>(p.ih + p.iw);
  for (std::int64_t plane = 0; plane < p.planes; ++plane) {
    const float* src = o.input(0).as<const float>() + plane * p.ih * p.iw;
    double least = INFINITY, most = -INFINITY;
    for (std::int64_t i = 0; i < p.ih * p.iw; ++i) {
      least = std::min(least, double{src[i]});
      most = std::max(most, double{src[i]});
    }
    const double largest = std::max(std::fabs(least), std::fabs(most));
    const auto first = bound.begin() + plane * p.oh * p.ow;
    std::fill(first, first + p.oh * p.ow,
              (coordinates * (most - least) + 8 * largest) * kUnit + 8 * kFlushed);
  }
  return bound;
}

std::vector<double> of_binary(const Elementwise& op, const Operands& o) {
  std::vector<double> bound;
  for (float y : magnitudes(o.output()))
    bound.push_back(op.function().error * kUnit * y + kFlushed);
  return bound;
}

// One product.
std::vector<double> of_prelu(const Node&, const Operands& o) {
  std::vector<double> bound;
  for (float y : magnitudes(o.output())) bound.push_back(2 * kUnit * y + kFlushed);
  return bound;
}

std::vector<double> of_unary(const Unary& op, const Operands& o) {
  std::vector<double> bound(static_cast<std::size_t>(o.output().size()));
  const kernels::UnaryParameters& p = op.parameters();
  const bool is_exact = op.function().error(1, 1, p) == 0 && !p.has_line();
  for (std::size_t i = 0; i < bound.size() && !is_exact; ++i) {
    const float x = o.input(0).as<const float>()[i];
    float y = 0;
    kernels::unary_row(op.kind(), p.alone(), 1, &x, &y);
    bound[i] = kernels::error_behind(p, y, op.function().error(x, y, p)) * kUnit + kFlushed;
  }
  return bound;
}

std::vector<double> of_scale(const Node& node, const Operands& o) {
  const Scale& scale = *op_as<Scale>(node);
  std::vector<double> bound;
  for (float x : magnitudes(o.input(0))) {
    bound.push_back(3 * kUnit *
                        (double{x} * std::fabs(scale.factor()) + std::fabs(scale.offset())) +
                    kFlushed * (2 + std::fabs(scale.factor())));
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
        6 * kUnit * (src[i] * a + statistic(BatchNorm::kMean) * a + statistic(BatchNorm::kBias)) +
        kFlushed * (4 + src[i] + statistic(BatchNorm::kMean));
  }
  return bound;
}

// An exponential on either side, the sum of `terms` of them and a division, each relative to the
// result; what is cut off at exp(-64) by one side only is kCutOff.
std::vector<double> of_softmax(const Node& node, const Operands& o) {
  constexpr double kCutOff = 2e-28;
  const double terms =
      static_cast<double>(axis_shape(o.input(0).shape, op_as<Softmax>(node)->axis()).size);
  std::vector<double> bound;
  for (float y : magnitudes(o.output())) {
    bound.push_back((12 + 2 * std::sqrt(terms)) * kUnit * y + kCutOff + kFlushed);
  }
  return bound;
}

// The logarithm of a sum that is off by as much, which is below that of the terms, and the
// difference of the two.
std::vector<double> of_log_softmax(const Node& node, const Operands& o) {
  const double terms =
      static_cast<double>(axis_shape(o.input(0).shape, op_as<Softmax>(node)->axis()).size);
  std::vector<double> bound;
  for (float y : magnitudes(o.output())) {
    bound.push_back((12 + 2 * std::sqrt(terms)) * kUnit * (1 + std::log(terms) + y) + kFlushed);
  }
  return bound;
}

// ((x - mean) * factor) * scale + bias, where mean and factor, which are computed in double, are
// rounded once: the mean counts as it is multiplied, and each of five roundings by its product.
std::vector<double> of_normalization(const Node& node, const Operands& o) {
  const kernels::NormalizationParams p =
      op_as<Normalization>(node)->params(o.input(Normalization::kX).shape);
  const auto parameter = [&](int slot, std::int64_t c, double otherwise) {
    return o.has(slot) ? std::fabs(double{o.input(slot).as<const float>()[c]}) : otherwise;
  };
  std::vector<double> bound;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const float* src = o.input(Normalization::kX).as<const float>() + row * p.length;
    double mean = 0, variance = 0;
    for (std::int64_t i = 0; i < p.length; ++i) mean += double{src[i]};
    mean /= static_cast<double>(p.length);
    for (std::int64_t i = 0; i < p.length; ++i) variance += std::pow(double{src[i]} - mean, 2);
    variance /= static_cast<double>(p.length);
    const double factor = 1 / std::sqrt(variance + p.epsilon);
    for (std::int64_t i = 0; i < p.length; ++i) {
      const std::int64_t c = (row * (p.length / p.inner) + i / p.inner) % p.channels;
      const double scale = parameter(Normalization::kScale, c, 1),
                   bias = parameter(Normalization::kBias, c, 0);
      const double off = scale * factor * (2 * std::fabs(mean) + 6 * std::fabs(src[i] - mean));
      bound.push_back(2 * kUnit * (off + 2 * bias) + kFlushed * (4 + scale * (1 + factor)));
    }
  }
  return bound;
}

// sqrt(K) * u * sum |x||y|: the operator on magnitudes.
std::vector<double> of_products(const Node& node, const Operands& o, double terms) {
  std::vector<std::vector<float>> held;
  std::vector<std::vector<TensorView>> inputs = *o.inputs;
  for (auto& slot : inputs) {
    for (TensorView& view : slot) {
      if (view.dtype != DType::kFloat32) continue;
      held.push_back(magnitudes(view));
      view.data = held.back().data();
    }
  }
  std::vector<float> sums(static_cast<std::size_t>(o.output().size()));
  std::vector<std::vector<TensorView>> outputs = *o.outputs;
  outputs.front().front().data = sums.data();
  node.op->run_reference({&inputs, &outputs, o.pool});
  std::vector<double> bound;
  for (float sum : sums)
    bound.push_back(2 * std::sqrt(terms) * kUnit * std::fabs(sum) + terms * kFlushed);
  return bound;
}

std::vector<double> of_matmul(const Node& node, const Operands& o) {
  const kernels::MatMulParams p =
      op_as<MatMul>(node)->params(o.input(MatMul::kX).shape, o.input(MatMul::kY).shape);
  return of_products(node, o, static_cast<double>(p.k) + 2);
}

std::vector<double> of_mul(const Node& node, const Operands& o) {
  const kernels::MatMulParams p =
      op_as<Mul>(node)->params(o.input(Mul::kX).shape, o.input(Mul::kY).shape);
  return of_products(node, o, static_cast<double>(p.k) + 2);
}

std::vector<double> of_einsum(const Node& node, const Operands& o) {
  std::vector<const Shape*> shapes;
  for (const TensorView& operand : o.all(0)) shapes.push_back(&operand.shape);
  return of_products(node, o, op_as<Einsum>(node)->params(shapes).terms() + 2);
}

std::vector<double> of_transposed(const Node& node, const Operands& o) {
  const Shape& filter = o.input(Conv2dTranspose::kFilter).shape;
  const double channels = static_cast<double>(filter[0]);
  return of_products(node, o, channels * static_cast<double>(filter[2] * filter[3]) + 2);
}

// Convolutions, whose bound depends on the kernel, have their own line below.
constexpr struct {
  std::string_view op;
  std::vector<double> (*bound)(const Node&, const Operands&);
} kBounds[] = {
    {"batch_norm", of_batch_norm},
    {"bilinear_interp", of_interpolation},
    {"bilinear_interp_v2", of_interpolation},
    {"conv2d_transpose", of_transposed},
    {"depthwise_conv2d_transpose", of_transposed},
    {"einsum", of_einsum},
    {"group_norm", of_normalization},
    {"instance_norm", of_normalization},
    {"layer_norm", of_normalization},
    {"log_softmax", of_log_softmax},
    {"matmul", of_matmul},
    {"matmul_v2", of_matmul},
    {"mul", of_mul},
    {"pool2d", of_pooling},
    {"prelu", of_prelu},
    {"scale", of_scale},
    {"softmax", of_softmax},
    {"dropout", of_scale},
    {"increment", of_scale},
};

}  // namespace

std::vector<std::vector<double>> rounding_error(const Node& node, const Operands& o,
                                                const kernels::RoundingModel& rounding) {
  std::vector<std::vector<double>> bounds;
  for (const auto& slot : *o.outputs) {
    for (const TensorView& output : slot)
      bounds.emplace_back(static_cast<std::size_t>(output.size()), 0.0);
  }
  if (o.output().dtype != DType::kFloat32) return bounds;
  if (convolution_of(node)) {
    bounds.front() = of_convolution(node, o, rounding);
    if (bounds.size() > 1) bounds[FusedConv2d::kPooled] = of_pooled(o, bounds.front());
    return bounds;
  }
  if (const Unary* op = op_as<Unary>(node)) bounds.front() = of_unary(*op, o);
  if (const Elementwise* op = op_as<Elementwise>(node)) bounds.front() = of_binary(*op, o);
  for (const auto& entry : kBounds) {
    if (entry.op == node.op->type().name) bounds.front() = entry.bound(node, o);
  }
  return bounds;
}

}  // namespace u2net::engine
