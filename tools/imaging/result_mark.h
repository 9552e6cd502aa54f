// SPDX-License-Identifier: Apache-2.0
// What a file that u2net writes says of itself: that it is a result, and of which input, by a
// digest of its bytes. So a run can replace its own earlier results and nothing else.
#pragma once

#include <filesystem>
#include <string>

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// "u2net: result of DIGITS.", the same for the same bytes.
std::string result_mark(Bytes input);

enum class Standing {
  kNothing,    // no file, an empty one, or what is written in place: a pipe, a device
  kDirectory,  // for the writer to refuse
  kResult,     // of u2net, of the same input
  kOther,      // any other file
};

// What is at `path`, for a result with this mark.
Standing standing_at(const std::filesystem::path& path, const std::string& mark);

// Whether a file is a result of any input.
bool is_result(const std::filesystem::path& path);

}  // namespace u2net::imaging
