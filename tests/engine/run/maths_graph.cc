// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/run/maths_graph.h"

#include "loader/function_names.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

void add_lines(GraphBuilder& g, ValueId x) {
  for (const char* type : {"arg_max", "arg_min", "softmax", "log_softmax", "cumsum", "p_norm"})
    g.output(g.op(type, {{"X", {x}}}, {{"axis", whole(1)}}));
  g.output(g.op("logsumexp", {{"X", {x}}}, {{"axis", Integers{1}}}));
  g.output(g.op("norm", {{"X", {x}}}, {{"axis", whole(-1)}}));
  const ValueId top = g.op("top_k_v2", {{"X", {x}}}, {{"axis", whole(1)}, {"k", whole(2)}});
  g.output(top);
  g.output(top + 1);
  g.output(g.op("argsort", {{"X", {x}}}, {{"axis", whole(2)}, {"descending", true}}) + 1);
  const ValueId truths = g.op("cast", {{"X", {x}}}, {{"out_dtype", whole(0)}});
  for (const auto& row : kReduceNames) {
    const bool of_truths = kernels::row_of(row.kind).tells;
    g.output(g.op(row.paddle, {{"X", {of_truths ? truths : x}}},
                  {{"dim", Integers{1, -1}}, {"keep_dim", of_truths}}));
  }
}

// Of rows [-1,3,16].
void add_matrices(GraphBuilder& g, ValueId rows, Random& random) {
  const ValueId square =
      g.op("matmul_v2", {{"X", {rows}}, {"Y", {rows}}}, {{"trans_x", false}, {"trans_y", true}});
  const ValueId columns = g.constant(uniform(random, {16, 5}));
  for (const char* equation : {"bij,jk->bki", "bij,jk->bk"}) {
    g.output(
        g.op("einsum", {{"Operands", {rows, columns}}}, {{"equation", std::string(equation)}}));
  }
  g.output(g.op("bmm", {{"X", {square}}, {"Y", {rows}}}));
  g.output(g.op("mv", {{"X", {rows}}, {"Vec", {g.constant(uniform(random, {16}))}}}));
  g.output(g.op("matmul", {{"X", {rows}}, {"Y", {g.constant(uniform(random, {16, 5}))}}},
                {{"alpha", 0.5}}));
  g.output(g.op("mul", {{"X", {rows}}, {"Y", {g.constant(uniform(random, {48, 7}))}}}));
  g.output(g.op("layer_norm",
                {{"X", {rows}},
                 {"Scale", {g.constant(uniform(random, {16}))}},
                 {"Bias", {g.constant(uniform(random, {16}))}}},
                {{"begin_norm_axis", whole(2)}}));
}

}  // namespace

void add_maths(GraphBuilder& g, ValueId x) {
  Random random("maths");
  add_lines(g, x);
  const ValueId small =
      g.op("pool2d", {{"X", {x}}},
           {{"pooling_type", std::string("avg")}, {"ksize", Integers{4, 4}}, {"adaptive", true}});
  const auto shaped = [&](Integers shape) {
    return g.op("reshape2", {{"X", {small}}}, {{"shape", std::move(shape)}});
  };
  add_matrices(g, shaped({0, 3, 16}), random);
  g.output(g.op("instance_norm", {{"X", {x}}}));
  g.output(g.op("group_norm", {{"X", {x}}}, {{"groups", whole(3)}}));
  for (const char* type : {"conv2d_transpose", "depthwise_conv2d_transpose"}) {
    const bool depthwise = std::string_view(type).starts_with("depth");
    const ValueId filter = g.constant(uniform(random, {3, depthwise ? 1 : 2, 2, 2}));
    g.output(g.op(type, {{"Input", {x}}, {"Filter", {filter}}},
                  {{"strides", Integers{2, 2}}, {"groups", whole(depthwise ? 3 : 1)}}));
  }
  const Attributes window = {{"ksize", Integers{2, 2}}, {"strides", Integers{2, 2}}};
  const ValueId pooled = g.op("max_pool2d_with_index", {{"X", {small}}}, window);
  g.output(g.op("unpool", {{"X", {pooled}}, {"Indices", {pooled + 1}}}, window));
  g.output(g.op("grid_sampler", {{"X", {x}}, {"Grid", {shaped({0, 4, 6, 2})}}}));
  g.output(g.op("bicubic_interp_v2", {{"X", {x}}}, {{"out_h", whole(7)}, {"out_w", whole(9)}}));
  const ValueId columns = g.op("reduce_mean", {{"X", {x}}}, {{"dim", Integers{2}}});
  g.output(g.op("linear_interp_v2", {{"X", {columns}}}, {{"out_w", whole(11)}}));
}

}  // namespace u2net::engine::test
