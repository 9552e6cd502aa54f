// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/output_directory.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

void make_output_directory(const std::filesystem::path& path) {
  const std::filesystem::path directory = path.empty() ? std::filesystem::path(".") : path;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && !std::filesystem::is_directory(directory, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) {
    throw Error(ErrorCode::kOutput,
                "cannot make directory '" + path.string() + "': " + error.message());
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    throw Error(ErrorCode::kOutput, "cannot write into directory '" + directory.string() +
                                        "': " + std::system_category().message(errno));
  }
}

}  // namespace u2net::cli
