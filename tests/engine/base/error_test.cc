// SPDX-License-Identifier: Apache-2.0
#include "engine/base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/expect_error.h"

namespace u2net::engine::test {
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

// A name may be as long as its file.
TEST(Errors, AreNotLong) {
  const std::string name(1 << 20, 'n');
  const std::string message = Error(ErrorCode::kModelFormat, "'" + name + "' is bad").what();
  EXPECT_LT(message.size(), 10'000U);
  EXPECT_TRUE(message.starts_with("'" + name.substr(0, 6000)));
  EXPECT_TRUE(message.ends_with("' is bad"));
  EXPECT_NE(message.find("n...n"), std::string::npos);
}

TEST(Errors, AreCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 100'000; ++i) name += "\xc3\xa4";
  for (const std::string before : {"", "n"}) {
    const std::string message = Error(ErrorCode::kModelFormat, before + name + " is bad").what();
    EXPECT_LT(message.size(), 10'000U);
    EXPECT_NE(message.find("\xc3\xa4...\xc3\xa4"), std::string::npos) << before;
  }
}

}  // namespace
}  // namespace u2net::engine::test
