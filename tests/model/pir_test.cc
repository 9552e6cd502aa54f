// SPDX-License-Identifier: Apache-2.0
// Programs that Paddle 3 wrote (tests/data/pir) in every mode against what Paddle computed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "engine/graph/choice.h"
#include "loader/load_model.h"
#include "loader/pir/pir_writer.h"
#include "loader/save_model.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

fs::path root() { return test::source_folder() / "tests/data/pir"; }

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(root())) {
    if (entry.is_directory()) found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class PirGolden : public testing::TestWithParam<std::string> {};

// Chains of a few operators round as in tests/model/golden_test.cc: by 2e-6 of the largest element
// in the reference kernels, by up to 1e-4 where Winograd's transforms stand in a chain.
TEST_P(PirGolden, AgreesWithPaddle) {
  const fs::path folder = root() / GetParam();
  const LoadedModel model = load_model(folder);
  std::vector<Tensor> inputs;
  inputs.push_back(npy::read_npy(folder / "in_x.npy"));
  for (const std::string& mode : graph_modes()) {
    const double bound = mode == "native" ? 1e-4 : mode == "onednn" ? 2e-5 : 2e-6;
    for (int threads : {1, 2}) {
      const std::vector<Tensor> got =
          run_graph(model.graph, inputs, {.mode = mode, .threads = threads});
      for (std::size_t i = 0; i < got.size(); ++i) {
        const Tensor expected = npy::read_npy(folder / ("out" + std::to_string(i) + ".npy"));
        EXPECT_TRUE(within(expected.view(), got[i].view(),
                           bound * largest_magnitude(expected.view()),
                           GetParam() + " " + mode + " output " + std::to_string(i)));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PirGolden, testing::ValuesIn(names()),
                         [](const auto& info) { return "v" + info.param; });

TEST(PirGoldenCases, AreAllThere) { EXPECT_GE(names().size(), 76U); }

// What a graph of Paddle 2 has as attributes is one here too, though the file has operands.
TEST(PirProgram, HasAttributesInPlaceOfConstantOperands) {
  const LoadedModel model = load_model(root() / "3_3_chain");
  EXPECT_EQ(model.pir_version, 4);
  EXPECT_EQ(model.parameter_count, 10);
  for (const Value& value : model.graph.values) {
    EXPECT_FALSE(value.name.starts_with("constant")) << value.name;
  }
  for (const Node& node : model.graph.nodes) {
    if (node.op->type().name == "pool2d" || node.op->type().name == "reshape2") {
      EXPECT_EQ(std::count_if(node.inputs.begin(), node.inputs.end(),
                              [](const auto& slot) { return !slot.empty(); }),
                1)
          << node.name;
    }
  }
}

// What a program says of one node, but for the names of values, which PIR does not have.
std::vector<std::string> nameless_texts_of(const Graph& graph) {
  std::vector<std::string> texts;
  for (const Node& node : graph.nodes) {
    std::string text(node.op->type().name);
    for (const auto& slot : node.inputs) text += " " + std::to_string(slot.size());
    // An operand in place of an attribute leaves that without meaning; shapes are aligned at their
    // ends, however it is said.
    const bool by_operand = std::any_of(node.inputs.begin() + 1, node.inputs.end(),
                                        [](const auto& slot) { return !slot.empty(); });
    if (!by_operand) {
      for (const auto& [name, value] : node.op->describe()) text += " " + name + "=" + value;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

void expect_written_and_read_alike(const LoadedModel& model, std::span<const Tensor> inputs) {
  const TempDir folder;
  save_model(folder / "again", model.graph, {}, ProgramFormat::kPir);
  const LoadedModel again = load_model(folder / "again");
  EXPECT_EQ(nameless_texts_of(again.graph), nameless_texts_of(model.graph));
  ASSERT_EQ(again.graph.inputs.size(), model.graph.inputs.size());
  for (std::size_t i = 0; i < again.graph.inputs.size(); ++i) {
    EXPECT_EQ(again.graph.inputs[i].name, model.graph.inputs[i].name);
    EXPECT_EQ(again.graph.type_of(again.graph.inputs[i].value),
              model.graph.type_of(model.graph.inputs[i].value));
  }
  const std::vector<Tensor> expected = run_graph(model.graph, inputs),
                            got = run_graph(again.graph, inputs);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(same_bits(expected[i].view(), got[i].view(), "output " + std::to_string(i)));
  EXPECT_TRUE(write_pir_program(again.graph) == read_file(folder / "again.json"))
      << "a second round changes something";
}

TEST_P(PirGolden, IsWrittenAndReadAlike) {
  std::vector<Tensor> inputs;
  inputs.push_back(npy::read_npy(root() / GetParam() / "in_x.npy"));
  const LoadedModel model = load_model(root() / GetParam());
  if (std::any_of(model.graph.nodes.begin(), model.graph.nodes.end(),
                  [](const Node& node) { return op_as<Choice>(node) != nullptr; })) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"branches"},
                           [&] { write_pir_program(model.graph); }));
    return;
  }
  expect_written_and_read_alike(model, inputs);
}

// The programs of Paddle 2, but for what Paddle 3 has no operators for.
class PirOfPaddle2 : public testing::TestWithParam<std::string> {};

TEST_P(PirOfPaddle2, IsWrittenAndReadAlike) {
  const Golden golden = load_golden(GetParam());
  try {
    write_pir_program(golden.model.graph);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kModelUnsupported) << e.what();
    GTEST_SKIP() << e.what();
  }
  expect_written_and_read_alike(golden.model, golden.inputs);
}

INSTANTIATE_TEST_SUITE_P(Cases, PirOfPaddle2, testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

TEST(PirProgram, RefusesWhatPaddle3Lacks) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"bilinear_interp", "Paddle 3"}, [] {
    write_pir_program(load_golden("bilinear_interp_scale").model.graph);
  }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"elementwise_add", "axis 1"}, [] {
    write_pir_program(load_golden("chain_conv_bias_axis_1_bn_relu").model.graph);
  }));
}

// Paddle 3's conv2d has no bias: written without it the program would compute something else.
TEST(PirProgram, RefusesAnOperandThatPaddle3Lacks) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 3, 3});
  const ValueId filter = g.constant(Tensor::from<float>({1, 1, 1, 1}, std::array{2.0F}));
  const ValueId bias = g.constant(Tensor::from<float>({1}, std::array{1.0F}));
  g.output(g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}, {"Bias", {bias}}}));
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"conv2d", "'Bias'"},
                         [&] { write_pir_program(g.graph()); }));
}

// The statistics that are written beside its result have the type of the mean, which it does not
// lack.
TEST(PirProgram, WritesABatchNormalisationWithoutScale) {
  GraphBuilder g;
  const ValueId mean = g.input("mean", {3});
  g.output(g.op("batch_norm",
                {{"X", {g.input("x", {1, 3, 4, 4})}}, {"Mean", {mean}}, {"Variance", {mean}}},
                {{"is_test", true}}));
  EXPECT_NE(write_pir_program(g.graph()).find("1.batch_norm_"), std::string::npos);
}

// Behind a size that is fed no shape is known, and an axis might be needed.
TEST(PirProgram, RefusesAnAxisBesideUnknownShapes) {
  GraphBuilder g;
  const ValueId size = g.input("size", {2}, DType::kInt32);
  const ValueId x =
      g.op("nearest_interp_v2", {{"X", {g.input("x", {1, 3, 4, 4})}}, {"OutSize", {size}}});
  g.output(g.add(x, g.constant(Tensor::from<float>({3}, std::array{1.0F, 2.0F, 3.0F})), 1));
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"elementwise_add", "axis 1"},
                         [&] { write_pir_program(g.graph()); }));
}

// JSON has no infinity: it stands there by name.
TEST(PirProgram, NamesNumbersThatJsonLacks) {
  using Limits = std::numeric_limits<double>;
  for (const double number : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    GraphBuilder g;
    g.output(g.op("scale", {{"X", {g.input("x", {2})}}}, {{"bias", number}}));
    LoadedModel model;
    model.graph = g.graph();
    const Tensor x = Tensor::from<float>({2}, std::vector<float>{1, -1});
    expect_written_and_read_alike(model, {&x, 1});
    EXPECT_NE(write_pir_program(model.graph).find("\"VD\""), std::string::npos);
  }
}

}  // namespace
}  // namespace u2net::engine::test
