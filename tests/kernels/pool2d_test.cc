// SPDX-License-Identifier: Apache-2.0
#include "kernels/pool2d/pool2d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

using kernels::Pool2dParams;
using kernels::PoolKind;

constexpr float kPoolNaN = std::numeric_limits<float>::quiet_NaN();
constexpr double kLowest = -std::numeric_limits<float>::max();

struct Axis {
  std::int64_t in, out, kernel, stride, pad;
};

// Whether sample i is in window o, and the length that an inclusive average divides by; straight
// from the words of the header, without any clipping.
bool is_inside(const Axis& a, bool adaptive, std::int64_t o, std::int64_t i) {
  const auto position = static_cast<double>(o), in = static_cast<double>(a.in),
             out = static_cast<double>(a.out);
  if (adaptive) {
    return static_cast<double>(i) >= std::floor(position * in / out) &&
           static_cast<double>(i) < std::ceil((position + 1) * in / out);
  }
  const std::int64_t start = o * a.stride - a.pad;
  return i >= start && i < start + a.kernel;
}

std::int64_t padded_length(const Axis& a, std::int64_t o) {
  const std::int64_t start = o * a.stride - a.pad;
  return std::min(start + a.kernel, a.in + a.pad) - start;
}

// Of a window without samples, where Paddle divides 0 by what clipping leaves: 0 or even less.
std::int64_t clipped_length(const Axis& a, std::int64_t o) {
  const std::int64_t start = o * a.stride - a.pad;
  return std::min({start + a.kernel, a.in + a.pad, a.in}) - std::max<std::int64_t>(start, 0);
}

Truth pool_window_truth(const Pool2dParams& p, const float* plane, std::int64_t oh,
                        std::int64_t ow) {
  const Axis h{p.ih, p.oh, p.kh, p.stride_h, p.pad_top},
      w{p.iw, p.ow, p.kw, p.stride_w, p.pad_left};
  double best = kLowest, sum = 0, magnitude = 0;
  std::int64_t count = 0;
  for (std::int64_t y = 0; y < p.ih; ++y) {
    for (std::int64_t x = 0; x < p.iw; ++x) {
      if (!is_inside(h, p.adaptive, oh, y) || !is_inside(w, p.adaptive, ow, x)) continue;
      const double value = plane[y * p.iw + x];
      best = std::max(best, value);
      sum += value;
      magnitude += std::abs(value);
      ++count;
    }
  }
  if (p.kind == PoolKind::kMax) return {best, 0};
  std::int64_t divisor = padded_length(h, oh) * padded_length(w, ow);
  if (p.adaptive || p.exclusive)
    divisor = count > 0 ? count : clipped_length(h, oh) * clipped_length(w, ow);
  // One rounding an addition and one for the division.
  const double mean = sum / static_cast<double>(divisor);
  return {mean, (static_cast<double>(count) + 1) * kFloatRounding * magnitude /
                    static_cast<double>(divisor)};
}

std::vector<Truth> pool(const Pool2dParams& p, const float* src) {
  std::vector<Truth> all;
  for (std::int64_t plane = 0; plane < p.planes; ++plane) {
    for (std::int64_t oh = 0; oh < p.oh; ++oh) {
      for (std::int64_t ow = 0; ow < p.ow; ++ow) {
        all.push_back(pool_window_truth(p, src + plane * p.ih * p.iw, oh, ow));
      }
    }
  }
  return all;
}

std::string describe(const Pool2dParams& p) {
  const auto n = [](std::int64_t v) { return " " + std::to_string(v); };
  return std::string(p.kind == PoolKind::kMax ? "max" : "avg") + n(p.planes) + n(p.ih) + n(p.iw) +
         " ->" + n(p.oh) + n(p.ow) + " k" + n(p.kh) + n(p.kw) + " s" + n(p.stride_h) +
         n(p.stride_w) + " p" + n(p.pad_top) + n(p.pad_left) + (p.adaptive ? " adaptive" : "") +
         (p.exclusive ? " exclusive" : "");
}

Pool2dParams random_params(Random& random) {
  Pool2dParams p{};
  p.kind = random.integer(0, 1) ? PoolKind::kMax : PoolKind::kAverage;
  p.planes = random.integer(1, 4);
  p.ih = random.integer(1, 20), p.iw = random.integer(1, 20);
  p.adaptive = p.kind == PoolKind::kAverage && random.integer(0, 3) == 0;
  p.exclusive = random.integer(0, 1) == 1;
  p.kh = random.integer(1, 5), p.kw = random.integer(1, 5);
  p.stride_h = random.integer(1, 4), p.stride_w = random.integer(1, 4);
  p.pad_top = random.integer(0, p.kh), p.pad_left = random.integer(0, p.kw);
  const auto out = [&](std::int64_t in, std::int64_t kernel, std::int64_t stride,
                       std::int64_t pad) {
    if (p.adaptive) return random.integer(1, in + 3);
    const bool ceil_mode = random.integer(0, 1) == 1;
    // The trailing padding only shows in the number of windows.
    const std::int64_t room =
        in - kernel + pad + random.integer(0, kernel) + (ceil_mode ? stride - 1 : 0);
    return room < 0 ? std::int64_t{0} : room / stride + 1;
  };
  p.oh = out(p.ih, p.kh, p.stride_h, p.pad_top);
  p.ow = out(p.iw, p.kw, p.stride_w, p.pad_left);
  return p;
}

Guarded run(const Pool2dParams& p, const Guarded& src, int threads) {
  Guarded dst(static_cast<std::size_t>(p.planes * p.oh * p.ow), 3);
  kernels::ThreadPool pool(threads);
  pool2d_reference(p, src.data(), dst.data(), pool);
  EXPECT_TRUE(dst.canaries_are_intact()) << describe(p);
  return dst;
}

TEST(Pool2dReference, FollowsItsDefinition) {
  int done = 0;
  for (std::uint64_t number = 0; done < 600; ++number) {
    Random random("pool2d", number);
    const Pool2dParams p = random_params(random);
    if (p.oh < 1 || p.ow < 1) continue;
    Guarded src(static_cast<std::size_t>(p.planes * p.ih * p.iw), 1);
    const bool use_integers = number % 2 == 0;
    if (use_integers) {
      fill_integers(random, src.span(), -100, 100);
    } else {
      fill_uniform(random, src.span());
    }
    std::vector<Truth> truth = pool(p, src.data());
    for (Truth& t : truth) {
      // Sums of integers are exact, so the one division decides.
      if (use_integers) t = {static_cast<float>(t.value), 0};
    }
    ASSERT_TRUE(near_truth({p.planes, p.oh, p.ow}, truth, run(p, src, 1).span(),
                           describe(p) + " " + random.repro()));
    ++done;
  }
}

TEST(Pool2dReference, DoesNotDependOnTheNumberOfThreads) {
  for (const PoolKind kind : {PoolKind::kMax, PoolKind::kAverage}) {
    const Pool2dParams p{.kind = kind,
                         .planes = 5,
                         .ih = 23,
                         .iw = 31,
                         .oh = 12,
                         .ow = 16,
                         .kh = 3,
                         .kw = 3,
                         .stride_h = 2,
                         .stride_w = 2,
                         .pad_top = 1,
                         .pad_left = 1,
                         .adaptive = false,
                         .exclusive = true};
    Random random("pool2d threads");
    Guarded src(5 * 23 * 31);
    fill_uniform(random, src.span());
    Guarded one = run(p, src, 1);
    for (int threads = 2; threads <= 5; ++threads) {
      Guarded many = run(p, src, threads);
      EXPECT_TRUE(same_bits({DType::kFloat32, {5, 12, 16}, one.data()},
                            {DType::kFloat32, {5, 12, 16}, many.data()}, describe(p)));
    }
  }
}

TEST(Pool2dReference, GivesPaddlesValueForAWindowWithoutSamples) {
  // 1x1, kernel 1, stride 1, pad 1: the window starts at -1, 0 and 1; only the second has a sample.
  for (const bool exclusive : {true, false}) {
    for (const PoolKind kind : {PoolKind::kMax, PoolKind::kAverage}) {
      const Pool2dParams p{.kind = kind,
                           .planes = 1,
                           .ih = 1,
                           .iw = 1,
                           .oh = 1,
                           .ow = 3,
                           .kh = 1,
                           .kw = 1,
                           .stride_h = 1,
                           .stride_w = 1,
                           .pad_top = 0,
                           .pad_left = 1,
                           .adaptive = false,
                           .exclusive = exclusive};
      Guarded src(1);
      src.data()[0] = 7;
      const Guarded dst = run(p, src, 1);
      EXPECT_EQ(dst.data()[1], 7);
      for (int i : {0, 2}) {
        if (kind == PoolKind::kMax) {
          EXPECT_EQ(dst.data()[i], kLowest);
        } else if (exclusive) {
          EXPECT_TRUE(std::isnan(dst.data()[i]));
        } else {
          EXPECT_EQ(dst.data()[i], 0);
        }
      }
    }
  }
}

TEST(Pool2dReference, KeepsNaNOnlyWhereItComesLast) {  // as Paddle's comparison does
  const Pool2dParams p{.kind = PoolKind::kMax,
                       .planes = 1,
                       .ih = 1,
                       .iw = 4,
                       .oh = 1,
                       .ow = 2,
                       .kh = 1,
                       .kw = 2,
                       .stride_h = 1,
                       .stride_w = 2,
                       .pad_top = 0,
                       .pad_left = 0,
                       .adaptive = false,
                       .exclusive = true};
  Guarded src(4);
  const float values[] = {kPoolNaN, 1, 2, kPoolNaN};
  std::copy_n(values, 4, src.data());
  const Guarded dst = run(p, src, 1);
  EXPECT_EQ(dst.data()[0], 1);
  EXPECT_TRUE(std::isnan(dst.data()[1]));
}

TEST(Pool2dReference, StartsItsMaximumAtTheLowestFloat) {
  const Pool2dParams p{.kind = PoolKind::kMax,
                       .planes = 1,
                       .ih = 1,
                       .iw = 2,
                       .oh = 1,
                       .ow = 1,
                       .kh = 1,
                       .kw = 2,
                       .stride_h = 1,
                       .stride_w = 1,
                       .pad_top = 0,
                       .pad_left = 0,
                       .adaptive = false,
                       .exclusive = true};
  Guarded src(2);
  src.data()[0] = src.data()[1] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(run(p, src, 1).data()[0], kLowest);
}

}  // namespace
}  // namespace u2net::engine::test
