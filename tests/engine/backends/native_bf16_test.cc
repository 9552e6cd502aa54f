// SPDX-License-Identifier: Apache-2.0
// Plans in bf16, and with two bfloat16 a number, on emulated tiles: which nodes run so, that
// nothing but roundings tells them from those in float32, and that they are the same however they
// are run.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/backends/backend_table.h"
#include "engine/diagnostics/verify.h"
#include "tests/engine/backends/native_run.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

// Two levels of a U-Net with all that U2-Net has: normalised convolutions, dilated ones, a stride,
// maxima, resizing, joining, a residual, an output of one channel.
class UNet {
 public:
  // Of small whole numbers, of which bf16 has all up to 256, or of others. More outputs: one that
  // others read, which then is float32 with a residual in bf16; and an image of two channels with a
  // norm, which is read in halves.
  explicit UNet(bool whole, bool gives_more = false)
      : whole_(whole), random_(whole ? "whole bf16 net" : "bf16 net") {
    const ValueId x = g_.input("x", {-1, 3, -1, -1});
    const ValueId in = conv(x, 3, 32, 3), first = conv(in, 32, 16, 3);
    const ValueId second = conv(pool(first), 16, 16, 3), deep = conv(second, 16, 16, 3, 2);
    const ValueId joined =
        conv(g_.op("concat", {{"X", {deep, second}}}, {{"axis", whole_number(1)}}), 32, 16, 1);
    const ValueId up = g_.op("bilinear_interp_v2", {{"X", {joined}}},
                             {{"scale", std::vector<double>{2, 2}},
                              {"align_corners", false},
                              {"align_mode", whole_number(0)}});
    const ValueId both = g_.op("concat", {{"X", {up, first}}}, {{"axis", whole_number(1)}});
    const ValueId last = g_.add(conv(both, 32, 32, 3), in);
    if (gives_more) {
      g_.output(last);
      const ValueId few = conv(in, 32, 2, 3);
      g_.output(few);
      g_.output(conv(few, 2, 32, 3));
    }
    g_.output(g_.conv(last, filter({1, 32, 3, 3}), {{"paddings", Integers{1, 1}}}));
    g_.output(g_.conv(pool(last), filter({40, 32, 3, 3}),
                      {{"paddings", Integers{1, 1}}, {"strides", Integers{2, 2}}}));
  }

  const Graph& graph() const { return g_.graph(); }
  Tensor picture(Shape shape) {
    return whole_ ? integers(random_, std::move(shape), -1, 1) : uniform(random_, std::move(shape));
  }

 private:
  static Attribute whole_number(std::int64_t value) { return value; }

  // Of whole numbers few that are not 0, so that sums stay small.
  Tensor filter(Shape shape) {
    Tensor weights = uniform(random_, std::move(shape), -0.2, 0.2);
    if (whole_) {
      for (float& w : weights.values<float>())
        w = random_.integer(0, 60) ? 0.0F : static_cast<float>(random_.integer(-1, 1));
    }
    return weights;
  }

  ValueId conv(ValueId x, std::int64_t ic, std::int64_t oc, std::int64_t k,
               std::int64_t dilation = 1) {
    const ValueId y = g_.conv(x, filter({oc, ic, k, k}),
                              {{"paddings", Integers{k / 2 * dilation, k / 2 * dilation}},
                               {"dilations", Integers{dilation, dilation}}});
    // Whole numbers: what the norm promises of a variance of 0 is its bias, a whole centre.
    Tensor scale = uniform(random_, {oc}, 0.5, 2), bias = uniform(random_, {oc}, -1, 8),
           mean = uniform(random_, {oc}), variance = uniform(random_, {oc}, 0.1, 2);
    if (whole_) {
      std::ranges::fill(scale.values<float>(), 1.0F);
      std::ranges::fill(variance.values<float>(), 0.0F);
      fill_integers(random_, mean.values<float>(), -1, 1);
      fill_integers(random_, bias.values<float>(), -1, 3);
    }
    return g_.relu(
        g_.batch_norm(y, {std::move(scale), std::move(bias), std::move(mean), std::move(variance)},
                      whole_ ? 1 : 1e-5));
  }

  ValueId pool(ValueId x) { return g_.max_pool(x); }

  bool whole_;
  Random random_;
  GraphBuilder g_;
};

// Sizes of which rows are no whole tiles, too; and two pictures.
const Shape kPictures[] = {{1, 3, 32, 32}, {1, 3, 20, 44}, {2, 3, 12, 36}};

TEST(NativeBf16, RunsWholeNetworksInIt) {
  const EmulatedTiles tiles;
  UNet net(false);
  for (const auto& [choice, form] :
       {std::pair(kInBf16, "tiles:emulated"), std::pair(kInHalves, "tilesx3:emulated")}) {
    const NativeRun run = run_native(net.graph(), net.picture({1, 3, 64, 64}), choice);
    EXPECT_EQ(run.precision.taken, choice.precision);
    EXPECT_EQ(run.kernels.count(std::string("fused_conv2d ") + form) +
                  run.kernels.count(std::string("conv2d ") + form),
              8U);
    EXPECT_EQ(run.kernels.count("bilinear_interp_v2 emulated"), 0U);  // the convolution resizes
    // The picture comes in, and an output of 40 channels leaves its blocks; nothing else changes
    // its type, as outputs are written in float32.
    EXPECT_EQ(run.kernels.count("reorder reorder"), 2U);
    EXPECT_EQ(run.notes.front(), "precision " + std::string(precision_name(choice.precision)) +
                                     ": 8 of 8 convolutions, on emulated tiles");
    ASSERT_EQ(run.warnings.size(), 1U);
    EXPECT_NE(run.warnings.front().find("U2NET_EMULATE_TILES"), std::string::npos);
  }
}

// Whole numbers below 256 have no roundings in bf16, centred or not.
TEST(NativeBf16, IsExactOnWholeNumbers) {
  const EmulatedTiles tiles;
  for (bool gives_more : {false, true}) {
    UNet net(true, gives_more);
    for (const Shape& shape : kPictures) {
      const Tensor picture = net.picture(shape);
      const NativeRun f32 = run_native(net.graph(), picture, {.exact = true}),
                      bf16 = run_native(net.graph(), picture, kInBf16, 2),
                      halves = run_native(net.graph(), picture, kInHalves, 2);
      EXPECT_EQ(bf16.precision.taken, Precision::kBf16);
      EXPECT_EQ(halves.precision.taken, Precision::kBf16x3);
      EXPECT_EQ(bf16.notes.front(), gives_more
                                        ? "precision bf16: 10 of 10 convolutions, on emulated tiles"
                                        : "precision bf16: 8 of 8 convolutions, on emulated tiles");
      for (std::size_t i = 0; i < f32.outputs.size(); ++i) {
        EXPECT_TRUE(same_values(f32.outputs[i].view(), bf16.outputs[i].view(), to_string(shape)));
        EXPECT_TRUE(same_values(f32.outputs[i].view(), halves.outputs[i].view(), to_string(shape)));
        EXPECT_GT(largest_magnitude(f32.outputs[i].view()), 0);
        EXPECT_LT(largest_magnitude(f32.outputs[i].view()), 256);
      }
    }
  }
}

// Node by node within what storing in bf16 allows, and the outputs within what the network makes of
// that.
TEST(NativeBf16, VerifiesWithinItsRoundings) {
  const EmulatedTiles tiles;
  UNet net(false);
  const Model model(net.graph(), {.mode = "native", .disabled_passes = {}});
  const Tensor picture = net.picture({1, 3, 20, 44});
  const TensorView view = picture.view();
  for (const KernelChoice& choice : {kInBf16, kInHalves}) {
    const VerifyReport report = verify(net.graph(), model, *find_backend("native"), {&view, 1},
                                       {.threads = 2, .kernels = choice});
    EXPECT_TRUE(report.passed());
    double worst = 0;
    for (const Agreement& node : report.nodes) {
      EXPECT_TRUE(node.agrees()) << node.name << " " << node.implementation << " " << node.max_error
                                 << " " << node.bound;
      if (node.implementation.starts_with("tiles")) worst = std::max(worst, node.ratio);
    }
    // The bounds are no wider than it takes: a hundredth would not do.
    EXPECT_GT(worst, 0.01);
  }
}

// As exact as float32 nearly: a hundred times more than bf16.
TEST(NativeBf16, LosesNextToNothingInHalves) {
  const EmulatedTiles tiles;
  UNet net(false);
  for (const Shape& shape : kPictures) {
    const Tensor picture = net.picture(shape);
    EXPECT_LT(100 * mean_error(net.graph(), picture, kInHalves),
              mean_error(net.graph(), picture, kInBf16));
  }
}

TEST(NativeBf16, GivesTheSameBitsForAnyNumberOfThreadsAndInstructionSet) {
  const EmulatedTiles tiles;
  UNet net(false);
  for (const KernelChoice& choice : {kInBf16, kInHalves}) {
    for (const Shape& shape : kPictures) {
      const Tensor picture = net.picture(shape);
      const std::vector<Tensor> expected = run_native(net.graph(), picture, choice).outputs;
      for (int threads = 2; threads <= 8; ++threads) {
        expect_same(expected, run_native(net.graph(), picture, choice, threads).outputs,
                    to_string(shape) + " " + std::to_string(threads) + " threads");
      }
    }
    const Tensor picture = net.picture(kPictures[0]);
    const std::vector<Tensor> expected = run_native(net.graph(), picture, choice).outputs;
    // Of these, whose kernels in float32 are all slower for this network.
    for (const char* isa : {"portable", "avx2"}) {
      const MaxIsa limit(isa);
      const NativeRun got = run_native(net.graph(), picture, choice);
      EXPECT_EQ(got.kernels.count("reorder reorder"), 2U);
      expect_same(expected, got.outputs, isa);
    }
  }
}

// Whoever resizes, the image is rounded once.
TEST(NativeBf16, GivesTheSameBitsWhereResizingIsAStepOfItsOwn) {
  const EmulatedTiles tiles;
  UNet net(false);
  for (const KernelChoice& choice : {kInBf16, kInHalves}) {
    // Of so many pixels, tiles are the cheapest either way.
    for (const Shape& shape : {Shape{1, 3, 64, 64}, Shape{1, 3, 52, 84}, Shape{2, 3, 48, 64}}) {
      const Tensor picture = net.picture(shape);
      const NativeRun apart = run_native(net.graph(), picture, choice, 2, {"fold_upsample"});
      EXPECT_EQ(apart.kernels.count("bilinear_interp_v2 emulated"), 1U);
      expect_same(apart.outputs, run_native(net.graph(), picture, choice, 2).outputs,
                  to_string(shape));
    }
  }
}

TEST(NativeBf16, GivesTheBitsOfTheHardware) {
  if (!kernels::detected_features().contains(kernels::kAmx.features) ||
      !kernels::tiles_are_permitted())
    GTEST_SKIP() << "this machine has no AMX";
  UNet net(false);
  const Tensor picture = net.picture(kPictures[1]);
  for (const KernelChoice& choice : {kInBf16, kInHalves}) {
    const NativeRun amx = run_native(net.graph(), picture, choice, 2);
    const EmulatedTiles tiles;
    expect_same(run_native(net.graph(), picture, choice).outputs, amx.outputs, "AMX");
  }
}

// Without tiles, or the leave to emulate them: float32, to the bit, and it says so.
TEST(NativeBf16, IsFloat32WithoutTiles) {
  UNet net(false);
  const Tensor picture = net.picture(kPictures[0]);
  const MaxIsa limit("avx512");  // holds AMX back, and the vectors of other architectures
  const std::vector<Tensor> expected = run_native(net.graph(), picture, {}).outputs;
  for (const char* asked : {"", "0"}) {
    const EmulatedTiles none(asked);
    const NativeRun run = run_native(net.graph(), picture, kInBf16);
    EXPECT_EQ(run.precision.taken, Precision::kF32);
    EXPECT_EQ(run.notes.front(), to_text(run.precision));
    EXPECT_TRUE(run.warnings.empty());
    expect_same(expected, run.outputs, asked);
  }
}

TEST(NativeBf16, RefusesAnotherValueOfItsVariable) {
  const EmulatedTiles wrong("yes");
  UNet net(false);
  const Tensor picture = net.picture(kPictures[0]);
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"U2NET_EMULATE_TILES", "yes", "0 or 1"},
                         [&] { run_native(net.graph(), picture, kInBf16); }));
  run_native(net.graph(), picture, {});  // nobody asks
}

// What stays in float32 says why, and so does a plan in which nothing changes.
TEST(NativeBf16, SaysWhatStaysInFloat32) {
  const EmulatedTiles tiles;
  Random random("bf16 groups");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 64, 40, 40});
  const auto conv = [&](ValueId from, std::int64_t groups) {
    return g.conv(from, uniform(random, {64, 64 / groups, 3, 3}),
                  {{"paddings", Integers{1, 1}}, {"groups", groups}});
  };
  const ValueId grouped = g.relu(conv(x, 64));
  const Graph groups_alone = [&] {
    GraphBuilder alone = g;
    alone.output(grouped);
    return alone.graph();
  }();
  g.output(conv(grouped, 1));
  const Tensor picture = uniform(random, {1, 64, 40, 40});
  const NativeRun mixed = run_native(g.graph(), picture, kInBf16);
  EXPECT_EQ(mixed.notes.front(), "precision bf16: 1 of 2 convolutions, on emulated tiles");

  Session session(std::make_shared<const Model>(
                      g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                  {.threads = 1, .kernels = kInBf16});
  const TensorView view = picture.view();
  const Plan& plan = session.prepare({&view, 1});
  ASSERT_EQ(plan.decisions.size(), 2U);
  EXPECT_EQ(plan.decisions[0].rounding.element, kernels::ElementType::kF32);
  EXPECT_EQ(plan.decisions[1].rounding.element, kernels::ElementType::kBf16);
  const std::vector<Refusal>& refused = plan.decisions[0].refusals;
  ASSERT_EQ(refused.back().implementation, "tiles:emulated");
  EXPECT_EQ(refused.back().why, "groups");

  const NativeRun none = run_native(groups_alone, picture, kInBf16);
  EXPECT_EQ(none.precision.taken, Precision::kF32);
  EXPECT_EQ(none.notes.front(),
            "precision f32 instead of bf16: no convolution of the network is faster for it");
}

}  // namespace
}  // namespace u2net::engine::test
