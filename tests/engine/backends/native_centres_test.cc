// SPDX-License-Identifier: Apache-2.0
// What plans on tiles make of what is known of a network: centres, halves, and which convolutions
// round.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/engine/backends/native_run.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"

namespace u2net::engine::test {
namespace {

// Channels of 226 +- 2, as U2Netp has some: of 226 bf16 keeps the whole number. What is known of
// them is what a normalisation says, or what a run has them be; or nothing, where they come from
// elsewhere.
enum class Known { kByNorm, kMeasured, kNothing };

Graph far_from_zero(Known known) {
  Random random("bf16 centres");
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 32, 24, 24});
  const auto number = [](float value) {
    Tensor t(DType::kFloat32, {32});
    std::ranges::fill(t.values<float>(), value);
    return t;
  };
  const Attributes padded = {{"paddings", Integers{1, 1}}};
  ValueId y = x;
  if (known != Known::kNothing) y = g.conv(x, uniform(random, {32, 32, 3, 3}, -0.1, 0.1), padded);
  if (known == Known::kByNorm) {
    y = g.relu(g.batch_norm(y, {number(2), number(226), number(0), number(1)}));
  } else {
    y = g.relu(g.add(y, g.constant(number(226)), 1));
  }
  g.output(g.conv(y, uniform(random, {32, 32, 3, 3}, -0.1, 0.1), padded));
  return g.graph();
}

TEST(NativeBf16, KeepsWhatIsFarFromZero) {
  const EmulatedTiles tiles;
  Random random("bf16 far from zero");
  const Tensor picture = uniform(random, {1, 32, 24, 24});
  const double lost = mean_error(far_from_zero(Known::kNothing), picture);
  EXPECT_LT(8 * mean_error(far_from_zero(Known::kByNorm), picture), lost);
  EXPECT_LT(8 * mean_error(far_from_zero(Known::kMeasured), picture), lost);
}

// Planning affords it where a convolution resizes, too: none of the measuring run's are left to the
// reference kernels, for which this one would be too much.
TEST(NativeBf16, MeasuresWhereConvolutionsResize) {
  const EmulatedTiles tiles;
  Random random("bf16 measured, resized");
  GraphBuilder g;
  const auto conv = [&](ValueId from, std::int64_t oc) {
    return g.conv(from, uniform(random, {oc, 64, 3, 3}, -0.1, 0.1), {{"paddings", Integers{1, 1}}});
  };
  const ValueId small = g.relu(conv(g.input("x", {1, 64, 160, 160}), 64));
  const ValueId up = g.op("bilinear_interp_v2", {{"X", {small}}},
                          {{"scale", std::vector<double>{2, 2}},
                           {"align_corners", false},
                           {"align_mode", std::int64_t{0}}});
  g.output(conv(g.relu(conv(up, 64)), 1));
  const Tensor picture = uniform(random, {1, 64, 160, 160});
  Session session(std::make_shared<const Model>(
                      g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                  {.threads = 1, .kernels = kInBf16});
  const TensorView view = picture.view();
  EXPECT_EQ(session.prepare({&view, 1}).notes.front(),
            "precision bf16: 3 of 3 convolutions, on emulated tiles, centred as a run on a made "
            "picture tells");
}

// A part of a network may have no image left, though its picture is one: there is nothing to
// measure then.
TEST(NativeBf16, MeasuresNoImageThatIsNotThere) {
  const EmulatedTiles tiles;
  Random random("bf16 no image");
  GraphBuilder g;
  const auto conv = [&](ValueId from) {
    return g.conv(from, uniform(random, {32, 32, 3, 3}, -0.1, 0.1), {{"paddings", Integers{1, 1}}});
  };
  const ValueId none =
      g.op("slice", {{"Input", {g.input("x", {1, 32, 24, 24})}}},
           {{"axes", Integers{0}}, {"starts", Integers{1}}, {"ends", Integers{9}}});
  g.output(conv(conv(none)));
  const Tensor picture = uniform(random, {1, 32, 24, 24});
  for (Precision precision : {Precision::kBf16, Precision::kMixed}) {
    const NativeRun run = run_native(g.graph(), picture, {.precision = precision});
    EXPECT_EQ(run.outputs.front().shape(), (Shape{0, 32, 24, 24}));
    EXPECT_EQ(run.precision.taken, precision) << run.precision.why;
  }
}

// What is measured is so on a picture of the network's own, whatever it is run on and with.
TEST(NativeBf16, MeasuresTheSameInEveryRun) {
  const EmulatedTiles tiles;
  Random random("bf16 measured");
  const Graph graph = far_from_zero(Known::kMeasured);
  const Tensor batch = uniform(random, {3, 32, 24, 24});
  const std::vector<Tensor> whole = run_native(graph, batch, kInBf16, 2).outputs;
  const std::int64_t size = batch.size() / 3, results = whole.front().size() / 3;
  for (std::int64_t image = 0; image < 3; ++image) {
    Tensor alone(DType::kFloat32, {1, 32, 24, 24});
    std::copy_n(batch.values<float>().data() + image * size, size, alone.values<float>().data());
    for (int threads : {1, 3}) {
      const std::vector<Tensor> got = run_native(graph, alone, kInBf16, threads).outputs;
      EXPECT_EQ(
          std::memcmp(got.front().data(), whole.front().values<float>().data() + image * results,
                      got.front().bytes()),
          0);
    }
  }
}

// Pictures and the weights that meet them have two halves of 8 bits each: what they are off by is
// 2^-16 of either, and the sums' own roundings.
TEST(NativeBf16, KeepsPicturesInTwoHalves) {
  const EmulatedTiles tiles;
  Random random("bf16 halves");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 3, 40, 40});
  g.output(g.conv(x, uniform(random, {64, 3, 3, 3}), {{"paddings", Integers{1, 1}}}));
  const Tensor picture = uniform(random, {1, 3, 40, 40});
  const NativeRun run = run_native(g.graph(), picture, kInBf16);
  ASSERT_EQ(run.kernels.count("conv2d tiles:emulated"), 1U);
  const std::vector<Tensor> expected = run_native(g.graph(), picture, {.exact = true}).outputs;
  constexpr double kTerms = 27, kUnit = 0x1p-8;
  // Of 27 products of numbers below 1 in magnitude.
  const double bound = kTerms * (2 * kUnit * kUnit + 4 * kTerms * kFloatRounding);
  EXPECT_TRUE(within(expected.front().view(), run.outputs.front().view(), bound, "halves"));
}

// Of two branches of a network one does a hundred times what it is to the output, the other next to
// nothing. Of the input nothing is known, so those that read it round nothing.
TEST(NativeBf16, MixesByWhatRoundingsDoToTheOutputs) {
  const EmulatedTiles tiles;
  Random random("bf16 mixture");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 32, 24, 24});
  const auto branch = [&](double scale) {
    const auto conv = [&](ValueId from) {
      const ValueId y =
          g.conv(from, uniform(random, {32, 32, 3, 3}, -0.1, 0.1), {{"paddings", Integers{1, 1}}});
      return g.relu(g.batch_norm(y, {uniform(random, {32}, 0.5, 2), uniform(random, {32}, -1, 8),
                                     uniform(random, {32}), uniform(random, {32}, 0.1, 2)}));
    };
    g.output(g.op("scale", {{"X", {conv(conv(x))}}}, {{"scale", scale}}));
  };
  branch(100);
  branch(1e-3);
  const Tensor picture = uniform(random, {1, 32, 24, 24});
  Session session(std::make_shared<const Model>(
                      g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                  {.threads = 1, .kernels = {.precision = Precision::kMixed}});
  const TensorView view = picture.view();
  const Plan& plan = session.prepare({&view, 1});
  EXPECT_EQ(plan.notes.front(),
            "precision mixed: 4 of 4 convolutions, 3 of them as bf16x3, on emulated tiles");
  std::vector<kernels::ElementType> elements;
  for (std::size_t n = 0; n < plan.graph->nodes.size(); ++n) {
    if (plan.graph->nodes[n].op->type().name != "conv2d") continue;
    const Decision& decision = plan.decisions[n];
    elements.push_back(decision.rounding.element);
    const bool rounds = elements.back() == kernels::ElementType::kBf16;
    for (const Refusal& refusal : decision.refusals) {
      if (refusal.implementation != "tiles:emulated") continue;
      EXPECT_FALSE(rounds);
      EXPECT_NE(refusal.why.find("its roundings would do too much"), std::string::npos);
    }
  }
  using enum kernels::ElementType;
  EXPECT_EQ(elements, (std::vector{kBf16x2, kBf16x2, kBf16x2, kBf16}));
}

}  // namespace
}  // namespace u2net::engine::test
