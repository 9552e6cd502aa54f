// SPDX-License-Identifier: Apache-2.0
// A model in the layouts of Paddle 1.8 to 2.2 (tests/data/older), in every mode.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "loader/load_model.h"
#include "tests/support/compare.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

class OlderModel : public testing::TestWithParam<const char*> {};

// Rounding as in tests/model/golden_test.cc; the third convolution sums 144 products.
TEST_P(OlderModel, AgreesWithPaddle) {
  const auto root = test::source_folder() / "tests/data/older";
  const LoadedModel model = load_model(root / GetParam());
  EXPECT_EQ(model.parameter_count, 20);
  std::vector<Tensor> inputs;
  inputs.push_back(npy::read_npy(root / "in_x.npy"));
  for (const std::string& mode : graph_modes()) {
    const double bound = mode == "native" ? 1e-4 : mode == "onednn" ? 2e-5 : 2e-6;
    const std::vector<Tensor> got = run_graph(model.graph, inputs, {.mode = mode, .threads = 2});
    ASSERT_EQ(got.size(), 2U);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const Tensor expected = npy::read_npy(root / ("out" + std::to_string(i) + ".npy"));
      EXPECT_TRUE(within(expected.view(), got[i].view(), bound * largest_magnitude(expected.view()),
                         mode + " output " + std::to_string(i)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, OlderModel, testing::Values("combined", "separate"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace u2net::engine::test
