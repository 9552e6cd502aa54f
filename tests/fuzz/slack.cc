// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/slack.h"

#include "engine/ops/axis.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/einsum.h"
#include "engine/ops/normalization.h"
#include "engine/ops/softmax.h"
#include "kernels/conv2d/winograd_error.h"

namespace u2net::fuzz {

void Slack::batch_norm() {
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
    const double flushed = terms_ * magnifies_ * kFlushed;
    slack_[i] +=
        static_cast<float>(off[i] * factors[c] + (exact ? 0.0 : kConfidence * own + flushed));
  }
}

void Slack::normalization() {
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

void Slack::softmax() {
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

void Slack::product() { products(static_cast<double>(in(0).value.size()) + 2); }

void Slack::einsum() {
  if (inputs_[0].size() != 2) return same();
  const Shape* shapes[] = {&in(0, 0).value.shape(), &in(0, 1).value.shape()};
  products(op_as<Einsum>(node_)->params(shapes).terms() + 2);
}

void Slack::transposed() {
  const Shape& filter = in(1).value.shape();
  products(static_cast<double>(filter[0] * filter[2] * filter[3]) + 2);
}

void Slack::products(double terms) {
  if (!is_float()) return same();
  const bool in_one_slot = inputs_.size() == 1;
  const Traced &first = in(0), &second = in_one_slot ? in(0, 1) : in(1);
  // A factor of less than 0 would turn sums of magnitudes around.
  const auto sums = [&](const Floats& x, const Floats& y) {
    Floats result = run(in_one_slot ? Stands{{x, y}} : Stands{{x}, {y}});
    for (float& v : result) v = std::fabs(v);
    return result;
  };
  if (!all_exact_) {
    add_slack(sums(most(first), slack_of(second)));
    add_slack(sums(slack_of(first), most(second)));
  }
  add_slack(sums(most(first), most(second)), kConfidence * 2 * std::sqrt(terms) * kUnit);
  add_everywhere(kFlushed * terms);
}

void Slack::conv() {
  const Floats x = most(in(Conv2d::kSrc)), w = most(in(Conv2d::kFilter));
  const auto slack_in = [&](int slot) {
    return has(slot) ? std::vector<Floats>{slack_of(in(slot))} : std::vector<Floats>{};
  };
  const auto zeros_in = [&](int slot) {
    return has(slot)
               ? std::vector<Floats>{Floats(static_cast<std::size_t>(in(slot).value.size()), 0.0F)}
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
                             p.stride_w == 1 && p.groups == 1;  // dilated ones, too
  terms_ = static_cast<double>(p.ic / p.groups * p.kh * p.kw) + 2;
  const int grid = on_grid_ ? in(0).grid + in(1).grid + (has(2) ? in(2).grid : 0) : -1;
  if (stays_on_grid(std::max(grid, grid_), largest(sums)) && !by_transforms) return;
  is_on_grid_after_ = false;
  add_slack(sums, kConfidence * 2 * std::sqrt(terms_) * kUnit);
  if (by_transforms) add_transforms(p, x, w, most_in(2), most_in(3));
  // Transforms multiply by 2^10 at most. A normalisation may be folded into the weights, of which
  // then something is flushed that samples multiply.
  const double transformed = by_transforms ? 1024 : 1;
  add_everywhere(kFlushed * terms_ * transformed);
  magnifies_ = (1 + largest(x)) * transformed;
}

void Slack::add_transforms(const kernels::Conv2dParams& p, const Floats& x, const Floats& w,
                           const std::vector<Floats>& bias, const std::vector<Floats>& residual) {
  kernels::ThreadPool pool(1);
  for (int m : {4, 6}) {
    Floats sums(slack_.size());
    kernels::winograd_magnitudes(m, p, x.data(), w.data(),
                                 {.bias = bias.empty() ? nullptr : bias[0].data(),
                                  .residual = residual.empty() ? nullptr : residual[0].data()},
                                 sums.data(), pool);
    const double terms = kernels::winograd_sum_terms(m, p);
    add_slack(sums, kConfidence * 2 * std::sqrt(terms) * kUnit);
    terms_ = std::max(terms_, terms);
  }
}

Traced traced_result(const Node& node, const TracedSlots& inputs,
                     const std::vector<TensorType>& types, std::size_t index, Tensor result,
                     bool transforms) {
  Slack slack(node, inputs, types, index, result, transforms);
  slack.find();
  return slack.traced(std::move(result));
}

}  // namespace u2net::fuzz
