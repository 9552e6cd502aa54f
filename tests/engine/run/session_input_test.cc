// SPDX-License-Identifier: Apache-2.0
// What a Session says to inputs that do not fit: before anything runs, and not once only.
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

// Two inputs: image float32 [-1,3,8,-1] and bias float32 [3].
struct SessionInputTest : testing::Test {
  Tensor image = picture({1, 3, 8, 8}, 1), bias = picture({3}, 2);
  Session session{model_of(graph(), "static"), {.threads = 1}};

  static Graph graph() {
    GraphBuilder g;
    const ValueId x = g.input("image", {-1, 3, 8, -1}), b = g.input("bias", {3});
    g.output(g.add(x, b, 1));
    return g.graph();
  }
  void expect_refused(const std::vector<TensorView>& inputs,
                      std::initializer_list<std::string_view> parts) {
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape, parts, [&] { session.run(inputs); })) << "new";
    session.run(std::vector{image.view(), bias.view()});
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape, parts, [&] { session.run(inputs); }))
        << "with a plan at hand";
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape, parts, [&] { session.prepare(inputs); }));
  }
};

TEST_F(SessionInputTest, OfAnotherSize) {
  const Tensor wrong = picture({1, 3, 9, 8}, 1);
  expect_refused({wrong.view(), bias.view()}, {"'image'", "[1,3,9,8]", "[-1,3,8,-1]"});
}

TEST_F(SessionInputTest, OfAnotherRank) {
  const Tensor wrong = picture({3, 8, 8}, 1);
  expect_refused({wrong.view(), bias.view()}, {"'image'", "[3,8,8]", "[-1,3,8,-1]"});
}

TEST_F(SessionInputTest, OfAnotherType) {
  const Tensor wrong(DType::kUInt8, {1, 3, 8, 8});
  expect_refused({wrong.view(), bias.view()}, {"'image'", "uint8", "float32"});
}

TEST_F(SessionInputTest, WithTheChannelsLast) {
  const Tensor wrong = picture({1, 8, 8, 3}, 1);
  expect_refused({wrong.view(), bias.view()}, {"'image'", "[1,8,8,3]", "NHWC", "NCHW"});
}

TEST_F(SessionInputTest, WithoutElements) {
  const TensorView wrong{DType::kFloat32, {0, 3, 8, 8}, image.data()};
  expect_refused({wrong, bias.view()}, {"'image'", "[0,3,8,8]"});
}

TEST_F(SessionInputTest, OfNegativeSize) {
  const TensorView wrong{DType::kFloat32, {-1, 3, 8, -1}, image.data()};
  expect_refused({wrong, bias.view()}, {"'image'", "[-1,3,8,-1]"});
}

TEST_F(SessionInputTest, TooFew) {
  expect_refused({image.view()}, {"2 inputs", "got 1"});
  expect_refused({}, {"2 inputs", "got 0"});
}

TEST_F(SessionInputTest, TooMany) {
  expect_refused({image.view(), bias.view(), bias.view()}, {"2 inputs", "got 3"});
}

TEST_F(SessionInputTest, InTheWrongOrder) {
  expect_refused({bias.view(), image.view()}, {"'image'", "[3]"});
}

TEST_F(SessionInputTest, WithoutData) {
  const TensorView empty{DType::kFloat32, {1, 3, 8, 8}, nullptr};
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"no data"}, [&] {
    session.run(std::vector{empty, bias.view()});
  }));
  EXPECT_NO_THROW(session.prepare(std::vector{empty, bias.view()}));
}

TEST_F(SessionInputTest, OfSizesBeyondEveryLimit) {
  const TensorView huge{DType::kFloat32, {std::int64_t{1} << 40, 3, 8, 8}, image.data()};
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"2^34"}, [&] {
    session.run(std::vector{huge, bias.view()});
  }));
}

TEST(SessionInput,
     ThatTheProgramCannotTake) {  // declared as any size, but too small for the window
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, -1, -1});
  g.output(g.conv(x, Tensor(DType::kFloat32, {1, 1, 5, 5})));
  const Tensor small = picture({1, 1, 4, 9}, 1);
  Session session(model_of(g.graph(), "static"), {.threads = 1});
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"[1,1,4,9]", "conv2d", "[1,1,5,5]"},
                         [&] { session.run(std::vector{small.view()}); }));
}

TEST(SessionInput, ThatAProgramOfOneSizeCannotTakeIsTheProgramsFault) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 9});
  g.output(g.conv(x, Tensor(DType::kFloat32, {1, 1, 5, 5})));
  const Tensor fed = picture({1, 1, 4, 9}, 1);
  Session session(model_of(g.graph(), "static"), {.threads = 1});
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"conv2d"},
                         [&] { session.run(std::vector{fed.view()}); }));
}

TEST(SessionInput, SizesThatMakeNoSense) {
  Session session(model_of(fed_size(), "static"), {.threads = 1});
  const Tensor x = picture({1, 1, 4, 4}, 1);
  Tensor size(DType::kInt32, {2});
  size.values<std::int32_t>()[0] = 5;
  for (std::int32_t width : {0, -1, std::numeric_limits<std::int32_t>::min()}) {
    size.values<std::int32_t>()[1] = width;
    EXPECT_TRUE(
        fails_with(ErrorCode::kInputShape, {"nearest_interp_v2", std::to_string(width)}, [&] {
          session.run(std::vector{x.view(), size.view()});
        }));
  }
  size.values<std::int32_t>()[0] = size.values<std::int32_t>()[1] =
      std::numeric_limits<std::int32_t>::max();
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {}, [&] {
    session.run(std::vector{x.view(), size.view()});
  }));
}

}  // namespace
}  // namespace u2net::engine::test
