// SPDX-License-Identifier: Apache-2.0
// Every mode behind one interface.
#include "models/runner.h"

#include <gtest/gtest.h>

#include <string>

#include "models/u2net.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::test {
namespace {

namespace fs = std::filesystem;

// The traced network takes any size: a small one is quick.
RunnerOptions options(const std::string& mode, int threads = 1) {
  return {.mode = mode,
          .model = bundled(".pdparams"),
          .parameters = {},
          .threads = threads,
          .disabled_passes = {}};
}

std::vector<Tensor> outputs_of(Runner& runner, const Tensor& image) {
  return copies_of(runner.run(std::vector{image.view()}));
}

TEST(Runner, ModesAreInTheOrderOfTheTable) {
  std::vector<std::string> names;
  for (const ModeInfo& mode : runner_modes()) names.emplace_back(mode.name);
  ASSERT_GE(names.size(), 4U);
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.begin() + 4),
            (std::vector<std::string>{"dynamic", "static", "inference", "onednn"}));
  EXPECT_EQ(available_runner_modes().front(), "dynamic");
  EXPECT_EQ(available_runner_modes().size(), available_modes().size() + 1);
}

class RunnerModes : public testing::TestWithParam<std::string> {};

// Batch normalisation is folded and sums are in another order in the faster modes: sigmoids of
// logits that are off by what the arithmetic of 119 convolutions allows (measured 2e-5 here).
TEST_P(RunnerModes, AgreesWithStatic) {
  Random random("runner");
  const Tensor image = uniform(random, {1, 3, 64, 48}, -2, 2);
  const std::vector<Tensor> expected = outputs_of(*make_runner(options("static")), image);
  for (int threads : {1, 2}) {
    const auto runner = make_runner(options(GetParam(), threads));
    EXPECT_EQ(runner->threads(), threads);
    ASSERT_EQ(runner->inputs().size(), 1U);
    EXPECT_EQ(runner->inputs()[0].name, "image");
    EXPECT_EQ(runner->inputs()[0].type, (TensorType{DType::kFloat32, {-1, 3, -1, -1}}));
    EXPECT_EQ(runner->output_names().size(), 7U);
    const TensorView without_data{image.dtype(), image.shape(), nullptr};
    EXPECT_EQ(runner->prepare(std::vector{without_data}) == nullptr, GetParam() == "dynamic");
    const std::vector<Tensor> got = outputs_of(*runner, image);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string repro = random.repro() + " " + GetParam() + " d" + std::to_string(i);
      EXPECT_TRUE(
          within(expected[i].view(), got[i].view(), GetParam() == "dynamic" ? 0 : 2e-4, repro));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, RunnerModes, testing::ValuesIn(available_runner_modes()),
                         [](const auto& info) { return info.param; });

TEST(Runner, DynamicFindsTheStateDictBesideTheProgram) {
  for (const char* suffix : {"", ".pdmodel", ".pdparams"}) {
    EXPECT_NO_THROW(make_runner({.mode = "dynamic", .model = bundled(suffix)})) << suffix;
  }
  EXPECT_NO_THROW(make_runner({.mode = "dynamic", .model = bundled().parent_path()}));
  const TempDir folder;
  fs::copy_file(bundled(".pdparams"), folder / "other.pdparams");
  EXPECT_NO_THROW(make_runner(
      {.mode = "dynamic", .model = folder / "none", .parameters = folder / "other.pdparams"}));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"none.pdparams", "dynamic"}, [&] {
    make_runner({.mode = "dynamic", .model = folder / "none.pdmodel"});
  }));
}

TEST(Runner, RefusesUnknownModes) {
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'turbo'", "dynamic, static"},
                         [] { make_runner(options("turbo")); }));
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"1 input", "got 0"},
                         [] { make_runner(options("dynamic"))->run({}); }));
}

}  // namespace
}  // namespace u2net::test
