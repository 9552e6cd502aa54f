// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

#include "loader/paddle/ops/paddle_ops.h"
#include "tests/engine/allocation_counter.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

void expect_same_bits(const std::vector<Tensor>& expected, const std::vector<TensorView>& got,
                      const std::string& repro) {
  ASSERT_EQ(expected.size(), got.size()) << repro;
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_TRUE(same_bits(expected[i].view(), got[i], repro + " output " + std::to_string(i)));
  }
}

class SessionTest : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Model> every = model_of(every_operator(), GetParam());
};

TEST_P(SessionTest, UsesEveryOperator) {
  std::vector<std::string> missing;
  const Graph graphs[] = {every_operator(), every_movement(), every_kind_of_number()};
  for (const PaddleOp* op : paddle_ops()) {
    bool used = false;
    for (const Graph& graph : graphs) {
      for (const Node& node : graph.nodes) used = used || &node.op->type() == op->type;
    }
    if (!used) missing.emplace_back(op->name);
  }
  EXPECT_EQ(missing, std::vector<std::string>());
}

TEST_P(SessionTest, GivesTheSameTwice) {
  Session session(every, {.threads = 2});
  const Tensor x = picture({2, 3, 13, 18}, 1);
  const std::vector<Tensor> first = copies_of(session.run(std::vector{x.view()}));
  expect_same_bits(first, session.run(std::vector{x.view()}), GetParam());
}

TEST_P(SessionTest, GivesTheSameForAnyNumberOfThreads) {
  const Tensor x = picture({1, 3, 33, 29}, 2);
  const std::vector<Tensor> one = run_fresh(every, {x.view()});
  for (int threads : {2, 3, 5}) {
    Session session(every, {.threads = threads});
    EXPECT_EQ(session.threads(), threads);
    expect_same_bits(one, session.run(std::vector{x.view()}),
                     GetParam() + " threads " + std::to_string(threads));
  }
}

TEST_P(SessionTest, GivesTheSameWhereverItsInputLies) {
  const Tensor x = picture({1, 3, 16, 20}, 3);
  const std::vector<Tensor> expected = run_fresh(every, {x.view()});
  Session session(every, {.threads = 1});
  for (std::size_t offset = 0; offset < 64; offset += 4) {
    Tensor room(DType::kInt8, {static_cast<std::int64_t>(x.bytes()) + 64});
    std::memcpy(room.data() + offset, x.data(), x.bytes());
    expect_same_bits(
        expected, session.run(std::vector{TensorView{x.dtype(), x.shape(), room.data() + offset}}),
        GetParam() + " offset " + std::to_string(offset));
  }
}

// More sizes than the plan cache holds, each met again and again, from larger to smaller and back.
TEST_P(SessionTest, KeepsSizesApart) {
  Session session(every, {.threads = 2});
  std::vector<Tensor> inputs;
  std::vector<std::vector<Tensor>> expected;
  for (std::int64_t i = 0; i < 11; ++i) {
    inputs.push_back(
        picture({1 + i % 3, 3, 8 + (7 * i) % 11, 9 + (5 * i) % 13}, static_cast<std::uint64_t>(i)));
    expected.push_back(run_fresh(every, {inputs.back().view()}));
  }
  for (std::size_t i = 0; i < 60; ++i) {
    const std::size_t which = i * i % 11;
    expect_same_bits(expected[which], session.run(std::vector{inputs[which].view()}),
                     GetParam() + " run " + std::to_string(i));
  }
}

TEST_P(SessionTest, DoesNotRememberWhatItComputedBefore) {
  Session session(every, {.threads = 1});
  const Tensor x = picture({1, 3, 12, 12}, 4);
  const std::vector<Tensor> expected = run_fresh(every, {x.view()});
  Tensor poison(DType::kFloat32, {1, 3, 12, 12});
  std::fill(poison.values<float>().begin(), poison.values<float>().end(),
            std::numeric_limits<float>::quiet_NaN());
  session.run(std::vector{poison.view()});
  expect_same_bits(expected, session.run(std::vector{x.view()}), GetParam());
}

TEST_P(SessionTest, ReadsItsInputAnewEveryTime) {
  Session session(every, {.threads = 1});
  Tensor x = picture({1, 3, 12, 12}, 5);
  session.run(std::vector{x.view()});
  const Tensor other = picture({1, 3, 12, 12}, 6);
  std::memcpy(x.data(), other.data(), x.bytes());
  expect_same_bits(run_fresh(every, {other.view()}), session.run(std::vector{x.view()}),
                   GetParam());
}

TEST_P(SessionTest, LeavesItsInputAlone) {
  for (Graph graph : {every_operator()}) {
    const Tensor x = picture({1, 3, 12, 12}, 7);
    const Tensor before = copy_of(x.view());
    run_fresh(model_of(graph, GetParam()), {x.view()});
    EXPECT_TRUE(same_bits(before.view(), x.view(), GetParam()));
  }
  GraphBuilder g;  // operators that could run in place, on the input itself
  const ValueId x = g.input("x", {1, 4, 3, 3}), relu = g.relu(x);
  g.output(g.op("reshape2", {{"X", {relu}}}, {{"shape", std::vector<std::int64_t>{-1}}}));
  g.output(g.op("sigmoid", {{"X", {x}}}));
  g.output(g.op("scale", {{"X", {relu}}}, {{"scale", 2.0}}));
  g.output(relu);
  const Tensor fed = picture({1, 4, 3, 3}, 8), before = copy_of(fed.view());
  const std::vector<Tensor> got = run_fresh(model_of(g.graph(), GetParam()), {fed.view()});
  EXPECT_TRUE(same_bits(before.view(), fed.view(), GetParam()));
  for (std::size_t i = 0; i < 36; ++i) {
    const float positive = std::max(before.values<float>()[i], 0.0F);
    EXPECT_EQ(got[0].values<float>()[i], positive);
    EXPECT_EQ(got[2].values<float>()[i], 2 * positive);
    EXPECT_EQ(got[3].values<float>()[i], positive);
  }
}

// The same shapes, other sizes asked for: the plan depends on the elements of an input.
TEST_P(SessionTest, PlansByValueWhereAValueDecides) {
  const std::shared_ptr<const Model> model = model_of(fed_size(), GetParam());
  Session session(model, {.threads = 1});
  const Tensor x = picture({1, 1, 4, 5}, 9);
  Tensor size(DType::kInt32, {2});
  for (const auto& [h, w] : {std::pair{3, 7}, {8, 2}, {3, 7}, {4, 5}, {8, 2}, {1, 1}}) {
    size.values<std::int32_t>()[0] = h;
    size.values<std::int32_t>()[1] = w;
    const std::vector<TensorView> inputs = {x.view(), size.view()};
    const std::vector<TensorView>& got = session.run(inputs);
    EXPECT_EQ(got[0].shape, (Shape{1, 1, h, w}));
    expect_same_bits(run_fresh(model, inputs), got, GetParam());
  }
}

// oneDNN keeps the last 1024 primitives of the process: with fewer, what it holds stays the same
// here.
const bool kSmallPrimitiveCache = ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8", 1) == 0;

// However many sizes it has seen: a batch service would grow without end.
TEST_P(SessionTest, KeepsABoundedNumberOfPlans) {
  ASSERT_TRUE(kSmallPrimitiveCache);
  Session session(every, {.threads = 1});
  const auto run_sizes = [&](std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const Tensor x = picture({1, 3, 8 + i, 9}, 1);
      session.run(std::vector{x.view()});
    }
    return allocations_alive();
  };
  const std::int64_t after_16 = run_sizes(16);
  const std::int64_t after_48 = run_sizes(48);
  // As many plans, of the same graph: about as many allocations. Without a bound there would be
  // thrice as many; libraries may keep a few of their own.
  EXPECT_LE(after_48, after_16 + 200);
}

TEST_P(SessionTest, PreparesWithoutRunning) {
  Session session(every, {.threads = 1});
  const Plan& plan =
      session.prepare(std::vector{TensorView{DType::kFloat32, {1, 3, 24, 24}, nullptr}});
  EXPECT_FALSE(plan.steps.empty());
  EXPECT_GE(plan.arena_bytes, plan.live_bytes);
  EXPECT_EQ(plan.outputs.size(), every_operator().outputs.size());
  for (const PlannedStep& step : plan.steps) {
    EXPECT_FALSE(step.type.empty());
    EXPECT_FALSE(step.step->implementation().empty());
  }
}

TEST_P(SessionTest, ReusesMemory) {
  Session session(every, {.threads = 1});
  const Plan& plan =
      session.prepare(std::vector{TensorView{DType::kFloat32, {1, 3, 64, 64}, nullptr}});
  EXPECT_LT(plan.arena_bytes, plan.total_bytes);
  EXPECT_LE(static_cast<double>(plan.arena_bytes), 1.25 * static_cast<double>(plan.live_bytes));
}

TEST_P(SessionTest, HoldsItsMemoryToTheLimit) {
  const std::vector<TensorView> inputs = {{DType::kFloat32, {1, 3, 128, 128}, nullptr}};
  const std::size_t needed = Session(every, {.threads = 1}).prepare(inputs).arena_bytes;
  ASSERT_GT(needed, std::size_t{1} << 20);
  EXPECT_NO_THROW(Session(every, {.threads = 1, .max_arena_bytes = needed}).prepare(inputs));
  Session tight(every, {.threads = 1, .max_arena_bytes = needed - 1});
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"MiB", "limit"}, [&] { tight.prepare(inputs); }));
  const Tensor small = picture({1, 3, 8, 8}, 1);  // and goes on with what fits
  expect_same_bits(run_fresh(every, {small.view()}), tight.run(std::vector{small.view()}),
                   GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, SessionTest, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

TEST(Session, TakesEveryProcessorByDefault) {
  EXPECT_EQ(Session(model_of(fed_size(), "static")).threads(), kernels::allowed_processors());
}

TEST(Session, GivesInputsAndConstantsThatAreFetched) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2}),
                weight = g.constant(Tensor::from<float>({2}, std::vector<float>{5, 6}));
  g.output(x);
  g.output(weight);
  g.output(x);
  const Tensor fed = Tensor::from<float>({2}, std::vector<float>{1, 2});
  for (const std::string& mode : graph_modes()) {
    const std::vector<Tensor> got = run_fresh(model_of(g.graph(), mode), {fed.view()});
    EXPECT_TRUE(same_bits(fed.view(), got[0].view(), mode));
    EXPECT_EQ(got[1].values<float>()[1], 6) << mode;
    EXPECT_TRUE(same_bits(fed.view(), got[2].view(), mode));
    EXPECT_NE(got[0].data(), fed.data());
  }
}

// At most so much more address space than now, while the object lives.
class LimitedMemory {
 public:
  explicit LimitedMemory(rlim_t more_bytes) {
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more_bytes,
                       before_.rlim_max};
    setrlimit(RLIMIT_AS, &limit);
  }
  ~LimitedMemory() { setrlimit(RLIMIT_AS, &before_); }
  LimitedMemory(const LimitedMemory&) = delete;
  LimitedMemory& operator=(const LimitedMemory&) = delete;

 private:
  rlimit before_{};
};

// oneDNN prepares a convolution in memory that grows with the image.
TEST(Session, RefusesActivationsBeforeTheBackendPreparesThem) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer reserves all address space";
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 8, 1, 2});
  const ValueId large = g.op("nearest_interp_v2", {{"X", {x}}},
                             {{"out_h", std::int64_t{2}}, {"out_w", std::int64_t{100'000'000}}});
  g.output(g.conv(large, Tensor(DType::kFloat32, {4, 8, 3, 3}),
                  {{"paddings", std::vector<std::int64_t>{1, 1}}}));
  const Tensor fed(DType::kFloat32, {1, 8, 1, 2});
  const TensorView view = fed.view();
  for (const std::string& mode : graph_modes()) {
    Session session(model_of(g.graph(), mode),
                    {.threads = 1, .max_arena_bytes = std::size_t{64} << 20});
    const LimitedMemory limit(rlim_t{512} << 20);
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"the activations need", "the limit is 64 MiB"},
                           [&] {
                             session.prepare({&view, 1});
                           }))
        << mode;
  }
}

TEST(Session, RunsTensorsWithoutElements) {
  GraphBuilder g;
  const ValueId x = g.input("x", {3, 4});
  const ValueId none = g.op("slice", {{"Input", {x}}},
                            {{"axes", std::vector<std::int64_t>{0}},
                             {"starts", std::vector<std::int64_t>{1}},
                             {"ends", std::vector<std::int64_t>{1}}});
  const ValueId cast = g.op("cast", {{"X", {g.relu(none)}}}, {{"out_dtype", std::int64_t{5}}});
  g.output(g.op("reshape2", {{"X", {cast}}}, {{"shape", std::vector<std::int64_t>{-1}}}));
  g.output(g.op("concat", {{"X", {none, x}}}));
  const Tensor fed = picture({3, 4}, 1);
  for (const std::string& mode : graph_modes()) {
    const std::vector<Tensor> got = run_fresh(model_of(g.graph(), mode), {fed.view()});
    EXPECT_EQ(got[1].shape(), (Shape{3, 4})) << mode;
    EXPECT_TRUE(same_bits(fed.view(), got[1].view(), mode));
  }
}

}  // namespace
}  // namespace u2net::engine::test
