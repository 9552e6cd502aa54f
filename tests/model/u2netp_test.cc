// SPDX-License-Identifier: Apache-2.0
// The whole network on two pictures, in every mode, against its float64 truth.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/diagnostics/step_work.h"
#include "engine/plan/prepare.h"
#include "loader/load_model.h"
#include "models/picture/preprocess.h"
#include "tests/support/compare.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"
#include "tests/support/sanitizer.h"
#include "tests/support/source_folder.h"
#include "tools/imaging/decode.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSize = 320;
constexpr std::int64_t kOutputs = 7;
// Paddle itself is up to 9e-5 away from the truth, 1e-6 on average.
constexpr double kMaxError = 2e-4, kMaxMeanError = 5e-6;

Tensor stored(const std::string& name) {
  return npy::read_npy(source_folder() / "tests/data/u2netp" / name);
}

Tensor network_input(const std::string& picture) {
  const imaging::Image image =
      imaging::load_image(source_folder() / "models/pictures" / (picture + ".png"));
  return Tensor::from<float>({1, 3, kSize, kSize}, imaging::preprocess(image, kSize, kSize));
}

// Every step-th row and column of plane `index`.
std::vector<float> sampled(const Tensor& tensor, std::int64_t index, std::int64_t step) {
  std::vector<float> samples;
  for (std::int64_t y = 0; y < kSize; y += step) {
    for (std::int64_t x = 0; x < kSize; x += step) {
      samples.push_back(
          tensor.values<float>()[static_cast<std::size_t>((index * kSize + y) * kSize + x)]);
    }
  }
  return samples;
}

void expect_truth(const std::vector<Tensor>& outputs, std::int64_t image,
                  const std::string& picture) {
  const Tensor truth = stored(picture + ".outputs.npy");
  ASSERT_EQ(outputs.size(), static_cast<std::size_t>(kOutputs));
  for (std::int64_t d = 0; d < kOutputs; ++d) {
    const std::vector<float> got = sampled(outputs[static_cast<std::size_t>(d)], image, 4);
    const auto expected =
        truth.values<float>().subspan(static_cast<std::size_t>(d) * got.size(), got.size());
    double largest = 0, sum = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double error = std::abs(double{got[i]} - double{expected[i]});
      ASSERT_FALSE(std::isnan(error)) << picture << " d" << d;
      largest = std::max(largest, error);
      sum += error;
    }
    EXPECT_LE(largest, kMaxError) << picture << " d" << d;
    EXPECT_LE(sum / static_cast<double>(got.size()), kMaxMeanError) << picture << " d" << d;
  }
}

std::shared_ptr<const Model> network(const std::string& mode) {
  LoadedModel loaded = load_model(bundled());
  return std::make_shared<const Model>(std::move(loaded.graph),
                                       ModelOptions{.mode = mode, .disabled_passes = {}});
}

class U2netpTest : public testing::TestWithParam<std::string> {};

TEST_P(U2netpTest, IsCloseToTheTruth) {
  Session session(network(GetParam()));
  if (kSanitized && (GetParam() == "static" || GetParam() == "inference"))
    GTEST_SKIP() << "a minute and a half of reference kernels, which OddSizes runs here";
  std::vector<std::string> pictures = {"coffee"};
  if (!kSanitized) pictures.emplace_back("chelsea");  // a sanitizer sees no more in it
  for (const std::string& picture : pictures) {
    const Tensor input = network_input(picture);
    // The comparison means nothing if the input is another.
    const Tensor expected_input = stored(picture + ".input.npy");
    for (std::int64_t c = 0; c < 3; ++c) {
      const std::vector<float> got = sampled(input, c, 8);
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_NEAR(got[i],
                    expected_input.values<float>()[static_cast<std::size_t>(c) * got.size() + i],
                    2e-6)
            << picture;
      }
    }
    expect_truth(copies_of(session.run(std::vector{input.view()})), 0, picture);
  }
}

// However a mode fuses and lays out the network: every product is some step's. 19.76 G is what the
// shapes of the program's convolutions come to.
TEST_P(U2netpTest, PlansItsWork) {
  const std::shared_ptr<const Model> model = network(GetParam());
  const TensorView image{DType::kFloat32, {1, 3, kSize, kSize}, nullptr};
  Session session(model);
  const Plan& plan = session.prepare({&image, 1});
  double macs = 0;
  for (const PlannedStep& step : plan.steps) {
    const StepWork work = work_of(plan, step);
    EXPECT_GT(work.bytes, 0);
    macs += work.macs;
  }
  EXPECT_NEAR(macs / 1e9, 19.76, 0.005);
}

INSTANTIATE_TEST_SUITE_P(Modes, U2netpTest, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

// By emulation: the pictures and bounds that the precisions were made for.
void expect_good_masks(Precision precision, double most_off, double least_iou) {
  const EmulatedTiles tiles;
  Session session(network("native"), {.threads = 2, .kernels = {.precision = precision}});
  for (const char* picture : {"coffee", "chelsea"}) {
    const Tensor input = network_input(picture);
    const std::vector<Tensor> outputs = copies_of(session.run(std::vector{input.view()}));
    const std::vector<float> got = sampled(outputs[0], 0, 4);
    const Tensor stored_truth = stored(std::string(picture) + ".outputs.npy");
    const std::span<const float> truth = stored_truth.values<float>().first(got.size());
    double sum = 0, both = 0, either = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      sum += std::abs(double{got[i]} - double{truth[i]});
      both += got[i] > 0.5F && truth[i] > 0.5F;
      either += got[i] > 0.5F || truth[i] > 0.5F;
    }
    EXPECT_LE(sum / static_cast<double>(got.size()), most_off) << picture;
    EXPECT_GE(both / either, least_iou) << picture;
  }
}
TEST(U2netp, HasGoodMasksInBf16) {
  if (kSanitized) GTEST_SKIP() << "emulated tiles take minutes";
  expect_good_masks(Precision::kBf16, 2e-3, 0.99);
}
TEST(U2netp, HasBetterMasksInMixedPrecision) {
  if (kSanitized) GTEST_SKIP() << "emulated tiles take minutes";
  expect_good_masks(Precision::kMixed, 5e-4, 0.999);
}

// As exact as float32.
TEST(U2netp, IsCloseToTheTruthInTwoHalves) {
  if (kSanitized) GTEST_SKIP() << "emulated tiles take minutes";
  const EmulatedTiles tiles;
  Session session(network("native"), {.threads = 2, .kernels = {.precision = Precision::kBf16x3}});
  expect_truth(copies_of(session.run(std::vector{network_input("coffee").view()})), 0, "coffee");
}

TEST(U2netp, TakesBothPicturesAtOnce) {
  Session session(network(graph_modes().back()));
  const Tensor first = network_input("chelsea"), second = network_input("coffee");
  Tensor both(DType::kFloat32, {2, 3, kSize, kSize});
  const auto middle =
      std::copy_n(first.values<float>().begin(), first.size(), both.values<float>().begin());
  std::copy_n(second.values<float>().begin(), second.size(), middle);
  const std::vector<Tensor> outputs = copies_of(session.run(std::vector{both.view()}));
  expect_truth(outputs, 0, "chelsea");
  expect_truth(outputs, 1, "coffee");
}

}  // namespace
}  // namespace u2net::engine::test
