// SPDX-License-Identifier: Apache-2.0
// Resizing along any axes: what files cannot be made to say by ONNX Runtime, whose golden cases
// have the rest (tests/data/onnx/resample_*).
#include "engine/ops/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tests/engine/single_ops.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using kernels::InterpKind;
using kernels::ResampleCoordinates;

Graph resampling(const Shape& shape, const ResampleOptions& options) {
  GraphBuilder g;
  g.output(g.op("nearest_interp_v2", {{"X", {g.input("x", shape)}}}));
  Graph graph = g.graph();
  graph.nodes.front().op = make_operator<Resample>(options);  // of as many slots
  return graph;
}

Tensor resampled(const Tensor& x, const ResampleOptions& options, int threads = 1) {
  std::vector<Tensor> inputs;
  inputs.push_back(copy_of(x.view()));
  return std::move(
      run_graph(resampling(x.shape(), options), inputs, {.mode = "static", .threads = threads})
          .front());
}

TEST(Resample, RepeatsLongRows) {
  Random random("rows");
  const Tensor x = integers(random, {2, 3000});
  const Tensor y = resampled(x, {.rule = {.kind = InterpKind::kNearest,
                                          .coordinates = ResampleCoordinates::kAsymmetric,
                                          .rounding = kernels::NearestRounding::kFloor},
                                 .axes = {-1},
                                 .sizes = {9000}});
  ASSERT_EQ(y.shape(), (Shape{2, 9000}));
  for (std::int64_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(y.values<float>()[i], x.values<float>()[i / 9000 * 3000 + i % 9000 / 3]) << i;
  }
}

// A result of two samples weighs four, 1, 3, 3 and 1 eighths; those beyond an edge are the edge's.
TEST(Resample, HalvesWithoutAliases) {
  Random random("halves");
  constexpr std::int64_t kRows = 6000;
  const Tensor x = integers(random, {2 * kRows, 3});
  const ResampleOptions options = {
      .rule = {.kind = InterpKind::kLinear, .antialias = true}, .axes = {0}, .scales = {0.5F}};
  const Tensor y = resampled(x, options);
  ASSERT_EQ(y.shape(), (Shape{kRows, 3}));
  const auto at = [&](std::int64_t row, std::int64_t c) {
    return x.values<float>()[std::clamp<std::int64_t>(row, 0, 2 * kRows - 1) * 3 + c];
  };
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t c = 0; c < 3; ++c) {
      const float sum =
          at(2 * r - 1, c) + 3 * at(2 * r, c) + 3 * at(2 * r + 1, c) + at(2 * r + 2, c);
      ASSERT_EQ(y.values<float>()[r * 3 + c], sum / 8) << r << " " << c;
    }
  }
  for (int threads : {2, 3, 8}) {
    EXPECT_TRUE(same_bits(y.view(), resampled(x, options, threads).view(), "threads"));
  }
}

// Neither time nor memory by a size that nothing has.
TEST(Resample, OfNothingIsNothing) {
  GraphBuilder g;
  const ValueId none =
      g.op("slice", {{"Input", {g.input("x", {1, 1, 3})}}},
           {{"axes", Integers{0}}, {"starts", Integers{1}}, {"ends", Integers{1}}});
  g.output(g.op("nearest_interp_v2", {{"X", {none}}}));
  Graph graph = g.graph();
  graph.nodes.back().op =
      make_operator<Resample>(ResampleOptions{.axes = {2}, .sizes = {900'000'000}});
  std::vector<Tensor> inputs;
  inputs.emplace_back(DType::kFloat32, Shape{1, 1, 3});
  EXPECT_EQ(run_graph(graph, inputs, {.mode = "static"})[0].shape(), (Shape{0, 1, 900'000'000}));
}

TEST(Resample, RefusesWhatMakesNoSense) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(),
                  kInfinity = std::numeric_limits<float>::infinity();
  const struct {
    ResampleOptions options;
    const char* why;
  } kCases[] = {
      {{.axes = {0, 0}, .sizes = {2, 2}}, "occur twice"},
      {{.axes = {0, -2}, .sizes = {2, 2}}, "occur twice"},
      {{.axes = {2}, .sizes = {2}}, "do not exist"},
      {{.axes = {std::numeric_limits<std::int64_t>::min()}, .sizes = {2}}, "do not exist"},
      {{.sizes = {2}}, "sizes has 1 entries, expected 2"},
      {{.scales = {1, 1, 1}}, "scales has 3 entries, expected 2"},
      {{}, "scales has 0 entries"},
      {{.sizes = {2, 0}}, "becomes 0"},
      {{.sizes = {2, -5}}, "becomes -5"},
      {{.scales = {1, kNan}}, "by a scale of nan"},
      {{.scales = {1, kInfinity}}, "by a scale of inf"},
      {{.scales = {1, -1}}, "by a scale of -1"},
      {{.scales = {1, 0.1F}}, "becomes 0"},
      {{.policy = AspectPolicy::kNotLarger, .sizes = {1, 1000}}, "becomes empty"},
      {{.rule = {.coordinates = ResampleCoordinates::kCropped}, .sizes = {2, 2}, .region = {0, 0}},
       "the region has 2 entries, expected 4"},
  };
  for (const auto& c : kCases) {
    const Tensor x(DType::kFloat32, {4, 1});
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {c.why}, [&] { resampled(x, c.options); }))
        << c.why;
  }
}

// Wherever a region lies, samples are those of the operand.
TEST(Resample, RegionsMayLieAnywhere) {
  const Tensor x = Tensor::from<float>({4, 3}, std::vector<float>(12, 1));
  for (float start : {-1e30F, -1.0F, 0.5F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    for (InterpKind kind : {InterpKind::kNearest, InterpKind::kLinear, InterpKind::kCubic}) {
      for (bool antialias : {false, true}) {
        const Tensor y = resampled(x, {.rule = {.kind = kind,
                                                .coordinates = ResampleCoordinates::kCropped,
                                                .antialias = antialias},
                                       .extrapolation = 7,
                                       .sizes = {2, 5},
                                       .region = {start, 0, 1e30F, 1}});
        for (float value : y.values<float>())
          EXPECT_TRUE(value == 7 || std::abs(value - 1) < 1e-5F);
      }
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
