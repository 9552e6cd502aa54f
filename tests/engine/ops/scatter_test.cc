// SPDX-License-Identifier: Apache-2.0
// Updates at numbered places: what is refused, before a run and in one.
#include "engine/ops/scatter.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/single_ops.h"
#include "tests/support/expect_error.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

Tensor places(Shape shape, const Integers& numbers) {
  return Tensor::from<std::int64_t>(std::move(shape), numbers);
}

ValueId scatter(GraphBuilder& g, Shape x, Tensor index, Shape updates) {
  return g.op("scatter", {{"X", {image(g, std::move(x))}},
                          {"Ids", {g.constant(std::move(index))}},
                          {"Updates", {g.constant(weight(std::move(updates)))}}});
}

ValueId scatter_nd(GraphBuilder& g, Shape x, Tensor index, Shape updates) {
  return g.op("scatter_nd_add", {{"X", {image(g, std::move(x))}},
                                 {"Index", {g.constant(std::move(index))}},
                                 {"Updates", {g.constant(weight(std::move(updates)))}}});
}

ValueId put(GraphBuilder& g, Shape x, Tensor index, Tensor values, std::int64_t axis,
            Attributes attributes = {}) {
  attributes["Axis"] = axis;
  return g.op("put_along_axis",
              {{"Input", {image(g, std::move(x))}},
               {"Index", {g.constant(std::move(index))}},
               {"Value", {g.constant(std::move(values))}}},
              std::move(attributes));
}

struct ScatterCase {
  std::function<ValueId(GraphBuilder&)> build;
  std::initializer_list<std::string_view> parts;
  ErrorCode code = ErrorCode::kModelFormat;
};

const ScatterCase kBadScatters[] = {
    {[](auto& g) {
       return scatter(g, {4, 3}, places({2, 2}, {0, 1, 2, 3}), {2, 3});
     },
     {"scatter", "[2,2]", "[4,3]"}},
    {[](auto& g) {
       return scatter(g, {4, 3}, places({2}, {0, 1}), {3, 3});
     },
     {"scatter", "updates [3,3]", "expected [2,3]"}},
    {[](auto& g) {
       return scatter(g, {4, 3}, weight({2}), {2, 3});
     },
     {"scatter", "Index", "float32"},
     ErrorCode::kModelUnsupported},
    {[](auto& g) { return scatter(g, {}, places({1}, {0}), {1}); }, {"scatter", "[1]", "[]"}},
    {[](auto& g) {
       return scatter_nd(g, {4, 3}, places({1, 3}, {0, 1, 2}), {1});
     },
     {"scatter_nd", "[1,3]", "[4,3]"}},
    {[](auto& g) {
       return scatter_nd(g, {4, 3}, places({}, {0}), {4, 3});
     },
     {"scatter_nd", "[]", "[4,3]"}},
    {[](auto& g) {
       return scatter_nd(g, {4, 3}, places({2, 1}, {0, 1}), {2, 4});
     },
     {"scatter_nd", "updates [2,4]", "expected [2,3]"}},
    {[](auto& g) {
       return put(g, {2, 3}, places({3, 1}, {0, 1, 2}), weight({3, 1}), 1);
     },
     {"put_along_axis", "[3,1]", "[2,3]", "axis 1"}},
    {[](auto& g) {
       return put(g, {2, 3}, places({2, 1}, {0, 1}), weight({2, 2}), 1);
     },
     {"put_along_axis", "updates [2,2]", "expected [2,1]"}},
    {[](auto& g) {
       return put(g, {2, 3}, places({2, 1}, {0, 1}), weight({2, 1}), 2);
     },
     {"put_along_axis", "axis 2"}},
    {[](auto& g) {
       return put(g, {2, 3}, places({2, 1}, {0, 1}), weight({2, 1}, DType::kFloat64), 1);
     },
     {"put_along_axis", "float32", "float64"}},
};

TEST(Scatter, NamesWhatDoesNotFit) {
  for (const ScatterCase& c : kBadScatters) {
    GraphBuilder g;
    g.output(c.build(g));
    EXPECT_TRUE(fails_with(c.code, c.parts, [&] { inferred(g); }));
  }
}

TEST(Scatter, RefusesSumsOfTruths) {
  GraphBuilder g;
  g.output(g.op("put_along_axis",
                {{"Input", {image(g, {2}, DType::kBool)}},
                 {"Index", {g.constant(places({1}, {0}))}},
                 {"Value", {g.constant(weight({1}, DType::kBool))}}},
                {{"Axis", std::int64_t{0}}, {"Reduce", std::string("add")}}));
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelUnsupported, {"put_along_axis", "bool"}, [&] { inferred(g); }));
}

std::vector<float> run_one(const GraphBuilder& g, Shape shape, const std::vector<float>& x) {
  std::vector<Tensor> fed;
  fed.push_back(Tensor::from<float>(std::move(shape), x));
  const std::vector<Tensor> got = run_graph(g.graph(), fed);
  return {got[0].values<float>().begin(), got[0].values<float>().end()};
}

TEST(Scatter, NamesANumberOutsideOfItsAxis) {
  for (std::int64_t number : {3, -4}) {
    GraphBuilder g;
    g.output(scatter(g, {3, 1}, places({1}, {number}), {1, 1}));
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape,
                           {"scatter", "element " + std::to_string(number), "of 3"}, [&] {
                             run_one(g, {3, 1}, {1, 2, 3});
                           }));
  }
}

TEST(Scatter, CountsFromTheEndAndInOrder) {
  GraphBuilder g;
  g.output(put(g, {4}, places({3}, {-1, 0, 3}),
               Tensor::from<float>({3}, std::vector<float>{5, 6, 7}), 0));
  EXPECT_EQ(run_one(g, {4}, {1, 2, 3, 4}), (std::vector<float>{6, 2, 3, 7}));
}

TEST(Scatter, LeavesOutWhatWasThere) {
  const std::pair<const char*, std::vector<float>> kModes[] = {
      {"assign", {1, 2, 7, 4}}, {"add", {1, 2, 12, 4}}, {"mul", {1, 2, 35, 4}},
      {"amin", {1, 2, 5, 4}},   {"amax", {1, 2, 7, 4}}, {"mean", {1, 2, 6, 4}},
  };
  for (const auto& [reduce, expected] : kModes) {
    GraphBuilder g;
    g.output(put(g, {4}, places({2}, {2, 2}), Tensor::from<float>({2}, std::vector<float>{5, 7}), 0,
                 {{"Reduce", std::string(reduce)}, {"Include_self", false}}));
    EXPECT_EQ(run_one(g, {4}, {1, 2, 3, 4}), expected) << reduce;
  }
}

}  // namespace
}  // namespace u2net::engine::test
