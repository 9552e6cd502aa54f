// SPDX-License-Identifier: Apache-2.0
// The shape of every operator's output.
#include <gtest/gtest.h>

#include <functional>

#include "engine/graph/op.h"
#include "tests/engine/single_ops.h"

namespace u2net::engine::test {
namespace {

struct Good {
  const char* name;
  std::function<ValueId(GraphBuilder&)> build;
  TensorType type;
};

constexpr DType kF32 = DType::kFloat32;

const Good kGood[] = {
    {"conv",
     [](GraphBuilder& g) {
       return g.conv(image(g, {2, 3, 10, 11}), weight({5, 3, 3, 3}));
     },
     {kF32, {2, 5, 8, 9}}},
    {"conv_strided",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 4, 10, 11}), weight({6, 2, 3, 3}),
                     {{"strides", Integers{2, 3}}, {"groups", std::int64_t{2}}});
     },
     {kF32, {1, 6, 4, 3}}},
    {"conv_padded",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 1, 5, 5}), weight({1, 1, 3, 3}),
                     {{"paddings", Integers{1, 2, 3, 4}}, {"dilations", Integers{2, 1}}});
     },
     {kF32, {1, 1, 4, 10}}},
    {"conv_same",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 1, 7, 8}), weight({1, 1, 5, 2}),
                     {{"padding_algorithm", std::string("SAME")},
                      {"strides", Integers{2, 2}},
                      {"dilations", Integers{3, 3}}});
     },
     {kF32, {1, 1, 4, 4}}},
    {"conv_valid",
     [](GraphBuilder& g) {
       return g.conv(image(g, {1, 1, 5, 5}), weight({1, 1, 3, 3}),
                     {{"padding_algorithm", std::string("VALID")},
                      {"paddings", Integers{9, 9}},
                      {"dilations", Integers{2, 2}}});
     },
     {kF32, {1, 1, 1, 1}}},
    {"pool_floor",
     [](GraphBuilder& g) {
       return pool(g, {1, 2, 5, 6}, {{"ksize", Integers{2, 2}}, {"strides", Integers{2, 2}}});
     },
     {kF32, {1, 2, 2, 3}}},
    {"pool_ceil",
     [](GraphBuilder& g) {
       return pool(g, {1, 2, 5, 6},
                   {{"ksize", Integers{2, 2}}, {"strides", Integers{2, 2}}, {"ceil_mode", true}});
     },
     {kF32, {1, 2, 3, 3}}},
    {"pool_window_in_padding",
     [](GraphBuilder& g) {
       return pool(g, {1, 1, 5, 5},
                   {{"ksize", Integers{2, 2}},
                    {"strides", Integers{2, 2}},
                    {"paddings", Integers{1, 1}},
                    {"ceil_mode", true}});
     },
     {kF32, {1, 1, 4, 4}}},
    {"pool_global",
     [](GraphBuilder& g) {
       return pool(g, {2, 3, 7, 9}, {{"global_pooling", true}, {"paddings", Integers{3, 3}}});
     },
     {kF32, {2, 3, 1, 1}}},
    {"pool_adaptive",
     [](GraphBuilder& g) {
       return pool(g, {1, 2, 3, 9}, {{"adaptive", true}, {"ksize", Integers{5, 4}}});
     },
     {kF32, {1, 2, 5, 4}}},
    {"pool_computed_window",
     [](GraphBuilder& g) {
       return g.op("pool2d", {{"X", {image(g, {1, 2, 7, 9})}}, {"SizeTensor", {g.sizes({3, 5})}}},
                   {{"pooling_type", std::string("max")}, {"ksize", Integers{1, 1}}});
     },
     {kF32, {1, 2, 5, 5}}},
    {"add_channels",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 3, 4, 5}), g.input("y", {3}), 1);
     },
     {kF32, {2, 3, 4, 5}}},
    {"add_channels_with_ones",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 3, 4, 5}), g.input("y", {4, 5, 1}), 2);
     },
     {kF32, {2, 3, 4, 5}}},
    {"add_both_broadcast",
     [](GraphBuilder& g) {
       return g.add(image(g, {2, 1, 4}), g.input("y", {3, 1}));
     },
     {kF32, {2, 3, 4}}},
    {"add_larger_y",
     [](GraphBuilder& g) {
       return g.add(image(g, {4}), g.input("y", {2, 3, 4}));
     },
     {kF32, {2, 3, 4}}},
    {"add_scalars",
     [](GraphBuilder& g) { return g.add(image(g, {}), g.input("y", {})); },
     {kF32, {}}},
    {"add_integers",
     [](GraphBuilder& g) {
       return g.add(image(g, {2}, DType::kInt64), g.input("y", {1}, DType::kInt64));
     },
     {DType::kInt64, {2}}},
    {"cast",
     [](GraphBuilder& g) {
       return g.op("cast", {{"X", {image(g, {2, 3})}}}, {{"out_dtype", std::int64_t{0}}});
     },
     {DType::kBool, {2, 3}}},
    {"shape",
     [](GraphBuilder& g) {
       return g.op("shape", {{"Input", {image(g, {2, 3, 4, 5})}}});
     },
     {DType::kInt32, {4}}},
    {"concat",
     [](GraphBuilder& g) {
       return g.op("concat", {{"X", {image(g, {2, 3, 4}), g.input("y", {2, 5, 4})}}},
                   {{"axis", std::int64_t{-2}}});
     },
     {kF32, {2, 8, 4}}},
    {"slice",
     [](GraphBuilder& g) {
       return slice(g, {0, 2}, {1, -2}, {3, 100});
     },
     {kF32, {2, 5, 2}}},
    {"slice_clamped",
     [](GraphBuilder& g) { return slice(g, {1}, {-100}, {2147483647}); },
     {kF32, {4, 5, 6}}},
    {"slice_decreased",
     [](GraphBuilder& g) {
       return slice(g, {0, 2}, {3, 0}, {4, 1}, {2, 0});
     },
     {kF32, {5}}},
    {"slice_to_nothing",
     [](GraphBuilder& g) { return slice(g, {1}, {2}, {2}); },
     {kF32, {4, 0, 6}}},
    {"reshape",
     [](GraphBuilder& g) {
       return reshape(g, {0, -1});
     },
     {kF32, {2, 12}}},
    {"reshape_all",
     [](GraphBuilder& g) {
       return reshape(g, {1, 4, 6, 1});
     },
     {kF32, {1, 4, 6, 1}}},
    {"resize",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}},
                   {{"out_h", std::int64_t{7}}, {"out_w", std::int64_t{1}}});
     },
     {kF32, {1, 2, 7, 1}}},
    {"resize_by_scale",
     [](GraphBuilder& g) {
       return g.op("nearest_interp_v2", {{"X", {image(g, {1, 2, 3, 4})}}},
                   {{"scale", Reals{1.5, 0.3}}, {"out_h", std::int64_t{9}}});
     },
     {kF32, {1, 2, 4, 1}}},
    {"resize_to_size",
     [](GraphBuilder& g) {
       return g.op("bilinear_interp",
                   {{"X", {image(g, {1, 2, 3, 4})}}, {"OutSize", {g.sizes({6, 5})}}},
                   {{"out_h", std::int64_t{9}}, {"out_w", std::int64_t{9}}});
     },
     {kF32, {1, 2, 6, 5}}},
    {"batch_norm",
     [](GraphBuilder& g) {
       return g.batch_norm(image(g, {2, 3}), weights({3}, {3}, {3}, {3}), 1);
     },
     {kF32, {2, 3}}},
};

class GoodShape : public testing::TestWithParam<Good> {};

TEST_P(GoodShape, IsInferred) {
  GraphBuilder g;
  const ValueId id = GetParam().build(g);
  const Graph graph = inferred(g);
  EXPECT_EQ(graph.type_of(id).dtype, GetParam().type.dtype);
  EXPECT_EQ(graph.type_of(id).shape, GetParam().type.shape);
  EXPECT_TRUE(graph.values[id].type_is_known);
}

INSTANTIATE_TEST_SUITE_P(Table, GoodShape, testing::ValuesIn(kGood),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Macs, CountConvolutionsAlone) {
  GraphBuilder g;
  const ValueId x = image(g, {2, 4, 9, 9});
  const ValueId y = g.conv(x, weight({6, 2, 3, 3}), {{"groups", std::int64_t{2}}});
  g.relu(y);
  const Graph graph = inferred(g);
  EXPECT_EQ(graph.nodes[0].op->macs(graph, graph.nodes[0]), 2.0 * 6 * 7 * 7 * 2 * 3 * 3);
  EXPECT_EQ(graph.nodes[1].op->macs(graph, graph.nodes[1]), 0);
}

}  // namespace
}  // namespace u2net::engine::test
