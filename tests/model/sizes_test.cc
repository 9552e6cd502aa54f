// SPDX-License-Identifier: Apache-2.0
// U2Netp with open sizes: odd sizes and batches in every mode, one size after the other.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/run/session.h"
#include "models/load_network.h"
#include "models/u2net.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"
#include "tests/support/sanitizer.h"
#include "tests/support/source_folder.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Session> open_session(const std::string& mode, int threads) {
  return std::make_unique<Session>(load_network({.mode = mode, .model = bundled(".pdparams")}),
                                   SessionOptions{.threads = threads});
}

class OddSizes : public testing::TestWithParam<std::string> {};

// Two pictures of 45x37: every pooling rounds up, no resizing is by exactly two.
TEST_P(OddSizes, AreCloseToTheTruth) {
  const Tensor input = npy::read_npy(source_folder() / "tests/data/u2netp/odd.input.npy");
  const Tensor truth = npy::read_npy(source_folder() / "tests/data/u2netp/odd.outputs.npy");
  const TensorView view = input.view();
  const auto network = open_session(GetParam(), 2);
  const std::vector<TensorView>& outputs = network->run({&view, 1});
  ASSERT_EQ(outputs.size(), 7U);
  for (std::size_t d = 0; d < outputs.size(); ++d) {
    ASSERT_EQ(outputs[d].shape, (Shape{2, 1, 45, 37}));
    const auto count = static_cast<std::size_t>(outputs[d].size());
    const auto expected = truth.values<float>().subspan(d * count, count);
    double largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double error = std::abs(double{outputs[d].as<const float>()[i]} - double{expected[i]});
      ASSERT_FALSE(std::isnan(error));
      largest = std::max(largest, error);
    }
    EXPECT_LE(largest, 2e-4) << "d" << d;  // as tests/model/u2netp_test.cc
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, OddSizes, testing::ValuesIn(available_modes()),
                         [](const auto& info) { return info.param; });

// Every operator keeps its native kernel, whatever the size.
TEST(OddSizes, StayOnTheNativeKernels) {
  const auto network = open_session("native", 1);
  for (const Shape& shape : {Shape{1, 3, 45, 37}, Shape{3, 3, 33, 64}, Shape{1, 3, 64, 96}}) {
    const TensorView view{DType::kFloat32, shape, nullptr};
    for (const PlannedStep& step : network->prepare({&view, 1}).steps)
      EXPECT_NE(step.step->implementation(), "reference") << to_string(shape) << " " << step.node;
  }
}

double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// More sizes than a Session keeps plans for: each run gives what a new Session gives, and memory
// stops growing once every size has been seen.
TEST(ManySizes, NeitherLeakNorMixUp) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> side(32, 80), batch(1, 2);
  std::vector<Tensor> inputs;
  Random fill("many sizes");
  for (int i = 0; i < 12; ++i) {
    inputs.emplace_back(DType::kFloat32, Shape{batch(random), 3, side(random), side(random)});
    fill_uniform(fill, inputs.back().values<float>());
  }
  const auto network = open_session("native", 2);
  std::uniform_int_distribution<std::size_t> which(0, inputs.size() - 1);
  double settled = 0;
  constexpr int kRuns = 150, kSettled = 60;
  for (int run = 0; run < kRuns; ++run) {
    const Tensor& input = inputs[which(random)];
    const TensorView view = input.view();
    const std::vector<TensorView>& outputs = network->run({&view, 1});
    if (run == kSettled) settled = resident_megabytes();
    if (run % 40 != 0) continue;
    const std::vector<Tensor> got = copies_of(outputs);
    const auto fresh = open_session("native", 2);
    const std::vector<TensorView>& expected = fresh->run({&view, 1});
    for (std::size_t d = 0; d < got.size(); ++d)
      EXPECT_TRUE(same_bits(expected[d], got[d].view(), to_string(input.shape())));
  }
  if (kSanitized) return;                         // freed memory is kept there, to find its use
  EXPECT_LT(resident_megabytes(), settled + 20);  // a plan's own is 1 MB, packed weights 50
}

}  // namespace
}  // namespace u2net::engine::test
