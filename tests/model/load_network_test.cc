// SPDX-License-Identifier: Apache-2.0
// Every mode, from files.
#include "models/load_network.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/run/session.h"
#include "models/u2net.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

// The traced network takes any size: a small one is quick.
std::shared_ptr<const Model> in_mode(const std::string& mode) {
  return load_network({.mode = mode, .model = bundled(".pdparams")});
}

std::vector<Tensor> outputs_of(Session& session, const Tensor& image) {
  return copies_of(session.run(std::vector{image.view()}));
}

TEST(LoadNetwork, ModesAreInTheOrderOfTheTable) {
  std::vector<std::string> names;
  for (const ModeInfo& mode : all_modes()) names.emplace_back(mode.name);
  ASSERT_GE(names.size(), 4U);
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.begin() + 4),
            (std::vector<std::string>{"dynamic", "static", "inference", "onednn"}));
}

class EveryMode : public testing::TestWithParam<std::string> {};

// Batch normalisation is folded and sums are in another order in the faster modes: sigmoids of
// logits that are off by what the arithmetic of 119 convolutions allows (measured 2e-5 here).
TEST_P(EveryMode, AgreesWithStatic) {
  Random random("runner");
  const Tensor image = uniform(random, {1, 3, 64, 48}, -2, 2);
  Session written(in_mode("static"), {.threads = 1});
  const std::vector<Tensor> expected = outputs_of(written, image);
  for (int threads : {1, 2}) {
    Session session(in_mode(GetParam()), {.threads = threads});
    EXPECT_EQ(session.threads(), threads);
    const Model& model = session.model();
    ASSERT_EQ(model.inputs().size(), 1U);
    EXPECT_EQ(model.inputs()[0].name, "image");
    EXPECT_EQ(model.inputs()[0].type, (TensorType{DType::kFloat32, {-1, 3, -1, -1}}));
    EXPECT_EQ(model.output_names().size(), 7U);
    const TensorView without_data{image.dtype(), image.shape(), nullptr};
    EXPECT_EQ(session.plans(), GetParam() != "dynamic");
    if (session.plans()) {
      EXPECT_FALSE(session.prepare(std::vector{without_data}).steps.empty());
    } else {
      EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'dynamic'", "plans"},
                             [&] { session.prepare(std::vector{without_data}); }));
      RunTrace trace;
      EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'dynamic'"},
                             [&] { session.run(std::vector{image.view()}, trace); }));
    }
    const std::vector<Tensor> got = outputs_of(session, image);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string repro = random.repro() + " " + GetParam() + " d" + std::to_string(i);
      EXPECT_TRUE(
          within(expected[i].view(), got[i].view(), GetParam() == "dynamic" ? 0 : 2e-4, repro));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryMode, testing::ValuesIn(available_modes()),
                         [](const auto& info) { return info.param; });

TEST(LoadNetwork, DynamicFindsTheStateDictBesideTheProgram) {
  for (const char* suffix : {"", ".pdmodel", ".pdparams"}) {
    EXPECT_NO_THROW(load_network({.mode = "dynamic", .model = bundled(suffix)})) << suffix;
  }
  EXPECT_NO_THROW(load_network({.mode = "dynamic", .model = bundled().parent_path()}));
  const TempDir folder;
  fs::copy_file(bundled(".pdparams"), folder / "other.pdparams");
  EXPECT_NO_THROW(load_network(
      {.mode = "dynamic", .model = folder / "none", .parameters = folder / "other.pdparams"}));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"none.pdparams", "dynamic"}, [&] {
    load_network({.mode = "dynamic", .model = folder / "none.pdmodel"});
  }));
}

TEST(LoadNetwork, RefusesUnknownModes) {
  EXPECT_TRUE(
      fails_with(ErrorCode::kUsage, {"'turbo'", "dynamic, static"}, [] { in_mode("turbo"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"1 input", "got 0"},
                         [] { Session(in_mode("dynamic")).run({}); }));
}

}  // namespace
}  // namespace u2net::engine::test
