// SPDX-License-Identifier: Apache-2.0
// Programs that would be much larger as messages than as files.
#include "loader/paddle/program_size.h"

#include <gtest/gtest.h>

#include <string>

#include "loader/limits.h"
#include "tests/loader/loading.h"
#include "tests/loader/wire_bytes.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using namespace std::string_literals;

std::string times(std::size_t count, const std::string& bytes) {
  std::string all;
  all.reserve(count * bytes.size());
  for (std::size_t i = 0; i < count; ++i) all += bytes;
  return all;
}

MessageSize measure(const std::string& bytes) {
  return measure_message(std::as_bytes(std::span(bytes)), program_shape());
}

testing::AssertionResult program_refused(const std::string& program, std::string_view part) {
  return fails_with(ErrorCode::kModelLimit, {"m.pdmodel", part}, [&] { load_bytes(program, {}); });
}

TEST(ProgramSize, OfAnHonestProgramIsSmall) {
  const std::string bytes = small_program().program();
  EXPECT_LT(measure(bytes).bytes, 100'000U);
  EXPECT_EQ(measure(bytes).connections, 12U);  // feed 2, conv2d 3, add 3, relu 2, fetch 2
}

// Never less than what protobuf says of its messages.
TEST(ProgramSize, IsNotLessThanTheMessages) {
  ProgramBuilder b = small_program();
  for (int i = 0; i < 50; ++i)
    b.op("relu", {{"X", {"out"}}}, {{"Out", {"o" + std::to_string(i)}}},
         {{"list", std::vector<std::int64_t>(100, i)},
          {"text", std::string("a text of more than fifteen bytes")}});
  EXPECT_GT(measure(b.program()).bytes, b.desc().ByteSizeLong());
  EXPECT_GT(measure(b.program()).bytes, 50 * (sizeof(proto::OpDesc) + 100 * sizeof(std::int32_t)));
}

// Everything that a few bytes can say often: messages, texts and numbers.
TEST(ProgramSize, BombsAreRefusedBeforeTheyAreRead) {
  constexpr std::size_t kMany = 4'000'000;
  const std::string attr = field(1, "a") + "\x10\x03";  // name, type INTS
  const std::string in_op[] = {times(kMany, field(4, "")),
                               times(kMany, field(1, "")),
                               field(1, times(kMany, field(2, ""))),
                               field(4, attr + times(kMany, field(8, ""))),
                               field(4, attr + field(6, std::string(kMany, '\0'))),
                               field(4, attr + times(kMany, "\x30\x01"))};
  for (const std::string& op : in_op) {
    EXPECT_TRUE(program_refused(field(1, field(4, op)), "MiB")) << op.substr(0, 20);
  }
  for (int number : {3, 4}) {
    EXPECT_TRUE(program_refused(field(1, times(kMany, field(number, ""))), "MiB")) << number;
  }
  EXPECT_TRUE(program_refused(times(kMany, field(1, "")), "MiB"));
}

TEST(ProgramSize, ConnectionsAreLimited) {
  const auto program = [](std::size_t operands) {
    const std::string slot = field(1, "X") + times(operands, field(2, "x"));
    return field(1, "\x08\x00\x10\x00"s + field(4, field(1, slot) + field(3, "concat")));
  };
  EXPECT_TRUE(program_refused(program(kMaxConnections + 1), "400001 operands"));
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"fetch"},
                         [&] { load_bytes(program(kMaxConnections), {}); }));
}

TEST(ProgramSize, OfDamagedBytesIsThatOfTheirBeginning) {
  const std::string bytes = small_program().program();
  for (std::size_t end = 0; end < bytes.size(); ++end)
    EXPECT_LE(measure(bytes.substr(0, end)).bytes, measure(bytes).bytes) << end;
  EXPECT_EQ(measure(std::string(20, '\xff')).connections, 0U);
}

TEST(LoadedModel, KnowsHowLargeItsFilesWere) {
  const ProgramBuilder b = small_program();
  EXPECT_EQ(load(b).graph.file_bytes, b.program().size() + b.parameters().size());
  const std::string program = b.program(), parameters = b.parameters();
  const LoadedModel loaded = load_model({.program = std::as_bytes(std::span(program)),
                                         .parameters = std::as_bytes(std::span(parameters))});
  EXPECT_EQ(loaded.graph.file_bytes, program.size() + parameters.size());
}

}  // namespace
}  // namespace u2net::engine::test
