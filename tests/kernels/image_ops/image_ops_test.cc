// SPDX-License-Identifier: Apache-2.0
// The native operators on images against the reference kernels: random shapes, planar and in
// blocks, between guard pages, results NaN before, the same bits for every number of threads.
#include "kernels/image_ops/image_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/interp/interp.h"
#include "kernels/prelu/prelu.h"
#include "kernels/unary/unary.h"
#include "tests/kernels/image_ops/guarded_image.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

using kernels::Halo;
using kernels::Image;
using kernels::ImageLayout;
using kernels::ImageOps;

constexpr std::uint64_t kRandomShapes = kSanitized ? 40 : 500;
constexpr double kUnit = 0x1p-24;

// Draws shapes and layouts for one ImageOps and one kind of layout.
class Shapes {
 public:
  Shapes(const ImageOps& ops, bool blocked, std::uint64_t number)
      : random_("image ops", number), block_(blocked ? ops.block : 1) {
    n_ = random_.integer(1, 3);
    c_ = random_.integer(1, 35);
  }

  Random& random() { return random_; }
  std::int64_t n() const { return n_; }
  std::int64_t c() const { return c_; }
  std::int64_t size() { return random_.integer(1, random_.integer(0, 1) ? 6 : 21); }
  ImageLayout layout(std::int64_t h, std::int64_t w) {
    const ImageLayout plain = ImageLayout::plain(n_, c_, h, w);
    if (block_ == 1 && random_.integer(0, 1)) return plain;
    const Halo halo{random_.integer(0, 2), random_.integer(0, 2), random_.integer(0, 2),
                    random_.integer(0, 2)};
    return ImageLayout::with_halo(n_, c_, h, w, block_, halo);
  }
  std::vector<float> integers(std::size_t count) {
    std::vector<float> values(count);
    fill_integers(random_, values);
    return values;
  }
  std::vector<float> reals(std::size_t count, double low, double high) {
    std::vector<float> values(count);
    fill_uniform(random_, values, low, high);
    return values;
  }
  // The channels' values, filled up to whole blocks.
  std::vector<float> per_channel() {
    std::vector<float> values = integers(static_cast<std::size_t>(c_));
    values.resize(static_cast<std::size_t>((c_ + block_ - 1) / block_ * block_), 0.0F);
    return values;
  }
  std::string repro(const char* op) const {
    return random_.repro() + " " + op + " block " + std::to_string(block_) + " " +
           std::to_string(n_) + "x" + std::to_string(c_);
  }

 private:
  Random random_;
  int block_;
  std::int64_t n_, c_;
};

void expect_close(const std::vector<float>& expected, const std::vector<float>& got, double bound,
                  const std::string& repro) {
  ASSERT_EQ(expected.size(), got.size()) << repro;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool same = expected[i] == got[i] || (std::isnan(expected[i]) && std::isnan(got[i]));
    ASSERT_TRUE(same || std::fabs(double{expected[i]} - double{got[i]}) <= bound)
        << repro << " element " << i << ": expected " << expected[i] << ", got " << got[i]
        << ", allowed " << bound;
  }
}

// Equal where either is no finite number, else within what the function's row allows.
void expect_unary(const kernels::UnaryFunction& function, const kernels::UnaryParameters& p,
                  float x, double truth, float got, const std::string& repro) {
  const auto rounded = static_cast<float>(truth);
  if (std::isnan(truth) || std::isinf(rounded)) {
    EXPECT_TRUE(std::isnan(truth) ? std::isnan(got) : got == rounded)
        << repro << " of " << x << ": " << got << ", expected " << truth;
    return;
  }
  const double y = (truth - double{p.summand}) / double{p.factor};
  if (std::isinf(static_cast<float>(y))) {
    EXPECT_TRUE(std::isinf(got)) << repro << " of " << x << ": " << got;
    return;
  }
  const double error = kernels::error_behind(p, y, function.error(x, y, p));
  EXPECT_LE(std::fabs(got - truth), error * kUnit + 0x1p-126)
      << repro << " of " << x << ": " << got << ", expected " << truth;
}

class ImageOpsTest : public testing::TestWithParam<std::tuple<const ImageOps*, bool>> {
 protected:
  const ImageOps& ops() const { return *std::get<0>(GetParam()); }
  bool blocked() const { return std::get<1>(GetParam()); }

  void SetUp() override {
    if (!kernels::detected_features().contains(ops().set.features)) {
      GTEST_SKIP() << "this machine has no " << ops().set.name;
    }
  }

  // run(dst, pool) with 1 and, now and then, with up to 8 threads; the results are equal to the
  // bit.
  template <class Run>
  void check(std::uint64_t number, const ImageLayout& layout, const std::vector<float>& expected,
             double bound, const std::string& repro, const Run& run) {
    GuardedImage one(layout);
    kernels::ThreadPool pool(1);
    run(one.target(), pool);
    expect_close(expected, one.plain(), bound, repro);
    EXPECT_TRUE(one.halo_is_zero()) << repro;
    EXPECT_TRUE(one.buffer.canaries_are_intact()) << repro;
    if (number % 25 != 0) return;
    for (int threads = 2; threads <= 8; ++threads) {
      GuardedImage other(layout);
      kernels::ThreadPool several(threads);
      run(other.target(), several);
      EXPECT_EQ(std::memcmp(one.buffer.data(), other.buffer.data(), layout.bytes()), 0)
          << repro << " with " << threads << " threads";
    }
  }
};

TEST_P(ImageOpsTest, Relu) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const ImageLayout from = s.layout(s.size(), s.size()), to = s.layout(from.h, from.w);
    std::vector<float> x = s.reals(elements_of(from), -1, 1);
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    x[0] = i % 4 == 0 ? NAN : i % 4 == 1 ? kInfinity : i % 4 == 2 ? -kInfinity : -0.0F;
    std::vector<float> expected(x.size());
    kernels::ThreadPool pool(1);
    kernels::unary_reference(kernels::UnaryKind::kRelu, {}, static_cast<std::int64_t>(x.size()),
                             x.data(), expected.data(), pool);
    const GuardedImage src(from, x);
    check(i, to, expected, 0, s.repro("relu"), [&](const Image& dst, kernels::ThreadPool& p) {
      ops().unary(kernels::UnaryKind::kRelu, {}, src.source(), dst, p);
    });
    GuardedImage in_place(from, x);
    ops().unary(kernels::UnaryKind::kRelu, {}, in_place.source(), in_place.target(), pool);
    expect_close(expected, in_place.plain(), 0, s.repro("relu in place"));
  }
}

TEST_P(ImageOpsTest, Sigmoid) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const ImageLayout from = s.layout(s.size(), s.size()), to = s.layout(from.h, from.w);
    std::vector<float> x = s.reals(elements_of(from), i % 2 ? -100 : -6, i % 2 ? 100 : 6);
    constexpr float kSpecial[] = {NAN,
                                  std::numeric_limits<float>::infinity(),
                                  -std::numeric_limits<float>::infinity(),
                                  -0.0F,
                                  0.0F,
                                  1e-38F,
                                  3e38F,
                                  -3e38F,
                                  88.5F,
                                  -88.5F};
    x[0] = kSpecial[i % std::size(kSpecial)];
    std::vector<float> expected;
    for (float v : x) expected.push_back(static_cast<float>(1 / (1 + std::exp(-double{v}))));
    // exp is off by a unit or two in the last place, the sum and the division round once each.
    const GuardedImage src(from, x);
    check(i, to, expected, 4 * kUnit, s.repro("sigmoid"),
          [&](const Image& dst, kernels::ThreadPool& p) {
            ops().unary(kernels::UnaryKind::kSigmoid, {}, src.source(), dst, p);
          });
  }
}

// Every function against its own formula in double, up to where that is tiny or enormous, and with
// parameters that are not its own.
TEST_P(ImageOpsTest, Unary) {
  constexpr std::uint64_t kShapes = kernels::kUnaryFunctions.size() * 32;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kSpecial[] = {NAN, kInfinity, -kInfinity, -0.0F, 0.0F, 1e-30F, 3e37F, -3e37F};
  for (std::uint64_t i = 0; i < kShapes && !HasFailure(); ++i) {
    const auto& function = kernels::kUnaryFunctions[i % kernels::kUnaryFunctions.size()];
    if (!function.has_vector) continue;
    Shapes s(ops(), blocked(), i);
    const ImageLayout from = s.layout(s.size(), s.size()), to = s.layout(from.h, from.w);
    const double range = std::pow(10.0, s.random().integer(-3, 2));
    std::vector<float> x = s.reals(elements_of(from), -range, range);
    x[0] = kSpecial[i / kernels::kUnaryFunctions.size() % std::size(kSpecial)];
    kernels::UnaryParameters p{};
    for (std::size_t k = 0; k < p.size(); ++k) {
      const bool other = s.random().integer(0, 1) != 0;
      p[k] = function.parameters[k].otherwise * (other ? 1.25F : 1.0F);
      if (function.parameters[k].is_flag) p[k] = other ? 1 : 0;
    }
    if (s.random().integer(0, 3) == 0) {
      p.factor = s.random().real(-3, 3);
      p.summand = s.random().real(-2, 2);
    }
    std::vector<double> wide(x.begin(), x.end()), truth(x.size());
    kernels::ThreadPool pool(1);
    kernels::unary_reference(function.kind, p, static_cast<std::int64_t>(x.size()), wide.data(),
                             truth.data(), pool);
    const GuardedImage src(from, x);
    GuardedImage dst(to);
    ops().unary(function.kind, p, src.source(), dst.target(), pool);
    const std::vector<float> got = dst.plain();
    const std::string repro = s.repro(std::string(function.name).c_str());
    for (std::size_t e = 0; e < x.size() && !HasFailure(); ++e)
      expect_unary(function, p, x[e], truth[e], got[e], repro);
    EXPECT_TRUE(dst.halo_is_zero()) << repro;
    const std::vector<float> expected = got;
    check(i, to, expected, 0, repro, [&](const Image& again, kernels::ThreadPool& t) {
      ops().unary(function.kind, p, src.source(), again, t);
    });
  }
}

TEST_P(ImageOpsTest, Affine) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const ImageLayout from = s.layout(s.size(), s.size()), to = s.layout(from.h, from.w);
    const std::vector<float> x = s.integers(elements_of(from)), factor = s.per_channel(),
                             offset = s.per_channel();
    std::vector<float> expected;
    for (std::size_t e = 0; e < x.size(); ++e) {
      const auto c =
          static_cast<std::size_t>(static_cast<std::int64_t>(e) / (from.h * from.w) % from.c);
      expected.push_back(x[e] * factor[c] + offset[c]);
    }
    const GuardedImage src(from, x);
    PageGuarded a(factor.size()), b(offset.size());
    std::copy(factor.begin(), factor.end(), a.data());
    std::copy(offset.begin(), offset.end(), b.data());
    check(i, to, expected, 0, s.repro("affine"), [&](const Image& dst, kernels::ThreadPool& p) {
      ops().affine(src.source(), {a.data(), b.data()}, dst, p);
    });
  }
}

// One that serves vectors, whose results on integers are exact or rounded once.
const kernels::BinaryFunction& function_of(std::uint64_t number) {
  std::vector<const kernels::BinaryFunction*> all;
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions) {
    if (function.has_vector) all.push_back(&function);
  }
  return *all[number / 2 % all.size()];
}

// Lanes that are no channels stay finite, whatever the function makes of zeros.
void expect_quiet_lanes(const GuardedImage& image, const std::string& repro) {
  const ImageLayout& l = image.layout;
  if (l.block == 1) return;
  const std::int64_t last = l.channel_blocks() - 1;
  for (std::int64_t lane = l.c - last * l.block; lane < l.block; ++lane) {
    EXPECT_TRUE(std::isfinite(image.buffer.data()[l.offset(0, last, 0, 0) + lane])) << repro;
  }
}

TEST_P(ImageOpsTest, Binary) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const kernels::BinaryFunction& function = function_of(i);
    const auto kind = function.kind;
    const ImageLayout xl = s.layout(s.size(), s.size()), yl = s.layout(xl.h, xl.w),
                      to = s.layout(xl.h, xl.w);
    const std::vector<float> x = s.integers(elements_of(xl)), y = s.integers(elements_of(xl));
    std::vector<float> expected(x.size());
    const std::int64_t whole[] = {xl.n, xl.c, xl.h, xl.w};
    kernels::ThreadPool pool(1);
    kernels::binary_reference(kind, {whole, whole, whole}, x.data(), y.data(), expected.data(),
                              pool);
    const GuardedImage a(xl, x), b(yl, y);
    check(i, to, expected, 0, s.repro("binary"), [&](const Image& dst, kernels::ThreadPool& p) {
      ops().binary(kind, a.source(), b.source(), dst, p);
    });
    GuardedImage dst(to);
    ops().binary(kind, a.source(), b.source(), dst.target(), pool);
    expect_quiet_lanes(dst, s.repro("binary"));
  }
}

TEST_P(ImageOpsTest, Broadcast) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const auto kind = function_of(i).kind;
    const bool image_first = i % 2 == 0;
    const ImageLayout xl = s.layout(s.size(), s.size()), to = s.layout(xl.h, xl.w);
    const std::vector<float> x = s.integers(elements_of(xl));
    const std::int64_t whole[] = {xl.n, xl.c, xl.h, xl.w};
    std::int64_t part[4], count = 1;
    for (int d = 0; d < 4; ++d) part[d] = s.random().integer(0, 1) ? whole[d] : 1;
    for (std::int64_t dim : part) count *= dim;
    const std::vector<float> y = s.integers(static_cast<std::size_t>(count));
    std::vector<float> expected(x.size());
    kernels::ThreadPool pool(1);
    if (image_first) {
      kernels::binary_reference(kind, {whole, part, whole}, x.data(), y.data(), expected.data(),
                                pool);
    } else {
      kernels::binary_reference(kind, {part, whole, whole}, y.data(), x.data(), expected.data(),
                                pool);
    }
    const GuardedImage a(xl, x);
    PageGuarded b(y.size());
    std::copy(y.begin(), y.end(), b.data());
    const auto stride = [&](int d, std::int64_t apart) { return part[d] == 1 ? 0 : apart; };
    const kernels::Broadcast other{b.data(), stride(0, part[1] * part[2] * part[3]),
                                   stride(1, part[2] * part[3]), stride(2, part[3]), stride(3, 1)};
    check(i, to, expected, 0, s.repro("broadcast"), [&](const Image& dst, kernels::ThreadPool& p) {
      ops().broadcast(kind, image_first, a.source(), other, dst, p);
    });
  }
}

TEST_P(ImageOpsTest, Prelu) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    const ImageLayout xl = s.layout(s.size(), s.size()), to = s.layout(xl.h, xl.w);
    const std::vector<float> x = s.integers(elements_of(xl));
    const std::int64_t whole[] = {xl.n, xl.c, xl.h, xl.w};
    std::int64_t part[] = {1, i % 3 ? xl.c : 1, i % 3 == 2 ? xl.h : 1, i % 3 == 2 ? xl.w : 1};
    const std::vector<float> alpha =
        s.integers(static_cast<std::size_t>(part[1] * part[2] * part[3]));
    std::vector<float> expected(x.size());
    kernels::ThreadPool pool(1);
    kernels::prelu_reference({whole, part}, x.data(), alpha.data(), expected.data(), pool);
    const GuardedImage a(xl, x);
    PageGuarded b(alpha.size());
    std::copy(alpha.begin(), alpha.end(), b.data());
    const auto stride = [&](int d, std::int64_t apart) { return part[d] == 1 ? 0 : apart; };
    const kernels::Broadcast other{b.data(), 0, stride(1, part[2] * part[3]), stride(2, part[3]),
                                   stride(3, 1)};
    check(i, to, expected, 0, s.repro("prelu"), [&](const Image& dst, kernels::ThreadPool& p) {
      ops().prelu(a.source(), other, dst, p);
    });
  }
}

TEST_P(ImageOpsTest, Pool2d) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    Random& random = s.random();
    // Rows of several vectors, too.
    const ImageLayout from = s.layout(s.size(), i % 3 ? s.size() : random.integer(30, 90));
    kernels::Pool2dParams p{};
    p.kind = i % 2 ? kernels::PoolKind::kMax : kernels::PoolKind::kAverage;
    p.planes = from.n * from.c, p.ih = from.h, p.iw = from.w;
    p.kh = random.integer(1, from.h);
    p.kw = random.integer(1, std::min<std::int64_t>(from.w, random.integer(2, 21)));
    p.stride_h = random.integer(1, 3), p.stride_w = random.integer(1, 3);
    p.pad_top = random.integer(0, p.kh - 1), p.pad_left = random.integer(0, p.kw - 1);
    p.exclusive = random.integer(0, 1) != 0;
    p.adaptive = p.kind == kernels::PoolKind::kAverage && random.integer(0, 3) == 0;
    p.oh = p.adaptive ? random.integer(1, 5) : (from.h + p.pad_top - p.kh) / p.stride_h + 1;
    p.ow = p.adaptive ? random.integer(1, 5) : (from.w + p.pad_left - p.kw) / p.stride_w + 1;
    std::vector<float> x = s.integers(elements_of(from));
    for (int nans = i % 5 == 0 ? 4 : 0; nans > 0; --nans)  // the last one of a maximum survives
      x[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(x.size()) - 1))] = NAN;
    std::vector<float> expected(static_cast<std::size_t>(p.planes * p.oh * p.ow));
    kernels::ThreadPool pool(1);
    kernels::pool2d_reference(p, x.data(), expected.data(), pool);
    const GuardedImage src(from, x);
    check(i, s.layout(p.oh, p.ow), expected, 0, s.repro("pool2d"),
          [&](const Image& dst, kernels::ThreadPool& t) { ops().pool2d(p, src.source(), dst, t); });
  }
}

TEST_P(ImageOpsTest, Interp) {
  for (std::uint64_t i = 0; i < kRandomShapes && !HasFailure(); ++i) {
    Shapes s(ops(), blocked(), i);
    Random& random = s.random();
    const ImageLayout from = s.layout(s.size(), s.size());
    kernels::InterpParams p{};
    p.kind = i % 3 ? kernels::InterpKind::kBilinear : kernels::InterpKind::kNearest;
    p.planes = from.n * from.c, p.ih = from.h, p.iw = from.w;
    p.oh = i % 7 ? s.size() : from.h, p.ow = i % 7 ? s.size() : from.w;
    p.align_corners = random.integer(0, 1) != 0;
    p.half_pixel = !p.align_corners && random.integer(0, 1);
    p.double_coordinates = random.integer(0, 1) != 0;
    const auto ratio = [&](std::int64_t in, std::int64_t out) {
      if (p.align_corners)
        return out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : 0.0F;
      return static_cast<float>(in) / static_cast<float>(out);
    };
    p.ratio_h = ratio(p.ih, p.oh), p.ratio_w = ratio(p.iw, p.ow);
    const std::vector<float> x = s.reals(elements_of(from), -1, 1);
    std::vector<float> expected(static_cast<std::size_t>(p.planes * p.oh * p.ow));
    kernels::ThreadPool pool(1);
    kernels::interp_reference(p, x.data(), expected.data(), pool);
    // Four products of three factors with weights that add up to one, in either order.
    const double bound = kernels::interp_only_moves(p) ? 0 : 8 * kUnit;
    const GuardedImage src(from, x);
    const kernels::InterpTaps taps{kernels::interp_rows(p), kernels::interp_columns(p),
                                   kernels::interp_only_moves(p)};
    const std::size_t row = static_cast<std::size_t>(from.w + 15) / 16 * 16;
    PageGuarded scratch(row * 8);
    check(i, s.layout(p.oh, p.ow), expected, bound, s.repro("interp"),
          [&](const Image& dst, kernels::ThreadPool& t) {
            ops().interp(taps, src.source(), dst, scratch.data(), t);
          });
  }
}

INSTANTIATE_TEST_SUITE_P(All, ImageOpsTest,
                         testing::Combine(testing::ValuesIn(kernels::all_image_ops()),
                                          testing::Bool()),
                         [](const auto& info) {
                           const ImageOps& ops = *std::get<0>(info.param);
                           return std::string(kernels::isa_name(ops.set.features)) +
                                  std::to_string(ops.block) +
                                  (std::get<1>(info.param) ? "_blocked" : "_planar");
                         });

}  // namespace
}  // namespace u2net::engine::test
