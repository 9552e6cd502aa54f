// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/tile_conv2d_problem.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/base/centred_image.h"
#include "kernels/conv2d/tiles/tile_conv.h"
#include "kernels/interp/interp.h"
#include "tests/kernels/conv2d_cases.h"
#include "tests/kernels/guarded_layout.h"

namespace u2net::engine::test {

using kernels::Conv2dParams;
using kernels::Halo;

namespace {

constexpr std::int64_t kMostProducts = 1 << 18;

ImageLayout blocked_layout(const ImageLayout& plain, ElementType element, const Halo& halo,
                           Random& random) {
  return ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w, kernels::tile_block(plain.c),
                                larger(halo, random), element);
}

// Of results: in bf16 or bf16x2, or in f32 in blocks of any size.
ImageLayout result_layout(const ImageLayout& plain, ElementType element, int block,
                          Random& random) {
  if (element != ElementType::kF32) return blocked_layout(plain, element, {}, random);
  if (block == 1 && random.integer(0, 1)) return plain;
  return ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w, block, larger({}, random));
}

// Plain images lie at whole lines as well.
PageGuarded buffer_of(const ImageLayout& l) { return buffer_for(l, PageGuarded::Alignment::kLine); }

}  // namespace

std::vector<float> plain_values(const ImageLayout& l, const PageGuarded& buffer) {
  kernels::ThreadPool pool(1);
  std::vector<float> values(static_cast<std::size_t>(l.n * l.c * l.h * l.w));
  kernels::convert_centred(l, buffer.data(), plain_of(l), values.data(), nullptr, pool);
  return values;
}

TileProblem::TileProblem(const ConvVariant& variant, Random& random, bool with_integers)
    : integers(with_integers) {
  while (!draw(variant, random)) {
  }
  const Conv2dParams& p = conv.params;
  const auto fill = [&](std::vector<float>& values, std::int64_t count, ElementType element) {
    values.resize(static_cast<std::size_t>(count));
    integers ? fill_integers(random, values) : fill_uniform(random, values);
    values = stored_as(element, std::move(values));
  };
  for (const kernels::ConvSource& s : conv.sources) {
    fill(sources.emplace_back(), s.layout.n * s.layout.c * s.layout.h * s.layout.w,
         s.layout.element);
    for (float& v : sources.back()) v *= s.upsample && integers ? 16 : 1;  // sixteenths are whole
  }
  fill(weights, p.oc * p.ic * p.kh * p.kw,
       splits_all() ? ElementType::kBf16x2 : ElementType::kBf16);
  fill(bias, p.oc, ElementType::kBf16);
  fill(residual, p.n * p.oc * p.oh * p.ow,
       conv.residual ? conv.residual->element : ElementType::kF32);
  for (const kernels::ConvSource& s : conv.sources)
    source_centres.push_back(random_centre(random, s.layout, integers));
  centre = random_centre(random, conv.dst, integers);
  residual_centre = conv.residual ? random_centre(random, *conv.residual, integers) : centre;
}

std::string TileProblem::text() const {
  std::string text = text_of(conv.params) + " sources";
  for (std::int64_t c : channels) text += " " + std::to_string(c);
  for (const kernels::ConvSource& s : conv.sources)
    text += " " + std::string(name_of(s.layout.element)) + (s.upsample ? "^" : "");
  text += " -> " + std::string(name_of(conv.dst.element));
  if (conv.residual) text += conv.residual_in_dst ? " residual in dst" : " residual";
  if (conv.relu) text += " relu";
  if (conv.relu_after_residual) text += " relu after residual";
  if (conv.pooled) text += " pooled";
  return text;
}

bool TileProblem::draw(const ConvVariant& variant, Random& random) {
  ConvSpec s;
  s.n = random.integer(1, 2);
  channels.assign(static_cast<std::size_t>(random.integer(1, 3)), 0);
  for (std::int64_t& c : channels) c = random.integer(1, random.integer(0, 1) ? 9 : 70);
  s.ic = std::accumulate(channels.begin(), channels.end(), std::int64_t{0});
  s.oc = random.integer(1, random.integer(0, 1) ? 9 : 70);
  s.ih = random.integer(1, 37), s.iw = random.integer(1, 37);
  if (random.integer(0, 1)) {  // what networks have most of
    s.kh = s.kw = 3;
    s.dilation_h = s.dilation_w = random.integer(0, 2) ? 1 : random.integer(2, 8);
    s.top = s.left = s.bottom = s.right = s.dilation_h;
  } else {
    s.kh = random.integer(1, 4), s.kw = random.integer(1, 9);
    s.stride_h = random.integer(1, 3), s.stride_w = random.integer(1, 3);
    s.dilation_h = random.integer(1, 3), s.dilation_w = random.integer(1, 3);
    s.top = random.integer(0, 3), s.left = random.integer(0, 3);
    s.bottom = random.integer(0, 3), s.right = random.integer(0, 3);
  }
  conv = {};
  conv.params = conv_params(s);
  const Conv2dParams& p = conv.params;
  if (p.oh < 1 || p.ow < 1) return false;
  if (p.n * p.oc * p.oh * p.ow * p.ic * p.kh * p.kw > kMostProducts) return false;
  const bool keeps_size = p.kh == 3 && p.kw == 3 && p.dilation_h == 1 && p.stride_h == 1 &&
                          p.stride_w == 1 && p.oh == p.ih && p.ow == p.iw && s.top == 1;
  const bool may_resize = keeps_size && p.ih % 2 == 0 && p.iw % 2 == 0 &&
                          *std::min_element(channels.begin(), channels.end()) >= 4;
  EXPECT_EQ(variant.unsupported_reason({p, channels, may_resize, false, variant.element()}), "");
  const kernels::ConvRequirements required = variant.requirements(p);
  const bool mixes = random.integer(0, 2) == 0;
  for (std::int64_t c : channels) {
    const bool plain = mixes && random.integer(0, 1) != 0;
    const bool resizes = may_resize && random.integer(0, 1) != 0;
    const std::int64_t factor = resizes ? 2 : 1;
    conv.sources.push_back(
        {blocked_layout(ImageLayout::plain(p.n, c, p.ih / factor, p.iw / factor),
                        plain ? ElementType::kBf16 : variant.element(),
                        resizes ? required.resized_halo : required.source_halo, random),
         resizes});
  }
  draw_epilogue(random);
  return true;
}

void TileProblem::draw_epilogue(Random& random) {
  const Conv2dParams& p = conv.params;
  const ImageLayout dst = ImageLayout::plain(p.n, p.oc, p.oh, p.ow);
  constexpr ElementType kElements[] = {ElementType::kBf16, ElementType::kBf16x2, ElementType::kBf16,
                                       ElementType::kF32};
  const ElementType element = random.one_of(std::span<const ElementType>(kElements));
  constexpr int kBlocks[] = {1, 8, 16};
  const int block = random.one_of(std::span<const int>(kBlocks));
  conv.dst = result_layout(dst, element, block, random);
  conv.relu = random.integer(0, 1) != 0;
  if (random.integer(0, 1)) {
    conv.residual_in_dst = random.integer(0, 1) != 0;
    conv.residual = conv.residual_in_dst ? conv.dst : result_layout(dst, element, block, random);
    conv.relu_after_residual = random.integer(0, 1) != 0;
  }
  const std::int64_t up = random.integer(0, 1);  // windows over the edge, or not
  const ImageLayout pooled = ImageLayout::plain(p.n, p.oc, (p.oh + up) / 2, (p.ow + up) / 2);
  if (pooled.h > 0 && pooled.w > 0 && random.integer(0, 1))
    conv.pooled = result_layout(pooled, element, block, random);
}

std::vector<float> TileProblem::bias_lists(std::size_t floats) const {
  const Conv2dParams& p = conv.params;
  const std::size_t list = floats / kernels::kTileBiasLists;
  std::vector<float> lists(floats, 0.0F);
  for (std::int64_t o = 0; o < p.oc; ++o) {
    const auto at = static_cast<std::size_t>(o);
    const double apart = double{centre[at]} - (conv.residual ? double{residual_centre[at]} : 0);
    double sum = double{bias[at]} - apart;
    std::int64_t first = 0;
    for (std::size_t s = 0; s < channels.size(); first += channels[s++]) {
      for (std::int64_t i = 0; i < channels[s] * p.kh * p.kw; ++i) {
        sum += double{weights[static_cast<std::size_t>((o * p.ic + first) * p.kh * p.kw + i)]} *
               double{source_centres[s][static_cast<std::size_t>(i / p.kh / p.kw)]};
      }
    }
    lists[kernels::kTileSumBias * list + at] = static_cast<float>(sum);
    lists[kernels::kTileReluFloor * list + at] = static_cast<float>(-apart);
    lists[kernels::kTileCentre * list + at] = centre[at];
  }
  return lists;
}

TileProblem::Results TileProblem::run(const ConvVariant& variant, int threads) const {
  constexpr auto kLine = PageGuarded::Alignment::kLine;
  kernels::ThreadPool pool(threads);
  const auto kernel = variant.plan(conv, {kernels::cache_sizes()});
  PageGuarded packed((kernel->packed_bytes() + 3) / sizeof(float), kLine);
  PageGuarded padded_bias(kernel->bias_floats(), kLine);
  PageGuarded scratch(kernel->scratch_floats() * static_cast<std::size_t>(threads), kLine);
  kernel->pack(weights.data(), packed.data(), pool);
  const std::vector<float> lists = bias_lists(kernel->bias_floats());
  std::copy(lists.begin(), lists.end(), padded_bias.data());
  std::vector<PageGuarded> images;
  std::vector<const void*> addresses;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const ImageLayout& l = conv.sources[s].layout;
    images.push_back(buffer_of(l));
    kernels::convert_centred(plain_of(l), sources[s].data(), l, images.back().data(), nullptr,
                             pool);
    kernels::fill_halo(l, images.back().data(), source_centres[s].data(), pool);
    addresses.push_back(images.back().data());
  }
  Results results{buffer_of(conv.dst), std::nullopt};
  if (conv.pooled) results.pooled.emplace(buffer_of(*conv.pooled));
  std::optional<PageGuarded> other;
  float* added = nullptr;
  if (conv.residual) {
    if (!conv.residual_in_dst) other.emplace(buffer_of(*conv.residual));
    added = conv.residual_in_dst ? results.dst.data() : other->data();
    const ImageLayout& l = *conv.residual;
    kernels::convert_centred(plain_of(l), residual.data(), l, added, nullptr, pool);
  }
  kernel->run({.sources = addresses,
               .weights = packed.data(),
               .bias = padded_bias.data(),
               .residual = added,
               .dst = results.dst.data(),
               .pooled = results.pooled ? results.pooled->data() : nullptr,
               .scratch = scratch.data()},
              pool);
  EXPECT_TRUE(rest_is_right(conv.dst, results.dst, centre)) << text();
  if (conv.pooled) {
    EXPECT_TRUE(rest_is_right(*conv.pooled, *results.pooled, centre)) << text();
    EXPECT_TRUE(results.pooled->canaries_are_intact()) << text();
  }
  for (const PageGuarded* buffer : {&packed, &padded_bias, &scratch, &results.dst})
    EXPECT_TRUE(buffer->canaries_are_intact()) << text();
  return results;
}

std::vector<float> TileProblem::read_of(std::size_t source) const {
  const kernels::ConvSource& s = conv.sources[source];
  if (!s.upsample) return sources[source];
  const Conv2dParams& p = conv.params;
  const kernels::InterpParams resize =
      kernels::bilinear_doubled(p.n * s.layout.c, s.layout.h, s.layout.w);
  std::vector<float> resized(static_cast<std::size_t>(p.n * s.layout.c * p.ih * p.iw));
  kernels::ThreadPool pool(1);
  kernels::interp_reference(resize, sources[source].data(), resized.data(), pool);
  return stored_as(s.layout.element, std::move(resized));
}

// A result is a sum of `terms` products, each added once to a sum of at most 16, and these to each
// other step by step: no more roundings on the way of any of them than 16 and two a step and what
// the epilogue adds, each of a partial sum that is no larger than the sum of magnitudes: of what is
// stored, and of the centres, which are summed ahead. Of numbers in two halves there are three
// times the steps, and the products of lower halves are missing.
void TileProblem::expect(std::vector<float>& dst, std::vector<double>& bound) const {
  const Conv2dParams& p = conv.params;
  kernels::ThreadPool pool(1);
  const std::int64_t plane = p.ih * p.iw, results = p.oh * p.ow;
  std::vector<std::vector<float>> read;
  double resized = 0;  // how far off a sample may be that is resized, and rounded to either side
  for (std::size_t s = 0; s < sources.size(); ++s) {
    read.push_back(read_of(s));
    if (conv.sources[s].upsample)
      resized = std::max(resized, 2 * unit_of(conv.sources[s].layout.element));
  }
  std::vector<float> joined, sizes;  // of the numbers themselves, and of their parts
  for (std::int64_t image = 0; image < p.n; ++image) {
    for (std::size_t s = 0; s < sources.size(); ++s) {
      for (std::int64_t i = 0; i < channels[s] * plane; ++i) {
        const float c = source_centres[s][static_cast<std::size_t>(i / plane)];
        const float x = read[s][static_cast<std::size_t>(image * channels[s] * plane + i)];
        joined.push_back(x + c);
        sizes.push_back(std::fabs(x));
      }
    }
  }
  std::vector<float> added = residual, bias_sizes = bias;
  for (std::size_t i = 0; i < added.size(); ++i)
    added[i] += residual_centre[i / static_cast<std::size_t>(results) % bias.size()];
  for (std::size_t o = 0; o < bias.size(); ++o)
    bias_sizes[o] =
        std::fabs(bias[o]) + 3 * std::fabs(centre[o]) + 2 * std::fabs(residual_centre[o]);
  // Once in the bias, and once in what is stored: in the halo, too.
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto taps = static_cast<std::size_t>(p.kh * p.kw), ic = static_cast<std::size_t>(p.ic);
    std::size_t s = 0;
    auto c = static_cast<std::int64_t>(i / taps % ic);
    while (c >= channels[s]) c -= channels[s++];
    bias_sizes[i / taps / ic] +=
        2 * std::fabs(weights[i] * source_centres[s][static_cast<std::size_t>(c)]);
  }
  const auto reference = [&](const std::vector<float>& src, const std::vector<float>& w,
                             const std::vector<float>& b, const std::vector<float>& r,
                             bool clamps) {
    std::vector<float> result(residual.size());
    kernels::conv2d_reference(p, src.data(), w.data(),
                              {.bias = b.data(),
                               .relu = clamps && conv.relu,
                               .residual = conv.residual ? r.data() : nullptr,
                               .relu_after_residual = clamps && conv.relu_after_residual},
                              result.data(), pool);
    return result;
  };
  dst = reference(joined, weights, bias, added, true);
  for (std::size_t i = 0; i < dst.size(); ++i)
    dst[i] -= centre[i / static_cast<std::size_t>(results) % bias.size()];
  bound.assign(dst.size(), 0);
  if (integers) return;
  const auto magnitudes = [](std::vector<float> values) {
    for (float& v : values) v = std::fabs(v);
    return values;
  };
  const std::vector<float> sums =
      reference(sizes, magnitudes(weights), bias_sizes, magnitudes(added), false);
  double steps = 0;
  for (std::int64_t c : channels) steps += std::ceil(static_cast<double>(c) / 4);
  const bool splits = std::any_of(conv.sources.begin(), conv.sources.end(), [](const auto& s) {
    return s.layout.element == ElementType::kBf16x2;
  });
  steps *= static_cast<double>((splits ? 3 : 1) * p.kh * p.kw);
  const double ours = 16 + 2 * steps + 4, theirs = static_cast<double>(p.ic * p.kh * p.kw) + 6;
  for (std::size_t i = 0; i < dst.size(); ++i)
    bound[i] = 1.01 *
               ((ours + theirs) * unit_of(ElementType::kF32) +
                (splits ? unit_of(ElementType::kBf16x2) : 0) + resized) *
               double{sums[i]};
}

}  // namespace u2net::engine::test
