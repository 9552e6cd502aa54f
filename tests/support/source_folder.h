// SPDX-License-Identifier: Apache-2.0
// Where the sources are, for tests that read files of the repository. A function in a file of its
// own: the path is compiled into this one object, and a compiler cache shares all others between
// checkouts.
#pragma once

#include <filesystem>
#include <string>

namespace u2net::engine::test {

std::filesystem::path source_folder();

// "models/u2netp/u2netp" as a whole path.
inline std::string source_path(const std::string& name) {
  return (source_folder() / name).string();
}

// A file of the bundled U2Netp: ".pdmodel", ".pdiparams", ".pdparams"; its prefix without a suffix.
inline std::filesystem::path bundled(const std::string& suffix = {}) {
  return source_folder() / ("models/u2netp/u2netp" + suffix);
}

}  // namespace u2net::engine::test
