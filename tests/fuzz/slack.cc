// SPDX-License-Identifier: Apache-2.0
// How far an element may be off in another mode. The error of the operands is carried through each
// operator by its derivative, and the operator's own rounding is added, as
// engine/diagnostics/verify.h and engine/diagnostics/error_bound.h derive it (with the same
// confidence). Where all operands lie on a grid that float32 resolves nothing is rounded, whatever
// the order of summation: results must be equal.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include "engine/diagnostics/verify.h"
#include "engine/graph/op.h"
#include "engine/ops/axis.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/normalization.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/quantization.h"
#include "engine/ops/scale.h"
#include "engine/ops/softmax.h"
#include "engine/ops/unary.h"
#include "kernels/conv2d/winograd_error.h"
#include "tests/fuzz/elementwise_slack.h"
#include "tests/fuzz/movement_slack.h"
#include "tests/fuzz/traced_graph.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

// Products of larger numbers may overflow in one order of evaluation and not in another.
constexpr double kMostFactor = 1e15;

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
        {"exact_or_unknown", &Slack::exact_or_unknown},
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

  void exact_or_unknown() {
    if (!all_exact_) std::fill(slack_.begin(), slack_.end(), INFINITY);
  }

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
    if (!in(0).is_exact()) add_slack(in(0).slack, is_float() ? s : 1);
    const double factor_slack = has_factor() && !in(1).is_exact() ? double{in(1).slack[0]} : 0.0;
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

  void batch_norm() {
    for (int slot = BatchNorm::kScale; slot <= BatchNorm::kVariance; ++slot) {
      if (!in(slot).is_exact()) std::fill(slack_.begin(), slack_.end(), INFINITY);
    }
    const double epsilon = op_as<BatchNorm>(node_)->epsilon();
    const Floats scale = magnitudes(in(1)), bias = magnitudes(in(2)), mean = magnitudes(in(3)),
                 variance = magnitudes(in(4)), x = most(in(0)), off = slack_of(in(0));
    std::vector<double> factors;
    double reach = 0;
    for (std::size_t c = 0; c < scale.size(); ++c) {
      factors.push_back(scale[c] / std::sqrt(variance[c] + epsilon));
      reach = std::max(reach, factors[c] * (in(0).reach + mean[c]) + bias[c]);
    }
    const Shape& shape = result_.shape();
    const auto channels = static_cast<std::size_t>(shape[1]);
    const std::size_t spatial = x.size() / std::max<std::size_t>(channels * shape[0], 1);
    const Traced numbers =
        given(Tensor::from<double>({static_cast<std::int64_t>(factors.size())}, factors));
    const bool exact =
        stays_on_grid(numbers.grid < 0 || !on_grid_ ? -1 : 2 * grid_ + numbers.grid, 2 * reach);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i / spatial % channels;
      // As a convolution with folded weights it has that one's sums.
      const double own = 6 * std::sqrt(terms_) * kUnit * ((x[i] + mean[c]) * factors[c] + bias[c]);
      slack_[i] +=
          static_cast<float>(off[i] * factors[c] + (exact ? 0.0 : kConfidence * own + kFlushed));
    }
  }

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
  void normalization() {
    if (!is_float() || !all_exact_) return same();
    const kernels::NormalizationParams p = op_as<Normalization>(node_)->params(in(0).value.shape());
    const auto parameter = [&](int slot, std::int64_t c, double otherwise) {
      return has(slot) ? std::fabs(double{in(slot).value.values<float>()[c]}) : otherwise;
    };
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const float* src = in(0).value.values<float>().data() + row * p.length;
      const auto length = static_cast<double>(p.length);
      double mean = 0, variance = 0;
      for (std::int64_t i = 0; i < p.length; ++i) mean += double{src[i]} / length;
      for (std::int64_t i = 0; i < p.length; ++i)
        variance += std::pow(double{src[i]} - mean, 2) / length;
      const double factor = 1 / std::sqrt(variance + p.epsilon);
      for (std::int64_t i = 0; i < p.length; ++i) {
        const std::int64_t c = (row * (p.length / p.inner) + i / p.inner) % p.channels;
        const double scale = parameter(1, c, 1), bias = parameter(2, c, 0),
                     off = scale * factor * (2 * std::fabs(mean) + 6 * std::fabs(src[i] - mean));
        slack_[static_cast<std::size_t>(row * p.length + i)] += static_cast<float>(
            kConfidence * kUnit * (off + 2 * bias) + kFlushed * (4 + scale * (1 + factor)));
      }
    }
  }

  // exp(s) is how much a term may change when its exponent does by s, and so may the sum.
  void softmax() {
    const double off = all_exact_ ? 0 : 2 * largest(slack_of(in(0)));
    const Softmax& op = *op_as<Softmax>(node_);
    const bool is_logarithm = op.logarithm();
    const auto terms = static_cast<double>(axis_shape(result_.shape(), op.axis()).size);
    const double rounding = kConfidence * (12 + 2 * std::sqrt(terms)) * kUnit;
    for (std::size_t i = 0; i < slack_.size(); ++i) {
      const double y = std::fabs(element_of_result(i));
      const double change = is_logarithm ? off : y * std::expm1(off);
      slack_[i] += static_cast<float>(change + rounding * (is_logarithm ? y + 1 : y) + 1e-26);
    }
  }
  double element_of_result(std::size_t i) const {
    return visit_arithmetic(result_.dtype(), [&](auto zero) {
      return static_cast<double>(result_.values<decltype(zero)>()[i]);
    });
  }

  void product() { products(static_cast<double>(in(0).value.size()) + 2); }
  void transposed() {
    const Shape& filter = in(1).value.shape();
    products(static_cast<double>(filter[0] * filter[2] * filter[3]) + 2);
  }
  // A bilinear operator, sums of up to `terms` products.
  void products(double terms) {
    if (!is_float()) return same();
    // A factor of less than 0 would turn sums of magnitudes around.
    const auto sums = [&](const Floats& x, const Floats& y) {
      Floats result = run({{x}, {y}});
      for (float& v : result) v = std::fabs(v);
      return result;
    };
    if (!all_exact_) {
      add_slack(sums(most(in(0)), slack_of(in(1))));
      add_slack(sums(slack_of(in(0)), most(in(1))));
    }
    add_slack(sums(most(in(0)), most(in(1))), kConfidence * 2 * std::sqrt(terms) * kUnit);
    add_everywhere(kFlushed * terms);
  }

  void conv() {
    const Floats x = most(in(Conv2d::kSrc)), w = most(in(Conv2d::kFilter));
    const auto slack_in = [&](int slot) {
      return has(slot) ? std::vector<Floats>{slack_of(in(slot))} : std::vector<Floats>{};
    };
    const auto zeros_in = [&](int slot) {
      return has(slot) ? std::vector<Floats>{Floats(static_cast<std::size_t>(in(slot).value.size()),
                                                    0.0F)}
                       : std::vector<Floats>{};
    };
    const auto most_in = [&](int slot) {
      return has(slot) ? std::vector<Floats>{most(in(slot))} : std::vector<Floats>{};
    };
    if (!all_exact_) {
      add_slack(run({{slack_of(in(Conv2d::kSrc))}, {w}, slack_in(2), slack_in(3)}));
      add_slack(run({{x}, {slack_of(in(Conv2d::kFilter))}, zeros_in(2), zeros_in(3)}));
    }
    const Floats sums = run({{x}, {w}, most_in(2), most_in(3)});
    const kernels::Conv2dParams p =
        op_as<Conv2d>(node_)->params(in(0).value.shape(), in(1).value.shape(), result_.shape());
    const bool by_transforms = transforms_ && p.kh == 3 && p.kw == 3 && p.stride_h == 1 &&
                               p.stride_w == 1 && p.dilation_h == 1 && p.dilation_w == 1 &&
                               p.groups == 1;
    terms_ = static_cast<double>(p.ic / p.groups * p.kh * p.kw) + 2;
    const int grid = on_grid_ ? in(0).grid + in(1).grid + (has(2) ? in(2).grid : 0) : -1;
    if (stays_on_grid(std::max(grid, grid_), largest(sums)) && !by_transforms) return;
    is_on_grid_after_ = false;
    add_slack(sums, kConfidence * 2 * std::sqrt(terms_) * kUnit);
    if (by_transforms) add_transforms(p, x, w, most_in(2), most_in(3));
    add_everywhere(kFlushed * terms_);
  }

  void add_transforms(const kernels::Conv2dParams& p, const Floats& x, const Floats& w,
                      const std::vector<Floats>& bias, const std::vector<Floats>& residual) {
    kernels::ThreadPool pool(1);
    for (int m : {4, 6}) {
      Floats sums(slack_.size());
      kernels::winograd_magnitudes(m, p, x.data(), w.data(),
                                   {.bias = bias.empty() ? nullptr : bias[0].data(),
                                    .residual = residual.empty() ? nullptr : residual[0].data()},
                                   sums.data(), pool);
      const double terms = static_cast<double>(p.ic + 4 * (m + 2)) + 2;
      add_slack(sums, kConfidence * 2 * std::sqrt(terms) * kUnit);
      terms_ = std::max(terms_, terms);
    }
  }

  const Node& node_;
  const TracedSlots& inputs_;
  const std::vector<TensorType>& types_;  // of all results
  const std::size_t index_;
  const Tensor& result_;
  const bool transforms_;
  bool all_exact_ = true, on_grid_ = true, is_on_grid_after_ = false;
  int grid_ = 0;
  double reach_ = 0, terms_ = 1;
  Floats slack_;
};

}  // namespace

Traced traced_result(const Node& node, const TracedSlots& inputs,
                     const std::vector<TensorType>& types, std::size_t index, Tensor result,
                     bool transforms) {
  Slack slack(node, inputs, types, index, result, transforms);
  slack.find();
  return slack.traced(std::move(result));
}

}  // namespace u2net::fuzz
