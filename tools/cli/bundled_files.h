// SPDX-License-Identifier: Apache-2.0
// The files that come with the program, from an installation or the source tree.
#pragma once

#include <filesystem>
#include <optional>

namespace u2net::cli {

// The prefix of the model to use where none is named: $U2NET_MODEL, then the bundled U2Netp. Throws
// Error (kModelNotFound) where there is neither.
std::filesystem::path default_model();

// A photograph to time with.
std::optional<std::filesystem::path> sample_picture();

}  // namespace u2net::cli
