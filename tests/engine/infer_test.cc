// SPDX-License-Identifier: Apache-2.0
// Sizes that the program computes, and who decides them.
#include "engine/infer.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::test {
namespace {

using Integers = std::vector<std::int64_t>;

TensorView shaped(Shape shape, DType dtype = DType::kFloat32) {
  return {dtype, std::move(shape), nullptr};
}

// resize(x, size of y) as exporters write it: shape -> slice -> cast -> OutSize.
struct ResizeLike {
  GraphBuilder g;
  ValueId x = g.input("x", {-1, 2, -1, -1}), y = g.input("y", {-1, 3, -1, -1});
  ValueId resized;
  ResizeLike() {
    const ValueId shape = g.op("shape", {{"Input", {y}}});
    const ValueId size =
        g.op("slice", {{"Input", {shape}}},
             {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{2147483647}}});
    const ValueId cast = g.op("cast", {{"X", {size}}}, {{"out_dtype", std::int64_t{2}}});
    resized = g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {cast}}});
    g.output(resized);
  }
};

TEST(InferShapes, ComputesSizesFromShapesAlone) {
  const ResizeLike r;
  Graph graph = r.g.graph();
  const InferenceResult result =
      infer_shapes(graph, std::vector{shaped({2, 2, 5, 6}), shaped({1, 3, 9, 4})});
  EXPECT_EQ(graph.type_of(r.resized).shape, (Shape{2, 2, 9, 4}));
  EXPECT_EQ(result.value_decides, (std::vector<bool>{false, false}));
  for (const Value& value : graph.values) EXPECT_TRUE(value.type_is_known) << value.name;
}

TEST(InferShapes, ReportsWhichFedValuesDecide) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 4}), size = g.input("size", {2}, DType::kInt32);
  const ValueId doubled = g.add(size, size);
  const ValueId y = g.op("nearest_interp_v2", {{"X", {x}}, {"OutSize", {doubled}}});
  Graph graph = g.graph();
  const Tensor fed = Tensor::from<std::int32_t>({2}, std::vector<std::int32_t>{3, 5});
  const InferenceResult result = infer_shapes(graph, std::vector{shaped({1, 1, 4, 4}), fed.view()});
  EXPECT_EQ(graph.type_of(y).shape, (Shape{1, 1, 6, 10}));
  EXPECT_EQ(result.value_decides, (std::vector<bool>{false, true}));

  Graph without = g.graph();
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"'size'"}, [&] {
    infer_shapes(without, std::vector{shaped({1, 1, 4, 4}), shaped({2}, DType::kInt32)});
  }));
}

TEST(InferShapes, RefusesToComputeMuch) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 1000, 1000}),
                conv = g.conv(x, Tensor(DType::kFloat32, {1, 1, 999, 1000}));
  const ValueId flat = g.op("reshape2", {{"X", {conv}}}, {{"shape", Integers{-1}}});
  g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {flat}}});
  Graph graph = g.graph();
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"too large a computation"}, [&] {
    infer_shapes(graph, std::vector{shaped({1, 1, 1000, 1000})});
  }));
}

// As deep as a program may be long.
TEST(InferShapes, ComputesDeep) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  ValueId size = g.op("shape", {{"Input", {g.input("y", {6, 7})}}});
  for (int i = 0; i < 20'000; ++i) size = g.relu(size);
  const ValueId y = g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {size}}});
  Graph graph = g.graph();
  infer_shapes(graph, std::vector{shaped({1, 1, 4, 4}), shaped({6, 7})});
  EXPECT_EQ(graph.type_of(y).shape, (Shape{1, 1, 6, 7}));
}

// What the values take together counts, whatever one of them does.
TEST(InferShapes, RefusesMoreThanTheBudget) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  ValueId size = g.op("shape", {{"Input", {g.input("y", {6, 7})}}});
  for (int i = 0; i < 300; ++i) size = g.relu(size);
  g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {size}}});
  const auto infer = [&](Cost limit) {
    Graph graph = g.graph();
    WorkBudget budget(limit);
    infer_shapes(graph, std::vector{shaped({1, 1, 4, 4}), shaped({6, 7})}, budget);
  };
  infer({.bytes = 301 * 8, .work = 1e9});
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"operator 'relu' ('relu_300')"},
                         [&] { infer({.bytes = 300 * 8, .work = 1e9}); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"operator 'relu'"},
                         [&] { infer({.bytes = 1e9, .work = 1e5}); }));
}

// A size that forks and joins at every step must not be computed 2^40 times.
TEST(InferShapes, ComputesEveryValueOnce) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  ValueId size = g.op("shape", {{"Input", {g.input("y", {6, 7})}}});
  const ValueId zero = g.sizes({0, 0});
  for (int i = 0; i < 40; ++i) {
    const ValueId half = g.op("elementwise_mul", {{"X", {size}}, {"Y", {zero}}});
    size = g.add(size, half);
  }
  const ValueId y = g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {size}}});
  Graph graph = g.graph();
  infer_shapes(graph, std::vector{shaped({1, 1, 4, 4}), shaped({6, 7})});
  EXPECT_EQ(graph.type_of(y).shape, (Shape{1, 1, 6, 7}));
}

TEST(EvaluateNode, RunsOneNode) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2}), sum = g.add(x, x);
  Graph graph = g.graph();
  infer_shapes(graph, std::vector{shaped({2})});
  const Tensor value = Tensor::from<float>({2}, std::vector<float>{1, 2});
  const std::vector<Tensor> results =
      evaluate_node(graph, graph.nodes[0], {{value.view()}, {value.view()}});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].shape(), graph.type_of(sum).shape);
  EXPECT_EQ(results[0].values<float>()[1], 4);
}

}  // namespace
}  // namespace u2net::test
