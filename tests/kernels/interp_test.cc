// SPDX-License-Identifier: Apache-2.0
#include "kernels/interp/interp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

using kernels::InterpKind;
using kernels::InterpParams;

std::string describe(const InterpParams& p) {
  const auto n = [](auto v) { return " " + std::to_string(v); };
  return std::string(p.kind == InterpKind::kBilinear ? "bilinear" : "nearest") + n(p.planes) +
         n(p.ih) + n(p.iw) + " ->" + n(p.oh) + n(p.ow) + " ratio" + n(p.ratio_h) + n(p.ratio_w) +
         (p.align_corners ? " corners" : "") + (p.half_pixel ? " half-pixel" : "") +
         (p.double_coordinates ? " double" : "");
}

double coordinate(const InterpParams& p, std::int64_t k, double ratio) {
  const auto position = static_cast<double>(k);
  return p.half_pixel ? std::max(ratio * (position + 0.5) - 0.5, 0.0) : ratio * position;
}

// The value of the piecewise linear function through the samples, in double.
double bilinear_value(const InterpParams& p, const float* plane, double y, double x) {
  const double max_y = static_cast<double>(p.ih - 1), max_x = static_cast<double>(p.iw - 1);
  // Past the last sample the kernel goes on with the weights of the last one alone: a constant.
  y = std::min(y, max_y), x = std::min(x, max_x);
  const auto y0 = static_cast<std::int64_t>(y), x0 = static_cast<std::int64_t>(x);
  const std::int64_t y1 = std::min(y0 + 1, p.ih - 1), x1 = std::min(x0 + 1, p.iw - 1);
  const double fy = y - static_cast<double>(y0), fx = x - static_cast<double>(x0);
  const double top = plane[y0 * p.iw + x0] * (1 - fx) + plane[y0 * p.iw + x1] * fx;
  const double bottom = plane[y1 * p.iw + x0] * (1 - fx) + plane[y1 * p.iw + x1] * fx;
  return top * (1 - fy) + bottom * fy;
}

// |src| <= 1, so a coordinate that is off by d changes the value by 2d at most; a coordinate has
// two roundings, each relative to it. Then six roundings a term (weights, two products, three
// additions), of magnitudes that add up to 1.
double bilinear_bound(double y, double x) { return (2 * 2 * (y + x + 2) + 6) * kFloatRounding; }

std::vector<Truth> bilinear(const InterpParams& p, const float* src) {
  std::vector<Truth> all;
  for (std::int64_t plane = 0; plane < p.planes; ++plane) {
    for (std::int64_t oh = 0; oh < p.oh; ++oh) {
      for (std::int64_t ow = 0; ow < p.ow; ++ow) {
        const double y = coordinate(p, oh, p.ratio_h), x = coordinate(p, ow, p.ratio_w);
        all.push_back({bilinear_value(p, src + plane * p.ih * p.iw, y, x), bilinear_bound(y, x)});
      }
    }
  }
  return all;
}

// As Paddle gives it to the kernel.
float ratio(std::int64_t in, std::int64_t out, bool align_corners) {
  if (out <= 1) return 0;
  return align_corners ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                       : static_cast<float>(in) / static_cast<float>(out);
}

InterpParams make(InterpKind kind, std::int64_t ih, std::int64_t iw, std::int64_t oh,
                  std::int64_t ow, bool align_corners, bool half_pixel) {
  return {.kind = kind,
          .planes = 3,
          .ih = ih,
          .iw = iw,
          .oh = oh,
          .ow = ow,
          .ratio_h = ratio(ih, oh, align_corners),
          .ratio_w = ratio(iw, ow, align_corners),
          .align_corners = align_corners,
          .half_pixel = half_pixel,
          .double_coordinates = false};
}

Guarded run(const InterpParams& p, const Guarded& src, int threads = 1) {
  Guarded dst(static_cast<std::size_t>(p.planes * p.oh * p.ow), 3);
  kernels::ThreadPool pool(threads);
  interp_reference(p, src.data(), dst.data(), pool);
  EXPECT_TRUE(dst.canaries_are_intact()) << describe(p);
  return dst;
}

Guarded random_src(const InterpParams& p, Random& random) {
  Guarded src(static_cast<std::size_t>(p.planes * p.ih * p.iw), 1);
  fill_uniform(random, src.span());
  return src;
}

InterpParams random_params(Random& random, InterpKind kind) {
  const bool align_corners = random.integer(0, 2) == 0;
  const bool half_pixel = kind == InterpKind::kBilinear && !align_corners && random.integer(0, 1);
  InterpParams p = make(kind, random.integer(1, 24), random.integer(1, 24), random.integer(1, 40),
                        random.integer(1, 40), align_corners, half_pixel);
  p.double_coordinates = half_pixel && random.integer(0, 1);
  return p;
}

TEST(InterpReference, BilinearFollowsItsDefinition) {
  for (std::uint64_t number = 0; number < 500; ++number) {
    Random random("bilinear", number);
    const InterpParams p = random_params(random, InterpKind::kBilinear);
    const Guarded src = random_src(p, random);
    ASSERT_TRUE(near_truth({p.planes, p.oh, p.ow}, bilinear(p, src.data()), run(p, src).span(),
                           describe(p) + " " + random.repro()));
  }
}

// With weights that are multiples of 1/4 and integers nothing rounds.
TEST(InterpReference, BilinearIsExactOnDyadicWeights) {
  for (const bool half_pixel : {true, false}) {
    const InterpParams p = make(InterpKind::kBilinear, 5, 7, 10, 14, false, half_pixel);
    Random random("bilinear dyadic");
    Guarded src(3 * 5 * 7);
    fill_integers(random, src.span());
    std::vector<Truth> truth = bilinear(p, src.data());
    for (Truth& t : truth) t.bound = 0;
    EXPECT_TRUE(near_truth({3, 10, 14}, truth, run(p, src).span(), describe(p)));
  }
}

TEST(InterpReference, StaysBetweenTheSamples) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    Random random("bilinear range", number);
    const InterpParams p = random_params(random, InterpKind::kBilinear);
    const Guarded src = random_src(p, random), dst = run(p, src);
    const auto [low, high] = std::minmax_element(src.span().begin(), src.span().end());
    for (float value : dst.span()) {  // a NaN would come from outside of src
      ASSERT_GE(value, *low - 1e-6F) << describe(p);
      ASSERT_LE(value, *high + 1e-6F) << describe(p);
    }
  }
}

TEST(InterpReference, NearestTakesTheNearest) {
  for (std::uint64_t number = 0; number < 500; ++number) {
    Random random("nearest", number);
    const InterpParams p = random_params(random, InterpKind::kNearest);
    const Guarded src = random_src(p, random), dst = run(p, src);
    // The float product may fall on either side of an integer: both neighbours are right there.
    const auto sources = [&](std::int64_t k, std::int64_t in, float r) {
      const double s = double{r} * static_cast<double>(k) + (p.align_corners ? 0.5 : 0.0);
      const auto at = [&](double d) {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(s + d)), 0, in - 1);
      };
      return std::pair{at(-1e-5), at(1e-5)};
    };
    for (std::int64_t i = 0; i < p.planes * p.oh * p.ow; ++i) {
      const bool same_size = p.ih == p.oh && p.iw == p.ow;
      const std::int64_t oh = i / p.ow % p.oh, ow = i % p.ow, plane = i / p.ow / p.oh;
      const auto [y0, y1] = same_size ? std::pair{oh, oh} : sources(oh, p.ih, p.ratio_h);
      const auto [x0, x1] = same_size ? std::pair{ow, ow} : sources(ow, p.iw, p.ratio_w);
      const float* samples = src.data() + plane * p.ih * p.iw;
      const float got = dst.data()[i];
      const bool matches = got == samples[y0 * p.iw + x0] || got == samples[y0 * p.iw + x1] ||
                           got == samples[y1 * p.iw + x0] || got == samples[y1 * p.iw + x1];
      ASSERT_TRUE(matches) << describe(p) << " element " << i << " " << random.repro();
    }
  }
}

TEST(InterpReference, NearestIsExactOnDyadicRatios) {
  const InterpParams p = make(InterpKind::kNearest, 3, 6, 12, 3, false, false);
  Random random("nearest dyadic");
  const Guarded src = random_src(p, random), dst = run(p, src);
  for (std::int64_t i = 0; i < 3 * 12 * 3; ++i) {
    const std::int64_t plane = i / 36, y = i / 3 % 12 / 4, x = i % 3 * 2;
    ASSERT_EQ(dst.data()[i], src.data()[plane * 18 + y * 6 + x]) << i;
  }
}

TEST(InterpReference, CopiesWhereTheSizeStays) {
  for (const InterpKind kind : {InterpKind::kBilinear, InterpKind::kNearest}) {
    InterpParams p = make(kind, 4, 5, 4, 5, true, false);
    p.ratio_h = p.ratio_w = 0.3F;  // of no interest then
    Random random("interp copy");
    const Guarded src = random_src(p, random), dst = run(p, src);
    EXPECT_TRUE(std::equal(src.span().begin(), src.span().end(), dst.span().begin()));
  }
}

// A file may give any scale: whatever the ratio, samples outside of the planes are not read (they
// are NaN here, which nearest would copy).
TEST(InterpReference, StaysInsideForAnyRatio) {
  const float ratios[] = {1e-30F,
                          1.0F,
                          7.5F,
                          1e9F,
                          1e19F,
                          1e30F,
                          std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()};
  for (const float r : ratios) {
    for (const std::int64_t iw : {1, 4}) {
      for (const int variant : {0, 1, 2}) {  // asymmetric, half-pixel, half-pixel in double
        InterpParams p = make(InterpKind::kBilinear, 3, iw, 5, 6, false, variant > 0);
        p.planes = 1, p.ratio_h = p.ratio_w = r, p.double_coordinates = variant == 2;
        Guarded src(static_cast<std::size_t>(3 * iw));
        std::fill(src.span().begin(), src.span().end(), 2.0F);
        const Guarded bilinear_dst = run(p, src);
        for (float value : bilinear_dst.span()) EXPECT_NEAR(value, 2.0F, 1e-6F) << describe(p);
        p.kind = InterpKind::kNearest;
        const Guarded nearest_dst = run(p, src);
        for (float value : nearest_dst.span()) EXPECT_EQ(value, 2.0F) << describe(p);
      }
    }
  }
}

TEST(InterpReference, DoesNotDependOnTheNumberOfThreads) {
  for (const InterpKind kind : {InterpKind::kBilinear, InterpKind::kNearest}) {
    const InterpParams p = make(kind, 13, 17, 29, 31, false, kind == InterpKind::kBilinear);
    Random random("interp threads");
    const Guarded src = random_src(p, random);
    Guarded one = run(p, src);
    for (int threads = 2; threads <= 5; ++threads) {
      Guarded many = run(p, src, threads);
      EXPECT_TRUE(same_bits({DType::kFloat32, {3, 29, 31}, one.data()},
                            {DType::kFloat32, {3, 29, 31}, many.data()}, describe(p)));
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
