// SPDX-License-Identifier: Apache-2.0
// Config and Model: where models come from, what they say of themselves, what is refused.
#include <fstream>
#include <optional>

#include "tests/api/small_model.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

std::vector<float> run_once(const api::Model& model, const api::Tensor& x) {
  api::Session session(model, {.threads = 1});
  session.set_input(0, x);
  session.run();
  return floats(session.borrow_output(0));
}

TEST(ApiModel, TellsItsInputsAndOutputs) {
  const api::Model model(small_config());
  const std::vector<api::TensorInfo> inputs = model.inputs();
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(inputs[0].name, "image");
  EXPECT_EQ(inputs[0].dtype, api::DType::kFloat32);
  EXPECT_EQ(inputs[0].shape, (api::Shape{-1, 3, 8, 8}));
  EXPECT_EQ(model.output_names(), std::vector<std::string>{"out"});
  EXPECT_EQ(model.mode(), api::Mode::kNative);
}

TEST(ApiModel, OfOnnx) {
  const std::string path = (source_folder() / "tests/data/onnx/chain/model.onnx").string();
  const api::Model model{api::Config(path)};
  EXPECT_EQ(model.inputs().at(0).name, "x");
  EXPECT_EQ(model.inputs().at(0).shape, (api::Shape{-1, 3, -1, -1}));
  EXPECT_FALSE(run_once(model, image(1, 1)).empty());
}

TEST(ApiModel, IsTheSameFromFilesAndFromMemory) {
  const TempDir folder;
  const ModelFileBytes& bytes = small_model_bytes();
  write_file(folder / "m.pdmodel", bytes.program);
  write_file(folder / "m.pdiparams", bytes.parameters);
  write_file(folder / "elsewhere", bytes.parameters);
  const api::Tensor x = image(2, 1);
  const std::vector<float> expected = expected_output(x, api::Mode::kNative);
  const std::string prefix = (folder / "m").string();
  EXPECT_EQ(run_once(api::Model(api::Config(prefix)), x), expected);
  EXPECT_EQ(run_once(api::Model(api::Config(prefix, (folder / "elsewhere").string())), x),
            expected);
  EXPECT_EQ(run_once(api::Model(small_config()), x), expected);
  std::optional<api::Config> owning;
  {
    ModelFileBytes copy = bytes;
    owning = api::Config::from_memory(copy.program.data(), copy.program.size(),
                                      copy.parameters.data(), copy.parameters.size());
    copy.program.assign(copy.program.size(), 'x');
    copy.parameters.assign(copy.parameters.size(), 'x');
  }
  EXPECT_EQ(run_once(api::Model(*owning), x), expected);
}

TEST(ApiModel, DoesNotNeedTheBorrowedBytesOnceItIsMade) {
  ModelFileBytes copy = small_model_bytes();
  const api::Model model(api::Config::borrow_memory(
      copy.program.data(), copy.program.size(), copy.parameters.data(), copy.parameters.size()));
  copy.program.assign(copy.program.size(), 'x');
  copy.parameters.assign(copy.parameters.size(), 'x');
  const api::Tensor x = image(1, 2);
  EXPECT_EQ(run_once(model, x), expected_output(x, api::Mode::kNative));
}

TEST(ApiModel, RunsAStateDictFromMemoryInEveryMode) {
  const std::string path = test::source_path("models/u2netp/u2netp.pdparams");
  const std::string bytes = read_file(path);
  const api::Config from_memory =
      api::Config::borrow_memory(nullptr, 0, bytes.data(), bytes.size());
  const api::Tensor x(api::DType::kFloat32, {1, 3, 32, 32});
  for (api::Mode mode : {api::Mode::kDynamic, api::Mode::kNative}) {
    const api::Model memory(api::Config(from_memory).set_mode(mode));
    const api::Model file(api::Config(path).set_mode(mode));
    EXPECT_EQ(memory.output_names().size(), 7U);
    EXPECT_EQ(run_once(memory, x), run_once(file, x)) << api::mode_name(mode);
  }
}

TEST(ApiModel, RefusesWhatIsNoModel) {
  const ModelFileBytes& good = small_model_bytes();
  const auto load = [](std::string_view program, std::string_view parameters) {
    api::Model(api::Config::borrow_memory(program.data(), program.size(), parameters.data(),
                                          parameters.size()));
  };
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelNotFound, {"'/no/such/model'"},
                        [] { api::Model(api::Config("/no/such/model")); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelFormat, {"program in memory"},
                        [&] { load("no program", good.parameters); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelParams, {"parameters in memory"}, [&] {
    load(good.program, std::string_view(good.parameters).substr(0, 100));
  }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelParams, {}, [&] { load({}, {}); }));
}

TEST(ApiConfig, RefusesWhatMakesNoSense) {
  api::Config config = small_config();
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"-1", "256"}, [&] { config.set_threads(-1); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"257"}, [&] { config.set_threads(257); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"77"},
                        [&] { config.set_mode(static_cast<api::Mode>(77)); }));
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kUsage, {"'fast'", "native"}, [] { api::mode_from_name("fast"); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"'no_pass'"},
                        [&] { api::Model{api::Config(config).disable_pass("no_pass")}; }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"8 bytes"},
                        [] { api::Config::borrow_memory(nullptr, 8, nullptr, 0); }));
  api::Model{config};  // as before
}

TEST(ApiConfig, NamesAModelThatIsNotThere) {
  if (api::has_bundled_model()) GTEST_SKIP() << "a model is compiled in";
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelNotFound, {"U2NET_BUNDLE_MODEL"},
                        [] { api::Model{api::Config()}; }));
}

TEST(ApiMode, NamesGoBothWays) {
  for (api::Mode mode : api::available_modes())
    EXPECT_EQ(api::mode_from_name(api::mode_name(mode)), mode);
  EXPECT_EQ(api::mode_name(api::Mode::kDefault), "native");
}

TEST(ApiMode, SaysWhichAreNotInThisBuild) {
  const std::vector<api::Mode> modes = api::available_modes();
  if (std::find(modes.begin(), modes.end(), api::Mode::kOneDnn) != modes.end())
    GTEST_SKIP() << "this build has all modes";
  EXPECT_TRUE(api_fails(api::ErrorCode::kModeUnavailable, {"onednn", "native"},
                        [] { api::Model{small_config(api::Mode::kOneDnn)}; }));
}

TEST(ApiVersion, IsTheProjects) { EXPECT_EQ(api::version(), U2NET_PROJECT_VERSION); }

}  // namespace
}  // namespace u2net::engine::test
