// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/bundled_files.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

bool file_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Relative to the executable, so that an installation may be moved.
fs::path share_dir() {
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  return (executable.parent_path() / ".." / "share" / "u2net").lexically_normal();
}

}  // namespace

fs::path default_model() {
  const char* named = std::getenv("U2NET_MODEL");
  if (named != nullptr && *named != '\0') return named;
  const fs::path candidates[] = {share_dir() / "models" / "u2netp" / "u2netp",
                                 fs::path(U2NET_BUNDLED_MODEL_DIR) / "u2netp"};
  std::string tried;
  for (const fs::path& candidate : candidates) {
    const fs::path program = candidate.string() + ".pdmodel";
    if (file_exists(program)) return candidate;
    tried += (tried.empty() ? "'" : " or '") + program.string() + "'";
  }
  throw Error(ErrorCode::kModelNotFound, "the bundled model was not found: there is no " + tried,
              "name a model with -m MODEL or in the environment variable U2NET_MODEL");
}

std::optional<fs::path> sample_picture() {
  for (const fs::path& candidate :
       {share_dir() / "models" / "pictures" / "coffee.png", fs::path(U2NET_SAMPLE_PICTURE)}) {
    if (file_exists(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace u2net::cli
