// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace u2net::engine {
namespace {

TEST(StrCat, PutsTextNumbersAndSizesBehindEachOther) {
  const std::string name = "x";
  const std::vector<std::int64_t> shape = {1, -3, 320};
  EXPECT_EQ(str_cat("'", name, "' of ", shape, std::string_view(", ab", 3), 'c'),
            "'x' of [1,-3,320], ac");
  EXPECT_EQ(str_cat(std::span<const std::int64_t>(), ""), "[]");
  EXPECT_EQ(str_cat(std::string(5, '\0'), name), std::string("\0\0\0\0\0x", 6));
}

TEST(StrCat, PrintsEveryInteger) {
  EXPECT_EQ(str_cat(std::numeric_limits<std::int64_t>::min(), " ",
                    std::numeric_limits<std::int64_t>::max(), " ",
                    std::numeric_limits<std::uint64_t>::max()),
            "-9223372036854775808 9223372036854775807 18446744073709551615");
  EXPECT_EQ(str_cat(std::int8_t{-1}, std::uint8_t{255}, std::size_t{0}, true), "-125501");
}

TEST(StrCat, PrintsRealsShort) {
  EXPECT_EQ(str_cat(0.9F, " ", 1e-5, " ", -2.0, " ", std::numeric_limits<double>::infinity()),
            "0.9 1e-05 -2 inf");
}

}  // namespace
}  // namespace u2net::engine
