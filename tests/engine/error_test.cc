// SPDX-License-Identifier: Apache-2.0
#include "engine/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/expect_error.h"

namespace u2net::test {
namespace {

TEST(Errors, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const std::string_view name = error_name(static_cast<ErrorCode>(code));
    EXPECT_TRUE(name.starts_with("E-")) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(error_name(ErrorCode::kModelFormat), "E-MODEL-FORMAT");
}

TEST(Errors, KeepWhatTheyAreGiven) {
  const Error error(ErrorCode::kUsage, "what", "hint");
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_STREQ(error.what(), "what");
  EXPECT_EQ(error.hint(), "hint");
  EXPECT_TRUE(Error(ErrorCode::kUsage, "what").hint().empty());
}

// Names from a damaged file end up in messages, which are printed to terminals and logs.
TEST(Errors, AreOneLineWhateverTheyQuote) {
  const std::string quoted("a\nb\rc\td\0e\x1b[31mf\x7f", 16);
  const Error error(ErrorCode::kModelFormat, "operator '" + quoted + "'", "see '" + quoted + "'");
  EXPECT_TRUE(is_one_line(error.what())) << error.what();
  EXPECT_TRUE(is_one_line(error.hint())) << error.hint();
  EXPECT_STREQ(error.what(), "operator 'a?b?c?d?e?[31mf?'");
  EXPECT_STREQ(Error(ErrorCode::kUsage, "'\xc3\xa4\xc3\xb6'").what(), "'\xc3\xa4\xc3\xb6'");
}

}  // namespace
}  // namespace u2net::test
