// SPDX-License-Identifier: Apache-2.0
// Kernels that work along one axis: arg_extreme, softmax, sort, cumsum.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/arg_extreme/arg_extreme.h"
#include "kernels/cumsum/cumsum.h"
#include "kernels/softmax/softmax.h"
#include "kernels/sort/sort.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::AxisShape;

constexpr AxisShape kShapes[] = {{1, 1, 1},   {3, 7, 1},   {1, 5, 300}, {2, 19, 256},
                                 {2, 1, 513}, {4, 130, 3}, {1, 1000, 1}};

std::int64_t size_of(const AxisShape& s) { return s.outer * s.size * s.inner; }

std::vector<float> few_values(Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(random.integer(-6, 6)) / 2;
  return values;
}

// Calls f(positions in src of a line, position of the line in [outer][inner]).
template <class F>
void for_lines(const AxisShape& s, const F& f) {
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      std::vector<std::size_t> at;
      for (std::int64_t k = 0; k < s.size; ++k)
        at.push_back(static_cast<std::size_t>((o * s.size + k) * s.inner + i));
      f(at, static_cast<std::size_t>(o * s.inner + i));
    }
  }
}

std::string text(const AxisShape& s) { return to_string(Shape{s.outer, s.size, s.inner}); }

TEST(ArgExtreme, FindsTheFirst) {
  Random random("arg_extreme");
  kernels::ThreadPool pool(2);
  for (const AxisShape& s : kShapes) {
    const std::vector<float> src = few_values(random, size_of(s));
    std::vector<std::int64_t> most(static_cast<std::size_t>(s.outer * s.inner)), least = most;
    kernels::arg_extreme_reference(kernels::Extreme::kLargest, s, src.data(), most.data(), pool);
    kernels::arg_extreme_reference(kernels::Extreme::kSmallest, s, src.data(), least.data(), pool);
    for_lines(s, [&](const auto& at, std::size_t line) {
      std::vector<float> values;
      for (std::size_t i : at) values.push_back(src[i]);
      EXPECT_EQ(most[line], std::max_element(values.begin(), values.end()) - values.begin())
          << text(s);
      EXPECT_EQ(least[line], std::min_element(values.begin(), values.end()) - values.begin())
          << text(s);
    });
  }
}

TEST(Softmax, IsWhatTheFormulaSays) {
  Random random("softmax");
  kernels::ThreadPool pool(2);
  for (const AxisShape& s : kShapes) {
    const std::vector<float> src = few_values(random, size_of(s));
    std::vector<float> dst(src.size()), logarithm(src.size());
    kernels::softmax_reference(s, src.data(), dst.data(), pool);
    kernels::log_softmax_reference(s, src.data(), logarithm.data(), pool);
    std::vector<Truth> expected(src.size()), expected_logarithm(src.size());
    for_lines(s, [&](const auto& at, std::size_t) {
      double sum = 0;
      for (std::size_t i : at) sum += std::exp(double{src[i]});
      for (std::size_t i : at) {
        const double y = std::exp(double{src[i]}) / sum;
        // An exponential (2), the largest taken out of it, the sum and its inverse, a product.
        expected[i] = {y, 8 * kFloatRounding * y};
        expected_logarithm[i] = {std::log(y), 8 * kFloatRounding * (std::fabs(std::log(y)) + 6)};
      }
    });
    const Shape shape{s.outer, s.size, s.inner};
    EXPECT_TRUE(near_truth(shape, expected, dst, text(s)));
    EXPECT_TRUE(near_truth(shape, expected_logarithm, logarithm, text(s)));
  }
}

TEST(Sort, IsStableInBothDirectionsAndKeepsTheFirst) {
  Random random("sort");
  kernels::ThreadPool pool(2);
  for (const AxisShape& s : kShapes) {
    std::vector<float> src = few_values(random, size_of(s));
    src[src.size() / 2] = NAN;  // larger than any number
    for (const bool descending : {false, true}) {
      const std::int64_t kept = random.integer(1, s.size);
      std::vector<float> dst(static_cast<std::size_t>(s.outer * kept * s.inner));
      std::vector<std::int64_t> indices(dst.size());
      kernels::sort_reference({s, kept, descending}, src.data(), dst.data(), indices.data(), pool);
      for_lines(s, [&](const auto& at, std::size_t line) {
        std::vector<std::int64_t> order(at.size());
        std::iota(order.begin(), order.end(), 0);
        const auto key = [&](std::int64_t k) {
          const float v = src[at[static_cast<std::size_t>(k)]];
          return std::isnan(v) ? INFINITY : v;
        };
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
          return descending ? key(a) > key(b) : key(a) < key(b);
        });
        for (std::int64_t k = 0; k < kept; ++k) {
          const auto inner = static_cast<std::size_t>(s.inner);
          const std::size_t to =
              (line / inner * static_cast<std::size_t>(kept) + static_cast<std::size_t>(k)) *
                  inner +
              line % inner;
          EXPECT_EQ(indices[to], order[static_cast<std::size_t>(k)]) << text(s);
        }
      });
    }
  }
}

TEST(Cumsum, RunsBothWays) {
  kernels::ThreadPool pool(1);
  const std::vector<std::int32_t> src = {1, 2, 3, 4, 5, 6};
  const auto run = [&](bool exclusive, bool reverse, bool product = false) {
    std::vector<std::int32_t> dst(src.size());
    kernels::cumsum_reference({{1, 3, 2}, exclusive, reverse, product}, src.data(), dst.data(),
                              pool);
    return dst;
  };
  using Integers = std::vector<std::int32_t>;
  EXPECT_EQ(run(false, false), (Integers{1, 2, 4, 6, 9, 12}));
  EXPECT_EQ(run(true, false), (Integers{0, 0, 1, 2, 4, 6}));
  EXPECT_EQ(run(false, true), (Integers{9, 12, 8, 10, 5, 6}));
  EXPECT_EQ(run(true, true), (Integers{8, 10, 5, 6, 0, 0}));
  EXPECT_EQ(run(false, false, true), (Integers{1, 2, 3, 8, 15, 48}));
  EXPECT_EQ(run(true, true, true), (Integers{15, 24, 5, 6, 1, 1}));
}

}  // namespace
}  // namespace u2net::engine::test
