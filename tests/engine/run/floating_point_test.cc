// SPDX-License-Identifier: Apache-2.0
// The floating-point environment of kernels: numbers below the normal ones are zero in every mode,
// and the caller's environment is not touched.
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <thread>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/diagnostics/verify.h"
#include "kernels/base/float_scope.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/float_environment.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

#ifdef U2NET_TEST_FLOAT_ENVIRONMENT

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr float kTiny = 0x1p-130F;  // below the smallest normal number, 2^-126

// The environment of the calling thread, which a test changes.
class Environment {
 public:
  explicit Environment(std::uint64_t bits) : before_(float_environment()) {
    set_float_environment(bits);
  }
  ~Environment() { set_float_environment(before_); }

 private:
  std::uint64_t before_;
};

class FloatingPoint : public testing::TestWithParam<std::string> {
 protected:
  const std::string& mode() const { return GetParam(); }
};

TEST_P(FloatingPoint, LeavesTheCallersEnvironment) {
  const Tensor x = picture({1, 3, 10, 12}, 4), wrong = picture({1, 4, 10, 12}, 4);
  const TensorView view = x.view(), other = wrong.view();
  const auto model = model_of(every_operator(), mode());
  const std::vector<Tensor> expected = run_fresh(model, {view});
  for (int threads : {1, 3}) {
    const Environment callers(kOfACaller);
    auto session = std::make_unique<Session>(model, SessionOptions{.threads = threads});
    EXPECT_EQ(float_environment(), kOfACaller);
    // Nor does the caller's change what is computed, on its own thread or on others.
    for (int run = 0; run < 2; ++run) {
      const std::vector<TensorView>& got = session->run({&view, 1});
      EXPECT_EQ(float_environment(), kOfACaller);
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_TRUE(same_bits(expected[i].view(), got[i], mode() + " " + std::to_string(i)));
    }
    EXPECT_THROW(session->run({&other, 1}), Error);
    EXPECT_EQ(float_environment(), kOfACaller);
    session.reset();
    EXPECT_EQ(float_environment(), kOfACaller);
  }
}

// Tiny inputs and tiny weights; all that is left is the bias.
TEST_P(FloatingPoint, FlushesTinyOperands) {
  for (const auto& [input, weight] : std::vector<std::pair<float, float>>{
           {kTiny, 1}, {1, kTiny}, {kTiny, kTiny}, {-kTiny, 1}, {0x1p-70F, 0x1p-70F}}) {
    GraphBuilder g;
    const ValueId x = g.input("x", {1, 16, 12, 12});
    Tensor filter(DType::kFloat32, {16, 16, 3, 3}), bias(DType::kFloat32, {1, 16, 1, 1});
    for (float& v : filter.values<float>()) v = weight;
    for (float& v : bias.values<float>()) v = kTiny;
    g.output(g.add(g.conv(x, std::move(filter), {{"paddings", Integers{1, 1}}}),
                   g.constant(std::move(bias))));
    Tensor image(DType::kFloat32, {1, 16, 12, 12});
    for (float& v : image.values<float>()) v = input;
    for (int threads : {1, 3}) {
      std::vector<Tensor> inputs;
      inputs.push_back(copy_of(image.view()));
      const Tensor got =
          std::move(run_graph(g.graph(), inputs, {.mode = mode(), .threads = threads}).front());
      for (float v : got.values<float>()) ASSERT_EQ(v, 0.0F) << mode() << " " << threads;
    }
  }
}

// Batch norms that weight decay has switched off: all modes agree, to the last bit.
TEST_P(FloatingPoint, FlushesFoldedWeights) {
  Random random("decayed");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 8, 12, 12});
  Tensor scale = uniform(random, {16}), bias = uniform(random, {16});
  for (std::size_t c = 0; c < 8; ++c) scale.values<float>()[c] = bias.values<float>()[c] = 1e-39F;
  const ValueId normal = g.batch_norm(
      g.conv(x, integers(random, {16, 8, 3, 3}), {{"paddings", Integers{1, 1}}}),
      {std::move(scale), std::move(bias), integers(random, {16}), uniform(random, {16}, 1, 2)});
  g.output(g.relu(normal));
  std::vector<Tensor> inputs;
  inputs.push_back(integers(random, {1, 8, 12, 12}));
  const Tensor got =
      std::move(run_graph(g.graph(), inputs, {.mode = mode(), .threads = 2}).front());
  for (std::size_t i = 0; i < std::size_t{8} * 144; ++i)
    ASSERT_EQ(got.values<float>()[i], 0.0F) << mode() << " " << i;
}

INSTANTIATE_TEST_SUITE_P(Modes, FloatingPoint, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

// verify() of networks of tiny weights: a transform flushes what a sum of products does not.
TEST(FloatingPointVerify, AllowsForWhatIsFlushed) {
  for (float magnitude : {1e-30F, 1e-37F, 2e-38F}) {
    Random random("tiny weights");
    GraphBuilder g;
    const ValueId x = g.input("x", {1, 8, 13, 13});
    const ValueId a = g.relu(g.conv(x, uniform(random, {16, 8, 3, 3}, -magnitude, magnitude),
                                    {{"paddings", Integers{1, 1}}}));
    const ValueId b = g.conv(a, uniform(random, {16, 16, 3, 3}), {{"paddings", Integers{1, 1}}});
    const ValueId pooled = g.op("pool2d", {{"X", {b}}},
                                {{"pooling_type", std::string("max")},
                                 {"ksize", Integers{2, 2}},
                                 {"strides", Integers{2, 2}}});
    g.output(pooled);
    g.output(g.op("scale", {{"X", {a}}}, {{"scale", 0.5}, {"bias", 1e-38}}));
    const Tensor input = uniform(random, {1, 8, 13, 13});
    const TensorView view = input.view();
    for (const std::string& mode : graph_modes()) {
      for (kernels::CpuFeatures isa : runnable_isas()) {
        if (mode != "native" && isa != kernels::CpuFeatures{}) continue;
        const MaxIsa limit{std::string(kernels::isa_name(isa))};
        const auto model = model_of(g.graph(), mode);
        const VerifyReport report = verify(g.graph(), *model, *find_backend(model->mode().backend),
                                           {&view, 1}, {.threads = 2}, {});
        EXPECT_TRUE(report.passed())
            << mode << " " << magnitude << " " << report.nodes.back().name << " "
            << report.nodes.back().type << " " << report.nodes.back().max_error << " of "
            << report.nodes.back().bound;
      }
    }
  }
}

TEST(FloatScopes, AreLeftByExceptions) {
  const Environment callers(kOfACaller);
  try {
    const kernels::FloatScope floats;
    EXPECT_EQ(float_environment() & ~kFlags, kOfKernels);
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(float_environment(), kOfACaller);
}

TEST(FloatScopes, HoldOnEveryThreadOfAPool) {
  const Environment callers(kOfACaller);
  kernels::ThreadPool pool(4);
  std::vector<std::uint64_t> seen(64, 0);
  pool.for_each_task(64, [&](std::int64_t task, int) {
    seen[static_cast<std::size_t>(task)] = float_environment() & ~kFlags;
  });
  for (std::uint64_t bits : seen) EXPECT_EQ(bits, kOfKernels);
  pool.for_each_task(1, [&](std::int64_t, int) { seen[0] = float_environment() & ~kFlags; });
  EXPECT_EQ(seen[0], kOfKernels);
  EXPECT_EQ(float_environment(), kOfACaller);
}

}  // namespace
}  // namespace u2net::engine::test
#endif
