// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

Tensor floats(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({count}, values);
}

struct SizesTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 2, 4, 6});
  Tensor fed = integers({1, 2, 4, 6}, 2);

  Passed specialize() { return apply(specialize_sizes, Stage::kPlan, g, std::span(&fed, 1)); }
  // The node of that type reads x alone afterwards.
  void expect_specialized(std::string_view type) {
    const Passed passed = specialize();
    EXPECT_TRUE(passed.changed);
    const Node& node = passed.node(type);
    for (std::size_t slot = 1; slot < node.inputs.size(); ++slot)
      EXPECT_TRUE(node.inputs[slot].empty()) << slot;
  }
  ValueId one(std::int32_t value) { return g.sizes({value}); }
};

TEST_F(SizesTest, OutSize) {
  g.output(g.op("bilinear_interp_v2", {{"X", {x}}, {"OutSize", {g.sizes({8, 3})}}},
                {{"align_corners", false}, {"align_mode", std::int64_t{0}}}));
  expect_specialized("bilinear_interp_v2");
}

TEST_F(SizesTest, OutSizeWithAScaleThatDecidesTheRatio) {
  g.output(
      g.op("bilinear_interp_v2",
           {{"X", {x}}, {"OutSize", {g.sizes({8, 3})}}, {"Scale", {g.constant(floats({0.5F, 2}))}}},
           {{"align_corners", false}}));
  expect_specialized("bilinear_interp_v2");
}

TEST_F(SizesTest, SizeTensorOverAScale) {
  g.output(g.op(
      "bilinear_interp_v2",
      {{"X", {x}}, {"SizeTensor", {one(8), one(3)}}, {"Scale", {g.constant(floats({0.5F, 2}))}}},
      {{"align_corners", false}}));
  expect_specialized("bilinear_interp_v2");
}

TEST_F(SizesTest, SizeTensorOverAScaleAttribute) {
  g.output(g.op("bilinear_interp_v2", {{"X", {x}}, {"SizeTensor", {one(8), one(3)}}},
                {{"align_corners", false}, {"scale", std::vector<double>{0.5, 2}}}));
  expect_specialized("bilinear_interp_v2");
}

TEST_F(SizesTest, ScaleTensor) {
  g.output(g.op("nearest_interp_v2", {{"X", {x}}, {"Scale", {g.constant(floats({1.5F, 0.5F}))}}},
                {{"align_corners", false}}));
  expect_specialized("nearest_interp_v2");
}

TEST_F(SizesTest, ScaleTensorOfOne) {
  g.output(g.op("bilinear_interp_v2", {{"X", {x}}, {"Scale", {g.constant(floats({2}))}}},
                {{"align_corners", false}}));
  expect_specialized("bilinear_interp_v2");
}

TEST_F(SizesTest, ScaleTensorOfVersionOne) {
  g.output(g.op("bilinear_interp", {{"X", {x}}, {"Scale", {g.constant(floats({2}))}}},
                {{"align_corners", false}}));
  expect_specialized("bilinear_interp");
}

TEST_F(SizesTest, ConcatAxis) {
  g.output(g.op("concat", {{"X", {x, x}}, {"AxisTensor", {one(-1)}}}, {{"axis", std::int64_t{1}}}));
  const Passed passed = specialize();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.node("concat").inputs[0].size(), 2U);
  EXPECT_TRUE(passed.node("concat").inputs[1].empty());
}

TEST_F(SizesTest, ReshapeToATensor) {
  g.output(g.op("reshape2", {{"X", {x}}, {"Shape", {g.sizes({0, -1, 3})}}}));
  expect_specialized("reshape2");
}

TEST_F(SizesTest, ReshapeToAList) {
  g.output(g.op("reshape2", {{"X", {x}}, {"ShapeTensor", {one(8), one(-1)}}},
                {{"shape", Integers{48}}}));
  expect_specialized("reshape2");
}

TEST_F(SizesTest, SliceByTensors) {
  g.output(g.op(
      "slice",
      {{"Input", {x}}, {"StartsTensor", {g.sizes({1, -3})}}, {"EndsTensor", {g.sizes({3, 100})}}},
      {{"axes", Integers{2, 3}}}));
  expect_specialized("slice");
}

TEST_F(SizesTest, SliceByLists) {
  g.output(g.op("slice",
                {{"Input", {x}},
                 {"StartsTensorList", {one(1), one(-3)}},
                 {"EndsTensorList", {one(3), one(100)}}},
                {{"axes", Integers{2, 3}}}));
  expect_specialized("slice");
}

TEST_F(SizesTest, ScaleFactor) {
  g.output(g.op("scale", {{"X", {x}}, {"ScaleTensor", {g.constant(floats({3}))}}},
                {{"bias", 1.0}, {"bias_after_scale", false}}));
  expect_specialized("scale");
}

TEST_F(SizesTest, NotWhatIsFed) {
  const ValueId size = g.input("size", {2}, DType::kInt32);
  g.output(g.op("nearest_interp_v2", {{"X", {x}}, {"OutSize", {size}}}));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(Tensor::from<std::int32_t>({2}, std::vector<std::int32_t>{8, 3}));
  EXPECT_FALSE(apply(specialize_sizes, Stage::kPlan, g, inputs).changed);
}

TEST_F(SizesTest, NotWhereOneOfThemIsFed) {
  const ValueId height = g.input("height", {1}, DType::kInt32);
  g.output(g.op("nearest_interp_v2", {{"X", {x}}, {"SizeTensor", {height, one(3)}}}));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(Tensor::from<std::int32_t>({1}, std::vector<std::int32_t>{8}));
  EXPECT_FALSE(apply(specialize_sizes, Stage::kPlan, g, inputs).changed);
}

TEST_F(SizesTest, NotTheWeightsOfAConvolution) {
  g.output(g.conv(x, integers({3, 2, 1, 1}, 1)));
  EXPECT_FALSE(specialize().changed);
}

}  // namespace
}  // namespace u2net::engine::test
