// SPDX-License-Identifier: Apache-2.0
// Bytes that are protobuf, but not as we know it.
#include <gtest/gtest.h>

#include <string>

#include "tests/loader/loading.h"
#include "tests/loader/wire_bytes.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using namespace std::string_literals;

// What follows a whole program.
testing::AssertionResult tail_refused(const std::string& appended) {
  const ProgramBuilder b = small_program();
  return fails_with(ErrorCode::kModelFormat, {"m.pdmodel", "damaged"},
                    [&] { load_files(b.program() + appended, b.parameters()); });
}

testing::AssertionResult accepted(const std::string& appended) {
  const ProgramBuilder b = small_program();
  try {
    load_files(b.program() + appended, b.parameters());
  } catch (const Error& e) {
    return testing::AssertionFailure() << e.what();
  }
  return testing::AssertionSuccess();
}

TEST(Wire, VarintsOfTenBytesAtMost) {
  const std::string tag = "\x98\x06";  // field 99, a number
  EXPECT_TRUE(accepted(tag + std::string(9, '\xff') + '\x01'));
  EXPECT_TRUE(accepted(tag + "\x80\x00"s));  // longer than needed
  EXPECT_TRUE(tail_refused(tag + std::string(10, '\xff') + '\x01'));
  EXPECT_TRUE(tail_refused(tag + std::string(100, '\x80') + '\x01'));
  EXPECT_TRUE(tail_refused(tag + std::string(9, '\xff')));  // cut
}

TEST(Wire, LengthsBeyondTheEnd) {
  for (const std::string length : {"\x01", "\x7f", "\xff\xff\xff\xff\x07", "\xff\xff\xff\xff\x0f",
                                   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
    EXPECT_TRUE(tail_refused("\x9a\x06" + length)) << length.size();
    EXPECT_TRUE(tail_refused("\x0a" + length)) << length.size();
  }
}

TEST(Wire, TagsThatDoNotExist) {
  EXPECT_TRUE(tail_refused("\x00"s));          // field 0
  EXPECT_TRUE(tail_refused("\x02\x00"s));      // field 0 with a length
  EXPECT_TRUE(tail_refused("\x9e\x06\x00"s));  // wire type 6
  EXPECT_TRUE(tail_refused("\x9f\x06\x00"s));  // wire type 7
}

TEST(Wire, GroupsOfNobody) {
  EXPECT_TRUE(tail_refused("\x9b\x06"));          // begins, never ends
  EXPECT_TRUE(tail_refused("\x9c\x06"));          // ends, never began
  EXPECT_TRUE(tail_refused("\x9b\x06\xa4\x06"));  // ends as another
}

TEST(Wire, NestingIsLimited) {
  std::string groups, messages;
  for (int i = 0; i < 100000; ++i) groups += "\x9b\x06";
  for (int i = 0; i < 100000; ++i) groups += "\x9c\x06";
  EXPECT_TRUE(tail_refused(groups));
  // BlockDesc > OpDesc > Attr > Scalar is as deep as it goes; deeper fields are unknown, hence
  // bytes.
  for (int i = 0; i < 1000; ++i) messages = field(1, messages);
  EXPECT_TRUE(tail_refused(messages));
}

TEST(Wire, FieldsOfTheWrongWireType) {
  ProgramBuilder b = small_program();
  // ProgramDesc.blocks as a number: protobuf keeps it as an unknown field, the block is still
  // there.
  EXPECT_TRUE(accepted("\x08\x05"));
  // A program that has nothing but that has no block.
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"no block"},
                         [&] { load_files("\x20\x05\x22\x00"s, b.parameters()); }));
}

TEST(Wire, TextThatIsNotUtf8) {
  ProgramBuilder b;
  b.feed("\xff\xfe", {1});
  b.variable("\x80");
  b.op("relu", {{"X", {"\xff\xfe"}}}, {{"Out", {"\x80"}}});
  b.fetch("\x80");
  EXPECT_EQ(load(b).graph.outputs[0].name, "\x80");
}

TEST(Wire, MessagesInPieces) {  // protobuf merges them
  const ProgramBuilder b = small_program();
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"2 blocks", "block 1"},
                         [&] { load_files(b.program() + b.program(), b.parameters()); }));
  EXPECT_TRUE(accepted(field(4, "\x08\x01")));  // another version
}

}  // namespace
}  // namespace u2net::engine::test
