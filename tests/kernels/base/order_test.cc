// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/order.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace u2net::kernels {
namespace {

using Places = std::vector<std::size_t>;

TEST(Order, KeepsWhatIsEqualInItsOrder) {
  std::vector<int> values;
  for (int i = 0; i < 500; ++i) values.push_back(i * 37 % 11);
  const Places order =
      order_of(values.size(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  ASSERT_EQ(order.size(), values.size());
  for (std::size_t i = 1; i < order.size(); ++i) {
    const int before = values[order[i - 1]], after = values[order[i]];
    EXPECT_GE(before, after) << i;
    if (before == after) {
      EXPECT_LT(order[i - 1], order[i]) << i;
    }
  }
}

TEST(Order, OfNothingAndOfOne) {
  const auto never = [](std::size_t, std::size_t) { return false; };
  EXPECT_EQ(order_of(0, never), Places());
  EXPECT_EQ(order_of(1, never), Places{0});
}

TEST(SortStably, MovesValues) {
  using Word = std::pair<int, std::unique_ptr<std::string>>;
  std::vector<Word> words;
  for (const char* text : {"of", "a", "list", "in", "the", "i"})
    words.emplace_back(std::string(text).size(), std::make_unique<std::string>(text));
  sort_stably(words, [](const Word& a, const Word& b) { return a.first < b.first; });
  std::string all;
  for (const Word& word : words) all += *word.second + ' ';
  EXPECT_EQ(all, "a i of in the list ");
}

}  // namespace
}  // namespace u2net::kernels
