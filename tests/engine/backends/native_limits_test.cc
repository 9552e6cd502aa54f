// SPDX-License-Identifier: Apache-2.0
// Mode native at its limits: more sources than a pass makes, batches without images, sizes whose
// products overflow; with every form of convolution and every instruction set.
#include <gtest/gtest.h>

#include <functional>

#include "engine/ops/fused_conv2d.h"
#include "engine/run/session.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// test(what, options) for every form of convolution of every instruction set that runs here.
void for_each_form(const std::function<void(const std::string&, const RunOptions&)>& test) {
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa max_isa{std::string(kernels::isa_name(isa))};
    for (const std::string& form : kernels::conv_forms()) {
      for (int threads : {1, 3}) {
        test(form + ":" + std::string(kernels::isa_name(isa)),
             {.mode = "native", .threads = threads, .kernels = {.convolution = form}});
      }
    }
  }
}

ValueId concat(GraphBuilder& g, std::vector<ValueId> parts) {
  return g.op("concat", {{"X", std::move(parts)}}, {{"axis", std::int64_t{1}}});
}

// concat(x * 8) * 8, read by a convolution: 64 sources if nobody counts.
TEST(NativeSources, AreCountedByNode) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 4, 24, 24});
  const ValueId whole = concat(g, std::vector<ValueId>(8, concat(g, std::vector<ValueId>(8, x))));
  Random random("sources");
  g.output(
      g.conv(whole, uniform(random, {16, 256, 3, 3}, -0.1, 0.1), {{"paddings", Integers{1, 1}}}));
  std::vector<Tensor> fed;
  fed.push_back(uniform(random, {1, 4, 24, 24}));
  const std::vector<Tensor> expected = run_graph(g.graph(), fed);
  for_each_form([&](const std::string& what, const RunOptions& options) {
    EXPECT_TRUE(
        within(expected[0].view(), run_graph(g.graph(), fed, options)[0].view(), 1e-3, what));
  });
}

// What no pass makes, but a kernel could be given.
TEST(NativeSources, MayBeMany) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 3, 9, 11});
  constexpr std::int64_t kSources = 40;
  Random random("many sources");
  g.output(g.conv(x, integers(random, {8, 3 * kSources, 3, 3}), {{"paddings", Integers{1, 1}}}));
  Graph graph = g.graph();
  make_fused(graph.nodes[0]);
  replace_source(graph.nodes[0], 0, std::vector<ValueId>(kSources, x), false);
  std::vector<Tensor> fed;
  fed.push_back(integers(random, {1, 3, 9, 11}));
  const std::vector<Tensor> expected = run_graph(graph, fed);
  for_each_form([&](const std::string& what, const RunOptions& options) {
    EXPECT_TRUE(within(expected[0].view(), run_graph(graph, fed, options)[0].view(), 0.05, what));
  });
}

// More parts than there are numbers for operands in oneDNN's interface.
TEST(ManyParts, AreJoinedInEveryMode) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2, 1, 3, 5});
  g.output(concat(g, std::vector<ValueId>(20000, x)));
  Random random("many parts");
  std::vector<Tensor> fed;
  fed.push_back(integers(random, {2, 1, 3, 5}));
  const std::vector<Tensor> expected = run_graph(g.graph(), fed);
  for (const std::string& mode : graph_modes()) {
    EXPECT_TRUE(
        same_bits(expected[0].view(), run_graph(g.graph(), fed, {.mode = mode})[0].view(), mode));
  }
}

// Every image operator on no images, or on as many as `batch` of x; outputs are [0,...].
Graph without_images(const Integers& axes) {
  GraphBuilder g;
  Random random("no images");
  const ValueId x = g.input("x", {2, 16, 12, 20});
  const Integers zeros(axes.size(), 0);
  const ValueId none =
      g.op("slice", {{"Input", {x}}}, {{"axes", axes}, {"starts", zeros}, {"ends", zeros}});
  const auto conv = [&](ValueId from, Shape filter, Integers strides, std::int64_t groups) {
    return g.relu(g.conv(from, uniform(random, std::move(filter)),
                         {{"paddings", Integers{1, 1}}, {"strides", strides}, {"groups", groups}}));
  };
  const ValueId plain = conv(none, {16, 16, 3, 3}, {1, 1}, 1);
  g.output(plain);
  g.output(conv(plain, {16, 1, 3, 3}, {1, 1}, 16));
  g.output(conv(none, {24, 8, 3, 3}, {2, 2}, 2));
  g.output(conv(concat(g, {none, plain}), {1, 32, 1, 1}, {1, 1}, 1));
  const ValueId pooled = g.op("pool2d", {{"X", {plain}}},
                              {{"pooling_type", std::string("max")},
                               {"ksize", Integers{2, 2}},
                               {"strides", Integers{2, 2}}});
  const ValueId up = g.op("bilinear_interp_v2", {{"X", {pooled}}},
                          {{"out_h", std::int64_t{12}},
                           {"out_w", std::int64_t{20}},
                           {"align_corners", false},
                           {"align_mode", std::int64_t{0}}});
  g.output(g.add(conv(up, {16, 16, 3, 3}, {1, 1}, 1), plain));
  g.output(g.op("sigmoid", {{"X", {g.op("scale", {{"X", {up}}}, {{"scale", 2.0}})}}}));
  g.output(
      g.op("elementwise_mul", {{"X", {up}}, {"Y", {g.constant(uniform(random, {16, 1, 1}))}}}));
  std::array<Tensor, 4> statistics;
  for (Tensor& s : statistics) s = uniform(random, {16}, 0.5, 1);
  g.output(g.batch_norm(up, std::move(statistics)));
  g.output(concat(g, {up, none, none}));
  g.output(g.op("reshape2", {{"X", {up}}}, {{"shape", Integers{0, 16, 240}}}));
  g.output(g.op("cast", {{"X", {up}}}, {{"out_dtype", std::int64_t{6}}}));
  return g.graph();
}

void expect_shapes(const std::vector<Tensor>& expected, const std::vector<Tensor>& got,
                   const std::string& what) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].shape(), expected[i].shape()) << what << ", output " << i;
    EXPECT_EQ(got[i].size(), 0) << what << ", output " << i;
  }
}

TEST(NoImages, GiveNoResultsInEveryMode) {
  const Graph graph = without_images({0});
  std::vector<Tensor> fed;
  Random random("no images, fed");
  fed.push_back(uniform(random, {2, 16, 12, 20}));
  const std::vector<Tensor> expected = run_graph(graph, fed);
  EXPECT_EQ(expected[0].shape(), (Shape{0, 16, 12, 20}));
  for (const std::string& mode : graph_modes())
    expect_shapes(expected, run_graph(graph, fed, {.mode = mode, .threads = 2}), mode);
  for_each_form([&](const std::string& what, const RunOptions& options) {
    expect_shapes(expected, run_graph(graph, fed, options), what);
  });
}

// At the engine's own door there must be images.
TEST(NoImages, AreNotFed) {
  GraphBuilder g;
  g.output(g.relu(g.input("x", {-1, 3, 8, 8})));
  for (const std::string& mode : graph_modes()) {
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"'x'", "[0,3,8,8]"}, [&] {
      std::vector<Tensor> fed;
      fed.emplace_back(DType::kFloat32, Shape{0, 3, 8, 8});
      run_graph(g.graph(), fed, {.mode = mode});
    }));
  }
}

// Nothing but padding to read: results are the bias.
TEST(NoPixels, LeaveThePadding) {
  GraphBuilder g;
  Random random("no pixels");
  const ValueId x = g.input("x", {1, 16, 5, 6});
  const ValueId none =
      g.op("slice", {{"Input", {x}}},
           {{"axes", Integers{2}}, {"starts", Integers{0}}, {"ends", Integers{0}}});
  const ValueId y = g.conv(none, integers(random, {16, 16, 3, 3}), {{"paddings", Integers{2, 2}}});
  g.output(g.add(y, g.constant(integers(random, {16, 1, 1}))));
  std::vector<Tensor> fed;
  fed.push_back(integers(random, {1, 16, 5, 6}));
  const std::vector<Tensor> expected = run_graph(g.graph(), fed);
  EXPECT_EQ(expected[0].shape(), (Shape{1, 16, 2, 8}));
  for (const std::string& mode : graph_modes()) {
    EXPECT_TRUE(within(expected[0].view(), run_graph(g.graph(), fed, {.mode = mode})[0].view(),
                       1e-5, mode));
  }
  for_each_form([&](const std::string& what, const RunOptions& options) {
    EXPECT_TRUE(
        within(expected[0].view(), run_graph(g.graph(), fed, options)[0].view(), 1e-5, what));
  });
}

// 2^32 elements, each with 2^32 of padding: no size_t holds the bytes.
TEST(NativeLayouts, ThatOverflowAreRefused) {
  GraphBuilder g;
  constexpr std::int64_t kMany = 65536;
  const ValueId x = g.input("x", {-1, 1, 1, 1});
  const ValueId many = g.add(x, g.constant(Tensor(DType::kFloat32, {1, kMany, 1, 1})));
  g.output(g.conv(many, Tensor(DType::kFloat32, {kMany, 1, 1, 1}),
                  {{"groups", kMany},
                   {"paddings", Integers{kMany, 0, kMany, 0}},
                   {"strides", Integers{kMany, kMany}}}));
  const TensorView sizes{DType::kFloat32, {kMany, 1, 1, 1}, nullptr};
  for (const std::string& form : kernels::conv_forms()) {
    for (std::size_t batch_bytes : {std::size_t{1}, std::size_t{1} << 50}) {
      Session session(std::make_shared<const Model>(
                          g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                      {.threads = 1,
                       .max_arena_bytes = std::size_t{1} << 62,
                       .max_batch_bytes = batch_bytes,
                       .kernels = {.convolution = form}});
      EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"2^44", "65537"}, [&] {
        session.prepare({&sizes, 1});
      })) << form;
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
