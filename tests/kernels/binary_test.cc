// SPDX-License-Identifier: Apache-2.0
#include "kernels/binary/binary.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

using kernels::BinaryKind;
using kernels::BinaryShape;

std::int64_t flat_index(const Shape& dims, const Shape& index) {
  std::int64_t flat = 0;
  for (std::size_t i = 0; i < dims.size(); ++i)
    flat = flat * dims[i] + (dims[i] == 1 ? 0 : index[i]);
  return flat;
}

// Calls f(flat index of dst, of x, of y) for every element.
template <class F>
void for_each(const Shape& x, const Shape& y, const Shape& dst, F f) {
  for (std::int64_t i = 0; i < element_count(dst); ++i) {
    Shape index(dst.size());
    std::int64_t rest = i;
    for (std::size_t d = dst.size(); d-- > 0;) {
      index[d] = rest % dst[d];
      rest /= dst[d];
    }
    f(i, flat_index(x, index), flat_index(y, index));
  }
}

struct Dims {
  Shape x, y, dst;
};

Dims random_dims(Random& random, int rank) {
  Dims dims;
  for (int i = 0; i < rank; ++i) {
    const std::int64_t size = random.integer(1, 6);
    const std::int64_t repeat = random.integer(0, 3);  // 0: x, 1: y
    dims.x.push_back(repeat == 0 ? 1 : size);
    dims.y.push_back(repeat == 1 ? 1 : size);
    dims.dst.push_back(size);
  }
  return dims;
}

Guarded run(BinaryKind kind, const Dims& dims, const Guarded& x, const Guarded& y, int threads) {
  Guarded dst(static_cast<std::size_t>(element_count(dims.dst)), 3);
  kernels::ThreadPool pool(threads);
  binary_reference<float>(kind, {dims.x, dims.y, dims.dst}, x.data(), y.data(), dst.data(), pool);
  EXPECT_TRUE(dst.canaries_are_intact());
  return dst;
}

TEST(BinaryReference, BroadcastsUpToRankFive) {
  for (std::uint64_t number = 0; number < 600; ++number) {
    Random random("binary", number);
    const Dims dims = random_dims(random, static_cast<int>(number % 6));
    const BinaryKind kind = number % 2 ? BinaryKind::kAdd : BinaryKind::kMultiply;
    Guarded x(static_cast<std::size_t>(element_count(dims.x)), 1),
        y(static_cast<std::size_t>(element_count(dims.y)), 2);
    fill_uniform(random, x.span());
    fill_uniform(random, y.span());
    std::vector<Truth> truth(static_cast<std::size_t>(element_count(dims.dst)));
    for_each(dims.x, dims.y, dims.dst, [&](std::int64_t i, std::int64_t ix, std::int64_t iy) {
      const double a = x.data()[ix], b = y.data()[iy];
      // Rounding a double sum or product of floats to float is the same as one rounding.
      truth[static_cast<std::size_t>(i)].value =
          static_cast<float>(kind == BinaryKind::kAdd ? a + b : a * b);
    });
    const std::string repro =
        to_string(dims.x) + " with " + to_string(dims.y) + " " + random.repro();
    const Guarded dst = run(kind, dims, x, y, 1 + static_cast<int>(number % 5));
    ASSERT_TRUE(near_truth(dims.dst, truth, dst.span(), repro));
  }
}

TEST(BinaryReference, TakesTheHighestRank) {
  const Dims dims{{2, 1, 2, 1, 2, 1, 2, 1}, {1, 3, 1, 2, 1, 2, 1, 3}, {2, 3, 2, 2, 2, 2, 2, 3}};
  Random random("binary rank 8");
  Guarded x(16), y(36);
  fill_integers(random, x.span());
  fill_integers(random, y.span());
  const Guarded dst = run(BinaryKind::kAdd, dims, x, y, 2);
  for_each(dims.x, dims.y, dims.dst, [&](std::int64_t i, std::int64_t ix, std::int64_t iy) {
    ASSERT_EQ(dst.data()[i], x.data()[ix] + y.data()[iy]) << i;
  });
}

TEST(BinaryReference, DoesNotDependOnTheNumberOfThreads) {
  const Dims dims{{7, 5, 11, 13}, {1, 5, 1, 1}, {7, 5, 11, 13}};
  Random random("binary threads");
  Guarded x(7 * 5 * 11 * 13), y(5);
  fill_uniform(random, x.span());
  fill_uniform(random, y.span());
  Guarded one = run(BinaryKind::kAdd, dims, x, y, 1);
  for (int threads = 2; threads <= 5; ++threads) {
    Guarded many = run(BinaryKind::kAdd, dims, x, y, threads);
    EXPECT_TRUE(same_bits({DType::kFloat32, dims.dst, one.data()},
                          {DType::kFloat32, dims.dst, many.data()},
                          std::to_string(threads) + " threads"));
  }
}

TEST(BinaryReference, MayWriteOverAnOperandOfItsShape) {
  const Shape shape{3, 4, 5}, channel{1, 4, 1};
  Random random("binary in place");
  Guarded x(60), y(4);
  fill_uniform(random, x.span());
  fill_uniform(random, y.span());
  Guarded apart = run(BinaryKind::kMultiply, {shape, channel, shape}, x, y, 1);
  kernels::ThreadPool pool(3);
  binary_reference<float>(BinaryKind::kMultiply, {shape, channel, shape}, x.data(), y.data(),
                          x.data(), pool);
  EXPECT_TRUE(same_bits({DType::kFloat32, shape, apart.data()}, {DType::kFloat32, shape, x.data()},
                        "in place"));
}

template <class T>
class BinaryIntegers : public testing::Test {};
using IntegerTypes = testing::Types<std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(BinaryIntegers, IntegerTypes);

TYPED_TEST(BinaryIntegers, WrapAround) {
  using T = TypeParam;
  constexpr T kMax = std::numeric_limits<T>::max(), kMin = std::numeric_limits<T>::min();
  const T x[] = {3, kMax, kMin, kMax}, y[] = {-5, 1, -1, kMax};
  const Shape shape{4};
  kernels::ThreadPool pool(1);
  T sum[4], product[4];
  binary_reference<T>(BinaryKind::kAdd, {shape, shape, shape}, x, y, sum, pool);
  binary_reference<T>(BinaryKind::kMultiply, {shape, shape, shape}, x, y, product, pool);
  EXPECT_EQ(std::vector(sum, sum + 4), (std::vector<T>{-2, kMin, kMax, -2}));
  EXPECT_EQ(std::vector(product, product + 4), (std::vector<T>{-15, kMax, kMin, 1}));
}

// Quotients of every sign, by 0, and the one that does not fit.
TYPED_TEST(BinaryIntegers, Divide) {
  using T = TypeParam;
  constexpr T kMin = std::numeric_limits<T>::min();
  const T x[] = {7, -7, 7, -7, 6, 5, kMin}, y[] = {2, 2, -2, -2, -3, 0, -1};
  const Shape shape{7};
  kernels::ThreadPool pool(1);
  const auto results = [&](BinaryKind kind) {
    std::vector<T> dst(7);
    binary_reference<T>(kind, {shape, shape, shape}, x, y, dst.data(), pool);
    return dst;
  };
  EXPECT_EQ(results(BinaryKind::kDivide), (std::vector<T>{3, -3, -3, 3, -2, 0, kMin}));
  EXPECT_EQ(results(BinaryKind::kFloorDivide), (std::vector<T>{3, -4, -4, 3, -2, 0, kMin}));
  EXPECT_EQ(results(BinaryKind::kModulo), (std::vector<T>{1, 1, -1, -1, 0, 0, 0}));
  EXPECT_EQ(results(BinaryKind::kMaximum), (std::vector<T>{7, 2, 7, -2, 6, 5, -1}));
  EXPECT_EQ(results(BinaryKind::kMinimum), (std::vector<T>{2, -7, -2, -7, -3, 0, kMin}));
}

TEST(BinaryReference, TakesDoubles) {
  const double x[] = {0.1, 1e300}, y[] = {0.2, 1e10};
  const Shape shape{2};
  kernels::ThreadPool pool(1);
  double product[2];
  binary_reference<double>(BinaryKind::kMultiply, {shape, shape, shape}, x, y, product, pool);
  EXPECT_EQ(product[0], 0.1 * 0.2);
  EXPECT_EQ(product[1], std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace u2net::engine::test
