// SPDX-License-Identifier: Apache-2.0
// The operators on plain tensors, and those over the channels of images, of every instruction set
// against the reference kernels: odd sizes, tails, between guard pages, results NaN before, the
// same bits for every number of threads.
#include "kernels/tensor_ops/tensor_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/image_ops/image_ops.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

using kernels::AxisShape;
using kernels::Extreme;
using kernels::ImageLayout;
using kernels::ImageOps;
using kernels::MatMulParams;
using kernels::NormalizationParams;
using kernels::TensorOps;
using kernels::ThreadPool;

constexpr int kRandomProducts = kSanitized ? 10 : 80;
constexpr float kEndless = std::numeric_limits<float>::infinity();

std::size_t index_of(std::int64_t count) { return static_cast<std::size_t>(count); }

// Between guard pages.
struct GuardedTensor {
  PageGuarded memory;

  explicit GuardedTensor(std::int64_t count) : memory(index_of(count)) {}
  explicit GuardedTensor(const std::vector<float>& values) : memory(values.size()) {
    std::copy(values.begin(), values.end(), memory.data());
  }
  std::vector<float> values() const { return {memory.span().begin(), memory.span().end()}; }
};

class TensorOpsTest : public testing::TestWithParam<const TensorOps*> {
 protected:
  const TensorOps& ops() const { return *GetParam(); }

  void SetUp() override {
    if (!kernels::detected_features().contains(ops().set.features))
      GTEST_SKIP() << "this machine has no " << ops().set.name;
  }

  // What run(dst, pool) gives, the same for every number of threads.
  template <class Run>
  std::vector<float> result_of(std::int64_t count, const std::string& repro, const Run& run) {
    GuardedTensor one(count);
    ThreadPool single(1);
    run(one.memory.data(), single);
    EXPECT_TRUE(one.memory.canaries_are_intact()) << repro;
    for (int threads = 2; threads <= 8; threads += 3) {
      GuardedTensor other(count);
      ThreadPool several(threads);
      run(other.memory.data(), several);
      EXPECT_EQ(
          std::memcmp(one.memory.data(), other.memory.data(), index_of(count) * sizeof(float)), 0)
          << repro << " with " << threads << " threads";
    }
    return one.values();
  }
};

std::vector<float> uniform_floats(Random& random, std::int64_t count, double size = 1) {
  std::vector<float> values(index_of(count));
  fill_uniform(random, values, -size, size);
  return values;
}

// A batch of two dimensions; an operand may be repeated along either, or lie transposed.
struct Product {
  MatMulParams p;
  std::int64_t x_count, y_count, dst_count;
  std::string text;
};

Product random_product(Random& random) {
  constexpr std::int64_t kRows[] = {1, 2, 3, 4, 5, 7, 12, 13, 25, 49, 100};
  constexpr std::int64_t kColumns[] = {1, 4, 15, 16, 17, 31, 33, 64, 127, 130, 300, 1030};
  constexpr std::int64_t kDepths[] = {1, 3, 8, 31, 64, 255, 256, 257, 600};
  Product q{};
  MatMulParams& p = q.p;
  p.m = random.one_of(std::span<const std::int64_t>(kRows));
  p.n = random.one_of(std::span<const std::int64_t>(kColumns));
  p.k = random.one_of(std::span<const std::int64_t>(kDepths));
  p.batch_rank = 2;
  const bool x_turned = random.integer(0, 2) == 0, y_turned = random.integer(0, 1) == 0;
  p.x_row = x_turned ? 1 : p.k;
  p.x_column = x_turned ? p.m : 1;
  p.y_row = y_turned ? 1 : p.n;
  p.y_column = y_turned ? p.k : 1;
  p.batch[0] = random.integer(1, 3);
  p.batch[1] = random.integer(1, 3);
  q.x_count = p.m * p.k;
  q.y_count = p.k * p.n;
  for (int i = 2; i-- > 0;) {
    const std::int64_t which = random.integer(0, 3);  // 1: x is repeated, 2: y is
    p.x_batch[index_of(i)] = which == 1 ? 0 : q.x_count;
    p.y_batch[index_of(i)] = which == 2 ? 0 : q.y_count;
    if (which != 1) q.x_count *= p.batch[index_of(i)];
    if (which != 2) q.y_count *= p.batch[index_of(i)];
  }
  p.alpha = random.integer(0, 2) ? 1.0 : -0.25;
  q.dst_count = p.batch[0] * p.batch[1] * p.m * p.n;
  q.text = random.repro() + " " + std::to_string(p.m) + "x" + std::to_string(p.k) + "x" +
           std::to_string(p.n) + (x_turned ? " x turned" : "") + (y_turned ? " y turned" : "");
  return q;
}

TEST_P(TensorOpsTest, MultipliesAsTheReferenceDoes) {
  for (int i = 0; i < kRandomProducts && !HasFailure(); ++i) {
    Random random("native matmul", static_cast<std::uint64_t>(i));
    const Product q = random_product(random);
    const bool exact = i % 2 == 0;
    std::vector<float> x = uniform_floats(random, q.x_count), y = uniform_floats(random, q.y_count);
    if (exact) {
      fill_integers(random, x);
      fill_integers(random, y);
    }
    const GuardedTensor from(x), by(y);
    const std::vector<float> got =
        result_of(q.dst_count, q.text, [&](float* dst, ThreadPool& pool) {
          std::vector<float> scratch(index_of(ops().matmul_scratch * pool.threads()) + 16);
          float* aligned = scratch.data();
          while (reinterpret_cast<std::uintptr_t>(aligned) % 64 != 0) ++aligned;
          ops().matmul(q.p, from.memory.data(), by.memory.data(), dst, aligned, pool);
        });
    std::vector<float> expected(index_of(q.dst_count)), sums = expected;
    ThreadPool pool(2);
    kernels::matmul_reference(q.p, x.data(), y.data(), expected.data(), pool);
    for (std::vector<float>* side : {&x, &y}) {
      for (float& v : *side) v = std::fabs(v);
    }
    kernels::matmul_reference(q.p, x.data(), y.data(), sums.data(), pool);
    const double terms = static_cast<double>(q.p.k) + 2;
    for (std::size_t e = 0; e < got.size(); ++e) {
      // As in verify: a walk of as many roundings, on either side.
      const double bound = exact ? 0 : 2 * std::sqrt(terms) * kFloatRounding * std::fabs(sums[e]);
      ASSERT_LE(std::fabs(double{got[e]} - double{expected[e]}), bound) << q.text << " at " << e;
    }
  }
}

// Packed or not, with many rows or one, and whoever has the rest of the rows.
TEST_P(TensorOpsTest, AProductHasTheSameBitsHoweverItIsMade) {
  for (int i = 0; i < kRandomProducts && !HasFailure(); ++i) {
    Random random("native matmul bits", static_cast<std::uint64_t>(i));
    Product q = random_product(random);
    q.p.batch_rank = 0;
    const std::vector<float> x = uniform_floats(random, q.p.m * q.p.k),
                             y = uniform_floats(random, q.p.k * q.p.n);
    std::vector<float> whole(index_of(q.p.m * q.p.n)), again = whole, back(y.size(), NAN);
    PageGuarded scratch(index_of(ops().matmul_scratch), PageGuarded::Alignment::kLine);
    ThreadPool pool(1);
    ops().matmul(q.p, x.data(), y.data(), whole.data(), scratch.data(), pool);
    const std::int64_t panels = kernels::rounded_up(q.p.n, ops().matmul_panel);
    PageGuarded packed(index_of(q.p.k * panels), PageGuarded::Alignment::kLine);
    ops().matmul_pack(q.p, y.data(), packed.data());
    ops().matmul_unpack(q.p, packed.data(), back.data());
    EXPECT_EQ(y, back) << q.text;
    ops().matmul_packed(q.p, x.data(), packed.data(), again.data(), scratch.data(), pool);
    EXPECT_EQ(whole, again) << q.text << " packed";
    MatMulParams one = q.p;
    one.m = 1;
    for (std::int64_t m = 0; m < q.p.m; ++m)
      ops().matmul(one, x.data() + m * q.p.x_row, y.data(), again.data() + m * q.p.n,
                   scratch.data(), pool);
    EXPECT_EQ(whole, again) << q.text << " row by row";
  }
}

TEST_P(TensorOpsTest, AProductOfNothingIsZero) {
  MatMulParams p{.m = 3, .n = 5, .k = 0, .x_row = 0, .x_column = 1, .y_row = 5, .y_column = 1};
  std::vector<float> dst(15, NAN);
  ThreadPool pool(2);
  ops().matmul(p, nullptr, nullptr, dst.data(), nullptr, pool);
  EXPECT_EQ(dst, std::vector<float>(15, 0.0F));
  p.n = 0;
  ops().matmul(p, nullptr, nullptr, nullptr, nullptr, pool);
}

constexpr AxisShape kTensorLines[] = {
    {1, 1, 1},   {3, 7, 1},   {5, 16, 1},  {2, 49, 1},  {1, 1000, 1}, {2, 19, 256}, {1, 5, 300},
    {2, 1, 513}, {4, 130, 3}, {3, 33, 17}, {7, 300, 1}, {0, 4, 5},    {2, 3, 1021}};

void expect_softmax(const AxisShape& s, bool logarithm, const std::vector<float>& expected,
                    const std::vector<float>& got, const std::string& text) {
  // As in verify.
  const double terms = static_cast<double>(s.size),
               off = (12 + 2 * std::sqrt(terms)) * kFloatRounding;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(got[i])) << text << " at " << i << ": " << got[i];
      continue;
    }
    const double y = std::fabs(double{expected[i]});
    const double bound = logarithm ? off * (1 + std::log(terms) + y) : off * y + 2e-28;
    ASSERT_LE(std::fabs(double{got[i]} - double{expected[i]}), bound) << text << " at " << i;
  }
}

std::vector<float> softmax_of(bool logarithm, const AxisShape& s, const std::vector<float>& src) {
  std::vector<float> dst(src.size());
  ThreadPool pool(1);
  (logarithm ? kernels::log_softmax_reference<float>
             : kernels::softmax_reference<float>)(s, src.data(), dst.data(), pool);
  return dst;
}

// NaN, infinities and what is cut off among the values.
std::vector<float> softmax_values(Random& random, std::int64_t count) {
  std::vector<float> values = uniform_floats(random, count, 20);
  constexpr float kSpecial[] = {NAN, kEndless, -kEndless, -200.0F, 90.0F, 3e38F};
  for (std::size_t i = 0; i < values.size(); i += 997)
    values[i] = kSpecial[i / 997 % std::size(kSpecial)];
  return values;
}

TEST_P(TensorOpsTest, Softmax) {
  for (const AxisShape& s : kTensorLines) {
    Random random("native softmax", index_of(s.size * 1000 + s.inner));
    const std::int64_t count = s.outer * s.size * s.inner;
    const std::vector<float> src = softmax_values(random, count);
    for (const bool logarithm : {false, true}) {
      const std::string text =
          std::to_string(s.outer) + "x" + std::to_string(s.size) + "x" + std::to_string(s.inner);
      const GuardedTensor from(src);
      const std::vector<float> got = result_of(count, text, [&](float* dst, ThreadPool& pool) {
        ops().softmax(logarithm, s, from.memory.data(), dst, pool);
      });
      expect_softmax(s, logarithm, softmax_of(logarithm, s, src), got, text);
      std::vector<float> in_place = src;
      ThreadPool pool(1);
      ops().softmax(logarithm, s, in_place.data(), in_place.data(), pool);
      EXPECT_TRUE(count == 0 || std::memcmp(in_place.data(), got.data(), src.size() * 4) == 0)
          << text << " in place";
    }
  }
}

TEST_P(TensorOpsTest, ArgExtreme) {
  for (const AxisShape& s : kTensorLines) {
    Random random("native arg_extreme", index_of(s.size * 1000 + s.inner));
    std::vector<float> src(index_of(s.outer * s.size * s.inner));
    fill_integers(random, src);
    for (std::size_t i = 0; i < src.size(); i += 31) src[i] = i % 2 ? NAN : -kEndless;
    const GuardedTensor from(src);
    ThreadPool pool(3);
    for (const Extreme extreme : {Extreme::kLargest, Extreme::kSmallest}) {
      std::vector<std::int64_t> expected(index_of(s.outer * s.inner)), wide = expected;
      std::vector<std::int32_t> narrow(expected.size());
      kernels::arg_extreme_reference(extreme, s, src.data(), expected.data(), pool);
      ops().arg_extreme_64(extreme, s, from.memory.data(), wide.data(), pool);
      ops().arg_extreme_32(extreme, s, from.memory.data(), narrow.data(), pool);
      EXPECT_EQ(expected, wide) << s.outer << "x" << s.size << "x" << s.inner;
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), narrow.begin()));
    }
  }
}

// Statistics in double, so that another order of their sums does not show; then each side rounds
// the mean, the factor and at most five results (as in verify).
void expect_normalized(const NormalizationParams& p, const std::vector<float>& src,
                       const std::vector<float>& scale, const std::vector<float>& bias,
                       const std::vector<float>& got) {
  std::vector<double> wide(src.begin(), src.end()), truth(src.size()),
      a(scale.begin(), scale.end()), b(bias.begin(), bias.end());
  ThreadPool pool(1);
  kernels::normalization_reference(p, wide.data(), scale.empty() ? nullptr : a.data(),
                                   bias.empty() ? nullptr : b.data(), truth.data(), pool);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    double mean = 0, variance = 0;
    for (std::int64_t i = 0; i < p.length; ++i)
      mean += wide[index_of(row * p.length + i)] / static_cast<double>(p.length);
    for (std::int64_t i = 0; i < p.length; ++i)
      variance +=
          std::pow(wide[index_of(row * p.length + i)] - mean, 2) / static_cast<double>(p.length);
    const double factor = 1 / std::sqrt(variance + p.epsilon);
    for (std::int64_t i = 0; i < p.length; ++i) {
      const std::size_t at = index_of(row * p.length + i);
      const std::size_t c = index_of((row * (p.length / p.inner) + i / p.inner) % p.channels);
      const double by = scale.empty() ? 1 : std::fabs(a[c]),
                   more = bias.empty() ? 0 : std::fabs(b[c]);
      const double off =
          by * factor * (2 * std::fabs(mean) + 6 * std::fabs(wide[at] - mean)) + 2 * more;
      ASSERT_LE(std::fabs(double{got[at]} - truth[at]), kFloatRounding * off + 1e-30)
          << "row " << row << " " << i;
    }
  }
}

TEST_P(TensorOpsTest, Normalization) {
  constexpr NormalizationParams kProblems[] = {
      {3, 1, 1, 1, 1e-5},      {5, 7, 1, 7, 1e-5},          {9, 384, 1, 384, 1e-6},
      {2, 33, 1, 33, 1e-5},    {6, 35, 35, 3, 1e-5},        {4, 51 * 3, 51, 6, 1e-5},
      {1, 4099, 1, 4099, 0.1}, {2, 16 * 100, 100, 32, 1e-5}};
  for (const NormalizationParams& p : kProblems) {
    for (int which = 0; which < 4; ++which) {
      Random random("native normalization", index_of(p.length * 4 + which));
      std::vector<float> src = uniform_floats(random, p.rows * p.length);
      for (float& v : src) v += static_cast<float>(which);
      const std::vector<float> scale = uniform_floats(random, which & 1 ? p.channels : 0),
                               bias = uniform_floats(random, which & 2 ? p.channels : 0);
      const float* a = scale.empty() ? nullptr : scale.data();
      const float* b = bias.empty() ? nullptr : bias.data();
      const std::string text = std::to_string(p.rows) + "x" + std::to_string(p.length);
      const GuardedTensor from(src);
      const std::vector<float> got =
          result_of(p.rows * p.length, text, [&](float* dst, ThreadPool& pool) {
            ops().normalization(p, from.memory.data(), a, b, dst, pool);
          });
      SCOPED_TRACE(text);
      expect_normalized(p, src, scale, bias, got);
      std::vector<float> in_place = src;
      ThreadPool pool(1);
      ops().normalization(p, in_place.data(), a, b, in_place.data(), pool);
      EXPECT_EQ(in_place, got) << text << " in place";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TensorOpsTest, testing::ValuesIn(kernels::all_tensor_ops()),
                         [](const auto& info) { return std::string(info.param->set.name); });

class ChannelsTest : public testing::TestWithParam<const ImageOps*> {
 protected:
  const ImageOps& ops() const { return *GetParam(); }

  void SetUp() override {
    if (!kernels::detected_features().contains(ops().set.features))
      GTEST_SKIP() << "this machine has no " << ops().set.name;
  }
};

// From blocks and from planes, both with a halo, against the reference on the plain tensor.
TEST_P(ChannelsTest, SoftmaxAndArgExtreme) {
  constexpr std::int64_t kSizes[][4] = {{1, 2, 3, 5},   {2, 19, 4, 17}, {1, 16, 1, 300},
                                        {1, 150, 2, 9}, {2, 1, 5, 5},   {1, 33, 3, 257}};
  for (const auto& size : kSizes) {
    const ImageLayout plain = ImageLayout::plain(size[0], size[1], size[2], size[3]);
    const AxisShape lines{plain.n, plain.c, plain.h * plain.w};
    Random random("channels", index_of(plain.c));
    std::vector<float> src = softmax_values(random, plain.n * plain.image_stride());
    for (const int block : {1, ops().block}) {
      const ImageLayout layout =
          ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w, block, {1, 2, 0, 1});
      PageGuarded image(layout.bytes() / sizeof(float), PageGuarded::Alignment::kLine);
      ThreadPool one(1), several(5);
      kernels::convert_layout(plain, src.data(), layout, image.data(), one);
      for (const bool logarithm : {false, true}) {
        GuardedTensor dst(plain.n * plain.image_stride());
        std::vector<float> again(src.size());
        ops().softmax(logarithm, {&layout, image.data()}, dst.memory.data(), one);
        expect_softmax(lines, logarithm, softmax_of(logarithm, lines, src), dst.values(),
                       to_string(Shape{plain.n, plain.c, plain.h, plain.w}));
        ops().softmax(logarithm, {&layout, image.data()}, again.data(), several);
        EXPECT_EQ(std::memcmp(again.data(), dst.memory.data(), src.size() * sizeof(float)), 0);
      }
      for (const Extreme extreme : {Extreme::kLargest, Extreme::kSmallest}) {
        std::vector<std::int64_t> expected(index_of(plain.n * plain.h * plain.w)), wide = expected;
        std::vector<std::int32_t> narrow(expected.size());
        kernels::arg_extreme_reference(extreme, lines, src.data(), expected.data(), one);
        ops().arg_extreme_64(extreme, {&layout, image.data()}, wide.data(), several);
        ops().arg_extreme_32(extreme, {&layout, image.data()}, narrow.data(), one);
        EXPECT_EQ(expected, wide);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), narrow.begin()));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ChannelsTest, testing::ValuesIn(kernels::all_image_ops()),
                         [](const auto& info) {
                           return std::string(kernels::isa_name(info.param->set.features)) +
                                  std::to_string(info.param->block);
                         });

}  // namespace
}  // namespace u2net::engine::test
