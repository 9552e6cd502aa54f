// SPDX-License-Identifier: Apache-2.0
// Session: copies and borrowed memory, names, refusals, one thread at a time.
#include <atomic>
#include <cstdlib>
#include <thread>

#include "kernels/base/processors.h"
#include "tests/api/small_model.h"

namespace u2net::engine::test {
namespace {

class ApiSession : public testing::Test {
 protected:
  api::Model model{small_config()};
  api::Session session{model, {.threads = 1}};
};

TEST(ApiModes, GiveWhatTheEngineGives) {
  for (api::Mode mode : graph_modes()) {
    api::Session session(api::Model(small_config(mode)), {.threads = 2});
    for (std::int64_t batch : {1, 3}) {
      const api::Tensor x = image(batch, 7);
      session.set_input("image", x);
      session.run();
      const api::Tensor out = session.output("out");
      EXPECT_EQ(out.shape(), (api::Shape{batch, 4, 8, 8}));
      EXPECT_EQ(floats(out), expected_output(x, mode)) << api::mode_name(mode);
    }
  }
}

TEST(ApiPrecision, IsAPermission) {
  const api::Tensor x = image(1, 5);
  for (api::Precision asked : {api::Precision::kF32, api::Precision::kBf16, api::Precision::kBf16x3,
                               api::Precision::kMixed}) {
    EXPECT_EQ(api::precision_from_name(api::precision_name(asked)), asked);
    api::Session session(api::Model(small_config().set_precision(asked)), {.threads = 1});
    session.set_input("image", x);
    const api::Precision taken = session.precision();
    EXPECT_TRUE(taken == asked || taken == api::Precision::kF32);
    session.run();
    if (taken == api::Precision::kF32) {
      EXPECT_EQ(floats(session.borrow_output(0)), expected_output(x, api::Mode::kNative));
    }
  }
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"'half'", "bf16x3"},
                        [] { api::precision_from_name("half"); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"7"},
                        [] { small_config().set_precision(static_cast<api::Precision>(7)); }));
}

TEST_F(ApiSession, SetInputCopies) {
  api::Tensor x = image(1, 1);
  const std::vector<float> expected = expected_output(x, api::Mode::kNative);
  session.set_input("image", x);
  std::fill_n(x.data<float>(), x.size(), 100.0F);
  session.run();
  EXPECT_EQ(floats(session.borrow_output(0)), expected);
}

TEST_F(ApiSession, BorrowInputSeesWhatIsThereAtTheRun) {
  api::Tensor x(api::DType::kFloat32, {1, 3, 8, 8});
  session.borrow_input("image", x);
  const api::Tensor later = image(1, 2);
  std::copy_n(later.data<float>(), later.size(), x.data<float>());
  session.run();
  EXPECT_EQ(floats(session.borrow_output(0)), expected_output(later, api::Mode::kNative));
}

TEST_F(ApiSession, OutputsAreCopiesAndBorrowedOnesAreNot) {
  const api::Tensor a = image(1, 3), b = image(1, 4);
  session.set_input(0, a);
  session.run();
  const api::Tensor kept = session.output(0);
  const api::TensorView& borrowed = session.borrow_output(0);
  session.set_input(0, b);
  session.run();
  EXPECT_EQ(floats(kept), expected_output(a, api::Mode::kNative));
  EXPECT_EQ(floats(borrowed), expected_output(b, api::Mode::kNative));
}

TEST_F(ApiSession, RunsAllAtOnce) {
  const api::Tensor x = image(2, 5);
  const std::vector<api::Tensor> outputs = session.run({x});
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(floats(outputs[0]), expected_output(x, api::Mode::kNative));
  // What was borrowed for the call is forgotten.
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"'image'", "not set"}, [&] { session.run(); }));
}

TEST_F(ApiSession, NamesWhatItDoesNotKnow) {
  const api::Tensor x = image(1, 1);
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"'picture'", "'image'"},
                        [&] { session.set_input("picture", x); }));
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"input 1"}, [&] { session.set_input(1, x); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"before a run"}, [&] { session.output(0); }));
  session.run({x});
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"'d0'", "'out'"}, [&] { session.output("d0"); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"output 1"}, [&] { session.output(1); }));
}

TEST_F(ApiSession, RefusesWrongInputsAndKeepsTheOldOne) {
  const api::Tensor x = image(1, 6);
  session.set_input(0, x);
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"'image'", "[1,8,8,3]", "[-1,3,8,8]", "NHWC"}, [&] {
        session.set_input(0, api::Tensor(api::DType::kFloat32, {1, 8, 8, 3}));
      }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"int64", "float32"}, [&] {
    session.set_input(0, api::Tensor(api::DType::kInt64, {1, 3, 8, 8}));
  }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"no data"}, [&] {
    session.borrow_input(0, api::TensorView(api::DType::kFloat32, {1, 3, 8, 8}, nullptr));
  }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"1 inputs, got 2"}, [&] {
    session.run({x, x});
  }));
  session.run();
  EXPECT_EQ(floats(session.borrow_output(0)), expected_output(x, api::Mode::kNative));
}

TEST_F(ApiSession, OutlivesTheModelHandleAndClones) {
  const api::Tensor x = image(1, 8);
  auto made = std::make_unique<api::Model>(small_config());
  api::Session first(*made, {.threads = 2});
  made.reset();
  api::Session second = first.clone();
  EXPECT_EQ(second.threads(), 2);
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"not set"}, [&] { second.run(); }));
  EXPECT_EQ(floats(first.run({x})[0]), floats(second.run({x})[0]));
  first = std::move(second);
  EXPECT_EQ(floats(first.run({x})[0]), expected_output(x, api::Mode::kNative));
}

TEST_F(ApiSession, KeepsToItsMemory) {
  const api::Tensor x = image(1, 9);
  session.set_input(0, x);
  const std::size_t needed = session.memory_bytes();
  EXPECT_GT(needed, 0U);
  api::Session enough(model, {.threads = 1, .max_memory = needed});
  EXPECT_NO_THROW(enough.run({x}));
  api::Session little(model, {.threads = 1, .max_memory = 1});
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelLimit, {"MiB"}, [&] { little.run({x}); }));
}

TEST_F(ApiSession, TakesThreadsFromTheConfigUnlessTold) {
  const api::Model three(small_config().set_threads(3));
  EXPECT_EQ(api::Session(three).threads(), 3);
  EXPECT_EQ(api::Session(three, {.threads = 2}).threads(), 2);
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kUsage, {"300"}, [&] { api::Session(three, {.threads = 300}); }));
}

// Mode onednn's OpenMP does so; the others follow.
TEST(ApiThreads, FollowTheEnvironmentWhereNobodySays) {
  const char* before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before ? before : "";
  for (api::Mode mode : graph_modes()) {
    const api::Model open(small_config(mode)), two(small_config(mode).set_threads(2));
    ::setenv("OMP_NUM_THREADS", "3,2", 1);
    EXPECT_EQ(api::Session(open).threads(), 3) << api::mode_name(mode);
    EXPECT_EQ(api::Session(open, {.threads = 1}).threads(), 1) << api::mode_name(mode);
    EXPECT_EQ(api::Session(two).threads(), 2) << api::mode_name(mode);
    ::setenv("OMP_NUM_THREADS", "none", 1);
    EXPECT_EQ(api::Session(open).threads(), kernels::allowed_processors()) << api::mode_name(mode);
  }
  ::unsetenv("OMP_NUM_THREADS");
  if (before) ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
}

// Whoever comes second is told so, and the first one's results are right.
TEST_F(ApiSession, NoticesASecondThread) {
  const api::Tensor x = image(64, 10);
  const std::vector<float> expected = expected_output(x, api::Mode::kNative);
  session.set_input(0, x);
  std::atomic<int> refused{0}, done{0};
  const auto hammer = [&] {
    while (refused == 0 && done < 100000) {
      try {
        session.run();
        ++done;
      } catch (const api::Error& e) {
        if (e.code() == api::ErrorCode::kUsage) ++refused;
      }
    }
  };
  std::thread other(hammer);
  hammer();
  other.join();
  EXPECT_GT(refused, 0);
  session.run();
  EXPECT_EQ(floats(session.borrow_output(0)), expected);
}

TEST(ApiTensor, ChecksTypesAndShapes) {
  api::Tensor t(api::DType::kInt32, {2, 3});
  EXPECT_EQ(t.size(), 6U);
  EXPECT_EQ(t.bytes(), 24U);
  EXPECT_EQ(t.data<std::int32_t>()[5], 0);
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"int32", "float32"}, [&] { t.data<float>(); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"2^34"}, [] {
    api::element_count({1 << 16, 1 << 16, 8});
  }));
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"negative"}, [] { api::element_count({-1}); }));
  EXPECT_EQ(api::to_string(api::Shape{1, 3}), "[1,3]");
  EXPECT_EQ(api::dtype_name(api::DType::kUInt8), "uint8");
}

}  // namespace
}  // namespace u2net::engine::test
