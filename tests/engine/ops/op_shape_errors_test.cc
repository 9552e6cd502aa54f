// SPDX-License-Identifier: Apache-2.0
// What is said where operands do not fit: the operator, the node and both values.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "engine/graph/infer.h"
#include "tests/engine/single_ops.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

ValueId batch_norm_of_doubles(GraphBuilder& g) {
  std::array<Tensor, 4> all = weights({3}, {3}, {3}, {3});
  all[0] = weight({3}, DType::kFloat64);
  return g.batch_norm(image(g, {1, 3}), std::move(all), 1);
}

struct BadShapeCase {
  const char* name;
  std::function<ValueId(GraphBuilder&)> build;
  std::initializer_list<std::string_view> parts;
  ErrorCode code = ErrorCode::kModelFormat;
};

const BadShapeCase kBadShapes[] = {
    {"conv_channels",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 9, 9}), weight({5, 4, 3, 3}));
     },
     {"conv2d", "[1,3,9,9]", "[5,4,3,3]", "expected 4", "got 3"}},
    {"conv_groups",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 4, 9, 9}), weight({5, 2, 3, 3}), {{"groups", std::int64_t{2}}});
     },
     {"conv2d", "groups 2", "[5,2,3,3]"}},
    {"conv_input_rank",
     [](GraphBuilder& g) {
       return g.conv(image(g, {3, 9, 9}), weight({5, 3, 3, 3}));
     },
     {"conv2d", "[3,9,9]"}},
    {"conv_filter_rank",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 9, 9}), weight({5, 3, 9}));
     },
     {"conv2d", "[5,3,9]"}},
    {"conv_too_small",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 2, 9}), weight({5, 3, 3, 3}));
     },
     {"conv2d", "[1,3,2,9]", "[5,3,3,3]", "empty"}},
    {"conv_empty_filter",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 9, 9}), weight({5, 3, 0, 3}));
     },
     {"conv2d", "[5,3,0,3]"}},
    {"conv_bias",
     [](GraphBuilder& g) {
       return g.op("conv2d", {{"Input", {image(g, {1, 1, 5, 5})}},
                              {"Filter", {g.constant(weight({4, 1, 1, 1}))}},
                              {"Bias", {g.constant(weight({3}))}}});
     },
     {"conv2d", "[3]", "4 channels"}},
    {"conv_bias_type",
     [](GraphBuilder& g) {
       return g.op("conv2d", {{"Input", {image(g, {1, 1, 5, 5})}},
                              {"Filter", {g.constant(weight({4, 1, 1, 1}))}},
                              {"Bias", {g.constant(weight({4}, DType::kInt8))}}});
     },
     {"conv2d", "Bias", "int8"},
     ErrorCode::kModelUnsupported},
    {"conv_residual",
     [](GraphBuilder& g) {
       return g.op("conv2d", {{"Input", {image(g, {1, 1, 5, 5})}},
                              {"Filter", {g.constant(weight({4, 1, 1, 1}))}},
                              {"ResidualData", {g.constant(weight({1, 4, 5, 4}))}}});
     },
     {"conv2d", "[1,4,5,4]", "[1,4,5,5]"}},
    {"conv_residual_type",
     [](GraphBuilder& g) {
       return g.op("conv2d", {{"Input", {image(g, {1, 1, 5, 5})}},
                              {"Filter", {g.constant(weight({4, 1, 1, 1}))}},
                              {"ResidualData", {g.constant(weight({1, 4, 5, 5}, DType::kInt8))}}});
     },
     {"conv2d", "ResidualData", "int8"},
     ErrorCode::kModelUnsupported},
    {"conv_input_type",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 9, 9}, DType::kFloat64), weight({5, 3, 3, 3}));
     },
     {"conv2d", "Input", "float64"},
     ErrorCode::kModelUnsupported},
    {"conv_filter_type",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 3, 9, 9}), weight({5, 3, 3, 3}, DType::kInt8));
     },
     {"conv2d", "Filter", "int8"},
     ErrorCode::kModelUnsupported},
    {"conv_too_large",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 1, 9, 9}), weight({5, 1, 1, 1}),
                     {{"paddings", Integers{65536, 65536}}});
     },
     {"[1,5,131081,131081]"},
     ErrorCode::kModelLimit},
    {"batch_norm_channels",
     [](GraphBuilder& g) {
       return g.batch_norm(image(g, {1, 3, 9, 9}), weights({3}, {4}, {3}, {3}), 1);
     },
     {"batch_norm", "Bias [4]", "3 channels"}},
    {"batch_norm_scale",
     [](GraphBuilder& g) {
       const ValueId mean = image(g, {3});
       return g.op("batch_norm",
                   {{"X", {image(g, {1, 3, 9, 9})}}, {"Mean", {mean}}, {"Variance", {mean}}},
                   {{"is_test", true}});
     },
     {"batch_norm", "no Scale"}},
    {"batch_norm_rank",
     [](GraphBuilder& g) { return g.batch_norm(image(g, {3}), weights({3}, {3}, {3}, {3}), 1); },
     {"batch_norm", "[3]"}},
    {"batch_norm_variance",
     [](GraphBuilder& g) {
       return g.batch_norm(image(g, {1, 3}), weights({3}, {3}, {3}, {3}), 0);
     },
     {"batch_norm", "variance + epsilon"}},
    {"batch_norm_type",
     [](GraphBuilder& g) { return batch_norm_of_doubles(g); },
     {"batch_norm", "Scale", "float64"},
     ErrorCode::kModelUnsupported},
    {"pool_rank",
     [](GraphBuilder& g) {
       return pool(g, {1, 5, 6}, {{"ksize", Integers{2, 2}}});
     },
     {"pool2d", "[1,5,6]"}},
    {"pool_too_small",
     [](GraphBuilder& g) {
       return pool(g, {1, 1, 5, 2}, {{"ksize", Integers{3, 3}}});
     },
     {"pool2d", "[1,1,5,2]", "3x3", "empty"}},
    {"pool_computed_window",
     [](GraphBuilder& g) {
       return g.op("pool2d", {{"X", {image(g, {1, 1, 5, 2})}}, {"SizeTensor", {g.sizes({3, 0})}}},
                   {{"pooling_type", std::string("max")}, {"ksize", Integers{1, 1}}});
     },
     {"pool2d", "window of 3x0", "65536"}},
    {"pool_window_of_3",
     [](GraphBuilder& g) {
       return g.op("pool2d",
                   {{"X", {image(g, {1, 1, 5, 2})}},
                    {"SizeTensorList", {g.sizes({1}), g.sizes({1}), g.sizes({1})}}},
                   {{"pooling_type", std::string("max")}, {"ksize", Integers{1, 1}}});
     },
     {"pool2d", "3 values", "expected 2"}},
    {"add_shapes",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 3}), g.input("y", {2, 4}));
     },
     {"elementwise_add", "[2,3]", "[2,4]"}},
    {"add_axis",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 3}), g.input("y", {3}), 0);
     },
     {"elementwise_add", "[2,3]", "[3]", "axis 0"}},
    {"add_axis_beyond",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 3}), g.input("y", {3}), 5);
     },
     {"elementwise_add", "axis 5"}},
    {"add_types",
     [](GraphBuilder& g) { return g.add(image(g, {2}), g.input("y", {2}, DType::kInt32)); },
     {"elementwise_add", "float32", "int32"}},
    {"add_bools",
     [](GraphBuilder& g) {
       return g.add(image(g, {2}, DType::kBool), g.input("y", {2}, DType::kBool));
     },
     {"elementwise_add", "bool"},
     ErrorCode::kModelUnsupported},
    {"concat_sizes",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2, 3}), g.input("y", {4, 3})}}},
                   {{"axis", std::int64_t{1}}});
     },
     {"concat", "[4,3]", "[2,3]", "axis 1"}},
    {"concat_types",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2}), g.input("y", {2}, DType::kInt32)}}});
     },
     {"concat", "int32", "float32"}},
    {"concat_axis",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2, 3})}}}, {{"axis", std::int64_t{2}}});
     },
     {"concat", "axis 2", "[2,3]"}},
    {"concat_axis_below",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2, 3})}}}, {{"axis", std::int64_t{-3}}});
     },
     {"concat", "axis -3", "[2,3]"}},
    {"concat_axis_tensor",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2, 3})}}, {"AxisTensor", {g.sizes({0, 1})}}});
     },
     {"concat", "AxisTensor"}},
    {"concat_scalar",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {})}}});
     },
     {"concat", "axis 0", "[]"}},
    {"split_into_any_number",
     [](GraphBuilder& g) {
       return g.op("split", {{"X", {image(g, {2, 3})}}},
                   {{"num", std::numeric_limits<std::int64_t>::max()}});
     },
     {"split", "9223372036854775807 parts", "1 are taken"}},
    {"diagonal_of_any_offset",
     [](GraphBuilder& g) {
       return g.op("diag_v2", {{"X", {image(g, {3})}}},
                   {{"offset", std::numeric_limits<std::int64_t>::min()}});
     },
     {"diag_v2", "offset -9223372036854775808"}},
    {"slice_order",
     [](GraphBuilder& g) { return slice(g, {1}, {3}, {2}); },
     {"slice", "end 2", "start 3"}},
    {"slice_axis",
     [](GraphBuilder& g) { return slice(g, {3}, {0}, {1}); },
     {"slice", "axis 3", "[4,5,6]"}},
    {"slice_negative_axis",
     [](GraphBuilder& g) { return slice(g, {-1}, {0}, {1}); },
     {"slice", "axis -1"}},
    {"slice_lists",
     [](GraphBuilder& g) {
       return slice(g, {0, 1}, {0}, {1, 1});
     },
     {"slice", "2 axes", "1 starts", "2 ends"}},
    {"slice_decrease",
     [](GraphBuilder& g) { return slice(g, {1}, {0}, {2}, {1}); },
     {"slice", "decrease_axis 1", "[4,2,6]"}},
    {"slice_decrease_beyond",
     [](GraphBuilder& g) { return slice(g, {1}, {0}, {1}, {7}); },
     {"slice", "axis 7"}},
    {"reshape_count",
     [](GraphBuilder& g) {
       return reshape(g, {5, 5});
     },
     {"reshape2", "[2,3,4]", "[5,5]", "24", "25"}},
    {"reshape_division",
     [](GraphBuilder& g) {
       return reshape(g, {5, -1});
     },
     {"reshape2", "[2,3,4]", "[5,-1]"}},
    {"reshape_two_unknown",
     [](GraphBuilder& g) {
       return reshape(g, {-1, -1});
     },
     {"reshape2", "[-1,-1]"}},
    {"reshape_negative",
     [](GraphBuilder& g) {
       return reshape(g, {-2, 12});
     },
     {"reshape2", "[-2,12]"}},
    {"reshape_copy_beyond",
     [](GraphBuilder& g) {
       return reshape(g, {2, 3, 4, 0});
     },
     {"reshape2", "[2,3,4,0]"}},
    {"reshape_overflow",
     [](GraphBuilder& g) {
       return reshape(g, {1 << 30, 1 << 30, 1 << 30});
     },
     {"reshape2"}},
    {"reshape_rank",
     [](GraphBuilder& g) {
       return reshape(g, {2, 3, 4, 1, 1, 1, 1, 1, 1});
     },
     {"reshape2", "rank 9"},
     ErrorCode::kModelUnsupported},
    {"resize_rank",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2", {{"X", {image(g, {2, 3, 4})}}},
                   {{"out_h", std::int64_t{7}}, {"out_w", std::int64_t{1}}});
     },
     {"bilinear_interp_v2", "[2,3,4]"}},
    {"resize_without_size",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}});
     },
     {"bilinear_interp_v2", "0 x 0"}},
    {"resize_to_nothing",
     [](GraphBuilder& g) {
       return g.op("nearest_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}},
                   {{"scale", Reals{0.1, 1.0}}});
     },
     {"nearest_interp_v2", "0 x 4"}},
    {"resize_beyond_limits",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}},
                   {{"scale", Reals{1e12, 1e12}}});
     },
     {"bilinear_interp_v2"}},
    {"resize_too_large",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}},
                   {{"out_h", std::int64_t{2147483647}}, {"out_w", std::int64_t{2147483647}}});
     },
     {"[1,2,2147483647,2147483647]"},
     ErrorCode::kModelLimit},
    {"resize_sizes",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2",
                   {{"X", {image(g, {1, 2, 3, 4})}}, {"OutSize", {g.sizes({6, 5, 4})}}});
     },
     {"bilinear_interp_v2", "OutSize", "3", "2"}},
    {"resize_negative_size",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2",
                   {{"X", {image(g, {1, 2, 3, 4})}}, {"OutSize", {g.sizes({6, -5})}}});
     },
     {"bilinear_interp_v2", "6 x -5"}},
    {"resize_size_list",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2",
                   {{"X", {image(g, {1, 2, 3, 4})}}, {"SizeTensor", {g.sizes({6})}}});
     },
     {"bilinear_interp_v2", "SizeTensor", "1", "2"}},
    {"resize_scale_tensor",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2",
                   {{"X", {image(g, {1, 2, 3, 4})}}, {"Scale", {g.constant(weight({1}))}}});
     },
     {"bilinear_interp_v2", "Scale"}},
    {"scale_tensor",
     [](GraphBuilder& g) {
       return g.op("scale", {{"X", {image(g, {2})}}, {"ScaleTensor", {g.constant(weight({2}))}}});
     },
     {"scale", "ScaleTensor", "[2]"}},
    {"scale_type",
     [](GraphBuilder& g) {
       return g.op("scale", {{"X", {image(g, {2}, DType::kUInt8)}}});
     },
     {"scale", "uint8"},
     ErrorCode::kModelUnsupported},
    {"relu_type",
     [](GraphBuilder& g) {
       return g.op("relu", {{"X", {image(g, {2}, DType::kBool)}}});
     },
     {"relu", "bool"},
     ErrorCode::kModelUnsupported},
    {"sigmoid_type",
     [](GraphBuilder& g) {
       return g.op("sigmoid", {{"X", {image(g, {2}, DType::kInt32)}}});
     },
     {"sigmoid", "int32"},
     ErrorCode::kModelUnsupported},
};

class BadShape : public testing::TestWithParam<BadShapeCase> {};

TEST_P(BadShape, NamesOperatorAndBothValues) {
  GraphBuilder g;
  const ValueId id = GetParam().build(g);
  EXPECT_TRUE(fails_with(GetParam().code, GetParam().parts, [&] { inferred(g); }))
      << g.graph().values[id].name;
}

INSTANTIATE_TEST_SUITE_P(Table, BadShape, testing::ValuesIn(kBadShapes),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BadShapes, NameTheNode) {  // of several of the same type
  GraphBuilder g;
  const ValueId x = image(g, {1, 3, 9, 9});
  g.conv(g.conv(x, weight({3, 3, 1, 1})), weight({5, 4, 3, 3}));
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"'conv2d_1'"}, [&] { inferred(g); }));
}

// A file may leave it out where nobody reads it.
TEST(BadShapes, QuantizationMakesItsScale) {
  GraphBuilder g;
  const ValueId x = image(g, {2, 3});
  g.op("fake_quantize_abs_max", {{"X", {x}}});
  Graph graph = g.graph();
  graph.nodes.back().outputs.back().clear();
  const TensorView fed{DType::kFloat32, {2, 3}, nullptr};
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"fake_quantize_abs_max", "OutScale is missing"}, [&] {
        infer_shapes(graph, {&fed, 1});
      }));
}

}  // namespace
}  // namespace u2net::engine::test
