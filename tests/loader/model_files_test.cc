// SPDX-License-Identifier: Apache-2.0
// Where a model may lie, and what is said when it does not.
#include "loader/model_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "loader/limits.h"
#include "tests/loader/loading.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

struct ModelFilesTest : testing::Test {
  TempDir dir;
  ProgramBuilder builder = small_program();

  void program(const fs::path& name) { write_file(dir.path() / name, builder.program()); }
  void parameters(const fs::path& name) { write_file(dir.path() / name, builder.parameters()); }
  void separate_parameters(const fs::path& folder) {
    for (const char* name : {"b", "w"})
      write_file(dir.path() / folder / name, record_of(builder.tensor(name)).bytes());
  }
  // Not just any parameters: each in its place.
  void expect_whole(const LoadedModel& model) {
    EXPECT_EQ(model.parameter_count, 2);
    EXPECT_EQ(model.parameter_elements, 112);
    EXPECT_EQ(model.paddle_version, 2006002);
    int found = 0;
    for (const Value& value : model.graph.values) {
      if (!value.constant) continue;
      EXPECT_TRUE(same_bits(builder.tensor(value.name).view(), value.constant->view(), value.name));
      ++found;
    }
    EXPECT_EQ(found, 2);
  }
};

TEST_F(ModelFilesTest, Prefix) {
  program("net.pdmodel");
  parameters("net.pdiparams");
  expect_whole(load_model(dir / "net"));
}

TEST_F(ModelFilesTest, PrefixWithDots) {
  program("net.v1.5.pdmodel");
  parameters("net.v1.5.pdiparams");
  expect_whole(load_model(dir / "net.v1.5"));
}

TEST_F(ModelFilesTest, PrefixThatIsADirectoryToo) {
  fs::create_directory(dir / "net");
  program("net.pdmodel");
  parameters("net.pdiparams");
  expect_whole(load_model(dir / "net"));
}

TEST_F(ModelFilesTest, ProgramFile) {
  program("net.pdmodel");
  parameters("net.pdiparams");
  expect_whole(load_model(dir / "net.pdmodel"));
}

TEST_F(ModelFilesTest, ProgramFileOfAnyName) {
  program("net");
  parameters("net.pdiparams");
  expect_whole(load_model(dir / "net"));
}

TEST_F(ModelFilesTest, ParametersElsewhere) {
  fs::create_directory(dir / "other");
  program("net.pdmodel");
  parameters("other/weights");
  expect_whole(load_model(dir / "net.pdmodel", dir / "other/weights"));
  expect_whole(load_model(dir / "net", dir / "other/weights"));
}

TEST_F(ModelFilesTest, DirectoryWithUnderscores) {
  program("__model__");
  parameters("__params__");
  expect_whole(load_model(dir.path()));
  expect_whole(load_model(dir / "__model__"));
}

TEST_F(ModelFilesTest, DirectoryWithoutUnderscores) {
  program("model");
  parameters("params");
  expect_whole(load_model(dir.path()));
  expect_whole(load_model(dir / "model"));
}

TEST_F(ModelFilesTest, DirectoryWithAFileAParameter) {
  program("__model__");
  separate_parameters("");
  expect_whole(load_model(dir.path()));
  expect_whole(load_model(dir / "__model__"));
}

TEST_F(ModelFilesTest, DirectoryWithOneProgram) {
  program("inference.pdmodel");
  parameters("inference.pdiparams");
  expect_whole(load_model(dir.path()));
  expect_whole(load_model(dir.path().string() + "/"));
}

TEST_F(ModelFilesTest, DirectoryWithSeveralPrograms) {
  program("a.pdmodel");
  program("b.pdmodel");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound,
                         {dir.path().string(), "2 .pdmodel files", "name one"},
                         [&] { load_model(dir.path()); }));
}

// As directories of Paddle 3's models come: other JSON lies beside the program.
TEST(ModelFiles, DirectoryWithAJsonProgram) {
  const std::filesystem::path sample = test::source_folder() / "tests/data/pir/3_3_chain";
  const TempDir dir;
  std::filesystem::copy(sample / "model.json", dir / "inference.json");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"inference.pdiparams"},
                         [&] { load_model(dir.path()); }));
  std::filesystem::copy(sample / "model.pdiparams", dir / "inference.pdiparams");
  write_file(dir / "config.json", "{}");
  for (const std::string path : {"", "inference", "inference.json"}) {
    EXPECT_EQ(load_model(dir / path).parameter_count, 10) << path;
  }
  std::filesystem::copy(dir / "inference.pdiparams", dir / "config.pdiparams");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"2 .json files", "name one"},
                         [&] { load_model(dir.path()); }));
}

TEST_F(ModelFilesTest, DirectoryWithoutAny) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {dir.path().string(), "no model", "__model__"},
                         [&] { load_model(dir.path()); }));
}

TEST_F(ModelFilesTest, NothingThere) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"net", "net.pdmodel"},
                         [&] { load_model(dir / "net"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"net.pdmodel"},
                         [&] { load_model(dir / "net.pdmodel"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {}, [&] { load_model(""); }));
}

TEST_F(ModelFilesTest, NoParameterFile) {
  program("net.pdmodel");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"net.pdiparams", "No such file"},
                         [&] { load_model(dir / "net"); }));
}

TEST_F(ModelFilesTest, OneParameterFileMissing) {
  program("__model__");
  separate_parameters("");
  fs::remove(dir / "w");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"/w", "No such file"},
                         [&] { load_model(dir.path()); }));
}

TEST_F(ModelFilesTest, NoParameterFileNeeded) {
  ProgramBuilder b;
  b.feed("x", {2, 3});
  b.variable("y");
  b.op("relu", {{"X", {"x"}}}, {{"Out", {"y"}}});
  b.fetch("y");
  write_file(dir / "net.pdmodel", b.program());
  EXPECT_EQ(load_model(dir / "net").parameter_count, 0);
}

// The names of variables come from the file: they must not lead out of the directory.
TEST_F(ModelFilesTest, ParameterNamesAreNotPaths) {
  for (const std::string& name :
       std::vector<std::string>{"../secret", "/etc/passwd", "..", ".", "a/b", {"a\0b", 3}}) {
    ProgramBuilder b = small_program();
    b.parameter(name, Tensor(DType::kFloat32, {1}));
    write_file(dir / "__model__", b.program());
    separate_parameters("");
    EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"cannot be the name of a file"}, [&] {
      load_model(dir.path());
    })) << name;
  }
}

TEST_F(ModelFilesTest, DirectoriesDevicesAndPipesAreNoFiles) {
  program("net.pdmodel");
  fs::create_directory(dir / "net.pdiparams");
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"net.pdiparams", "directory"},
                         [&] { load_model(dir / "net"); }));
  fs::remove(dir / "net.pdiparams");
  ASSERT_EQ(::mkfifo((dir / "net.pdiparams").c_str(), 0600),
            0);  // opening it would wait for a writer
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"net.pdiparams", "regular"},
                         [&] { load_model(dir / "net"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"/dev/zero", "regular"},
                         [&] { load_model(dir / "net.pdmodel", "/dev/zero"); }));
}

// Sparse files: only their size is ever looked at.
TEST_F(ModelFilesTest, AreNotReadBeyondTheirLimits) {
  program("net.pdmodel");
  std::ofstream(dir / "net.pdiparams").close();
  fs::resize_file(dir / "net.pdiparams", kMaxParameterFileBytes + 1);
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit,
                         {"net.pdiparams", std::to_string(kMaxParameterFileBytes)},
                         [&] { load_model(dir / "net"); }));
  fs::resize_file(dir / "net.pdmodel", kMaxProgramFileBytes + 1);
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit,
                         {"net.pdmodel", std::to_string(kMaxProgramFileBytes)},
                         [&] { load_model(dir / "net"); }));
}

TEST_F(ModelFilesTest, MayBeLinks) {
  fs::create_directory(dir / "blobs");
  program("blobs/1");
  parameters("blobs/2");
  fs::create_symlink("blobs/1", dir / "net.pdmodel");
  fs::create_symlink("blobs/2", dir / "net.pdiparams");
  expect_whole(load_model(dir / "net"));
}

TEST_F(ModelFilesTest, AreNamedAsTheyWereFound) {
  program("net.pdmodel");
  parameters("net.pdiparams");
  const LoadedModel model = load_model(dir / "net");
  EXPECT_EQ(model.files.program, dir / "net.pdmodel");
  EXPECT_EQ(model.files.combined, dir / "net.pdiparams");
  EXPECT_FALSE(model.files.directory.has_value());
}

}  // namespace
}  // namespace u2net::engine::test
