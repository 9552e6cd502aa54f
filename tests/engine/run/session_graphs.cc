// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/run/session_graphs.h"

#include "loader/function_names.h"
#include "tests/engine/run/maths_graph.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

ValueId size_of(GraphBuilder& g, ValueId x) {
  const ValueId shape = g.op("shape", {{"Input", {x}}});
  const ValueId size =
      g.op("slice", {{"Input", {shape}}},
           {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{2147483647}}});
  return g.op("cast", {{"X", {size}}}, {{"out_dtype", std::int64_t{2}}});
}

ValueId resize(GraphBuilder& g, const char* type, ValueId x, ValueId size) {
  return g.op(type, {{"X", {x}}, {"OutSize", {size}}},
              {{"align_corners", false}, {"align_mode", std::int64_t{0}}});
}

// One of every function and choice, of numbers between 1/8 and 3/8: all results are finite, none is
// at a step of its function, and the sum is larger than they.
ValueId elementwise(GraphBuilder& g, ValueId x, ValueId sigmoid) {
  const ValueId gate = g.op("scale", {{"X", {sigmoid}}}, {{"scale", 0.25}, {"bias", 0.125}});
  ValueId sum = gate;
  for (const auto& function : kUnaryNames) sum = g.add(sum, g.op(function.paddle, {{"X", {gate}}}));
  for (const auto& function : kBinaryNames)
    sum = g.op("elementwise_add",
               {{"X", {sum}}, {"Y", {g.op(function.paddle, {{"X", {gate}}, {"Y", {gate}}})}}});
  for (const auto& function : kCompareNames) {
    const ValueId truth = g.op(function.paddle, {{"X", {gate}}, {"Y", {sum}}});
    const ValueId other = g.op("logical_not", {{"X", {truth}}});
    sum = g.add(sum, g.op("where", {{"Condition", {other}}, {"X", {sigmoid}}, {"Y", {gate}}}));
  }
  sum = g.op("sum", {{"X", {sum, sum}}});
  const ValueId alpha = g.constant(Tensor::from<float>({1}, std::vector<float>{0.5F}));
  sum = g.op("prelu", {{"X", {sum}}, {"Alpha", {alpha}}});
  sum = g.op("clip", {{"X", {sum}}}, {{"min", -100.0}, {"max", 100.0}});
  sum = g.op("dropout", {{"X", {g.op("assign", {{"X", {sum}}})}}}, {{"is_test", true}});
  const ValueId one =
      g.op("assign_value", {}, {{"shape", Integers{1}}, {"fp32_values", std::vector<double>{1.0}}});
  sum = g.add(sum, g.op("increment", {{"X", {one}}}));
  sum = g.add(sum, g.op("fill_any_like", {{"X", {x}}}, {{"value", 0.5}}));
  const ValueId batch = g.op("fill_constant_batch_size_like", {{"Input", {x}}},
                             {{"shape", Integers{-1, 1, 1, 1}}, {"value", 1.0}});
  sum = g.add(sum, batch);
  const ValueId zero = g.op("fill_constant", {}, {{"shape", Integers{1}}, {"value", 0.0}});
  const ValueId three = g.op("fill_constant", {}, {{"shape", Integers{1}}, {"value", 3.0}});
  const ValueId numbers = g.op("range", {{"Start", {zero}}, {"End", {three}}, {"Step", {one}}});
  const ValueId line = g.op("linspace", {{"Start", {zero}}, {"Stop", {one}}, {"Num", {three}}});
  return g.add(
      sum, g.op("reshape2", {{"X", {g.add(numbers, line)}}}, {{"shape", Integers{1, 3, 1, 1}}}));
}

}  // namespace

Graph every_operator() {
  Random random("every operator");
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 3, -1, -1});
  const ValueId bias = g.op("reshape2", {{"X", {g.constant(uniform(random, {8}))}}},
                            {{"shape", Integers{1, -1, 1, 1}}});
  const ValueId conv =
      g.add(g.conv(x, uniform(random, {8, 3, 3, 3}), {{"paddings", Integers{1, 1}}}), bias);
  const ValueId block = g.relu(g.batch_norm(conv,
                                            {uniform(random, {8}), uniform(random, {8}),
                                             uniform(random, {8}), uniform(random, {8}, 0.5, 2)},
                                            1e-5));
  const ValueId pooled = g.op("pool2d", {{"X", {block}}},
                              {{"pooling_type", std::string("max")},
                               {"ksize", Integers{2, 2}},
                               {"strides", Integers{2, 2}},
                               {"ceil_mode", true}});
  const ValueId filter = g.constant(uniform(random, {8, 1, 3, 3}));
  const ValueId depthwise = g.op(
      "depthwise_conv2d", {{"Input", {pooled}}, {"Filter", {filter}}},
      {{"groups", std::int64_t{8}}, {"paddings", Integers{2, 2}}, {"dilations", Integers{2, 2}}});
  const ValueId residual = g.relu(g.add(g.conv(depthwise, uniform(random, {8, 8, 1, 1})), pooled));
  const ValueId size = size_of(g, x);
  const ValueId joined = g.op(
      "concat",
      {{"X",
        {resize(g, "bilinear_interp_v2", residual, size),
         resize(g, "nearest_interp_v2", pooled, size), resize(g, "bilinear_interp", residual, size),
         resize(g, "nearest_interp", pooled, size), block}}},
      {{"axis", std::int64_t{1}}});
  const ValueId gate = g.op("sigmoid", {{"X",
                                         {g.conv(joined, uniform(random, {1, 40, 3, 3}),
                                                 {{"padding_algorithm", std::string("SAME")}})}}});
  ValueId product = g.op("elementwise_mul", {{"X", {x}}, {"Y", {gate}}});
  product = g.add(product, elementwise(g, x, gate));
  g.output(g.op("scale", {{"X", {product}}}));
  g.output(g.op("reshape2", {{"X", {gate}}}, {{"shape", Integers{0, -1}}}));
  g.output(g.op("pool2d", {{"X", {joined}}},
                {{"pooling_type", std::string("avg")}, {"global_pooling", true}}));
  add_maths(g, x);
  g.output(size);
  return g.graph();
}

Graph fed_size() {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, -1, -1}), size = g.input("size", {2}, DType::kInt32);
  g.output(resize(g, "nearest_interp_v2", x, size));
  return g.graph();
}

std::shared_ptr<const Model> model_of(Graph graph, const std::string& mode) {
  return std::make_shared<const Model>(std::move(graph),
                                       ModelOptions{.mode = mode, .disabled_passes = {}});
}

Tensor picture(Shape shape, std::uint64_t seed) {
  Random random("picture", seed);
  return uniform(random, std::move(shape));
}

std::vector<Tensor> run_fresh(const std::shared_ptr<const Model>& model,
                              const std::vector<TensorView>& inputs) {
  Session session(model, {.threads = 1});
  return copies_of(session.run(inputs));
}

}  // namespace u2net::engine::test
