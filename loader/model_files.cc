// SPDX-License-Identifier: Apache-2.0
#include "loader/model_files.h"

#include <string>
#include <system_error>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

namespace fs = std::filesystem;

bool file_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool folder_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path with_suffix(const fs::path& path, const char* suffix) {
  return fs::path(path.string() + suffix);
}

// The parameters that belong to an existing program file.
ModelFiles beside(const fs::path& program) {
  if (program.extension() == ".pdmodel" || program.extension() == ".json") {
    return {program, fs::path(program).replace_extension(".pdiparams"), std::nullopt};
  }
  if (program.extension() == ".onnx" || program.extension() == ".u2n")
    return {program, std::nullopt, std::nullopt};
  const fs::path folder = program.parent_path();
  if (program.filename() == "__model__") {
    if (file_exists(folder / "__params__")) return {program, folder / "__params__", std::nullopt};
    return {program, std::nullopt, folder};
  }
  if (program.filename() == "model") return {program, folder / "params", std::nullopt};
  return {program, with_suffix(program, ".pdiparams"), std::nullopt};
}

std::vector<fs::path> with_extension(const fs::path& directory, const char* extension) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == extension) found.push_back(it->path());
  }
  if (error) {
    throw_error(ErrorCode::kModelNotFound, "cannot read directory '", directory.string(),
                "': ", error.message());
  }
  return found;
}

ModelFiles in_directory(const fs::path& directory) {
  for (const char* name : {"__model__", "model"}) {
    if (file_exists(directory / name) && !folder_exists(directory / name))
      return beside(directory / name);
  }
  std::vector<fs::path> programs = with_extension(directory, ".pdmodel");
  if (programs.empty()) {
    // Other files may be JSON too: Paddle's have parameters beside them.
    programs = with_extension(directory, ".json");
    const auto bare = [](const fs::path& path) { return !file_exists(*beside(path).combined); };
    if (programs.size() > 1) std::erase_if(programs, bare);
  }
  for (const char* whole : {".onnx", ".u2n"}) {
    if (programs.empty()) programs = with_extension(directory, whole);
  }
  if (programs.size() == 1) return beside(programs.front());
  throw Error(ErrorCode::kModelNotFound,
              str_cat("directory '", directory.string(), "' holds ",
                      programs.empty() ? "no model"
                                       : str_cat(programs.size(), " ",
                                                 programs.front().extension().string(), " files")),
              programs.empty()
                  ? "expected __model__, model, or one .pdmodel, .json, .onnx or .u2n file in it"
                  : "name one of them");
}

}  // namespace

ModelFiles find_model_files(const fs::path& path, const fs::path& parameters) {
  ModelFiles files;
  const fs::path prefixed = with_suffix(path, ".pdmodel");
  if (folder_exists(path) && !file_exists(prefixed)) {
    files = in_directory(path);
  } else if (file_exists(path) && !folder_exists(path)) {
    files = beside(path);
  } else if (file_exists(prefixed)) {
    files = beside(prefixed);
  } else if (file_exists(with_suffix(path, ".json"))) {
    files = beside(with_suffix(path, ".json"));
  } else if (file_exists(with_suffix(path, ".onnx"))) {
    files = beside(with_suffix(path, ".onnx"));
  } else if (file_exists(with_suffix(path, ".u2n"))) {
    files = beside(with_suffix(path, ".u2n"));
  } else {
    const bool has_ending =
        path.has_extension() && (path.extension() == ".pdmodel" || path.extension() == ".json");
    throw_error(ErrorCode::kModelNotFound, "cannot read model '", path.string(),
                "': there is no such file",
                has_ending ? ""
                           : str_cat(" and no '", prefixed.string(), "' or '",
                                     with_suffix(path, ".json").string(), "'"));
  }
  if (!parameters.empty()) {
    files.combined = parameters;
    files.directory.reset();
  }
  return files;
}

}  // namespace u2net::engine
