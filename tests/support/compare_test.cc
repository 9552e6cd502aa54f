// SPDX-License-Identifier: Apache-2.0
// A comparison that never fails would let every other test pass.
#include "tests/support/compare.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace u2net::engine::test {
namespace {

using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor tensor(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({count}, values);
}

TEST(Compare, AcceptsWhatIsTheSame) {
  const Tensor a = tensor({1, -2.5F, kNaN, kInf, -0.0F}), b = tensor({1, -2.5F, kNaN, kInf, -0.0F});
  EXPECT_TRUE(same_bits(a.view(), b.view(), ""));
  EXPECT_TRUE(same_values(a.view(), b.view(), ""));
  EXPECT_TRUE(within(a.view(), b.view(), 0, ""));
}

TEST(Compare, SeesOneUlp) {
  const Tensor a = tensor({1}), b = tensor({std::nextafter(1.0F, 2.0F)});
  EXPECT_FALSE(same_bits(a.view(), b.view(), ""));
  EXPECT_FALSE(same_values(a.view(), b.view(), ""));
  EXPECT_FALSE(within(a.view(), b.view(), 1e-8, ""));
  EXPECT_TRUE(within(a.view(), b.view(), 1e-6, ""));
}

TEST(Compare, TellsTheZerosApartByBitsOnly) {
  const Tensor a = tensor({0.0F}), b = tensor({-0.0F});
  EXPECT_FALSE(same_bits(a.view(), b.view(), ""));
  EXPECT_TRUE(same_values(a.view(), b.view(), ""));
}

TEST(Compare, NeverForgivesNaNOrInfinity) {
  const Tensor one = tensor({1});
  for (float special : {kNaN, kInf, -kInf}) {
    const Tensor other = tensor({special});
    for (double bound : {0.0, 1e30, std::numeric_limits<double>::infinity()}) {
      if (std::isinf(bound) && !std::isnan(special)) continue;
      EXPECT_FALSE(within(one.view(), other.view(), bound, "")) << special;
      EXPECT_FALSE(within(other.view(), one.view(), bound, "")) << special;
    }
    EXPECT_FALSE(same_values(one.view(), other.view(), ""));
  }
  EXPECT_FALSE(within(tensor({kInf}).view(), tensor({-kInf}).view(), 1e30, ""));
}

TEST(Compare, SeesTypesAndShapes) {
  const Tensor a(DType::kFloat32, {2, 1});
  EXPECT_FALSE(same_values(a.view(), Tensor(DType::kFloat32, {1, 2}).view(), ""));
  EXPECT_FALSE(same_values(a.view(), Tensor(DType::kInt32, {2, 1}).view(), ""));
}

TEST(Compare, NamesTheWorst) {
  Tensor a = Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  Tensor b = Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3.5F, 4, 9, 6});
  const testing::AssertionResult result = within(a.view(), b.view(), 0.25, "case 7");
  ASSERT_FALSE(result);
  for (const char* part :
       {"2 of 6", "[1,1] of [2,3]", "expected 5", "got 9", "allowed 0.25", "case 7"}) {
    EXPECT_THAT(result.message(), HasSubstr(part));
  }
  b.values<float>()[0] = kNaN;  // worse than any distance
  EXPECT_THAT(within(a.view(), b.view(), 0.25, "").message(), HasSubstr("[0,0] of [2,3]"));
}

TEST(Compare, HoldsEveryElementToItsOwnBound) {
  const std::vector<Truth> truth = {{1, 0.1}, {2, 0}, {std::nan(""), 0}};
  EXPECT_TRUE(near_truth({3}, truth, std::vector<float>{1.05F, 2, kNaN}, ""));
  EXPECT_FALSE(near_truth({3}, truth, std::vector<float>{1.05F, 2.05F, kNaN}, ""));
  EXPECT_FALSE(near_truth({3}, truth, std::vector<float>{1.2F, 2, kNaN}, ""));
  EXPECT_FALSE(near_truth({3}, truth, std::vector<float>{1, 2, 0}, ""));
  EXPECT_FALSE(near_truth({3}, truth, std::vector<float>{1, kNaN, kNaN}, ""));
  EXPECT_FALSE(near_truth({2}, truth, std::vector<float>{1, 2}, ""));
}

TEST(Compare, FindsTheLargestMagnitude) {
  EXPECT_EQ(largest_magnitude(tensor({1, -3, kInf, kNaN}).view()), 3);
  EXPECT_EQ(largest_magnitude(tensor({kNaN}).view()), 0);
}

}  // namespace
}  // namespace u2net::engine::test
