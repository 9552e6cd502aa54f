// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fill.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

TEST(Random, RepeatsItself) {
  Random a("x", 1), b("x", 1), other_name("y", 1), other_number("x", 2);
  const std::uint64_t first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, other_name.next());
  EXPECT_NE(first, other_number.next());
}

TEST(Random, CoversItsRange) {
  Random random("range");
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.integer(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  for (int i = 0; i < 200; ++i) {
    const double value = random.real(0.5, 0.75);
    EXPECT_GE(value, 0.5);
    EXPECT_LT(value, 0.75);
  }
}

TEST(Guarded, SeesWritesOnEitherSide) {
  Guarded before(5, 3), after(5, 3);
  EXPECT_TRUE(before.canaries_are_intact());
  before.data()[-1] = 0;
  after.data()[5] = 0;
  EXPECT_FALSE(before.canaries_are_intact());
  EXPECT_FALSE(after.canaries_are_intact());
}

}  // namespace
}  // namespace u2net::engine::test
