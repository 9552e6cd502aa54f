// SPDX-License-Identifier: Apache-2.0
// Whatever is thrown inside becomes a status; what no call can be made to throw is thrown here.
#include "api/status.h"

#include <new>
#include <thread>

#include "tests/api/small_model.h"

namespace u2net::engine::test {
namespace {

TEST(Status, ComesOfEveryException) {
  const auto status_of = [](auto thrown) {
    return api::guarded([&]() -> u2net_status { throw thrown; });
  };
  for (int code : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13}) {
    EXPECT_EQ(status_of(api::Error(static_cast<api::ErrorCode>(code), "why", "what to do")), code);
    EXPECT_STREQ(u2net_last_error(), "why");
    EXPECT_STREQ(u2net_last_hint(), "what to do");
    // "E-MODEL-FORMAT" and "U2NET_MODEL_FORMAT" are one.
    std::string name = api::Error(static_cast<api::ErrorCode>(code), "").name();
    std::replace(name.begin(), name.end(), '-', '_');
    EXPECT_EQ("U2NET" + name.substr(1), u2net_status_name(static_cast<u2net_status>(code)));
  }
  EXPECT_EQ(status_of(std::bad_alloc()), U2NET_OUT_OF_MEMORY);
  EXPECT_EQ(status_of(std::runtime_error("a bug")), U2NET_INTERNAL);
  EXPECT_STREQ(u2net_last_error(), "a bug");
  EXPECT_STREQ(u2net_last_hint(), "");
  EXPECT_EQ(status_of(42), U2NET_INTERNAL);
}

TEST(Status, KeepsLongTextsShort) {
  api::fail(U2NET_USAGE, std::string(100000, 'x'), std::string(100000, 'y'));
  EXPECT_EQ(std::string(u2net_last_error()).find_first_not_of('x'), std::string::npos);
  EXPECT_GT(std::string(u2net_last_error()).size(), 1000U);
}

TEST(Status, IsOfTheThread) {
  api::fail(U2NET_USAGE, "mine");
  std::thread([] {
    EXPECT_STREQ(u2net_last_error(), "");
    api::fail(U2NET_USAGE, "theirs");
  }).join();
  EXPECT_STREQ(u2net_last_error(), "mine");
}

}  // namespace
}  // namespace u2net::engine::test
