// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/native_conv2d_problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/conv2d/winograd_error.h"
#include "kernels/interp/interp.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/unary/unary.h"
#include "tests/kernels/conv2d_cases.h"
#include "tests/kernels/guarded_layout.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dParams;
using kernels::ConvSource;
using kernels::Halo;
using kernels::ImageLayout;

constexpr std::int64_t kMostProducts = 1 << 19;

std::size_t floats_of(const ImageLayout& l) { return l.bytes() / sizeof(float); }

// A layout with at least this halo: plain where that will do, now and then.
ImageLayout layout_of(const ImageLayout& plain, int block, const Halo& halo, Random& random) {
  if (block == 1 && halo == Halo{} && random.integer(0, 1)) return plain;
  return ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w, block, larger(halo, random));
}

bool halo_is_zero(const ImageLayout& l, const float* data) {
  for (std::int64_t plane = 0; plane < l.n * l.channel_blocks(); ++plane) {
    for (std::int64_t y = -l.halo.top; y < l.h + l.halo.bottom; ++y) {
      for (std::int64_t x = -l.halo.left; x < l.w + l.halo.right; ++x) {
        if (y >= 0 && y < l.h && x >= 0 && x < l.w) continue;
        const float* pixel =
            data + l.offset(plane / l.channel_blocks(), plane % l.channel_blocks(), y, x);
        if (!std::all_of(pixel, pixel + l.block, [](float v) { return v == 0; })) return false;
      }
    }
  }
  return true;
}

void expect_sound(const ImageLayout& l, const PageGuarded& buffer, const std::string& what) {
  EXPECT_TRUE(buffer.canaries_are_intact()) << what;
  EXPECT_TRUE(halo_is_zero(l, buffer.data())) << what;
  const auto finite = [](float v) { return std::isfinite(v); };
  EXPECT_TRUE(std::all_of(buffer.data(), buffer.data() + floats_of(l), finite)) << what;
}

}  // namespace

NativeConvProblem::NativeConvProblem(const kernels::ConvVariant& variant, Random& random)
    : variant_(variant) {
  do {
    draw_shape(random);
  } while (!draw_layouts(random));
  fill(random);
}

void NativeConvProblem::draw_shape(Random& random) {
  const std::string_view form = variant_.form();
  const bool winograd = !variant_.exact();
  ConvSpec s;
  s.n = random.integer(1, 3);
  channels_.assign(static_cast<std::size_t>(random.integer(1, 3)), 0);
  for (std::int64_t& c : channels_) c = random.integer(1, random.integer(0, 1) ? 8 : 35);
  s.oc = random.integer(1, random.integer(0, 1) ? 8 : 70);
  s.ih = random.integer(1, 27), s.iw = random.integer(1, 27);
  // Many outputs of few tiles, as deep layers have, share a block (of a small cache).
  if (winograd && random.integer(0, 7) == 0) {
    channels_ = {random.integer(1, 2)};
    s.oc = random.integer(0, 1) ? random.integer(113, 144) : random.integer(241, 256);
    s.ih = random.integer(13, 21), s.iw = random.integer(13, 21);
    s.n = random.integer(1, 2);
  }
  s.kh = s.kw = 3;
  s.top = random.integer(0, 2), s.left = random.integer(0, 2);
  s.bottom = random.integer(0, 2), s.right = random.integer(0, 2);
  if (winograd && random.integer(0, 1)) {
    s.dilation_h = random.integer(1, 3), s.dilation_w = random.integer(1, 3);
    s.top = random.integer(0, 6), s.bottom = random.integer(0, 6);
  }
  if (!winograd) {
    s.kh = random.integer(1, 4), s.kw = random.integer(1, 4);
    s.stride_h = random.integer(1, 3), s.stride_w = random.integer(1, 3);
    s.dilation_h = random.integer(1, 3), s.dilation_w = random.integer(1, 3);
  }
  const bool grouped = form == "depthwise" || form == "grouped";
  if (grouped || (!winograd && random.integer(0, 3) == 0)) {
    constexpr std::int64_t kGroups[] = {2, 3, 16, 21, 32};
    s.groups = random.one_of(std::span<const std::int64_t>(kGroups));
    if (form == "depthwise") {
      channels_ = {s.groups};
      s.oc = s.groups;
    } else {
      constexpr std::int64_t kPerGroup[] = {1, 2, 3, 4, 8, 16};
      channels_ = {s.groups * random.one_of(std::span<const std::int64_t>(kPerGroup))};
      s.oc = s.groups * random.one_of(std::span<const std::int64_t>(kPerGroup));
    }
  }
  // Half of what Winograd can resize: all sources end up at one size.
  upsampled_.assign(channels_.size(), false);
  if (winograd && random.integer(0, 1)) {
    s.ih = 2 * random.integer(1, 13), s.iw = 2 * random.integer(1, 13);
    s.top = s.left = s.bottom = s.right = s.dilation_h = s.dilation_w = 1;
    for (std::size_t i = 0; i < upsampled_.size(); ++i) upsampled_[i] = random.integer(0, 1) != 0;
  }
  s.ic = std::accumulate(channels_.begin(), channels_.end(), std::int64_t{0});
  problem_ = {};
  problem_.params = conv_params(s);
}

// False for a shape that is empty, too big, or that the variant cannot do.
bool NativeConvProblem::draw_layouts(Random& random) {
  const Conv2dParams& p = problem_.params;
  if (p.oh < 1 || p.ow < 1) return false;
  if (p.n * p.oc * p.oh * p.ow * (p.ic / p.groups) * p.kh * p.kw > kMostProducts) return false;
  const bool upsamples = std::find(upsampled_.begin(), upsampled_.end(), true) != upsampled_.end();
  const kernels::ConvProblem conv_problem{p, channels_, upsamples, random.integer(0, 1) != 0};
  if (!variant_.unsupported_reason(conv_problem).empty()) return false;
  const kernels::ConvRequirements required = variant_.requirements(p);
  for (std::size_t s = 0; s < channels_.size(); ++s) {
    const std::int64_t factor = upsampled_[s] ? 2 : 1;
    const ImageLayout plain = ImageLayout::plain(p.n, channels_[s], p.ih / factor, p.iw / factor);
    const Halo halo = upsampled_[s] ? Halo{} : required.source_halo;
    problem_.sources.push_back(
        {layout_of(plain, required.source_block, halo, random), upsampled_[s]});
  }
  const ImageLayout dst = ImageLayout::plain(p.n, p.oc, p.oh, p.ow);
  problem_.dst = layout_of(dst, required.dst_block, {}, random);
  problem_.relu = random.integer(0, 1) != 0;
  if (random.integer(0, 1)) {
    problem_.residual_in_dst = random.integer(0, 1) != 0;
    problem_.residual =
        problem_.residual_in_dst ? problem_.dst : layout_of(dst, required.dst_block, {}, random);
    problem_.relu_after_residual = random.integer(0, 1) != 0;
  }
  if (random.integer(0, 2) == 0) draw_activation(random);
  const std::int64_t up = random.integer(0, 1);  // windows over the edge, or not
  const ImageLayout pooled = ImageLayout::plain(p.n, p.oc, (p.oh + up) / 2, (p.ow + up) / 2);
  if (pooled.h > 0 && pooled.w > 0 && random.integer(0, 1)) {
    problem_.pooled = layout_of(pooled, required.dst_block, {}, random);
  }
  return true;
}

// Some are exact, some bounded, some neither, as their rows say; the lines round nothing.
void NativeConvProblem::draw_activation(Random& random) {
  constexpr kernels::Activation kActivations[] = {
      {kernels::UnaryKind::kLeakyRelu, {{0.25F}}},
      {kernels::UnaryKind::kRelu6, {{6}}},
      {kernels::UnaryKind::kHardSwish, {{3, 6, 6}}},
      {kernels::UnaryKind::kHardSigmoid, {{0.2F, 0.5F}}},
      {kernels::UnaryKind::kSigmoid},
      {kernels::UnaryKind::kSilu}};
  problem_.activation = random.one_of(std::span<const kernels::Activation>(kActivations));
  if (random.integer(0, 1)) {
    problem_.activation->parameters.factor = -0.5F;
    problem_.activation->parameters.summand = 3;
  }
  problem_.activation_after_residual = problem_.residual && random.integer(0, 1) != 0;
}

void NativeConvProblem::fill(Random& random) {
  const auto draw = [&](std::vector<float>& values, std::int64_t count) {
    values.resize(static_cast<std::size_t>(count));
    variant_.exact() ? fill_integers(random, values) : fill_uniform(random, values);
  };
  const Conv2dParams& p = problem_.params;
  kernels::ThreadPool pool(1);
  for (const ConvSource& source : problem_.sources) {
    const ImageLayout& l = source.layout;
    draw(plain_sources_.emplace_back(), l.n * l.c * l.h * l.w);
    sources_.push_back(buffer_for(l));
    kernels::convert_layout(plain_of(l), plain_sources_.back().data(), l, sources_.back().data(),
                            pool);
  }
  draw(weights_, p.oc * (p.ic / p.groups) * p.kh * p.kw);
  draw(bias_, p.oc);
  draw(plain_residual_, p.n * p.oc * p.oh * p.ow);
}

std::string NativeConvProblem::text() const {
  std::string text = variant_.name() + " " + text_of(problem_.params) + " sources";
  for (const ConvSource& s : problem_.sources)
    text += " " + std::to_string(s.layout.c) + (s.upsample ? "^" : "");
  if (problem_.residual) text += problem_.residual_in_dst ? " residual in dst" : " residual";
  if (problem_.relu) text += " relu";
  if (problem_.relu_after_residual) text += " relu after residual";
  if (problem_.activation) {
    text += " " + std::string(kernels::row_of(problem_.activation->kind).name);
    text += problem_.activation->parameters.has_line() ? " and a line" : "";
    text += problem_.activation_after_residual ? " after residual" : "";
  }
  if (problem_.pooled)
    text +=
        " pooled " + std::to_string(problem_.pooled->h) + "x" + std::to_string(problem_.pooled->w);
  return text;
}

NativeConvProblem::Results NativeConvProblem::run(int threads,
                                                  const kernels::CacheSizes& caches) const {
  constexpr auto kLine = PageGuarded::Alignment::kLine;
  kernels::ThreadPool pool(threads);
  const kernels::ConvMachine machine{caches};
  const auto kernel = variant_.plan(problem_, machine);
  PageGuarded packed(kernel->packed_bytes() / sizeof(float), kLine),
      bias(kernel->bias_floats(), kLine);
  PageGuarded scratch(kernel->scratch_floats() * static_cast<std::size_t>(threads), kLine);
  kernel->pack(weights_.data(), packed.data(), pool);
  bias.fill(0);
  std::copy(bias_.begin(), bias_.end(), bias.data());

  const ImageLayout plain_dst = plain_of(problem_.dst);
  Results results{buffer_for(problem_.dst), std::nullopt};
  std::optional<PageGuarded> residual;
  const float* residual_data = nullptr;
  if (problem_.residual_in_dst) {
    residual_data = results.dst.data();
  } else if (problem_.residual) {
    residual.emplace(buffer_for(*problem_.residual));
    residual_data = residual->data();
  }
  if (problem_.residual) {
    kernels::convert_layout(plain_dst, plain_residual_.data(), *problem_.residual,
                            const_cast<float*>(residual_data), pool);
  }
  if (problem_.pooled) results.pooled.emplace(buffer_for(*problem_.pooled));

  std::vector<const void*> sources;
  for (const PageGuarded& source : sources_) sources.push_back(source.data());
  kernel->run({.sources = sources,
               .weights = packed.data(),
               .bias = bias.data(),
               .residual = residual_data,
               .dst = results.dst.data(),
               .pooled = results.pooled ? results.pooled->data() : nullptr,
               .scratch = scratch.data()},
              pool);
  expect_sound(problem_.dst, results.dst, text());
  if (problem_.pooled) expect_sound(*problem_.pooled, *results.pooled, text() + " (pooled)");
  for (const PageGuarded* buffer : {&packed, &bias, &scratch})
    EXPECT_TRUE(buffer->canaries_are_intact()) << text();
  return results;
}

std::vector<float> NativeConvProblem::joined_sources() const {
  const Conv2dParams& p = problem_.params;
  std::vector<float> joined;
  kernels::ThreadPool pool(1);
  for (std::int64_t image = 0; image < p.n; ++image) {
    for (std::size_t s = 0; s < channels_.size(); ++s) {
      const ImageLayout& l = problem_.sources[s].layout;
      const std::int64_t size = l.c * l.h * l.w;
      const float* from = plain_sources_[s].data() + image * size;
      if (!upsampled_[s]) {
        joined.insert(joined.end(), from, from + size);
        continue;
      }
      joined.resize(joined.size() + static_cast<std::size_t>(4 * size));
      kernels::interp_reference(kernels::bilinear_doubled(l.c, l.h, l.w), from,
                                joined.data() + joined.size() - 4 * size, pool);
    }
  }
  return joined;
}

kernels::Conv2dEpilogue NativeConvProblem::epilogue() const {
  return {.bias = bias_.data(),
          .relu = problem_.relu,
          .residual = problem_.residual ? plain_residual_.data() : nullptr,
          .relu_after_residual = problem_.relu_after_residual,
          .activation = problem_.activation,
          .activation_after_residual = problem_.activation_after_residual};
}

// What the function is applied to is off by the bound so far, and what two evaluations of it may be
// apart comes on top; a residual behind it is rounded once more.
void NativeConvProblem::add_activation_bound(const std::vector<float>& joined, Expected& e) const {
  const kernels::Activation& activation = *problem_.activation;
  const kernels::UnaryFunction& function = kernels::row_of(activation.kind);
  kernels::ThreadPool pool(1);
  kernels::Conv2dEpilogue before = epilogue();
  before.activation.reset();
  if (!problem_.activation_after_residual) {
    before.residual = nullptr;
    before.relu_after_residual = false;
  }
  std::vector<float> x(e.dst.size()), y(e.dst.size());
  kernels::conv2d_reference(problem_.params, joined.data(), weights_.data(), before, x.data(),
                            pool);
  const kernels::UnaryParameters& p = activation.parameters;
  kernels::unary_row(activation.kind, p.alone(), static_cast<std::int64_t>(x.size()), x.data(),
                     y.data());
  // The reference's e^-x is infinite where x / e^-x would still be so much.
  constexpr double kOverflown = 0x1p-120;
  const bool rounds = function.error(1, 1, p) > 0;
  const double steepness = function.steepness(p) * std::fabs(double{p.factor});
  for (std::size_t i = 0; i < x.size(); ++i) {
    double error = function.error(double{x[i]}, double{y[i]}, p);
    if (rounds) error = kernels::error_behind(p, double{y[i]}, error);
    e.dst_bound[i] = std::max(steepness, 1.0) * e.dst_bound[i] + error * 0x1p-24;
    if (!rounds) continue;
    e.dst_bound[i] += kOverflown;
    if (problem_.residual) {
      const double end = double{y[i]} * double{p.factor} + double{p.summand};
      e.dst_bound[i] += 0x1p-23 * (std::fabs(end) + std::fabs(double{plain_residual_[i]}));
    }
  }
}

NativeConvProblem::Expected NativeConvProblem::expected() const {
  const Conv2dParams& p = problem_.params;
  kernels::ThreadPool pool(1);
  const std::vector<float> joined = joined_sources();
  const bool has_residual = problem_.residual.has_value();
  Expected e;
  e.dst.resize(plain_residual_.size());
  kernels::conv2d_reference(p, joined.data(), weights_.data(), epilogue(), e.dst.data(), pool);
  e.dst_bound.assign(e.dst.size(), 0.0);
  if (!variant_.exact()) {  // as engine/diagnostics/error_bound.cc and engine/diagnostics/verify.h
    const auto magnitudes = [](std::vector<float> values) {
      for (float& v : values) v = std::fabs(v);
      return values;
    };
    const std::vector<float> src = magnitudes(joined), weight = magnitudes(weights_),
                             bias = magnitudes(bias_), residual = magnitudes(plain_residual_);
    std::vector<float> sums(e.dst.size());
    const int m = variant_.rounding().winograd_tile;
    kernels::winograd_magnitudes(
        m, p, src.data(), weight.data(),
        {.bias = bias.data(), .residual = has_residual ? residual.data() : nullptr}, sums.data(),
        pool);
    const double terms = kernels::winograd_sum_terms(m, p);
    for (std::size_t i = 0; i < sums.size(); ++i)
      e.dst_bound[i] = 8 * 2 * std::sqrt(terms) * 0x1p-24 * double{sums[i]};
  }
  if (problem_.activation) add_activation_bound(joined, e);
  if (!problem_.pooled) return e;
  e.pooled = maxima_2x2(p, *problem_.pooled, e.dst);
  e.pooled_bound = maxima_2x2(p, *problem_.pooled, e.dst_bound);
  return e;
}

std::vector<float> NativeConvProblem::plain_dst(const Results& results) const {
  std::vector<float> plain(plain_residual_.size());
  kernels::ThreadPool pool(1);
  kernels::convert_layout(problem_.dst, results.dst.data(), plain_of(problem_.dst), plain.data(),
                          pool);
  return plain;
}

std::vector<float> NativeConvProblem::plain_pooled(const Results& results) const {
  if (!problem_.pooled) return {};
  const ImageLayout plain_layout = plain_of(*problem_.pooled);
  std::vector<float> plain(floats_of(plain_layout));
  kernels::ThreadPool pool(1);
  kernels::convert_layout(*problem_.pooled, results.pooled->data(), plain_layout, plain.data(),
                          pool);
  return plain;
}

std::string test_name_of(const testing::TestParamInfo<const kernels::ConvVariant*>& info) {
  std::string name = info.param->name();
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
}

std::vector<const kernels::ConvVariant*> all_variants() {
  std::vector<const kernels::ConvVariant*> all;
  for (std::span<const kernels::ConvVariant> list :
       {kernels::conv_variants(), kernels::conv_test_variants()}) {
    for (const kernels::ConvVariant& variant : list) all.push_back(&variant);
  }
  return all;
}

}  // namespace u2net::engine::test
