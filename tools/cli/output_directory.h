// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace u2net::cli {

// Makes the folder and its parents where they are missing; an empty path is the current one. Throws
// Error (kOutput), also where nothing can be written into it: better before the work than after.
void make_output_directory(const std::filesystem::path& path);

}  // namespace u2net::cli
