// SPDX-License-Identifier: Apache-2.0
// Shapes of the operators along dimensions, of matrices, of normalisation and of enlarging, and
// what is said where operands do not fit.
#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/single_ops.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

ValueId unary(GraphBuilder& g, const char* type, Shape shape, Attributes attributes = {},
              DType dtype = DType::kFloat32) {
  return g.op(type, {{"X", {image(g, std::move(shape), dtype)}}}, std::move(attributes));
}

ValueId product(GraphBuilder& g, Shape x, Shape y, Attributes attributes = {}) {
  return g.op("matmul_v2", {{"X", {image(g, std::move(x))}}, {"Y", {g.constant(weight(y))}}},
              std::move(attributes));
}

ValueId transposed(GraphBuilder& g, Shape x, Shape filter, Attributes attributes = {}) {
  return g.op("conv2d_transpose",
              {{"Input", {image(g, std::move(x))}}, {"Filter", {g.constant(weight(filter))}}},
              std::move(attributes));
}

struct ShapeCase {
  const char* name;
  std::function<ValueId(GraphBuilder&)> build;
  TensorType expected;
};

const ShapeCase kShapes[] = {
    {"arg_max",
     [](auto& g) {
       return unary(g, "arg_max", {2, 3, 4}, {{"axis", whole(-2)}});
     },
     {DType::kInt64, {2, 4}}},
    {"arg_max_of_a_number", [](auto& g) { return unary(g, "arg_max", {}); }, {DType::kInt64, {}}},
    {"softmax_of_a_number", [](auto& g) { return unary(g, "softmax", {}); }, {DType::kFloat32, {}}},
    {"sum_of_a_number",
     [](auto& g) {
       return unary(g, "reduce_sum", {}, {{"dim", Integers{-1}}});
     },
     {DType::kFloat32, {}}},
    {"sum_of_truths",
     [](auto& g) {
       return unary(g, "reduce_sum", {2, 3}, {{"dim", Integers{1}}}, DType::kBool);
     },
     {DType::kInt64, {2}}},
    {"any_of_numbers",
     [](auto& g) {
       return unary(g, "reduce_any", {2, 3}, {{"dim", Integers{}}});
     },
     {DType::kBool, {}}},
    {"mean_kept",
     [](auto& g) {
       return unary(g, "reduce_mean", {2, 3, 4}, {{"dim", Integers{0, -1}}, {"keep_dim", true}});
     },
     {DType::kFloat32, {1, 3, 1}}},
    {"matmul_broadcast",
     [](auto& g) {
       return product(g, {2, 1, 5, 7}, {3, 7, 4});
     },
     {DType::kFloat32, {2, 3, 5, 4}}},
    {"matmul_vector",
     [](auto& g) {
       return product(g, {2, 5, 7}, {7});
     },
     {DType::kFloat32, {2, 5}}},
    {"matmul_vectors", [](auto& g) { return product(g, {7}, {7}); }, {DType::kFloat32, {}}},
    {"transposed_size",
     [](auto& g) {
       return transposed(g, {1, 4, 5, 6}, {4, 3, 3, 3},
                         {{"strides", Integers{2, 2}}, {"output_size", Integers{12, 13}}});
     },
     {DType::kFloat32, {1, 3, 12, 13}}},
    {"top_k",
     [](auto& g) {
       return unary(g, "top_k_v2", {5, 6}, {{"k", whole(2)}});
     },
     {DType::kFloat32, {5, 2}}},
};

TEST(MathsShapes, AreThoseOfPaddle) {
  for (const ShapeCase& c : kShapes) {
    GraphBuilder g;
    const ValueId result = c.build(g);
    g.output(result);
    EXPECT_EQ(inferred(g).type_of(result), c.expected) << c.name;
  }
}

struct BadCase {
  const char* name;
  std::function<ValueId(GraphBuilder&)> build;
  std::initializer_list<std::string_view> parts;
  ErrorCode code = ErrorCode::kModelFormat;
};

const BadCase kBad[] = {
    {"arg_max_axis",
     [](auto& g) {
       return unary(g, "arg_max", {2, 3}, {{"axis", whole(2)}});
     },
     {"arg_max", "axis 2", "[2,3]"}},
    {"arg_max_of_nothing",
     [](auto& g) {
       return unary(g, "arg_max", {2, 0});
     },
     {"arg_max", "[2,0]", "empty"}},
    {"softmax_axis",
     [](auto& g) {
       return unary(g, "softmax", {2}, {{"axis", whole(-2)}});
     },
     {"softmax", "axis -2"}},
    {"reduce_axis",
     [](auto& g) {
       return unary(g, "reduce_max", {2}, {{"dim", Integers{1}}});
     },
     {"reduce_max", "axis 1", "[2]"}},
    {"mean_of_truths",
     [](auto& g) { return unary(g, "reduce_mean", {2}, {}, DType::kBool); },
     {"reduce_mean", "bool"},
     ErrorCode::kModelUnsupported},
    {"matmul_columns",
     [](auto& g) {
       return product(g, {2, 3}, {4, 5});
     },
     {"matmul_v2", "[2,3]", "[4,5]"}},
    {"matmul_batch",
     [](auto& g) {
       return product(g, {2, 3, 4}, {3, 4, 5});
     },
     {"matmul_v2", "[2,3,4]", "[3,4,5]"}},
    {"matmul_number", [](auto& g) { return product(g, {}, {4}); }, {"matmul_v2", "[]", "[4]"}},
    {"mul_cut",
     [](auto& g) {
       return g.op("mul", {{"X", {image(g, {2, 3})}}, {"Y", {g.constant(weight({3, 2}))}}},
                   {{"x_num_col_dims", whole(2)}});
     },
     {"mul", "[2,3]", "2"}},
    {"layer_norm_axis",
     [](auto& g) {
       return unary(g, "layer_norm", {2, 3}, {{"begin_norm_axis", whole(2)}});
     },
     {"layer_norm", "begin_norm_axis 2", "[2,3]"}},
    {"layer_norm_scale",
     [](auto& g) {
       return g.op("layer_norm", {{"X", {image(g, {2, 3})}}, {"Scale", {g.constant(weight({2}))}}});
     },
     {"layer_norm", "Scale [2]", "3 channels"}},
    {"group_norm_groups",
     [](auto& g) {
       return unary(g, "group_norm", {1, 5, 2, 2}, {{"groups", whole(2)}});
     },
     {"group_norm", "5 channels", "2 groups"}},
    {"instance_norm_rank",
     [](auto& g) { return unary(g, "instance_norm", {3}); },
     {"instance_norm", "[3]"}},
    {"transposed_channels",
     [](auto& g) {
       return transposed(g, {1, 3, 4, 4}, {4, 2, 3, 3});
     },
     {"conv2d_transpose", "[1,3,4,4]", "[4,2,3,3]"}},
    {"transposed_size",
     [](auto& g) {
       return transposed(g, {1, 3, 4, 4}, {3, 2, 2, 2},
                         {{"strides", Integers{2, 2}}, {"output_size", Integers{8, 10}}});
     },
     {"conv2d_transpose", "10", "8 to 9"}},
    {"transposed_huge",
     [](auto& g) {
       return transposed(g, {1, 1, 65536, 65536}, {1, 1, 1, 1},
                         {{"strides", Integers{65536, 65536}}});
     },
     {"elements"},
     ErrorCode::kModelLimit},
    {"pool_window",
     [](auto& g) {
       return unary(g, "max_pool2d_with_index", {1, 1, 2, 2}, {{"ksize", Integers{3, 1}}});
     },
     {"max_pool2d_with_index", "[1,1,2,2]", "empty"}},
    {"unpool_indices",
     [](auto& g) {
       return g.op("unpool",
                   {{"X", {image(g, {1, 1, 2, 2})}},
                    {"Indices", {g.constant(weight({1, 1, 2, 3}, DType::kInt32))}}},
                   {{"ksize", Integers{2, 2}}});
     },
     {"unpool", "[1,1,2,2]", "[1,1,2,3]"}},
    {"grid_batch",
     [](auto& g) {
       return g.op("grid_sampler",
                   {{"X", {image(g, {1, 1, 2, 2})}}, {"Grid", {g.constant(weight({2, 3, 3, 2}))}}});
     },
     {"grid_sampler", "[1,1,2,2]", "[2,3,3,2]"}},
    {"top_k",
     [](auto& g) {
       return unary(g, "top_k_v2", {5}, {{"k", whole(6)}});
     },
     {"top_k_v2", "6", "5"}},
    {"linear_rank",
     [](auto& g) {
       return unary(g, "linear_interp_v2", {1, 1, 2, 2}, {{"out_w", whole(3)}});
     },
     {"linear_interp_v2", "[1,1,2,2]", "3 dimensions"}},
};

TEST(MathsShapes, WhatDoesNotFitIsNamed) {
  for (const BadCase& c : kBad) {
    GraphBuilder g;
    g.output(c.build(g));
    EXPECT_TRUE(fails_with(c.code, c.parts, [&] { inferred(g); })) << c.name;
  }
}

}  // namespace
}  // namespace u2net::engine::test
