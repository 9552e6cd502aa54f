// SPDX-License-Identifier: Apache-2.0
// Programs of a few operators that would take gigabytes or hours to fold or to plan: they load, and
// run if their run is small; or they are refused by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/graph/infer.h"
#include "engine/passes/pass.h"
#include "engine/run/session.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// x + one element of each of many constants that are 4 MiB each, made of one weight of 4 bytes.
struct Expanding {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 1, 2, 2}), seed = g.constant(picture({1, 1, 1, 1}, 2));

  ValueId expand(std::int64_t side = 1024) {
    return g.op("nearest_interp_v2", {{"X", {seed}}}, {{"out_h", side}, {"out_w", side}});
  }
  ValueId corner(ValueId from) {
    return g.op("slice", {{"Input", {from}}},
                {{"axes", Integers{2, 3}}, {"starts", Integers{0, 0}}, {"ends", Integers{1, 1}}});
  }
};

std::size_t limit_of(const Graph& graph) { return memory_limit(constant_bytes(graph)); }

// Of the constants that a plan keeps besides those of the model.
std::size_t plan_bytes(const Model& model, const Plan& plan) {
  std::map<const void*, std::size_t> bytes;
  for (const Plan::Buffer& buffer : plan.buffers) {
    if (buffer.constant) bytes[buffer.constant.get()] = buffer.bytes;
  }
  for (const Value& value : model.graph().values) {
    if (value.constant) bytes.erase(value.constant->data());
  }
  std::size_t sum = 0;
  for (const auto& [memory, size] : bytes) sum += size;
  return sum;
}

// Loads and plans the graph in every mode within the memory of its weights; the outputs agree.
void expect_bounded(const GraphBuilder& g, const std::vector<Tensor>& fed) {
  std::vector<Tensor> expected;
  for (const std::string& mode : graph_modes()) {
    const auto model = std::make_shared<Model>(
        g.graph(), ModelOptions{.mode = mode, .disabled_passes = {}, .pass_log = nullptr});
    EXPECT_LE(constant_bytes(model->graph()), limit_of(g.graph())) << mode;
    Session session(model, {.threads = 1});
    const std::vector<TensorView> inputs = views_of(fed);
    EXPECT_LE(constant_bytes(model->graph()) + plan_bytes(*model, session.prepare(inputs)),
              limit_of(g.graph()))
        << mode;
    const std::vector<Tensor> outputs = copies_of(session.run(inputs));
    if (expected.empty()) expected = copies_of(session.run(inputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ASSERT_EQ(outputs[i].shape(), expected[i].shape()) << mode;
      for (std::int64_t k = 0; k < outputs[i].size(); ++k)
        ASSERT_NEAR(outputs[i].values<float>()[k], expected[i].values<float>()[k], 1e-4) << mode;
    }
  }
}

// As many as fit are folded, and the others computed in each run.
TEST(HostileGraphs, ManyLargeConstants) {
  Expanding e;
  ValueId sum = e.x;
  for (int i = 0; i < 36; ++i) sum = e.g.add(sum, e.corner(e.expand()));
  e.g.output(sum);
  std::vector<Tensor> fed;
  fed.push_back(picture({1, 1, 2, 2}, 1));
  expect_bounded(e.g, fed);
  Graph graph = e.g.graph();
  fold_constants(graph);
  EXPECT_LT(graph.nodes.size(), e.g.graph().nodes.size() - 20);  // what fits is folded as ever
}

TEST(HostileGraphs, ALargeConstantOfALargeConstant) {
  Expanding e;
  ValueId large = e.expand();
  for (int i = 0; i < 36; ++i) large = e.g.relu(large);
  e.g.output(e.g.add(e.x, e.corner(large)));
  std::vector<Tensor> fed;
  fed.push_back(picture({1, 1, 2, 2}, 1));
  expect_bounded(e.g, fed);
}

// A value a thousand times, and that a thousand times.
TEST(HostileGraphs, ConstantsThatMultiply) {
  Expanding e;
  ValueId wide = e.seed;
  for (int i = 0; i < 3; ++i)
    wide = e.g.op("concat", {{"X", std::vector<ValueId>(1000, wide)}}, {{"axis", std::int64_t{1}}});
  e.g.output(e.g.relu(e.x));
  Graph graph = e.g.graph();
  const std::size_t before = constant_bytes(graph);
  fold_constants(graph);
  EXPECT_LE(constant_bytes(graph), memory_limit(before));
  EXPECT_EQ(graph.constant(wide), nullptr);
}

// 10^13 sums, in nothing that is counted as a product: left to the run, which nobody asks for.
TEST(HostileGraphs, WindowsOfAConstant) {
  Expanding e;
  e.g.op("pool2d", {{"X", {e.expand(2048)}}},
         {{"pooling_type", std::string("avg")},
          {"ksize", Integers{2047, 2047}},
          {"padding_algorithm", std::string("SAME")}});
  e.g.output(e.g.relu(e.x));
  std::vector<Tensor> fed;
  fed.push_back(picture({1, 1, 2, 2}, 1));
  Graph graph = e.g.graph();
  fold_constants(graph);
  EXPECT_EQ(graph.nodes.size(), 2U);
}

// Work counts in total: one of these windows is nothing.
TEST(HostileGraphs, ManyWindowsOfAConstant) {
  Expanding e;
  const ValueId plane = e.expand(64);
  for (int i = 0; i < 2000; ++i) {
    e.g.op("pool2d", {{"X", {plane}}},
           {{"pooling_type", std::string("max")},
            {"ksize", Integers{63, 63}},
            {"padding_algorithm", std::string("SAME")}});
  }
  e.g.output(e.g.relu(e.x));
  Graph graph = e.g.graph();
  fold_constants(graph);
  EXPECT_GT(graph.nodes.size(), 1000U);
  EXPECT_LT(graph.nodes.size(), 2000U);
}

// Every batch norm would make another filter of the one that all convolutions share.
TEST(HostileGraphs, OneFilterOfManyConvolutions) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 64, 2, 2}),
                filter = g.constant(picture({64, 64, 8, 8}, 1));  // 1 MiB
  std::array<ValueId, 4> statistics;
  for (ValueId& statistic : statistics) {
    statistic = g.constant(Tensor::from<float>({64}, std::vector<float>(64, 1.0F)));
  }
  ValueId sum = x;
  for (int i = 0; i < 120; ++i) {
    const ValueId conv = g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}},
                              {{"paddings", Integers{3, 4, 3, 4}}});
    sum = g.add(sum, g.op("batch_norm",
                          {{"X", {conv}},
                           {"Scale", {statistics[0]}},
                           {"Bias", {statistics[1]}},
                           {"Mean", {statistics[2]}},
                           {"Variance", {statistics[3]}}},
                          {{"is_test", true}}));
  }
  g.output(sum);
  Graph graph = g.graph();
  const std::size_t before = constant_bytes(graph);
  fold_batch_norm(graph);
  EXPECT_LE(constant_bytes(graph), memory_limit(before));
  EXPECT_GT(graph.nodes.size(), 240U);  // the first are folded, the others left
  EXPECT_LT(graph.nodes.size(), 300U);
}

// Native kernels keep tables of sizes and channels: where they do not fit, the reference kernel
// runs, which needs none.
TEST(HostileGraphs, TablesOfAPlan) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 1, 1});
  ValueId sum = x;
  for (int i = 0; i < 40; ++i) {
    const ValueId wide = g.op("nearest_interp_v2", {{"X", {x}}},
                              {{"out_h", std::int64_t{1}}, {"out_w", std::int64_t{200'000 + i}}});
    sum = g.add(sum, g.op("slice", {{"Input", {wide}}},
                          {{"axes", Integers{3}}, {"starts", Integers{0}}, {"ends", Integers{1}}}));
  }
  g.output(sum);
  const auto model = model_of(g.graph(), "native");
  Session session(model, {.threads = 1});
  const Tensor fed = picture({1, 1, 1, 1}, 1);
  const Plan& plan = session.prepare(std::vector{fed.view()});
  const auto fallbacks = std::count_if(plan.decisions.begin(), plan.decisions.end(),
                                       [](const Decision& d) { return d.is_fallback; });
  EXPECT_GT(fallbacks, 40);  // every slice, and some of the resizes
  EXPECT_LT(fallbacks, 80);
}

struct ComputedSize {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 1, 8, 8});

  // Two integers out of an image decide a size.
  void resize_by(ValueId image) {
    const ValueId pair =
        g.op("slice", {{"Input", {image}}},
             {{"axes", Integers{2, 3}}, {"starts", Integers{0, 0}}, {"ends", Integers{1, 2}}});
    const ValueId flat = g.op("reshape2", {{"X", {pair}}}, {{"shape", Integers{2}}});
    const ValueId size = g.op("cast", {{"X", {flat}}}, {{"out_dtype", std::int64_t{2}}});
    g.output(g.op("nearest_interp_v2", {{"X", {x}}, {"OutSize", {size}}}));
  }
};

// A shape depends on it: it has to be computed, or refused by its name.
TEST(HostileGraphs, AShapeOfMuchWork) {
  ComputedSize c;
  const ValueId plane = c.g.op("nearest_interp_v2", {{"X", {c.x}}},
                               {{"out_h", std::int64_t{255}}, {"out_w", std::int64_t{255}}});
  c.resize_by(c.g.conv(plane, Tensor(DType::kFloat32, {1, 1, 255, 255}),
                       {{"padding_algorithm", std::string("SAME")}}));
  const Tensor fed = picture({1, 1, 8, 8}, 1);
  for (const std::string& mode : graph_modes()) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"'conv2d'", "conv2d_1", "operations"}, [&] {
      Session session(model_of(c.g.graph(), mode), {.threads = 1});
      session.prepare(std::vector{fed.view()});
    })) << mode;
  }
}

// Each of these is small, and has to be kept until the last: a gigabyte together.
TEST(HostileGraphs, AShapeOfManyValues) {
  ComputedSize c;
  ValueId sum = c.g.op("nearest_interp_v2", {{"X", {c.x}}},
                       {{"out_h", std::int64_t{256}}, {"out_w", std::int64_t{256}}});
  for (int i = 0; i < 4000; ++i) sum = c.g.relu(sum);
  c.resize_by(sum);
  const Tensor fed = picture({1, 1, 8, 8}, 1);
  Graph graph = c.g.graph();
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"'relu'", "MiB"},
                         [&] { infer_shapes(graph, std::vector{fed.view()}); }));
}

// Every batch norm looks at all of the variance that they share.
TEST(HostileGraphs, OneVarianceOfManyBatchNorms) {
  GraphBuilder g;
  const std::int64_t channels = 200'000;
  const ValueId x = g.input("x", {1, channels, 1, 1}),
                ones = g.constant(Tensor::from<float>(
                    {channels}, std::vector<float>(static_cast<std::size_t>(channels), 1.0F)));
  ValueId value = x;
  for (int i = 0; i < 10'000; ++i) {
    value = g.op("batch_norm",
                 {{"X", {value}},
                  {"Scale", {ones}},
                  {"Bias", {ones}},
                  {"Mean", {ones}},
                  {"Variance", {ones}}},
                 {{"is_test", true}});
  }
  g.output(value);
  Graph graph = g.graph();
  const std::vector<TensorView> inputs{{DType::kFloat32, {1, channels, 1, 1}, nullptr}};
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"'batch_norm'", "operations"},
                         [&] { infer_shapes(graph, inputs); }));
}

// No program names a size by thousands of elements.
TEST(HostileGraphs, ASizeOfManyElements) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 4}),
                scale = g.constant(Tensor::from<float>({2000}, std::vector<float>(2000, 2.0F)));
  g.output(g.op("bilinear_interp_v2", {{"X", {x}}, {"Scale", {scale}}}));
  Graph graph = g.graph();
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelUnsupported, {"'bilinear_interp_v2'", "'Scale'", "[2000]"}, [&] {
        infer_shapes(graph, std::vector<TensorView>{{DType::kFloat32, {1, 1, 4, 4}, nullptr}});
      }));
}

}  // namespace
}  // namespace u2net::engine::test
