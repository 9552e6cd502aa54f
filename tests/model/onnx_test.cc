// SPDX-License-Identifier: Apache-2.0
// ONNX models (tests/data/onnx) in every mode against what ONNX Runtime computed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "loader/load_model.h"
#include "tests/support/compare.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

fs::path onnx_root() { return test::source_folder() / "tests/data/onnx"; }

std::vector<std::string> onnx_names() {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(onnx_root())) {
    if (entry.is_directory()) found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// How far an output may be off, relative to its largest element.
struct OnnxFamily {
  std::string_view prefix;
  double reference, native;
};

// Winograd's transforms round by up to 1e-5 where one layer stands alone.
constexpr double kOnnxWinograd = 1e-5;
// A coordinate of up to 15 is rounded in three operations, here and there, and moves a result by
// that much of the distance between two samples; then come four products.
constexpr double kOnnxResized = (3 * 15 * 2 + 8) * 0x1p-24;
// The four weights of a cubic change with the coordinate three times as fast at most.
constexpr double kOnnxCubic = 3 * kOnnxResized;  // and weights for more samples, which add up to 1
// Each evaluation is within a few units in the last place.
constexpr double kOnnxFunction = 16 * 0x1p-24;

// Elsewhere nothing rounds: values only move, or are sums and products of small multiples of powers
// of two. The first prefix that fits decides.
constexpr OnnxFamily kOnnxFamilies[] = {
    {"average_pool", kOnnxFunction, kOnnxFunction},
    {"batch_normalization", kOnnxFunction, kOnnxFunction},
    {"chain", 2e-6, 1e-4},
    {"conv_", 0, kOnnxWinograd},
    {"functions_exact", 0, 0},
    {"functions", kOnnxFunction, kOnnxFunction},
    {"global_average_pool", 42 * 0x1p-24, 42 * 0x1p-24},  // a sum of 42, in another order
    {"grid_samples", kOnnxResized, kOnnxResized},
    {"group_norm", kOnnxFunction, kOnnxFunction},
    {"hard_swish", kOnnxFunction, kOnnxFunction},
    {"norms", kOnnxFunction, kOnnxFunction},
    {"outside", 0, kOnnxWinograd},
    {"pools_of_volumes", 90 * 0x1p-24, 90 * 0x1p-24},
    {"quantized_conv", 0, kOnnxWinograd},
    {"reductions", 120 * 0x1p-24, 120 * 0x1p-24},
    {"reduce_mean", 42 * 0x1p-24, 42 * 0x1p-24},
    {"resample", kOnnxCubic, kOnnxCubic},
    {"resize_axes", kOnnxResized, kOnnxResized},
    {"resize_computed_scales", kOnnxResized, kOnnxResized},
    {"resize_cubic", kOnnxCubic, kOnnxCubic},
    {"resize_linear", kOnnxResized, kOnnxResized},
    {"sigmoid", kOnnxFunction, kOnnxFunction},
    {"size_by_gather", kOnnxResized, kOnnxResized},
    {"softmax", kOnnxFunction, kOnnxFunction},
    {"tanh", kOnnxFunction, kOnnxFunction},
};

OnnxFamily onnx_family_of(std::string_view name) {
  for (const OnnxFamily& family : kOnnxFamilies) {
    if (name.starts_with(family.prefix)) return family;
  }
  return {name, 0, 0};
}

class OnnxGolden : public testing::TestWithParam<std::string> {};

TEST_P(OnnxGolden, AgreesWithOnnxRuntime) {
  const fs::path folder = onnx_root() / GetParam();
  const LoadedModel model = load_model(folder / "model.onnx");
  EXPECT_GE(model.opset, 7);
  std::vector<Tensor> inputs;
  for (const Port& port : model.graph.inputs)
    inputs.push_back(npy::read_npy(folder / ("in_" + port.name + ".npy")));
  const OnnxFamily family = onnx_family_of(GetParam());
  for (const std::string& mode : graph_modes()) {
    // oneDNN folds and adds in orders of its own.
    const double bound = mode == "native"   ? family.native
                         : mode == "onednn" ? 4 * std::max(family.reference, kOnnxFunction)
                                            : family.reference;
    const std::vector<Tensor> got = run_graph(model.graph, inputs, {.mode = mode});
    for (std::size_t i = 0; i < got.size(); ++i) {
      const Tensor expected = npy::read_npy(folder / ("out" + std::to_string(i) + ".npy"));
      ASSERT_EQ(expected.dtype(), got[i].dtype());
      EXPECT_TRUE(within(expected.view(), got[i].view(), bound * largest_magnitude(expected.view()),
                         GetParam() + " " + mode + " output " + std::to_string(i)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, OnnxGolden, testing::ValuesIn(onnx_names()),
                         [](const auto& info) { return info.param; });

TEST(OnnxGoldenCases, AreAllThere) { EXPECT_GE(onnx_names().size(), 153U); }

TEST(OnnxGoldenCases, EveryFamilyHasOne) {
  for (const OnnxFamily& family : kOnnxFamilies) {
    EXPECT_TRUE(std::ranges::any_of(onnx_names(), [&](const std::string& name) {
      return name.starts_with(family.prefix);
    })) << family.prefix;
  }
}

}  // namespace
}  // namespace u2net::engine::test
