// SPDX-License-Identifier: Apache-2.0
// What is finite, what bits there are, products along a line, steps of a grid.
#include "tests/engine/run/session_graphs.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// Of rows [-1,3,-1].
void add_kinds_of_numbers(GraphBuilder& g, ValueId rows) {
  for (const char* type : {"isnan_v2", "isinf_v2", "isfinite_v2"})
    g.output(g.op(type, {{"X", {rows}}}));
  const ValueId integers = g.op("cast", {{"X", {rows}}}, {{"out_dtype", whole(2)}});
  for (const char* type : {"bitwise_and", "bitwise_or", "bitwise_xor"})
    g.output(g.op(type, {{"X", {integers}}, {"Y", {integers}}}));
  g.output(g.op("bitwise_not", {{"X", {integers}}}));
  g.output(g.op("cumprod", {{"X", {rows}}}, {{"dim", whole(2)}}));
  const ValueId flat = g.op("reshape2", {{"X", {rows}}}, {{"shape", Integers{-1, 12}}});
  g.output(g.op("dot", {{"X", {flat}}, {"Y", {flat}}}));
  Random random("addmm");
  g.output(g.op("addmm",
                {{"Input", {g.constant(uniform(random, {1, 4}))}},
                 {"X", {flat}},
                 {"Y", {g.constant(uniform(random, {12, 4}))}}},
                {{"Alpha", 0.5}, {"Beta", 2.0}}));
}

void add_quantization(GraphBuilder& g, ValueId rows) {
  const ValueId scale = g.constant(Tensor::from<float>({1}, std::vector<float>{0.5F}));
  const ValueId scales = g.constant(Tensor::from<float>({3}, std::vector<float>{0.5F, 1, 2}));
  const Attributes bits = {{"bit_length", whole(8)}};
  for (const char* type : {"quantize_linear", "dequantize_linear"})
    g.output(g.op(type, {{"X", {rows}}, {"Scale", {scale}}}, {{"quant_axis", whole(-1)}}));
  for (const char* type : {"fake_quantize_range_abs_max", "fake_quantize_moving_average_abs_max",
                           "fake_quantize_dequantize_moving_average_abs_max"})
    g.output(g.op(type, {{"X", {rows}}, {"InScale", {scale}}}, bits));
  for (const char* type :
       {"fake_quantize_abs_max", "fake_channel_wise_quantize_abs_max",
        "fake_quantize_dequantize_abs_max", "fake_channel_wise_quantize_dequantize_abs_max"})
    g.output(g.op(type, {{"X", {rows}}}, bits));
  g.output(
      g.op("fake_dequantize_max_abs", {{"X", {rows}}, {"Scale", {scale}}}, {{"max_range", 127.0}}));
  g.output(
      g.op("fake_channel_wise_dequantize_max_abs", {{"X", {rows}}, {"Scales", {scales}}},
           {{"quant_bits", Integers{8}}, {"quant_axis", whole(1)}, {"x_num_col_dims", whole(1)}}));
}

}  // namespace

Graph every_kind_of_number() {
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 3, -1, -1});
  const ValueId rows = g.op("reshape2", {{"X", {x}}}, {{"shape", Integers{0, 3, -1}}});
  add_kinds_of_numbers(g, rows);
  add_quantization(g, rows);
  return g.graph();
}

}  // namespace u2net::engine::test
