// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/elementwise_slack.h"

#include <algorithm>
#include <cmath>

#include "engine/diagnostics/verify.h"
#include "engine/ops/clip.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/fill.h"
#include "engine/ops/prelu.h"
#include "engine/ops/sequence.h"
#include "engine/ops/sum.h"
#include "engine/ops/where.h"
#include "kernels/base/broadcast.h"
#include "kernels/unary/unary.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

constexpr double kAnything = INFINITY;

// An element of an operand, and how far it may be off.
struct Element {
  double value, slack;

  bool is_exact() const { return slack == 0; }
  double most() const { return std::fabs(value) + slack; }
  bool may_be_zero() const { return !is_exact() && !(std::fabs(value) > slack); }
};

double number_at(const Tensor& tensor, std::size_t i) {
  return visit_dtype(tensor.dtype(),
                     [&]<class T>(T) { return static_cast<double>(tensor.values<const T>()[i]); });
}

Element element(const Traced& t, std::size_t i) {
  return {number_at(t.value, i), t.is_exact() ? 0.0 : double{t.slack[i]}};
}

using Slacks = std::vector<float>;

Slacks none(const Tensor& result) { return Slacks(static_cast<std::size_t>(result.size()), 0.0F); }

// slack(elements of the operands, element of the result) for every element of the result.
template <std::size_t N, class F>
Slacks by_element(const std::array<const Traced*, N>& operands, const Tensor& result,
                  const F& slack) {
  const std::size_t rank = result.shape().size();
  std::array<Shape, N> shapes;
  std::array<std::span<const std::int64_t>, N> dims;
  for (std::size_t k = 0; k < N; ++k) {
    shapes[k] = operands[k]->value.shape();
    shapes[k].insert(shapes[k].begin(), rank - shapes[k].size(), 1);
    dims[k] = shapes[k];
  }
  Slacks all = none(result);
  kernels::ThreadPool pool(1);
  kernels::for_each_broadcast_row<N>(
      result.shape(), dims, pool, [&](const kernels::BroadcastRow& r) {
        for (std::int64_t i = 0; i < r.columns; ++i) {
          std::array<Element, N> elements;
          for (std::size_t k = 0; k < N; ++k)
            elements[k] = element(*operands[k], static_cast<std::size_t>(r.at[k] + i * r.step[k]));
          const auto at = static_cast<std::size_t>(r.dst + i);
          all[at] = static_cast<float>(slack(elements, number_at(result, at)));
        }
      });
  return all;
}

double own_error(const kernels::BinaryFunction& function, double most, bool is_float) {
  return is_float && function.error > 0 ? kConfidence * function.error * kUnit * most + kFlushed
                                        : 0;
}

double binary_element(const kernels::BinaryFunction& function, const Element& x, const Element& y,
                      double result, bool is_float) {
  using kernels::BinaryKind;
  if (function.kind == BinaryKind::kSubtract)
    return x.slack + y.slack + own_error(function, x.most() + y.most(), is_float);
  if (function.kind == BinaryKind::kDivide) {
    const double least = std::fabs(y.value) - y.slack;
    if (!is_float) return x.is_exact() && y.is_exact() ? 0 : kAnything;
    if (!(least > kFlushed)) return kAnything;
    return (x.slack + std::fabs(result) * y.slack) / least +
           own_error(function, x.most() / least, is_float);
  }
  if (function.kind == BinaryKind::kMaximum || function.kind == BinaryKind::kMinimum)
    return std::max(x.slack, y.slack) + (is_float ? kFlushed : 0);
  return x.is_exact() && y.is_exact() ? 0 : kAnything;  // steps and poles, on one kernel
}

// Both operands at the rank of the result.
std::array<Traced, 2> aligned(const Traced& x, const Traced& y, const Shape& x_dims,
                              const Shape& y_dims) {
  const auto reshaped = [](const Traced& t, const Shape& dims) {
    Tensor value(t.value.dtype(), dims);
    std::copy_n(t.value.data(), t.value.bytes(), value.data());
    return Traced{.value = std::move(value), .slack = t.slack};
  };
  return {reshaped(x, x_dims), reshaped(y, y_dims)};
}

std::optional<Slacks> of_binary(const Elementwise& op, const Traced& x, const Traced& y,
                                const Tensor& result) {
  using kernels::BinaryKind;
  if (op.kind() == BinaryKind::kAdd || op.kind() == BinaryKind::kMultiply) return std::nullopt;
  const auto dims = op.align(x.value.shape(), y.value.shape());
  const std::array<Traced, 2> both = aligned(x, y, dims->x, dims->y);
  const bool is_float = result.dtype() == DType::kFloat32;
  return by_element<2>({&both[0], &both[1]}, result, [&](const auto& e, double r) {
    return binary_element(op.function(), e[0], e[1], r, is_float);
  });
}

Slacks of_compare(const Compare& op, const Traced& x, const Traced& y, const Tensor& result) {
  const Elementwise rule(kernels::BinaryKind::kAdd, op.axis());
  const auto dims = rule.align(x.value.shape(), y.value.shape());
  const std::array<Traced, 2> both = aligned(x, y, dims->x, dims->y);
  const bool of_truth = kernels::row_of(op.kind()).of_truth;
  return by_element<2>({&both[0], &both[1]}, result, [&](const auto& e, double) {
    if (of_truth) return e[0].may_be_zero() || e[1].may_be_zero() ? kAnything : 0.0;
    const double slack = e[0].slack + e[1].slack;
    return slack == 0 || std::fabs(e[0].value - e[1].value) > slack ? 0.0 : kAnything;
  });
}

Slacks of_where(const TracedSlots& inputs, const Tensor& result) {
  return by_element<3>({inputs[0][0], inputs[1][0], inputs[2][0]}, result,
                       [](const auto& e, double) {
                         if (!e[0].is_exact()) return kAnything;
                         return e[0].value != 0 ? e[1].slack : e[2].slack;
                       });
}

Slacks of_clip(const TracedSlots& inputs, const Tensor& result) {
  for (int slot : {Clip::kMin, Clip::kMax}) {
    for (const Traced* limit : inputs[static_cast<std::size_t>(slot)]) {
      if (!limit->is_exact()) return Slacks(static_cast<std::size_t>(result.size()), INFINITY);
    }
  }
  return by_element<1>({inputs[0][0]}, result, [](const auto& e, double) { return e[0].slack; });
}

Slacks of_prelu(const Prelu& op, const TracedSlots& inputs, const Tensor& result) {
  const Shape& x = inputs[0][0]->value.shape();
  const auto dims = op.alpha_dims(x);
  const std::array<Traced, 2> both =
      aligned(*inputs[0][0], *inputs[1][0], x, Shape(dims.begin(), dims.begin() + x.size()));
  return by_element<2>({&both[0], &both[1]}, result, [&](const auto& e, double) {
    return e[0].slack * std::max(1.0, e[1].most()) + e[0].most() * e[1].slack +
           kConfidence * 2 * kUnit * e[0].most() * std::max(1.0, e[1].most()) + kFlushed;
  });
}

Slacks of_sum(const TracedSlots& inputs, const Tensor& result) {
  Slacks all = none(result);
  for (std::size_t i = 0; i < all.size(); ++i) {
    double slack = 0, most = 0;
    for (const Traced* input : inputs[0]) {
      slack += element(*input, i).slack;
      most += element(*input, i).most();
    }
    const double roundings = static_cast<double>(inputs[0].size());
    if (slack > 0) all[i] = static_cast<float>(slack + kConfidence * roundings * kUnit * most);
  }
  return all;
}

Slacks of_fill(const TracedSlots& inputs, const Tensor& result) {
  const auto& value = inputs[FillConstant::kValueTensor];
  Slacks all = none(result);
  if (value.empty() || value[0]->is_exact()) return all;
  const bool same = value[0]->value.dtype() == result.dtype();
  std::fill(all.begin(), all.end(), same ? value[0]->slack[0] : INFINITY);
  return all;
}

// Between the ends of the interval that x may lie in; without bound where a pole lies between them.
double steep(const Unary& op, const Element& x) {
  if (op.function().has_pole && x.may_be_zero()) return kAnything;
  const double ends[] = {x.value - x.slack - kFlushed, x.value, x.value + x.slack + kFlushed};
  double results[3];
  kernels::ThreadPool pool(1);
  kernels::unary_reference(op.kind(), op.parameters(), 3, ends, results, pool);
  return std::max(std::fabs(results[0] - results[1]), std::fabs(results[2] - results[1]));
}

}  // namespace

std::vector<float> unary_slack(const Unary& op, const Traced& x, const Tensor& result) {
  const kernels::UnaryFunction& function = op.function();
  const bool is_float = result.dtype() == DType::kFloat32;
  return by_element<1>({&x}, result, [&](const auto& e, double y) {
    if (e[0].is_exact() && !function.has_vector) return 0.0;  // one kernel for all
    if (std::isinf(e[0].slack)) return kAnything;  // it may be NaN, and that of any function is NaN
    double slack = 0;
    if (!e[0].is_exact())
      slack = function.slope == kernels::kSteep ? steep(op, e[0]) : function.slope * e[0].slack;
    if (!is_float) return slack;
    const double error = function.error(e[0].value, y, op.parameters());
    return slack + kConfidence * error * kUnit + kFlushed;
  });
}

std::optional<std::vector<float>> elementwise_slack(const Node& node, const TracedSlots& inputs,
                                                    const Tensor& result) {
  if (const auto* op = op_as<Elementwise>(node))
    return of_binary(*op, *inputs[0][0], *inputs[1][0], result);
  if (const auto* op = op_as<Compare>(node))
    return of_compare(*op, *inputs[0][0], *inputs[1][0], result);
  if (op_as<LogicalNot>(node)) {
    return by_element<1>({inputs[0][0]}, result, [](const auto& e, double) {
      return e[0].may_be_zero() ? kAnything : 0.0;
    });
  }
  if (op_as<Where>(node)) return of_where(inputs, result);
  if (op_as<Clip>(node)) return of_clip(inputs, result);
  if (const auto* op = op_as<Prelu>(node)) return of_prelu(*op, inputs, result);
  if (op_as<Sum>(node)) return of_sum(inputs, result);
  if (op_as<FillConstant>(node)) return of_fill(inputs, result);
  const bool is_made = op_as<FillAnyLike>(node) || op_as<FillConstantBatchSizeLike>(node) ||
                       op_as<Range>(node) || op_as<Linspace>(node) || op_as<AssignValue>(node);
  return is_made ? std::optional(none(result)) : std::nullopt;
}

}  // namespace u2net::fuzz
