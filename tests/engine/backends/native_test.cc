// SPDX-License-Identifier: Apache-2.0
// Mode native: which kernels a plan has, and that its results do not depend on how it is run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/plan/prepare.h"
#include "engine/run/session.h"
#include "kernels/conv2d/winograd.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// A level of a U-Net: convolution, maximum, convolution, resized and joined with the first, a sum,
// and a side output.
struct Level {
  GraphBuilder g;
  Tensor fed;

  explicit Level(std::int64_t height = 36, std::int64_t width = 44)
      : fed(DType::kFloat32, {1, 3, height, width}) {
    Random random("level");
    fill_uniform(random, fed.values<float>());
    const ValueId x = g.input("x", {-1, 3, -1, -1});
    const auto conv = [&](ValueId from, std::int64_t ic, std::int64_t oc) {
      return g.relu(
          g.conv(from, uniform(random, {oc, ic, 3, 3}, -0.2, 0.2), {{"paddings", Integers{1, 1}}}));
    };
    const ValueId first = conv(x, 3, 32);
    const ValueId pooled = g.op("pool2d", {{"X", {first}}},
                                {{"pooling_type", std::string("max")},
                                 {"ksize", Integers{2, 2}},
                                 {"strides", Integers{2, 2}},
                                 {"ceil_mode", true}});
    const ValueId deep = conv(pooled, 32, 32);
    const ValueId shape = g.op("shape", {{"Input", {first}}});
    const ValueId size =
        g.op("slice", {{"Input", {shape}}},
             {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{4}}});
    const ValueId up = g.op("bilinear_interp_v2", {{"X", {deep}}, {"OutSize", {size}}},
                            {{"align_corners", false}, {"align_mode", std::int64_t{0}}});
    const ValueId joined = g.op("concat", {{"X", {up, first}}}, {{"axis", std::int64_t{1}}});
    const ValueId last = g.add(conv(joined, 64, 32), first);
    g.output(g.op(
        "sigmoid",
        {{"X", {g.conv(last, uniform(random, {1, 32, 3, 3}), {{"paddings", Integers{1, 1}}})}}}));
    g.output(last);
  }

  std::shared_ptr<const Model> model(std::vector<std::string> disabled = {}) const {
    return std::make_shared<const Model>(
        g.graph(), ModelOptions{.mode = "native", .disabled_passes = std::move(disabled)});
  }
};

// "type implementation" of every step.
std::multiset<std::string> steps_of(Session& session, const Tensor& input) {
  const TensorView view = input.view();
  std::multiset<std::string> steps;
  for (const PlannedStep& step : session.prepare({&view, 1}).steps)
    steps.insert(step.type + " " + step.step->implementation());
  return steps;
}

int count(const std::multiset<std::string>& steps, std::string_view part) {
  return static_cast<int>(std::count_if(
      steps.begin(), steps.end(), [&](const std::string& s) { return s.find(part) != s.npos; }));
}

TEST(Native, FusesAWholeLevel) {
  const Level level;
  Session session(level.model(), {.threads = 1});
  const auto steps = steps_of(session, level.fed);
  EXPECT_EQ(count(steps, "pool2d"), 0);
  EXPECT_EQ(count(steps, "interp"), 0);
  EXPECT_EQ(count(steps, "concat"), 0);
  EXPECT_EQ(count(steps, "conv2d"), 4);
  EXPECT_EQ(count(steps, "reference"), 0);
  EXPECT_EQ(count(steps, "reorder"), 2) << "the input gets its halo, an output becomes plain";
}

class NativePass : public testing::TestWithParam<const char*> {};

TEST_P(NativePass, CanBeLeftOut) {
  const Level level;
  Session all(level.model(), {.threads = 1}), without(level.model({GetParam()}), {.threads = 1});
  EXPECT_NE(steps_of(all, level.fed), steps_of(without, level.fed));
  const TensorView view = level.fed.view();
  const std::vector<Tensor> expected = run_graph(level.g.graph(), {&level.fed, 1});
  const std::vector<Tensor> got = copies_of(without.run({&view, 1}));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(within(expected[i].view(), got[i].view(),
                       2e-5 * largest_magnitude(expected[i].view()), GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Names, NativePass,
                         testing::Values("fold_concat", "fold_upsample", "fuse_max_pool"),
                         [](const auto& info) { return info.param; });

// What F(m x m, 3 x 3) makes of roundings, by the spread of its results: the magnitudes that its
// sums go through, where operands are independent of each other and have the mean 0,
//   sqrt(mean over results of sum over points of A^2 (G^2 of any filter) B^2 / 9)
double rounding_gain(int m) {
  const std::span<const double> points = kernels::winograd_points(m);
  const auto side = static_cast<std::size_t>(m) + 2;
  std::vector<double> filters(side * side), samples(side);
  for (int tap = 0; tap < 9; ++tap) {
    float filter[9] = {};
    filter[tap] = 1;
    std::vector<double> u(side * side);
    kernels::transform_filter(m, filter, u.data());
    for (std::size_t i = 0; i < u.size(); ++i) filters[i] += u[i] * u[i];
  }
  for (std::size_t i = 0; i < side; ++i) {
    std::vector<double> product{1};  // of (x - point), lowest coefficient first, without point i
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (j == i) continue;
      product.insert(product.begin(), 0);
      for (std::size_t k = 0; k + 1 < product.size(); ++k) product[k] -= points[j] * product[k + 1];
    }
    for (double c : product) samples[i] += c * c;
  }
  const auto power = [&](std::size_t row, std::size_t i) {
    if (i < points.size()) return std::pow(points[i], 2 * static_cast<double>(row));
    return row + 3 == side ? 1.0 : 0.0;  // infinity
  };
  double sum = 0;
  for (std::size_t y = 0; y + 2 < side; ++y) {
    for (std::size_t x = 0; x + 2 < side; ++x) {
      for (std::size_t i = 0; i < side; ++i) {
        for (std::size_t j = 0; j < side; ++j)
          sum += power(y, i) * power(x, j) * filters[i * side + j] * samples[i] * samples[j];
      }
    }
  }
  return std::sqrt(sum / 9) / m;
}

// The error of the larger tile against that of the smaller is what their transforms make of
// roundings, and neither is more than all of them could add up to.
TEST(Native, RoundsAsItsTransformsSay) {
  constexpr std::int64_t kChannels = 32;
  GraphBuilder g;
  Random random("rounding of tiles");
  const Tensor fed = uniform(random, {1, kChannels, 45, 45});
  g.output(g.conv(g.input("x", {1, kChannels, 45, 45}),
                  uniform(random, {kChannels, kChannels, 3, 3}), {{"paddings", Integers{1, 1}}}));
  const auto root_of_mean = [](std::span<const float> values, std::span<const float> from) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += std::pow(double{values[i]} - (from.empty() ? 0.0 : double{from[i]}), 2);
    return std::sqrt(sum / static_cast<double>(values.size()));
  };
  const std::vector<Tensor> expected = run_graph(g.graph(), {&fed, 1});
  const std::span<const float> right = expected.front().values<float>();
  const auto error_of = [&](int m) {
    Session session(std::make_shared<const Model>(
                        g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                    {.threads = 1, .kernels = {.convolution = "winograd" + std::to_string(m)}});
    EXPECT_EQ(count(steps_of(session, fed), "winograd" + std::to_string(m)), 1);
    const TensorView view = fed.view();
    const std::vector<Tensor> got = copies_of(session.run({&view, 1}));
    const double error = root_of_mean(got.front().values<float>(), right);
    const double terms = static_cast<double>(kChannels) + 4 * (m + 2) + 2;  // error_bound.cc
    EXPECT_LT(error, std::sqrt(terms) * 0x1p-24 * rounding_gain(m) * root_of_mean(right, {}));
    return error;
  };
  EXPECT_NEAR(rounding_gain(4), 5.02, 0.01);
  EXPECT_NEAR(rounding_gain(6), 20.63, 0.01);
  EXPECT_NEAR(error_of(6) / error_of(4) * rounding_gain(4) / rounding_gain(6), 1, 0.25);
}

// Sizes that halve exactly and sizes that do not.
TEST(Native, AgreesWithTheReferenceAtEverySize) {
  for (auto [height, width] :
       {std::pair<std::int64_t, std::int64_t>{36, 44}, {37, 45}, {8, 8}, {2, 2}, {1, 1}, {5, 64}}) {
    const Level level(height, width);
    const std::vector<Tensor> expected = run_graph(level.g.graph(), {&level.fed, 1});
    for (kernels::CpuFeatures isa : runnable_isas()) {
      const MaxIsa max_isa{std::string(kernels::isa_name(isa))};
      for (bool exact : {false, true}) {
        const std::vector<Tensor> got =
            run_graph(level.g.graph(), {&level.fed, 1},
                      {.mode = "native", .threads = 2, .kernels = {.exact = exact}});
        for (std::size_t i = 0; i < expected.size(); ++i) {
          EXPECT_TRUE(within(
              expected[i].view(), got[i].view(), 2e-5 * largest_magnitude(expected[i].view()),
              std::to_string(height) + "x" + std::to_string(width) + (exact ? " exact" : "")));
        }
      }
    }
  }
}

TEST(Native, GivesTheSameBitsWithAnyNumberOfThreads) {
  const Level level;
  const std::vector<Tensor> one =
      run_graph(level.g.graph(), {&level.fed, 1}, {.mode = "native", .threads = 1});
  for (int threads = 2; threads <= 8; ++threads) {
    const std::vector<Tensor> got =
        run_graph(level.g.graph(), {&level.fed, 1}, {.mode = "native", .threads = threads});
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_TRUE(same_bits(one[i].view(), got[i].view(), std::to_string(threads) + " threads"));
    }
  }
}

TEST(Native, UsesNoTransformWhereItIsToBeExact) {
  const Level level;
  Session fast(level.model(), {.threads = 1}),
      exact(level.model(), {.threads = 1, .kernels = {.exact = true}});
  EXPECT_GT(count(steps_of(fast, level.fed), "winograd"), 0);
  EXPECT_EQ(count(steps_of(exact, level.fed), "winograd"), 0);
}

TEST(Native, TakesTheFormThatItIsTold) {
  const Level level;
  Session told(level.model(), {.threads = 1, .kernels = {.convolution = "winograd4"}});
  const auto steps = steps_of(told, level.fed);
  EXPECT_EQ(count(steps, "winograd4"), count(steps, "conv2d"));
}

TEST(Native, KnowsEveryForm) {
  const Level level;
  const TensorView view = level.fed.view();
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'winograd5'", "winograd6", "blocked"}, [&] {
    Session(level.model(), {.threads = 1, .kernels = {.convolution = "winograd5"}})
        .prepare({&view, 1});
  }));
}

TEST(Native, IsHeldBackByTheEnvironment) {
  const Level level;
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const std::string name(kernels::isa_name(isa));
    const MaxIsa max_isa(name);
    EXPECT_EQ(usable_features(), isa);
    Session session(level.model(), {.threads = 1});
    EXPECT_EQ(count(steps_of(session, level.fed), ":" + name), 4);
  }
  const MaxIsa most("avx512");  // without AMX
  EXPECT_EQ(usable_features(), kernels::detected_features() & kernels::kAvx512.features);
}

TEST(Native, RefusesAnUnknownInstructionSet) {
  for (const char* name : {"avx", "AVX2", "sse4", "avx2 "}) {
    const MaxIsa max_isa(name);
    EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"U2NET_MAX_ISA", name, "portable"},
                           [] { usable_features(); }));
  }
  const MaxIsa empty("");
  EXPECT_EQ(usable_features(), kernels::detected_features());
}

// The constants of a plan, which are the packed weights.
std::set<const void*> constants_of(const Plan& plan) {
  std::set<const void*> constants;
  for (const Plan::Buffer& buffer : plan.buffers) {
    if (buffer.constant && buffer.bytes > 4096) constants.insert(buffer.constant.get());
  }
  return constants;
}

TEST(Native, SharesPackedWeightsBetweenSessions) {
  const Level level;
  const auto model = level.model();
  Session one(model, {.threads = 1}), other(model, {.threads = 1});
  const TensorView view = level.fed.view();
  const std::set<const void*> constants = constants_of(one.prepare({&view, 1}));
  EXPECT_GE(constants.size(), 3U);
  EXPECT_EQ(constants, constants_of(other.prepare({&view, 1})));
}

TEST(Native, SaysWhatRunsOnTheReferenceKernel) {
  Random random("fallback");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 3, 8, 8}), filter = g.input("filter", {4, 3, 3, 3});
  g.output(g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}}));
  const Tensor inputs[] = {uniform(random, {1, 3, 8, 8}), uniform(random, {4, 3, 3, 3})};
  const auto model = std::make_shared<const Model>(
      g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}});
  Session session(model, {.threads = 1});
  const Plan& plan = session.prepare(views_of(inputs));
  ASSERT_EQ(plan.notes.size(), 1U);
  EXPECT_NE(plan.notes.front().find("computed filter"), std::string::npos);
  const Tensor expected = std::move(run_graph(g.graph(), inputs).front());
  EXPECT_TRUE(same_bits(expected.view(), session.run(views_of(inputs)).front(), "fallback"));
}

}  // namespace
}  // namespace u2net::engine::test
