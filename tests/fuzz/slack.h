// SPDX-License-Identifier: Apache-2.0
// How far an element may be off in another mode. The error of the operands is carried through each
// operator by its derivative, and the operator's own rounding is added, as
// engine/diagnostics/verify.h and engine/diagnostics/error_bound.h derive it (with the same
// confidence). Where all operands lie on a grid that float32 resolves nothing is rounded, whatever
// the order of summation: results must be equal.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/diagnostics/verify.h"
#include "engine/graph/op.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/quantization.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"
#include "tests/fuzz/elementwise_slack.h"
#include "tests/fuzz/movement_slack.h"
#include "tests/fuzz/traced_graph.h"

namespace u2net::fuzz {
using namespace engine;

// Products of larger numbers may overflow in one order of evaluation and not in another.
inline constexpr double kMostFactor = 1e15;

class Slack {
 public:
  Slack(const Node& node, const TracedSlots& inputs, const std::vector<TensorType>& types,
        std::size_t index, const Tensor& result, bool transforms)
      : node_(node),
        inputs_(inputs),
        types_(types),
        index_(index),
        result_(result),
        transforms_(transforms) {
    for (const auto& slot : inputs) {
      for (const Traced* input : slot) {
        all_exact_ = all_exact_ && input->is_exact();
        grid_ = std::max(grid_, input->grid);
        on_grid_ = on_grid_ && input->grid >= 0;
        reach_ = std::max(reach_, input->reach);
        terms_ = std::max(terms_, input->terms);
        magnifies_ = std::max(magnifies_, input->magnifies);
      }
    }
    slack_.assign(static_cast<std::size_t>(result.size()), 0.0F);
  }

  using Rule = void (Slack::*)();
  static const std::map<std::string_view, Rule>& rules() {
    static const std::map<std::string_view, Rule> kRules = {
        {"addmm", &Slack::same},
        {"arg_max", &Slack::same},
        {"arg_min", &Slack::same},
        {"argsort", &Slack::same},
        {"assign", &Slack::moves},
        {"batch_norm", &Slack::batch_norm},
        {"bicubic_interp_v2", &Slack::same},
        {"bilinear_interp", &Slack::interp},
        {"bilinear_interp_v2", &Slack::interp},
        {"cast", &Slack::cast},
        {"concat", &Slack::moves},
        {"conv2d", &Slack::conv},
        {"conv2d_transpose", &Slack::transposed},
        {"cumprod", &Slack::same},
        {"cumsum", &Slack::same},
        {"depthwise_conv2d", &Slack::conv},
        {"depthwise_conv2d_transpose", &Slack::transposed},
        {"dot", &Slack::same},
        {"dropout", &Slack::scale},
        {"elementwise_add", &Slack::add},
        {"elementwise_mul", &Slack::multiply},
        {"einsum", &Slack::einsum},
        {"exact_or_unknown", &Slack::same},
        {"frobenius_norm", &Slack::same},
        {"grid_sampler", &Slack::same},
        {"group_norm", &Slack::normalization},
        {"increment", &Slack::scale},
        {"instance_norm", &Slack::normalization},
        {"layer_norm", &Slack::normalization},
        {"linear_interp_v2", &Slack::same},
        {"log_softmax", &Slack::softmax},
        {"logsumexp", &Slack::same},
        {"matmul", &Slack::product},
        {"matmul_v2", &Slack::product},
        {"max_pool2d_with_index", &Slack::same},
        {"moved", &Slack::moves},
        {"mul", &Slack::product},
        {"nearest_interp", &Slack::moves},
        {"nearest_interp_v2", &Slack::moves},
        {"norm", &Slack::same},
        {"p_norm", &Slack::same},
        {"pool2d", &Slack::pool},
        {"reduce_all", &Slack::same},
        {"reduce_amax", &Slack::extreme},
        {"reduce_amin", &Slack::extreme},
        {"reduce_any", &Slack::same},
        {"reduce_max", &Slack::extreme},
        {"reduce_mean", &Slack::sum},
        {"reduce_min", &Slack::extreme},
        {"reduce_prod", &Slack::same},
        {"reduce_sum", &Slack::sum},
        {"reshape2", &Slack::moves},
        {"scale", &Slack::scale},
        {"shape", &Slack::nothing},
        {"size", &Slack::nothing},
        {"slice", &Slack::moves},
        {"softmax", &Slack::softmax},
        {"top_k_v2", &Slack::same},
        {"unary", &Slack::unary},
        {"unpool", &Slack::same}};
    return kRules;
  }

  void find() {
    if (std::optional<Floats> own = elementwise_slack(node_, inputs_, result_)) {
      slack_ = *std::move(own);
      return;
    }
    const auto rule = rules().find(op_as<Unary>(node_) ? "unary"
                                   : is_among(kMoved)  ? "moved"
                                   : is_among(kExactOrUnknown) || op_as<Quantization>(node_)
                                       ? "exact_or_unknown"
                                       : node_.op->type().name);
    constexpr std::string_view kOfFactors[] = {"batch_norm",
                                               "conv2d",
                                               "conv2d_transpose",
                                               "depthwise_conv2d",
                                               "depthwise_conv2d_transpose",
                                               "einsum",
                                               "elementwise_mul",
                                               "matmul",
                                               "matmul_v2",
                                               "mul",
                                               "scale"};
    const bool overflows =
        reach_ > kMostFactor && std::find(std::begin(kOfFactors), std::end(kOfFactors),
                                          node_.op->type().name) != std::end(kOfFactors);
    if (rule == rules().end() || overflows) {
      std::fill(slack_.begin(), slack_.end(), INFINITY);
    } else {
      (this->*rule->second)();
    }
  }

  Traced traced(Tensor result) {
    const bool rounds = result.dtype() == DType::kFloat32 && !is_on_grid_after_;
    for (std::size_t i = 0; i < slack_.size(); ++i) {
      float& s = slack_[i];
      if (rounds && s > 0) s += static_cast<float>(kFlushed);
      if (std::isnan(s)) s = INFINITY;
    }
    if (result.dtype() == DType::kFloat32) {
      for (std::size_t i = 0; i < slack_.size(); ++i) {
        if (!(std::fabs(result.values<float>()[i]) < 1e30F)) slack_[i] = INFINITY;
      }
    }
    Traced traced = given(std::move(result));
    if (traced.grid >= 0 && is_on_grid_after_) traced.grid = std::max(traced.grid, grid_);
    traced.reach = std::max(traced.reach, reach_);
    traced.terms = terms_;
    traced.magnifies = magnifies_;
    if (std::any_of(slack_.begin(), slack_.end(), [](float s) { return s != 0; }))
      traced.slack = std::move(slack_);
    return traced;
  }

 private:
  using Floats = std::vector<float>;
  // What stands for an operand in place of its elements.
  using Stands = std::vector<std::vector<Floats>>;

  const Traced& in(int slot, int i = 0) const { return *inputs_[slot][i]; }
  bool has(int slot) const { return !inputs_[slot].empty(); }
  bool is_float() const { return result_.dtype() == DType::kFloat32; }

  static Floats magnitudes(const Traced& t) {
    Floats all;
    visit_dtype(t.value.dtype(), [&](auto zero) {
      for (auto v : t.value.values<decltype(zero)>())
        all.push_back(std::fabs(static_cast<float>(v)));
    });
    return all;
  }
  static Floats slack_of(const Traced& t) {
    return t.is_exact() ? Floats(static_cast<std::size_t>(t.value.size()), 0.0F) : t.slack;
  }
  // Magnitudes that hold for every evaluation.
  static Floats most(const Traced& t) {
    Floats all = magnitudes(t);
    for (std::size_t i = 0; i < t.slack.size(); ++i) all[i] += t.slack[i];
    return all;
  }
  static double largest(const Floats& values) {
    double most = 0;
    for (float v : values) most = std::isnan(v) ? INFINITY : std::max(most, double{v});
    return most;
  }

  // The operator, in float32, on other elements. Slots that have none keep their own.
  Floats run(const Stands& stands) const {
    std::vector<std::vector<TensorView>> views(inputs_.size());
    for (std::size_t slot = 0; slot < inputs_.size(); ++slot) {
      for (std::size_t i = 0; i < inputs_[slot].size(); ++i) {
        TensorView view = inputs_[slot][i]->value.view();
        if (slot < stands.size() && !stands[slot].empty()) {
          view.dtype = DType::kFloat32;
          view.data = const_cast<float*>(stands[slot][i].data());
        }
        views[slot].push_back(view);
      }
    }
    std::vector<Floats> results;
    std::vector<std::vector<TensorView>> outputs;
    for (const auto& slot : node_.outputs) {
      outputs.emplace_back();
      for (std::size_t i = 0; i < slot.size(); ++i) {
        const Shape& shape = types_[results.size()].shape;
        results.emplace_back(static_cast<std::size_t>(element_count(shape)));
        outputs.back().push_back({DType::kFloat32, shape, results.back().data()});
      }
    }
    kernels::ThreadPool pool(1);
    node_.op->run_reference({&views, &outputs, &pool});
    return std::move(results[index_]);
  }

  void add_slack(const Floats& more, double factor = 1) {
    for (std::size_t i = 0; i < slack_.size(); ++i)
      slack_[i] += static_cast<float>(factor) * std::max(more[i], 0.0F);
  }
  void add_everywhere(double more) {
    for (float& s : slack_) s += static_cast<float>(more);
  }
  // Nothing is rounded where the operands and all sums of theirs lie on a grid of 24 bits.
  bool stays_on_grid(int grid, double reach) {
    is_on_grid_after_ = all_exact_ && on_grid_ && grid >= 0 && std::ldexp(reach, grid) <= 0x1p24;
    grid_ = grid;
    reach_ = reach;
    return is_on_grid_after_;
  }

  bool is_among(std::span<const std::string_view> names) const {
    return std::find(names.begin(), names.end(), node_.op->type().name) != names.end();
  }

  void nothing() {}

  void moves() {
    is_on_grid_after_ = on_grid_;
    if (all_exact_) return;
    Stands stands(1);
    for (const Traced* input : inputs_[0]) stands[0].push_back(slack_of(*input));
    add_slack(run(stands));
  }

  void interp() {
    const Traced& x = in(0);
    const Shape &from = x.value.shape(), &to = result_.shape();
    moves();
    if (from[2] == to[2] && from[3] == to[3] && on_grid_) return;
    is_on_grid_after_ = false;
    // A weight is off by the roundings of its coordinate, in either evaluation.
    const double coordinates = 2 * 3 * static_cast<double>(from[2] + from[3]);
    add_everywhere(kConfidence * (coordinates + 8) * kUnit * largest(most(x)) + kFlushed);
  }

  // The larger of two numbers: a comparison may flush what is denormal, or not.
  void relu() {
    moves();
    if (is_float() && has(0) &&
        has_any(in(0), [](float v) { return std::fpclassify(v) == FP_SUBNORMAL; }))
      add_everywhere(kFlushed);
  }
  static bool has_any(const Traced& t, bool (*test)(float)) {
    const auto values = t.value.values<float>();
    return std::any_of(values.begin(), values.end(), test);
  }

  void pool() {
    relu();
    // Which of a NaN and a number is the larger depends on which comes first.
    if (has_any(in(0), [](float v) { return std::isnan(v); }))
      std::fill(slack_.begin(), slack_.end(), INFINITY);
    const Pool2d& op = *op_as<Pool2d>(node_);
    const kernels::Pool2dParams p = op.params(in(0).value.shape(), result_.shape());
    if (p.kind == kernels::PoolKind::kMax) return;
    is_on_grid_after_ = false;
    const auto terms = static_cast<double>((p.adaptive ? p.ih / p.oh + 1 : p.kh) *
                                           (p.adaptive ? p.iw / p.ow + 1 : p.kw));
    add_everywhere(kConfidence * 2 * std::sqrt(terms) * kUnit * largest(most(in(0))) + kFlushed);
  }

  void unary() {
    const Unary& op = *op_as<Unary>(node_);
    if (op.kind() == kernels::UnaryKind::kRelu) return relu();
    slack_ = unary_slack(op, in(0), result_);
  }

  // Truncation turns a small error into a whole step, or into none.
  void cast() {
    is_on_grid_after_ = on_grid_;
    if (in(0).is_exact()) return;
    const bool from_float =
        in(0).value.dtype() == DType::kFloat32 || in(0).value.dtype() == DType::kFloat64;
    const bool to_float = result_.dtype() == DType::kFloat32 || result_.dtype() == DType::kFloat64;
    for (std::size_t i = 0; i < slack_.size(); ++i) {
      const double s = in(0).slack[i];
      const double v = element_of(in(0), i);
      if (s == 0) continue;
      if (!from_float || to_float) {
        slack_[i] = static_cast<float>(s);
      } else if (result_.dtype() == DType::kBool) {
        slack_[i] = std::fabs(v) > s ? 0 : INFINITY;
      } else if (!(std::fabs(v) + s < 100) || std::trunc(v - s) != std::trunc(v + s)) {
        slack_[i] = INFINITY;
      }
    }
  }
  static double element_of(const Traced& t, std::size_t i) {
    return visit_dtype(t.value.dtype(), [&](auto zero) {
      return static_cast<double>(t.value.values<decltype(zero)>()[i]);
    });
  }

  void add() {
    if (!all_exact_) add_slack(run({{slack_of(in(0))}, {slack_of(in(1))}}));
    if (!is_float()) return;
    if (stays_on_grid(grid_, in(0).reach + in(1).reach)) return;
    add_slack(run({{most(in(0))}, {most(in(1))}}), kConfidence * 2 * std::sqrt(terms_ + 2) * kUnit);
    add_everywhere(kFlushed);
  }

  void multiply() {
    if (!all_exact_) {
      add_slack(run({{most(in(0))}, {slack_of(in(1))}}));
      add_slack(run({{slack_of(in(0))}, {most(in(1))}}));
    }
    if (!is_float()) return;
    if (stays_on_grid(on_grid_ ? in(0).grid + in(1).grid : -1, in(0).reach * in(1).reach)) return;
    add_slack(run({{most(in(0))}, {most(in(1))}}), kConfidence * 2 * kUnit);
    add_everywhere(kFlushed);
  }

  bool has_factor() const { return node_.has_input(Scale::kScaleTensor); }

  void scale() {
    const ScaleOptions& options = op_as<Scale>(node_)->options();
    double factor = options.scale;
    const double bias = std::fabs(options.bias);
    if (has_factor()) factor = element_of(in(1), 0);
    const double s = std::fabs(factor);
    if (!in(0).is_exact()) add_slack(in(0).slack, s);
    double factor_slack = has_factor() && !in(1).is_exact() ? double{in(1).slack[0]} : 0.0;
    if (!is_float())  // the factor of whole numbers is cut off to one
      factor_slack = std::trunc(factor + factor_slack) - std::trunc(factor - factor_slack);
    const Floats x = most(in(0));
    for (std::size_t i = 0; i < slack_.size() && factor_slack > 0; ++i)
      slack_[i] += static_cast<float>(factor_slack * (x[i] + bias));
    if (!is_float()) return;
    const Traced numbers = given(Tensor::from<double>({2}, std::vector<double>{factor, bias}));
    const double reach = s * (in(0).reach + bias) + bias;
    if (stays_on_grid(numbers.grid < 0 || !on_grid_ ? -1 : in(0).grid + 2 * numbers.grid, reach))
      return;
    for (std::size_t i = 0; i < slack_.size(); ++i) {
      slack_[i] +=
          static_cast<float>(kConfidence * 3 * kUnit * (s * (x[i] + bias) + bias) + kFlushed);
    }
  }

  void batch_norm();

  // One kernel in every mode: the same operands give the same bits. What an operand that is off
  // does is not followed.
  void same() {
    if (!all_exact_) std::fill(slack_.begin(), slack_.end(), INFINITY);
  }

  // A maximum is off by no more than what it is the maximum of.
  void extreme() {
    if (!all_exact_) add_everywhere(largest(slack_of(in(0))));
  }

  // What is off adds up; and the sum, which is made in double, is rounded once more on either side.
  void sum() {
    if (all_exact_) return;
    add_slack(run({{slack_of(in(0))}}));
    add_slack(run({{most(in(0))}}), kConfidence * 2 * kUnit);
  }

  // Of operands that are not off: the mean is rounded as it is, the rest by what is multiplied.
  // What an operand that is off does to the statistics is not followed.
  void normalization();

  // exp(s) is how much a term may change when its exponent does by s, and so may the sum.
  void softmax();
  double element_of_result(std::size_t i) const {
    return visit_arithmetic(result_.dtype(), [&](auto zero) {
      return static_cast<double>(result_.values<decltype(zero)>()[i]);
    });
  }

  void product();
  void einsum();
  void transposed();
  // A bilinear operator, sums of up to `terms` products.
  void products(double terms);

  void conv();

  void add_transforms(const kernels::Conv2dParams& p, const Floats& x, const Floats& w,
                      const std::vector<Floats>& bias, const std::vector<Floats>& residual);

  const Node& node_;
  const TracedSlots& inputs_;
  const std::vector<TensorType>& types_;  // of all results
  const std::size_t index_;
  const Tensor& result_;
  const bool transforms_;
  bool all_exact_ = true, on_grid_ = true, is_on_grid_after_ = false;
  int grid_ = 0;
  double reach_ = 0, terms_ = 1, magnifies_ = 1;
  Floats slack_;
};

}  // namespace u2net::fuzz
