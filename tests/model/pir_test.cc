// SPDX-License-Identifier: Apache-2.0
// Programs that Paddle 3 wrote (tests/data/pir) in every mode against what Paddle computed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/op.h"
#include "loader/load_model.h"
#include "tests/support/compare.h"
#include "tests/support/run_graph.h"
#include "tools/npy/npy.h"

namespace u2net::test {
namespace {

namespace fs = std::filesystem;

fs::path root() { return fs::path(U2NET_SOURCE_DIR) / "tests/data/pir"; }

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
  inputs.push_back(read_npy(folder / "in_x.npy"));
  for (const std::string& mode : available_modes()) {
    const double bound = mode == "native" ? 1e-4 : mode == "onednn" ? 2e-5 : 2e-6;
    for (int threads : {1, 2}) {
      const std::vector<Tensor> got =
          run_graph(model.graph, inputs, {.mode = mode, .threads = threads});
      for (std::size_t i = 0; i < got.size(); ++i) {
        const Tensor expected = read_npy(folder / ("out" + std::to_string(i) + ".npy"));
        EXPECT_TRUE(within(expected.view(), got[i].view(),
                           bound * largest_magnitude(expected.view()),
                           GetParam() + " " + mode + " output " + std::to_string(i)));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PirGolden, testing::ValuesIn(names()),
                         [](const auto& info) { return "v" + info.param; });

TEST(PirGoldenCases, AreAllThere) { EXPECT_GE(names().size(), 19U); }

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

}  // namespace
}  // namespace u2net::test
