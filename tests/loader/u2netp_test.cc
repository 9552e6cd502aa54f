// SPDX-License-Identifier: Apache-2.0
// The real export.
#include <gtest/gtest.h>

#include <map>

#include "engine/graph/op.h"
#include "tests/loader/loading.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {
namespace {

const std::filesystem::path kBundledFolder = test::source_folder() / "models/u2netp";

TEST(U2netp, Loads) {
  const LoadedModel model = load_model(kBundledFolder / "u2netp");
  EXPECT_EQ(model.parameter_count, 686);
  EXPECT_EQ(model.parameter_elements, 1'136'877);
  EXPECT_EQ(model.paddle_version, 2'006'002);
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.inputs[0].name, "image");
  EXPECT_EQ(model.graph.type_of(model.graph.inputs[0].value).shape, (Shape{-1, 3, 320, 320}));
  EXPECT_EQ(model.graph.outputs.size(), 7U);
}

TEST(U2netp, HasTheOperatorsThatItShould) {
  const LoadedModel model = load_model(kBundledFolder);
  std::map<std::string_view, int> counts;
  for (const Node& node : model.graph.nodes) ++counts[node.op->type().name];
  const std::map<std::string_view, int> expected = {{"batch_norm", 112}, {"bilinear_interp_v2", 38},
                                                    {"cast", 38},        {"concat", 51},
                                                    {"conv2d", 119},     {"elementwise_add", 130},
                                                    {"pool2d", 33},      {"relu", 112},
                                                    {"reshape2", 119},   {"scale", 7},
                                                    {"shape", 38},       {"sigmoid", 7},
                                                    {"slice", 38}};
  EXPECT_EQ(counts, expected);
}

TEST(U2netp, OwnsEveryWeight) {
  const LoadedModel model = load_model(kBundledFolder / "u2netp.pdmodel");
  std::int64_t weights = 0, elements = 0;
  for (const Value& value : model.graph.values) {
    if (!value.constant) continue;
    ++weights;
    elements += value.constant->size();
    EXPECT_EQ(value.constant->shape(), value.type.shape) << value.name;
  }
  EXPECT_EQ(weights, 686);
  EXPECT_EQ(elements, 1'136'877);
}

}  // namespace
}  // namespace u2net::engine::test
