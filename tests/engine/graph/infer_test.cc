// SPDX-License-Identifier: Apache-2.0
// Sizes that the program computes, and who decides them.
#include "engine/graph/infer.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
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
// What is there already takes no memory.
TEST(InferShapes, ComputesWithWeightsOfAnySize) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 128, 1, 1});
  const ValueId sum =
      g.conv(x, Tensor::from<float>({1, 128, 33, 33}, std::vector<float>(128 * 33 * 33, 0.5F)),
             {{"paddings", std::vector<std::int64_t>{16, 16}}});
  const ValueId size = g.op("cast", {{"X", {sum}}}, {{"out_dtype", std::int64_t{2}}});
  const ValueId shape =
      g.op("reshape2", {{"X", {size}}}, {{"shape", std::vector<std::int64_t>{1}}});
  const ValueId flat = g.op("reshape2", {{"X", {x}}, {"Shape", {shape}}});
  g.output(flat);
  Graph graph = g.graph();
  const Tensor fed = Tensor::from<float>({1, 128, 1, 1}, std::vector<float>(128, 2));
  infer_shapes(graph, std::vector{fed.view()});
  EXPECT_EQ(graph.type_of(flat).shape, (Shape{128}));
}

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

Tensor numbers(std::vector<std::int32_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from<std::int32_t>({count}, values);
}

// The last node, with other numbers in its slot 1 than planning saw.
std::vector<Tensor> run_with(const Graph& graph, const Tensor& src, std::size_t sources,
                             const Tensor& sizes) {
  const Node& node = graph.nodes.back();
  std::vector<std::vector<TensorView>> operands(node.inputs.size());
  operands[0].assign(sources, src.view());
  for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) {
    if (!node.inputs[slot].empty()) operands[slot] = {sizes.view()};
  }
  return evaluate_node(graph, node, operands);
}

struct PlannedNode : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3}), size = g.input("size", {1}, DType::kInt32);
  Tensor src = Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});

  Graph inferred(std::int32_t value) const {
    Graph graph = g.graph();
    const Tensor fed = numbers({value});
    infer_shapes(graph, std::vector{src.view(), fed.view()});
    return graph;
  }
  std::vector<float> values(const Tensor& tensor) const { return to_floats(tensor.view()); }
};

TEST_F(PlannedNode, SlicesWherePlanningSaid) {
  g.op("slice", {{"Input", {x}}, {"StartsTensor", {size}}},
       {{"axes", Integers{1}}, {"starts", Integers{0}}, {"ends", Integers{3}}});
  const Graph graph = inferred(1);
  for (std::int32_t now : {-1000000, 0, 1, 3, 1000000}) {
    EXPECT_EQ(values(run_with(graph, src, 1, numbers({now}))[0]), (std::vector<float>{2, 3, 5, 6}));
  }
}

TEST_F(PlannedNode, JoinsAlongTheAxisOfPlanning) {
  g.op("concat", {{"X", {x, x}}, {"AxisTensor", {size}}}, {{"axis", std::int64_t{0}}});
  const Graph graph = inferred(-1);
  for (std::int32_t now : {-1000000, 0, 1, 1000000}) {
    EXPECT_EQ(values(run_with(graph, src, 2, numbers({now}))[0]),
              (std::vector<float>{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  }
}

// The memory of a result is not what the operator was planned with.
TEST_F(PlannedNode, RefusesToWriteBeyondItsResult) {
  const ValueId part =
      g.op("slice", {{"Input", {x}}, {"StartsTensor", {size}}},
           {{"axes", Integers{1}}, {"starts", Integers{0}}, {"ends", Integers{3}}});
  Graph graph = inferred(1);
  graph.values[static_cast<std::size_t>(part)].type.shape = {2, 1};
  EXPECT_TRUE(fails_with(ErrorCode::kInternal, {"slice", "[2,3]", "[2,1]"},
                         [&] { run_with(graph, src, 1, numbers({1})); }));

  const ValueId whole =
      g.op("concat", {{"X", {x, x}}, {"AxisTensor", {size}}}, {{"axis", std::int64_t{0}}});
  graph = inferred(1);
  graph.values[static_cast<std::size_t>(whole)].type.shape = {2, 5};
  EXPECT_TRUE(fails_with(ErrorCode::kInternal, {"concat", "axis 1", "[2,5]"},
                         [&] { run_with(graph, src, 2, numbers({1})); }));

  const ValueId flat = g.op("reshape2", {{"X", {x}}}, {{"shape", Integers{6}}});
  graph = inferred(1);
  graph.values[static_cast<std::size_t>(flat)].type.shape = {5};
  EXPECT_TRUE(fails_with(ErrorCode::kInternal, {"reshape", "[5]"},
                         [&] { run_with(graph, src, 1, numbers({1})); }));
}

// The same graph for other sizes: nothing of before is left in its operators.
TEST_F(PlannedNode, IsPlannedAnewForOtherValues) {
  const ValueId image = g.op("reshape2", {{"X", {x}}}, {{"shape", Integers{1, 1, 2, 3}}});
  const ValueId real = g.op("cast", {{"X", {size}}}, {{"out_dtype", std::int64_t{5}}});
  const ValueId y = g.op("nearest_interp_v2", {{"X", {image}}, {"Scale", {real}}});
  Graph graph = g.graph();
  for (std::int32_t value : {2, 3, 1}) {
    const Tensor fed = numbers({value});
    infer_shapes(graph, std::vector{src.view(), fed.view()});
    EXPECT_EQ(graph.type_of(y).shape, (Shape{1, 1, 2 * value, 3 * value}));
  }
}

TEST(InferShapes, LeavesAComputedFactorToTheRun) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2}), factor = g.input("factor", {1});
  g.op("scale", {{"X", {x}}, {"ScaleTensor", {factor}}});
  Graph graph = g.graph();
  EXPECT_EQ(infer_shapes(graph, std::vector{shaped({2}), shaped({1})}).value_decides,
            (std::vector<bool>{false, false}));
}

// A dimension of 0 hides no others: strides and loops run over them all the same.
TEST(InferShapes, LimitsEmptyTensorsToo) {
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 1, 4, 4});
  const ValueId none =
      g.op("slice", {{"Input", {x}}},
           {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{0}}});
  g.op("nearest_interp_v2", {{"X", {none}}},
       {{"out_h", std::int64_t{1} << 31}, {"out_w", std::int64_t{1} << 31}});
  Graph graph = g.graph();
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"2^34"}, [&] {
    infer_shapes(graph, std::vector{shaped({1, 1, 4, 4})});
  }));
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
}  // namespace u2net::engine::test
