// SPDX-License-Identifier: Apache-2.0
// Sizes, axes and positions that a program computes from a convolution, and so enlarged that what
// another kernel rounds in another way makes another number: what memory was planned by counts, in
// every mode.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "engine/run/session.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kChannels = 32, kSide = 24;

// x and one number more: conv2d of x, of whose results one becomes sizes.
struct Program {
  GraphBuilder g;
  ValueId x = g.input("x", {1, kChannels, kSide, kSide}), more = g.input("more", {1});
  ValueId y;
  Integers position;  // in y
  float there = 0;    // by the reference kernel

  explicit Program(const Tensor& filter) {
    Tensor copy = copy_of(filter.view());
    y = g.conv(x, std::move(copy), {{"paddings", Integers{1, 1}}});
    g.output(y);
  }

  // `value` + more, as the reference kernel computes it.
  ValueId real(float value) {
    Integers ends = position;
    for (std::int64_t& end : ends) ++end;
    const ValueId one =
        g.op("slice", {{"Input", {y}}},
             {{"axes", Integers{0, 1, 2, 3}}, {"starts", position}, {"ends", ends}});
    const ValueId zero = g.op("scale", {{"X", {one}}}, {{"bias", -double{there}}});
    const ValueId large =
        g.op("scale", {{"X", {zero}}}, {{"scale", 1e13}, {"bias", double{value}}});
    return g.add(g.op("reshape2", {{"X", {large}}}, {{"shape", Integers{1}}}), more);
  }
  ValueId integer(float value) {
    return g.op("cast", {{"X", {real(value)}}}, {{"out_dtype", std::int64_t{2}}});
  }
};

struct Sibling {
  const char* name;
  ValueId (*build)(Program& p);
  float more;  // another value of that input, with which the program can do something as well
};

ValueId line(Program& p) {
  Tensor values(DType::kFloat32, {1, 1, 1, 4096});
  float next = 1;
  for (float& v : values.values<float>()) v = next++;
  return p.g.constant(std::move(values));
}

ValueId resized(Program& p, GraphBuilder::Slots sizes) {
  sizes.insert(sizes.begin(), {"X", {p.x}});
  return p.g.op("bilinear_interp_v2", sizes,
                {{"align_corners", false}, {"align_mode", std::int64_t{0}}});
}

ValueId sliced(Program& p, GraphBuilder::Slots positions) {
  positions.insert(positions.begin(), {"Input", {line(p)}});
  return p.g.op("slice", positions,
                {{"axes", Integers{3}}, {"starts", Integers{1}}, {"ends", Integers{-1}}});
}

ValueId joined(Program& p, std::vector<ValueId> parts) {
  return p.g.op("concat", {{"X", std::move(parts)}}, {{"axis", std::int64_t{0}}});
}

const Sibling kSiblings[] = {
    {"slice_end",
     [](Program& p) {
       return sliced(p, {{"EndsTensor", {p.integer(2000)}}});
     },
     7},
    {"slice_start",
     [](Program& p) {
       return sliced(p, {{"StartsTensor", {p.integer(20)}}});
     },
     7},
    {"slice_start_list",
     [](Program& p) {
       return sliced(
           p, {{"StartsTensorList", {p.integer(20)}}, {"EndsTensorList", {p.g.sizes({2000})}}});
     },
     7},
    {"slice_end_list",
     [](Program& p) {
       return sliced(
           p, {{"StartsTensorList", {p.g.sizes({20})}}, {"EndsTensorList", {p.integer(2000)}}});
     },
     7},
    {"concat_axis",
     [](Program& p) {
       return p.g.op("concat", {{"X", {p.x, p.x}}, {"AxisTensor", {p.integer(1)}}},
                     {{"axis", std::int64_t{0}}});
     },
     1},
    {"interp_scale",
     [](Program& p) {
       return resized(p, {{"Scale", {p.real(2)}}});
     },
     1},
    {"interp_size_and_scale",
     [](Program& p) {
       return resized(p, {{"OutSize", {p.g.sizes({31, 17})}}, {"Scale", {p.real(2)}}});
     },
     1},
    {"interp_size",
     [](Program& p) {
       return resized(p, {{"OutSize", {joined(p, {p.integer(31), p.integer(17)})}}});
     },
     5},
    {"interp_sizes",
     [](Program& p) {
       return resized(p, {{"SizeTensor", {p.integer(31), p.integer(17)}}});
     },
     5},
    {"pool_window",
     [](Program& p) {
       return p.g.op("pool2d",
                     {{"X", {p.x}}, {"SizeTensor", {joined(p, {p.integer(5), p.integer(3)})}}},
                     {{"pooling_type", std::string("avg")}, {"ksize", Integers{1, 1}}});
     },
     1},
    {"reshape",
     [](Program& p) {
       return p.g.op("reshape2",
                     {{"X", {p.x}}, {"Shape", {joined(p, {p.integer(32), p.g.sizes({-1})})}}});
     },
     4},
    {"reshape_list",
     [](Program& p) {
       return p.g.op("reshape2", {{"X", {p.x}}, {"ShapeTensor", {p.integer(32), p.g.sizes({-1})}}});
     },
     4},
};

// Where the kernels of a mode differ most from the reference, and what the reference has there.
struct Place {
  Integers position;
  float there = 0, difference = -1;
};

Place place_of(const Tensor& filter, std::span<const Tensor> fed, const std::string& mode) {
  const Program p(filter);
  const Tensor expected = std::move(run_graph(p.g.graph(), fed)[0]);
  const Tensor got = std::move(run_graph(p.g.graph(), fed, {.mode = mode})[0]);
  Place place;
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const float there = expected.values<float>()[static_cast<std::size_t>(i)];
    const float difference = std::fabs(there - got.values<float>()[static_cast<std::size_t>(i)]);
    if (difference <= place.difference) continue;
    place = {{0, i / kSide / kSide, i / kSide % kSide, i % kSide}, there, difference};
  }
  return place;
}

using Case = std::tuple<Sibling, std::string>;

class PlannedSizes : public testing::TestWithParam<Case> {};

TEST_P(PlannedSizes, CountWhateverTheRunComputes) {
  const auto& [sibling, mode] = GetParam();
  Random random("planned sizes");
  const Tensor filter = uniform(random, {16, kChannels, 3, 3});
  std::vector<Tensor> fed;
  fed.push_back(uniform(random, {1, kChannels, kSide, kSide}));
  fed.push_back(Tensor::from<float>({1}, std::vector<float>{0}));
  std::vector<Tensor> otherwise;
  otherwise.push_back(copy_of(fed[0].view()));
  otherwise.push_back(Tensor::from<float>({1}, std::vector<float>{sibling.more}));

  const Place place = place_of(filter, fed, mode);
  EXPECT_EQ(place.difference > 0, mode == "native" || mode == "onednn") << place.difference;
  Program p(filter);
  p.position = place.position;
  p.there = place.there;
  p.g.output(sibling.build(p));
  Session session(
      std::make_shared<const Model>(p.g.graph(), ModelOptions{.mode = mode, .disabled_passes = {}}),
      {.threads = 2});
  std::vector<Shape> shapes;
  for (const std::vector<Tensor>* inputs : {&fed, &otherwise, &fed}) {
    const Tensor expected = std::move(run_graph(p.g.graph(), *inputs)[1]);
    const TensorView& got = session.run(views_of(*inputs))[1];
    EXPECT_TRUE(within(expected.view(), got, 1e-6, sibling.name));
    shapes.push_back(expected.shape());
  }
  EXPECT_EQ(shapes[0], shapes[2]);
  const bool changes_ratio_alone = std::string_view(sibling.name) == "interp_size_and_scale";
  EXPECT_EQ(shapes[0] == shapes[1], changes_ratio_alone);
}

INSTANTIATE_TEST_SUITE_P(Siblings, PlannedSizes,
                         testing::Combine(testing::ValuesIn(kSiblings),
                                          testing::ValuesIn(graph_modes())),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + ("_" + std::get<1>(info.param));
                         });

// A factor is no size: whatever the run computes counts, and no plan is kept by it.
TEST(ComputedFactor, IsThatOfTheRun) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 2, 3, 4}), by = g.input("by", {1});
  const ValueId factor = g.op("scale", {{"X", {by}}}, {{"scale", 2.0}});
  g.output(g.op("scale", {{"X", {x}}, {"ScaleTensor", {factor}}}, {{"bias", 1.0}}));
  Random random("computed factor");
  for (const std::string& mode : graph_modes()) {
    Session session(
        std::make_shared<const Model>(g.graph(), ModelOptions{.mode = mode, .disabled_passes = {}}),
        {.threads = 1});
    const std::vector<TensorView> sizes = {{DType::kFloat32, {1, 2, 3, 4}, nullptr},
                                           {DType::kFloat32, {1}, nullptr}};
    const Plan* plan = &session.prepare(sizes);
    for (float value : {1.0F, -3.0F}) {
      std::vector<Tensor> fed;
      fed.push_back(integers(random, {1, 2, 3, 4}));
      fed.push_back(Tensor::from<float>({1}, std::vector<float>{value}));
      const std::vector<Tensor> got = copies_of(session.run(views_of(fed)));
      for (std::size_t i = 0; i < 24; ++i)
        EXPECT_EQ(got[0].values<float>()[i], fed[0].values<float>()[i] * 2 * value + 1) << mode;
      EXPECT_EQ(&session.prepare(sizes), plan) << mode;
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
