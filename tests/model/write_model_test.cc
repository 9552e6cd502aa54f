// SPDX-License-Identifier: Apache-2.0
// Graph -> Paddle's files -> Graph: nothing is lost on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/graph/choice.h"
#include "loader/paddle/params_writer.h"
#include "loader/paddle/program_reader.h"
#include "loader/paddle/program_writer.h"
#include "loader/save_model.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

// What a program says of one node, names of values included.
std::string text_of(const Graph& graph, const Node& node) {
  std::string text(node.op->type().name);
  for (const auto& slot : node.inputs) {
    text += " (";
    for (ValueId id : slot) text += " " + graph.values[id].name;
    text += ")";
  }
  for (const auto& [name, value] : node.op->describe()) text += " " + name + "=" + value;
  return text + " -> " + node.name;
}

std::vector<std::string> texts_of(const Graph& graph) {
  std::vector<std::string> texts;
  for (const Node& node : graph.nodes) texts.push_back(text_of(graph, node));
  return texts;
}

// Those of the file, and what the loader adds.
std::int64_t constants_in(const Graph& graph) {
  return std::count_if(graph.values.begin(), graph.values.end(),
                       [](const Value& value) { return value.constant != nullptr; });
}

class WriteGolden : public testing::TestWithParam<std::string> {};

TEST_P(WriteGolden, GivesTheSameModelBack) {
  const Golden golden = load_golden(GetParam());
  const TempDir folder;
  if (std::any_of(golden.model.graph.nodes.begin(), golden.model.graph.nodes.end(),
                  [](const Node& node) { return op_as<Choice>(node) != nullptr; })) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"branches"},
                           [&] { save_model(folder / "again", golden.model.graph); }));
    return;
  }
  save_model(folder / "again", golden.model.graph);
  const LoadedModel again = load_model(folder / "again");

  EXPECT_EQ(texts_of(again.graph), texts_of(golden.model.graph));
  EXPECT_EQ(again.parameter_count, constants_in(golden.model.graph));
  ASSERT_EQ(again.graph.inputs.size(), golden.model.graph.inputs.size());
  for (std::size_t i = 0; i < again.graph.inputs.size(); ++i) {
    EXPECT_EQ(again.graph.inputs[i].name, golden.model.graph.inputs[i].name);
    EXPECT_EQ(again.graph.type_of(again.graph.inputs[i].value),
              golden.model.graph.type_of(golden.model.graph.inputs[i].value));
  }
  const std::vector<Tensor> expected = run(golden, {});
  const std::vector<Tensor> got = run_graph(again.graph, golden.inputs);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_TRUE(
        same_bits(expected[i].view(), got[i].view(), golden.name + " output " + std::to_string(i)));
  }
  // A second round changes nothing at all.
  EXPECT_EQ(write_program(again.graph), read_file(folder / "again.pdmodel"));
}

TEST_P(WriteGolden, ParametersAreTheFilesOwnBytes) {
  const fs::path file = golden_folder(GetParam()) / "model.pdiparams";
  if (!fs::exists(file)) return;  // a model without parameters has no such file
  const LoadedModel model = load_model(golden_folder(GetParam()));
  const std::string written = write_parameters(model.graph);
  if (constants_in(model.graph) == model.parameter_count) {
    EXPECT_EQ(written, read_file(file));
  } else {  // the loader's own come last
    EXPECT_TRUE(written.starts_with(read_file(file)));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, WriteGolden, testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

TEST(WriteModel, BundledParametersAreTheFilesOwnBytes) {
  const std::string bytes = write_parameters(load_model(bundled()).graph);
  EXPECT_TRUE(bytes == read_file(bundled(".pdiparams")));
}

TEST(WriteModel, AllFilesOrNone) {
  const TempDir folder;
  const LoadedModel model = load_model(golden_folder("chain_conv_bias_bn_relu"));
  fs::create_directory(folder / "net.pdiparams");
  EXPECT_TRUE(fails_with(ErrorCode::kOutput, {"net.pdiparams"},
                         [&] { save_model(folder / "net", model.graph); }));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(WriteModel, ReplacesWhatWasThere) {
  const TempDir folder;
  const LoadedModel model = load_model(golden_folder("chain_conv_bias_bn_relu"));
  write_file(folder / "net.pdmodel", "old");
  const std::vector<fs::path> paths = save_model(folder / "net", model.graph);
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(paths[0], folder / "net.pdmodel");
  EXPECT_EQ(paths[1], folder / "net.pdiparams");
  EXPECT_EQ(load_model(folder / "net").graph.nodes.size(), model.graph.nodes.size());
}

}  // namespace
}  // namespace u2net::engine::test
