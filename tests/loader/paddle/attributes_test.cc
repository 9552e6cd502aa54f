// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/attributes.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

const Attributes kAttributes = {
    {"flag", true},
    {"zero", std::int64_t{0}},
    {"seven", std::int64_t{7}},
    {"half", 0.5},
    {"word", std::string("SAME")},
    {"list", Integers{1, -2}},
    {"reals", Reals{0.5, 2}},
    {"words", std::vector<std::string>{"a", "b"}},
    {"elsewhere", VariableReference{{"size_0", "size_1"}}},
};
const AttributeReader kReader("conv2d", kAttributes);

TEST(AttributeReader, GivesWhatIsThere) {
  EXPECT_EQ(kReader.boolean("flag", false), true);
  EXPECT_EQ(kReader.integer("seven", 1), 7);
  EXPECT_EQ(kReader.real("half", 1), 0.5);
  EXPECT_EQ(kReader.text("word", ""), "SAME");
  EXPECT_EQ(kReader.integers("list", {}), (Integers{1, -2}));
  EXPECT_EQ(kReader.reals("reals", {}), (Reals{0.5, 2}));
}

TEST(AttributeReader, GivesTheDefaultForWhatIsMissing) {
  EXPECT_FALSE(kReader.has("missing"));
  EXPECT_TRUE(kReader.has("flag"));
  EXPECT_EQ(kReader.boolean("missing", true), true);
  EXPECT_EQ(kReader.integer("missing", 3), 3);
  EXPECT_EQ(kReader.real("missing", 2.5), 2.5);
  EXPECT_EQ(kReader.text("missing", "x"), "x");
  EXPECT_EQ(kReader.integers("missing", {4}), (Integers{4}));
  EXPECT_EQ(kReader.reals("missing", {4.5}), (Reals{4.5}));
}

TEST(AttributeReader, TakesNeighbouringTypes) {
  EXPECT_EQ(kReader.boolean("seven", false), true);
  EXPECT_EQ(kReader.boolean("zero", true), false);
  EXPECT_EQ(kReader.real("seven", 0), 7.0);
  EXPECT_EQ(kReader.integers("seven", {}), (Integers{7}));
  EXPECT_EQ(kReader.reals("half", {}), (Reals{0.5}));
  EXPECT_EQ(kReader.reals("seven", {}), (Reals{7}));
  EXPECT_EQ(kReader.reals("list", {}), (Reals{1, -2}));
}

TEST(AttributeReader, NamesOperatorAndAttributeOfAWrongType) {
  const auto wrong = [](const char* name, const std::function<void()>& read) {
    EXPECT_TRUE(
        fails_with(ErrorCode::kModelFormat, {"'conv2d'", "'" + std::string(name) + "'"}, read));
  };
  wrong("word", [] { kReader.boolean("word", false); });
  wrong("half", [] { kReader.integer("half", 0); });
  wrong("word", [] { kReader.real("word", 0); });
  wrong("seven", [] { kReader.text("seven", ""); });
  wrong("words", [] { kReader.integers("words", {}); });
  wrong("word", [] { kReader.reals("word", {}); });
}

TEST(AttributeReader, NeverTakesADefaultForAVariable) {
  const std::function<void()> reads[] = {
      [] { kReader.has("elsewhere"); },        [] { kReader.boolean("elsewhere", false); },
      [] { kReader.integer("elsewhere", 0); }, [] { kReader.real("elsewhere", 0); },
      [] { kReader.text("elsewhere", ""); },   [] { kReader.integers("elsewhere", {}); },
      [] { kReader.reals("elsewhere", {}); },
  };
  for (const auto& read : reads) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported,
                           {"'conv2d'", "'elsewhere'", "'size_0'", "'size_1'"}, read));
  }
}

TEST(AttributeReader, FailsInTheNameOfItsOperator) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"'conv2d'", "'strides'", "is odd"},
                         [] { kReader.fail("strides", "is odd"); }));
}

}  // namespace
}  // namespace u2net::engine::test
