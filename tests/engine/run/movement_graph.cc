// SPDX-License-Identifier: Apache-2.0
// Every operator that moves elements, in a chain and beside it.
#include <array>

#include "tests/engine/run/session_graphs.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kToTheEnd = 2147483647;

ValueId longs(GraphBuilder& g, Shape shape, const Integers& values) {
  return g.constant(Tensor::from<std::int64_t>(std::move(shape), values));
}

// [n, 3, h, w] -> [n, 3, h + 3, w + 3]
ValueId framed(GraphBuilder& g, ValueId x) {
  ValueId y = g.op("transpose2", {{"X", {x}}}, {{"axis", Integers{0, 2, 3, 1}}});
  y = g.op("flip", {{"X", {y}}}, {{"axis", Integers{1}}});
  y = g.op("roll", {{"X", {y}}}, {{"shifts", Integers{-2}}, {"axis", Integers{2}}});
  y = g.op("transpose2", {{"X", {y}}}, {{"axis", Integers{0, 3, 1, 2}}});
  y = g.op("unsqueeze2", {{"X", {y}}}, {{"axes", Integers{2}}});
  y = g.op("pad3d", {{"X", {y}}},
           {{"paddings", Integers{1, 0, 0, 1, 0, 0}}, {"mode", std::string("replicate")}});
  y = g.op("squeeze2", {{"X", {y}}}, {{"axes", Integers{2}}});
  y = g.op("pad2d", {{"X", {y}}},
           {{"paddings", Integers{1, 0, 0, 1}}, {"mode", std::string("reflect")}});
  return g.op("pad", {{"X", {y}}}, {{"paddings", Integers{0, 0, 0, 0, 0, 1, 1, 0}}});
}

// [n, 3, h, w] -> [n, 3, h, w]
ValueId dealt_out(GraphBuilder& g, ValueId x) {
  ValueId y = g.op("channel_shuffle", {{"X", {x}}}, {{"groups", std::int64_t{3}}});
  y = g.op("pixel_shuffle", {{"X", {y}}}, {{"upscale_factor", std::int64_t{1}}});
  y = g.op("pixel_unshuffle", {{"X", {y}}}, {{"downscale_factor", std::int64_t{1}}});
  const std::vector<ValueId> parts =
      g.ops("split", {{"X", {y}}}, {{"axis", std::int64_t{1}}, {"num", std::int64_t{3}}}, 3);
  y = g.op("stack", {{"X", {parts[2], parts[0], parts[1]}}}, {{"axis", std::int64_t{1}}});
  y = g.ops("unbind", {{"X", {y}}}, {{"axis", std::int64_t{2}}}, 1).front();
  const std::vector<ValueId> planes =
      g.ops("unstack", {{"X", {y}}}, {{"axis", std::int64_t{1}}}, 3);
  return g.op("stack", {{"X", planes}}, {{"axis", std::int64_t{1}}});
}

// Channels, by their numbers.
ValueId selected(GraphBuilder& g, ValueId x) {
  ValueId y = g.op("tile", {{"X", {x}}}, {{"repeat_times", Integers{1, 2, 1, 1}}});
  y = g.op("gather", {{"X", {y}}, {"Index", {longs(g, {3}, {5, 0, 2})}}},
           {{"axis", std::int64_t{1}}});
  y = g.op("index_select", {{"X", {y}}, {"Index", {longs(g, {3}, {2, 1, 0})}}},
           {{"dim", std::int64_t{1}}});
  y = g.op("set_value", {{"Input", {y}}},
           {{"axes", Integers{1}},
            {"starts", Integers{0}},
            {"ends", Integers{1}},
            {"steps", Integers{1}},
            {"shape", Integers{1}},
            {"values", std::vector<double>{0.5}}});
  return g.op("tril_triu", {{"X", {y}}}, {{"diagonal", std::int64_t{1}}, {"lower", true}});
}

// Of two vectors of three, the same for all images.
void add_updates(GraphBuilder& g, ValueId vector) {
  const ValueId turned = g.op("flip", {{"X", {vector}}}, {{"axis", Integers{0}}});
  const ValueId two = g.constant(Tensor::from<float>({2}, std::array{0.5F, -2.0F}));
  g.output(g.op("scatter", {{"X", {turned}}, {"Ids", {longs(g, {2}, {2, 2})}}, {"Updates", {two}}},
                {{"overwrite", false}}));
  g.output(g.op("scatter_nd_add",
                {{"X", {turned}}, {"Index", {longs(g, {2, 1}, {1, 0})}}, {"Updates", {two}}}));
  g.output(g.op("put_along_axis",
                {{"Input", {turned}}, {"Index", {longs(g, {2}, {0, 2})}}, {"Value", {two}}},
                {{"Axis", std::int64_t{0}}}));
  g.output(g.op("select_input", {{"X", {vector, turned}}, {"Mask", {g.sizes({1})}}}));
}

}  // namespace

Graph every_movement() {
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 3, -1, -1});
  const ValueId y = selected(g, dealt_out(g, framed(g, x)));
  const ValueId half = g.op("strided_slice", {{"Input", {y}}},
                            {{"axes", Integers{3}},
                             {"starts", Integers{0}},
                             {"ends", Integers{kToTheEnd}},
                             {"strides", Integers{2}}});
  const ValueId columns = g.op("unfold", {{"X", {half}}}, {{"kernel_sizes", Integers{2, 1}}});
  const ValueId flat = g.op("flatten_contiguous_range", {{"X", {columns}}},
                            {{"start_axis", std::int64_t{1}}, {"stop_axis", std::int64_t{2}}});
  g.output(g.op("flatten2", {{"X", {flat}}}, {{"axis", std::int64_t{1}}}));
  const std::vector<ValueId> grid =
      g.ops("meshgrid", {{"X", {longs(g, {3}, {1, 2, 3}), longs(g, {2}, {4, 5})}}}, {}, 2);
  g.output(grid[1]);
  const ValueId vector =
      g.op("cast", {{"X", {longs(g, {3}, {1, 0, 2})}}}, {{"out_dtype", std::int64_t{5}}});
  const ValueId row = g.op("expand_v2", {{"X", {vector}}}, {{"shape", Integers{1, 3}}});
  const ValueId column = g.op("unsqueeze2", {{"X", {row}}}, {{"axes", Integers{2, 3}}});
  g.output(g.op("expand_as_v2", {{"X", {column}}, {"Y", {x}}}));
  g.output(g.op("gather_nd", {{"X", {x}}, {"Index", {longs(g, {1, 2}, {0, 1})}}}));
  g.output(g.op("take_along_axis", {{"Input", {x}}, {"Index", {longs(g, {1, 2, 1, 1}, {2, 0})}}},
                {{"Axis", std::int64_t{1}}}));
  g.output(g.op("index_sample", {{"X", {row}}, {"Index", {longs(g, {1, 2}, {2, 0})}}}));
  g.output(g.op("one_hot_v2", {{"X", {longs(g, {2}, {1, 0})}}}, {{"depth", std::int64_t{3}}}));
  g.output(g.op("size", {{"Input", {x}}}));
  g.output(g.op("crop_tensor", {{"X", {x}}},
                {{"shape", Integers{-1, 2, -1, -1}}, {"offsets", Integers{0, 1, 0, 0}}}));
  g.output(g.op("repeat_interleave", {{"X", {x}}},
                {{"Repeats", std::int64_t{2}}, {"dim", std::int64_t{1}}}));
  g.output(
      g.op("diag_v2", {{"X", {vector}}}, {{"offset", std::int64_t{1}}, {"padding_value", 0.5}}));
  add_updates(g, vector);
  return g.graph();
}

}  // namespace u2net::engine::test
