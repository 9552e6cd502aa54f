// SPDX-License-Identifier: Apache-2.0
// Infinite values and NaN: what PaddlePaddle 2.6.2 computes on a CPU, in every mode of our own
// kernels, and how far one reaches. Mode onednn does as oneDNN does, where a test says so.
// tests/data has no golden case of them: the expectations were printed by PaddlePaddle itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>

#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;
using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kLowest = std::numeric_limits<float>::lowest();

Attributes max_pooling() {
  return {
      {"pooling_type", std::string("max")}, {"ksize", Integers{2, 2}}, {"strides", Integers{2, 2}}};
}

Attributes bilinear() {
  return {{"scale", std::vector<double>{2, 2}},
          {"align_corners", false},
          {"align_mode", std::int64_t{0}}};
}

class SpecialValues : public testing::TestWithParam<std::string> {
 protected:
  bool is_onednn() const { return GetParam() == "onednn"; }

  // With every instruction set and one and three threads.
  void expect(const Graph& graph, const Tensor& input, const Tensor& expected, const char* what) {
    for (kernels::CpuFeatures isa : runnable_isas()) {
      const MaxIsa limit{std::string(kernels::isa_name(isa))};
      for (int threads : {1, 3}) {
        std::vector<Tensor> inputs;
        inputs.push_back(copy_of(input.view()));
        const Tensor got =
            std::move(run_graph(graph, inputs, {.mode = GetParam(), .threads = threads}).front());
        EXPECT_TRUE(
            same_values(expected.view(), got.view(),
                        GetParam() + " " + what + " " + std::string(kernels::isa_name(isa))));
      }
    }
  }

  // One operator of one operand, on 16 channels that are all alike.
  void expect_op(const char* type, const Attributes& attributes, Shape plane, const Floats& values,
                 Shape result, const Floats& expected) {
    GraphBuilder g;
    const ValueId x = g.input("x", {1, 16, plane[0], plane[1]});
    g.output(g.op(type, {{"X", {x}}}, attributes));
    expect(g.graph(), repeated(plane, values), repeated(result, expected), type);
  }

  static Tensor repeated(const Shape& plane, const Floats& values) {
    Floats all;
    for (int c = 0; c < 16; ++c) all.insert(all.end(), values.begin(), values.end());
    return Tensor::from<float>({1, 16, plane[0], plane[1]}, all);
  }
};

TEST_P(SpecialValues, Relu) {
  expect_op("relu", {}, {2, 4}, {kNan, -kNan, kInf, -kInf, -0.0F, 3, -2, 0}, {2, 4},
            {0, 0, kInf, 0, 0, 3, 0, 0});
}

TEST_P(SpecialValues, Sigmoid) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, 2, 2});
  g.output(g.op("sigmoid", {{"X", {x}}}));
  std::vector<Tensor> inputs;
  inputs.push_back(repeated({2, 2}, {kNan, kInf, -kInf, 0}));
  const Tensor got = std::move(run_graph(g.graph(), inputs, {.mode = GetParam()}).front());
  const std::span<const float> values = got.values<const float>();
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], 1.0F);
  EXPECT_NEAR(values[2], 0.0F, 0x1p-125);
  EXPECT_EQ(values[3], 0.5F);
}

TEST_P(SpecialValues, SumsAndProducts) {
  for (const auto& [type, expected] :
       std::vector<std::pair<const char*, Floats>>{{"elementwise_add", {kNan, kInf, -kInf, 2}},
                                                   {"elementwise_mul", {kNan, kInf, kInf, 1}}}) {
    GraphBuilder g;
    const ValueId x = g.input("x", {1, 16, 2, 2});
    g.output(g.op(type, {{"X", {x}}, {"Y", {x}}}));
    expect(g.graph(), repeated({2, 2}, {kNan, kInf, -kInf, 1}), repeated({2, 2}, expected), type);
  }
  expect_op("scale", {{"scale", -2.0}, {"bias", 1.0}}, {2, 2}, {kNan, kInf, -kInf, 1}, {2, 2},
            {kNan, -kInf, kInf, -1});
}

// A NaN is forgotten with what came before it, unless it is the last one. oneDNN leaves them out.
TEST_P(SpecialValues, MaximumPooling) {
  struct Window {
    Floats values;
    float largest, largest_of_onednn;
  };
  const std::vector<Window> windows = {
      {{9, 2, kNan, 6}, 6, 9},           {{9, kNan, 3, 6}, 6, 9},
      {{9, 2, 3, kNan}, kNan, 9},        {{kNan, 9, 3, 6}, 9, 9},
      {{-kInf, 1, 2, kInf}, kInf, kInf}, {{-kInf, -kInf, -kInf, -kInf}, kLowest, kLowest},
      {{-kInf, kNan, 0, -5}, 0, 0},      {{kNan, kNan, kNan, kNan}, kNan, kLowest}};
  for (const Window& w : windows) {
    expect_op("pool2d", max_pooling(), {2, 2}, w.values, {1, 1},
              {is_onednn() ? w.largest_of_onednn : w.largest});
  }
}

// A convolution that copies its input, and what is pooled of it.
Graph pooled_convolution(const Shape& plane, std::int64_t kernel, const Attributes& pooling) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, plane[0], plane[1]});
  Tensor filter(DType::kFloat32, {16, 16, kernel, kernel});
  const auto taps = static_cast<std::size_t>(kernel * kernel);
  for (std::size_t c = 0; c < 16; ++c) filter.values<float>()[(c * 16 + c) * taps + taps / 2] = 1;
  const ValueId conv =
      g.conv(x, std::move(filter), {{"paddings", Integers{kernel / 2, kernel / 2}}});
  g.output(g.op("pool2d", {{"X", {conv}}}, pooling));
  g.output(conv);
  return g.graph();
}

// Fused behind a convolution it is what pooling the convolution's own result gives, at the edges as
// well.
TEST_P(SpecialValues, MaximumPoolingBehindAConvolution) {
  if (is_onednn()) return;  // see above
  for (const auto& [plane, kernel, ceil] :
       std::vector<std::tuple<Shape, std::int64_t, bool>>{{{2, 2}, 1, true},
                                                          {{12, 14}, 1, false},
                                                          {{13, 11}, 1, true},
                                                          {{13, 11}, 1, false},
                                                          {{2, 2}, 3, true},
                                                          {{12, 14}, 3, false},
                                                          {{13, 11}, 3, true},
                                                          {{13, 11}, 3, false}}) {
    Attributes pooling = max_pooling();
    pooling["ceil_mode"] = ceil;
    const Graph graph = pooled_convolution(plane, kernel, pooling);
    Random random("pooled");
    std::vector<Tensor> inputs;
    inputs.push_back(integers(random, {1, 16, plane[0], plane[1]}));
    inputs[0].values<float>()[1] = kNan;
    inputs[0].values<float>()[static_cast<std::size_t>(inputs[0].size()) - 3] = -kInf;
    for (kernels::CpuFeatures isa : runnable_isas()) {
      const MaxIsa limit{std::string(kernels::isa_name(isa))};
      for (bool exact : {false, true}) {
        RunOptions options{.mode = GetParam()};
        options.kernels.exact = exact;
        const std::vector<Tensor> got = run_graph(graph, inputs, options);
        GraphBuilder alone;
        alone.output(alone.op("pool2d", {{"X", {alone.input("x", got[1].shape())}}}, pooling));
        std::vector<Tensor> conv;
        conv.push_back(copy_of(got[1].view()));
        EXPECT_TRUE(same_values(run_graph(alone.graph(), conv)[0].view(), got[0].view(),
                                GetParam() + " " + to_string(plane)));
      }
    }
  }
}

// Weights of zero do not stop it: 0 * inf is NaN. oneDNN leaves out what weighs nothing.
TEST_P(SpecialValues, Bilinear) {
  for (float special : {kInf, kNan}) {
    const float s = special;
    const Floats expected =
        is_onednn() ? Floats{1, 1.25, 1.75, 2, 1.5, s, s, s, 2.5, s, s, s, 3, s, s, s}
                    : Floats{kNan, kNan, kNan, kNan, kNan, s, s, s, kNan, s, s, s, kNan, s, s, s};
    expect_op("bilinear_interp_v2", bilinear(), {2, 2}, {1, 2, 3, special}, {4, 4}, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, SpecialValues, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

// Where outputs of two runs are not the same bits.
struct Box {
  std::int64_t top = 1 << 20, left = 1 << 20, bottom = -1, right = -1;
};
Box difference(const Tensor& a, const Tensor& b) {
  Box box;
  const std::int64_t h = a.shape()[2], w = a.shape()[3];
  for (std::int64_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(a.values<const float>().data() + i, b.values<const float>().data() + i, 4) == 0)
      continue;
    const std::int64_t y = i / w % h, x = i % w;
    box = {std::min(box.top, y), std::min(box.left, x), std::max(box.bottom, y),
           std::max(box.right, x)};
  }
  return box;
}

// Every tile of m x m results whose (m + 2) x (m + 2) samples hold it, and nothing else.
TEST(SpecialValuesInWinograd, SpreadOverTheTilesThatReadThem) {
  constexpr std::int64_t kSide = 40;
  Random random("spread");
  const Tensor filter = uniform(random, {32, 16, 3, 3}),
               image = uniform(random, {1, 16, kSide, kSide});
  for (const auto& [form, m] : std::vector<std::pair<std::string, std::int64_t>>{
           {"winograd6", 6}, {"winograd4", 4}, {"blocked", 1}}) {
    GraphBuilder g;
    const ValueId x = g.input("x", image.shape());
    g.output(g.conv(x, copy_of(filter.view()), {{"paddings", Integers{1, 1}}}));
    RunOptions options{.mode = "native", .threads = 2};
    options.kernels.convolution = form;
    const auto outputs = [&](const Tensor& input) {
      std::vector<Tensor> inputs;
      inputs.push_back(copy_of(input.view()));
      return std::move(run_graph(g.graph(), inputs, options).front());
    };
    for (kernels::CpuFeatures isa : runnable_isas()) {
      const MaxIsa limit{std::string(kernels::isa_name(isa))};
      const Tensor expected = outputs(image);
      for (float special : {kNan, kInf, -kInf}) {
        for (const auto& [y, px] : std::vector<std::pair<std::int64_t, std::int64_t>>{
                 {0, 0}, {5, 12}, {11, 17}, {18, 24}, {23, 6}, {39, 38}}) {
          const Tensor input = copy_of(image.view());
          input.values<float>()[static_cast<std::size_t>((3 * kSide + y) * kSide + px)] = special;
          const Box box = difference(expected, outputs(input));
          const auto first = [&, tile = m](std::int64_t at) {
            return std::max<std::int64_t>((at - tile + tile - 1) / tile * tile, 0);
          };
          const auto last = [&, tile = m](std::int64_t at) {
            return std::min((at + 1) / tile * tile + tile, kSide) - 1;
          };
          const std::string where = form + " at " + std::to_string(y) + "," + std::to_string(px);
          EXPECT_GE(box.top, first(y)) << where;
          EXPECT_LE(box.bottom, last(y)) << where;
          EXPECT_GE(box.left, first(px)) << where;
          EXPECT_LE(box.right, last(px)) << where;
          EXPECT_LE(box.top, std::max<std::int64_t>(y - 1, 0)) << where;  // and it does reach them
          EXPECT_GE(box.bottom, std::min(y + 1, kSide - 1)) << where;
        }
      }
    }
  }
}

// The same of an image that is resized on the way: of the resized samples.
TEST(SpecialValuesInWinograd, SpreadOverTheTilesThatReadThemResized) {
  constexpr std::int64_t kSmall = 20, kSide = 40, m = 6;
  Random random("spread resized");
  const Tensor image = uniform(random, {1, 16, kSmall, kSmall});
  GraphBuilder g;
  const ValueId up = g.op("bilinear_interp_v2", {{"X", {g.input("x", image.shape())}}}, bilinear());
  g.output(g.conv(up, uniform(random, {32, 16, 3, 3}), {{"paddings", Integers{1, 1}}}));
  RunOptions options{.mode = "native", .threads = 2};
  options.kernels.convolution = "winograd6";
  const auto outputs = [&](const Tensor& input) {
    std::vector<Tensor> inputs;
    inputs.push_back(copy_of(input.view()));
    return std::move(run_graph(g.graph(), inputs, options).front());
  };
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa limit{std::string(kernels::isa_name(isa))};
    const Tensor expected = outputs(image);
    for (const auto& [y, x] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 0}, {0, 9}, {7, 0}, {10, 11}, {19, 5}, {4, 19}, {19, 19}}) {
      const Tensor input = copy_of(image.view());
      input.values<float>()[static_cast<std::size_t>((3 * kSmall + y) * kSmall + x)] = kInf;
      const Box box = difference(expected, outputs(input));
      const auto first = [&](std::int64_t at) {
        return std::max<std::int64_t>((std::max<std::int64_t>(2 * at - 1, 1) - 1) / m * m, 0);
      };
      const auto last = [&](std::int64_t at) {
        return std::min((std::min(2 * at + 2, kSide - 1) + 1) / m * m + m, kSide) - 1;
      };
      const std::string where = "at " + std::to_string(y) + "," + std::to_string(x);
      EXPECT_GE(box.top, first(y)) << where;
      EXPECT_LE(box.bottom, last(y)) << where;
      EXPECT_GE(box.left, first(x)) << where;
      EXPECT_LE(box.right, last(x)) << where;
      EXPECT_LE(box.top, 2 * y) << where;
      EXPECT_GE(box.bottom, 2 * y + 1) << where;
    }
  }
}

// Lanes of a block that are no channels: 0 * inf there is nobody's business.
TEST(SpecialValuesInBlocks, StayOutOfWhatIsFiniteAgain) {
  Random random("lanes");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, 9, 9});
  const ValueId gate =
      g.op("sigmoid", {{"X", {g.conv(x, uniform(random, {5, 16, 1, 1}, 0.5, 1))}}});
  g.output(g.conv(gate, uniform(random, {16, 5, 3, 3}), {{"paddings", Integers{1, 1}}}));
  std::vector<Tensor> inputs;
  inputs.push_back(uniform(random, {1, 16, 9, 9}));
  inputs[0].values<float>()[40] = kInf;
  inputs[0].values<float>()[60] = -kInf;
  const std::vector<Tensor> expected = run_graph(g.graph(), inputs);
  for (float v : expected[0].values<const float>()) ASSERT_TRUE(std::isfinite(v));
  RunOptions options{.mode = "native"};
  options.kernels.convolution = "blocked";
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa limit{std::string(kernels::isa_name(isa))};
    EXPECT_TRUE(within(expected[0].view(), run_graph(g.graph(), inputs, options)[0].view(), 1e-5,
                       std::string(kernels::isa_name(isa))));
  }
}

}  // namespace
}  // namespace u2net::engine::test
