// SPDX-License-Identifier: Apache-2.0
// Mode native: attention, normalisation, enlarging by a transposed convolution and the endings of
// segmentation networks, which kernels they get and that these agree with the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "engine/run/session.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// An image through a convolution, a block of attention over its pixels with two heads, twice its
// size again, and an ending over its channels.
struct Attention {
  GraphBuilder g;
  Random random{"attention"};
  Tensor fed;

  explicit Attention(std::int64_t images = 2) : fed(DType::kFloat32, {images, 3, 6, 7}) {
    fill_uniform(random, fed.values<float>());
    const ValueId x = g.input("x", {-1, 3, 6, 7});
    const ValueId image =
        g.conv(x, uniform(random, {20, 3, 3, 3}, -0.3, 0.3), {{"paddings", Integers{1, 1}}});
    const ValueId rows = turned(shaped(image, {0, 20, 42}), {0, 2, 1});  // pixels x channels
    const ValueId mixed = attention(normalized(rows));
    const ValueId after = g.add(mixed, rows);
    const ValueId back = shaped(turned(after, {0, 2, 1}), {0, 20, 6, 7});
    const ValueId large = enlarged(back, {20, 24, 2, 2}, 0),
                  larger = enlarged(back, {20, 5, 4, 4}, 1);
    g.output(after);
    g.output(large);
    g.output(g.op("softmax", {{"X", {larger}}}, {{"axis", whole(1)}}));
    g.output(g.op("arg_max", {{"X", {large}}}, {{"axis", whole(1)}, {"dtype", whole(2)}}));
    g.output(g.op("arg_max", {{"X", {larger}}}, {{"axis", whole(1)}, {"dtype", whole(3)}}));
  }

 private:
  ValueId weight(Shape shape) { return g.constant(uniform(random, std::move(shape), -0.3, 0.3)); }
  ValueId shaped(ValueId x, Integers shape) {
    return g.op("reshape2", {{"X", {x}}}, {{"shape", std::move(shape)}});
  }
  ValueId turned(ValueId x, Integers axes) {
    return g.op("transpose2", {{"X", {x}}}, {{"axis", std::move(axes)}});
  }
  ValueId normalized(ValueId x) {
    return g.op("layer_norm", {{"X", {x}}, {"Scale", {weight({20})}}, {"Bias", {weight({20})}}},
                {{"begin_norm_axis", whole(2)}});
  }
  ValueId linear(ValueId x, std::int64_t from, std::int64_t to) {
    return g.add(g.op("matmul_v2", {{"X", {x}}, {"Y", {weight({from, to})}}}), weight({to}));
  }
  ValueId heads(ValueId x) {
    return turned(shaped(linear(x, 20, 20), {0, 42, 2, 10}), {0, 2, 1, 3});
  }
  ValueId attention(ValueId x) {
    const ValueId scores = g.op("matmul_v2", {{"X", {heads(x)}}, {"Y", {heads(x)}}},
                                {{"trans_x", false}, {"trans_y", true}});
    const ValueId share = g.op("softmax", {{"X", {scores}}}, {{"axis", whole(-1)}});
    const ValueId mixed = g.op("matmul_v2", {{"X", {share}}, {"Y", {heads(x)}}});
    const ValueId flat = shaped(turned(mixed, {0, 2, 1, 3}), {0, 42, 20});
    return linear(g.op("gelu", {{"X", {linear(flat, 20, 40)}}}), 40, 20);
  }
  ValueId enlarged(ValueId x, Shape filter, std::int64_t pad) {
    return g.op("conv2d_transpose", {{"Input", {x}}, {"Filter", {weight(std::move(filter))}}},
                {{"strides", Integers{2, 2}}, {"paddings", Integers{pad, pad}}});
  }
};

TEST(NativeTensorOps, AgreeWithTheReferenceOnEveryInstructionSet) {
  const Attention net;
  const std::vector<Tensor> expected = run_graph(net.g.graph(), {&net.fed, 1});
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa max_isa{std::string(kernels::isa_name(isa))};
    for (int threads : {1, 3}) {
      const std::vector<Tensor> got =
          run_graph(net.g.graph(), {&net.fed, 1}, {.mode = "native", .threads = threads});
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const bool floats = expected[i].dtype() == DType::kFloat32;
        EXPECT_TRUE(floats ? within(expected[i].view(), got[i].view(),
                                    2e-5 * largest_magnitude(expected[i].view()), "output")
                           : same_bits(expected[i].view(), got[i].view(), "positions"))
            << i << " " << kernels::isa_name(isa);
      }
    }
  }
}

// By dimensions of 1 at its end a tensor of a lower rank has as many elements as the result, but
// not the layout of one.
TEST(NativeTensorOps, OperandsOfALowerRankMeetImages) {
  Random random("lower rank");
  for (const Shape& image : {Shape{1, 16, 1, 1}, Shape{2, 5, 1, 1}, Shape{2, 16, 3, 1}}) {
    for (const bool first : {true, false}) {
      if (first && image[2] != 1) continue;  // the second may not have more elements than the first
      GraphBuilder g;
      const ValueId x = g.relu(g.input("x", image));
      const ValueId low = g.constant(integers(random, {image[0], image[1]}));
      const ValueId product =
          g.op("elementwise_mul", {{"X", {first ? low : x}}, {"Y", {first ? x : low}}},
               {{"axis", std::int64_t{0}}});
      // It wants a halo around the product.
      g.output(g.conv(product, integers(random, {image[1], 1, 3, 3}),
                      {{"groups", image[1]}, {"paddings", Integers{1, 1}}}));
      std::vector<Tensor> inputs;
      inputs.push_back(integers(random, image));
      const std::vector<Tensor> expected = run_graph(g.graph(), inputs),
                                got = run_graph(g.graph(), inputs, {.mode = "native"});
      EXPECT_TRUE(same_values(expected.front().view(), got.front().view(), to_string(image)));
    }
  }
}

TEST(NativeTensorOps, RunNothingButMovesOnTheReference) {
  const Attention net;
  Session session(model_of(net.g.graph(), "native"), {.threads = 1});
  const TensorView view = net.fed.view();
  int packed = 0, from_blocks = 0;
  for (const PlannedStep& step : session.prepare({&view, 1}).steps) {
    const std::string name = step.step->implementation();
    EXPECT_TRUE(name != "reference" || step.type == "transpose2" || step.type == "reshape2")
        << step.type;
    packed += name.starts_with("packed:") ? 1 : 0;
    const bool ends = step.type == "softmax" || step.type == "arg_max";
    from_blocks += ends && step.operands.find('/') != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(packed, 5) << "the weights of every linear layer";
  EXPECT_EQ(from_blocks, 3) << "the endings read the image as it lies";
}

// A 1x1 filter that the network computes: everything that may end a convolution ends the product.
TEST(NativeTensorOps, ProductsByComputedFiltersEndAsConvolutionsDo) {
  Random random("computed filters");
  const std::array<Tensor, 3> fed = {uniform(random, {2, 5, 6, 7}), uniform(random, {20, 5, 1, 1}),
                                     uniform(random, {2, 20, 6, 7})};
  for (const bool has_residual : {false, true}) {
    for (const char* end : {"relu", "sigmoid", "hard_swish"}) {
      GraphBuilder g;
      const ValueId x = g.input("x", {2, 5, 6, 7}), filter = g.input("filter", {20, 5, 1, 1}),
                    other = g.input("other", {2, 20, 6, 7});
      ValueId y = g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}});
      if (has_residual) y = g.add(y, other);
      g.output(g.op(end, {{"X", {y}}}));
      const std::vector<Tensor> all = run_graph(g.graph(), fed);
      const Tensor& expected = all.front();
      Session session(model_of(g.graph(), "native"), {.threads = 1});
      std::vector<TensorView> views;
      for (const Tensor& tensor : fed) views.push_back(tensor.view());
      const std::vector<PlannedStep>& steps = session.prepare(views).steps;
      EXPECT_TRUE(std::any_of(steps.begin(), steps.end(), [](const PlannedStep& step) {
        return step.step->implementation().starts_with("product:");
      })) << end;
      const TensorView got = session.run(views).front();
      EXPECT_TRUE(within(expected.view(), got, 1e-6 * largest_magnitude(expected.view()), end))
          << has_residual;
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
