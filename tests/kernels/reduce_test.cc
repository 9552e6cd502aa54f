// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "tests/support/compare.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::ReduceFunction;
using kernels::ReduceKind;

// All elements of each result, in order: dims by dims, with no thought of strides.
std::vector<std::vector<double>> gathered(const std::vector<std::int64_t>& dims,
                                          std::uint32_t reduced, const std::vector<float>& src) {
  std::map<std::vector<std::int64_t>, std::vector<double>> groups;
  for (std::size_t i = 0; i < src.size(); ++i) {
    std::vector<std::int64_t> kept;
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t d = dims.size(); d-- > 0; rest /= dims[d]) {
      if ((reduced >> d & 1U) == 0) kept.insert(kept.begin(), rest % dims[d]);
    }
    groups[kept].push_back(src[i]);
  }
  std::vector<std::vector<double>> all;
  for (auto& [kept, elements] : groups) all.push_back(std::move(elements));
  return all;
}

Truth truth_of(ReduceKind kind, const std::vector<double>& elements) {
  double sum = 0, most = -INFINITY, least = INFINITY, product = 1, squares = 0, exponentials = 0;
  for (double v : elements) {
    sum += v;
    most = std::max(most, v);
    least = std::min(least, v);
    product *= v;
    squares += v * v;
    exponentials += std::exp(v);
  }
  const std::map<ReduceKind, double> results = {
      {ReduceKind::kMean, sum / static_cast<double>(elements.size())},
      {ReduceKind::kSum, sum},
      {ReduceKind::kMax, most},
      {ReduceKind::kMin, least},
      {ReduceKind::kProduct, product},
      {ReduceKind::kAMax, most},
      {ReduceKind::kAMin, least},
      {ReduceKind::kFrobenius, std::sqrt(squares)},
      {ReduceKind::kLogSumExp, std::log(exponentials)}};
  // Made in double, and rounded once.
  const double result = results.at(kind);
  return {result, 2 * kFloatRounding * std::abs(result) + 1e-12};
}

std::vector<float> reduced(ReduceKind kind, const std::vector<std::int64_t>& dims,
                           std::uint32_t axes, const std::vector<float>& src, std::size_t count,
                           int threads) {
  std::vector<float> dst(count, NAN);
  kernels::ThreadPool pool(threads);
  kernels::reduce_reference(kind, kernels::reduce_shape(dims, axes), src.data(),
                            kernels::store_as<float, double>, dst.data(), pool);
  return dst;
}

TEST(ReduceReference, ReducesAnyDimensions) {
  Random random("reduce", 1);
  for (const ReduceFunction& function : kernels::kReduceFunctions) {
    if (function.tells) continue;
    for (int i = 0; i < 24; ++i) {
      std::vector<std::int64_t> dims(static_cast<std::size_t>(random.integer(0, 5)));
      std::int64_t count = 1;
      for (std::int64_t& size : dims) count *= size = random.integer(1, 6);
      if (i == 0) dims = {3, 300}, count = 900;  // more than a block
      const auto axes = static_cast<std::uint32_t>(random.integer(0, (1 << dims.size()) - 1));
      std::vector<float> src(static_cast<std::size_t>(count));
      for (float& v : src) v = static_cast<float>(random.real(-2, 2));
      std::vector<Truth> expected;
      for (const auto& elements : gathered(dims, axes, src))
        expected.push_back(truth_of(function.kind, elements));
      const std::vector<float> got =
          reduced(function.kind, dims, axes, src, expected.size(), 1 + i % 3);
      const std::string repro = std::string(function.name) + " of " + to_string(Shape(dims)) +
                                " along " + std::to_string(axes);
      EXPECT_TRUE(near_truth({static_cast<std::int64_t>(expected.size())}, expected, got, repro));
    }
  }
}

TEST(ReduceReference, KeepsIntegersWholeAndWraps) {
  const std::vector<std::int64_t> src = {INT64_MAX, 1, std::int64_t{1} << 53, 1};
  std::vector<std::int64_t> dst(2);
  kernels::ThreadPool pool(1);
  const std::vector<std::int64_t> dims = {2, 2};
  kernels::reduce_reference(ReduceKind::kSum, kernels::reduce_shape(dims, 2), src.data(),
                            kernels::store_as<std::int64_t, std::int64_t>, dst.data(), pool);
  EXPECT_EQ(dst, (std::vector<std::int64_t>{INT64_MIN, (std::int64_t{1} << 53) + 1}));
}

TEST(ReduceReference, TellsAnyAndAll) {
  const bool src[] = {true, false, false, false, true, true};
  bool any[3], all[3];
  kernels::ThreadPool pool(1);
  const std::vector<std::int64_t> dims = {3, 2};
  const kernels::ReduceShape shape = kernels::reduce_shape(dims, 2);
  kernels::reduce_reference(ReduceKind::kAny, shape, src, kernels::store_as<bool, std::int64_t>,
                            any, pool);
  kernels::reduce_reference(ReduceKind::kAll, shape, src, kernels::store_as<bool, std::int64_t>,
                            all, pool);
  EXPECT_EQ(std::vector<bool>(any, any + 3), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(std::vector<bool>(all, all + 3), (std::vector<bool>{false, false, true}));
}

}  // namespace
}  // namespace u2net::engine::test
