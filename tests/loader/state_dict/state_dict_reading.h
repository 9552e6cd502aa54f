// SPDX-License-Identifier: Apache-2.0
// Reads a state dict out of the bytes of a file "x.pdparams".
#pragma once

#include <span>
#include <string_view>

#include "loader/state_dict/state_dict.h"
#include "tests/support/expect_error.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {

inline std::filesystem::path pdparams_folder() { return source_folder() / "tests/data/pdparams"; }

inline StateDict read(std::string_view bytes) {
  return read_state_dict(std::as_bytes(std::span(bytes)), "x.pdparams");
}

inline testing::AssertionResult refused(std::string_view bytes, std::string_view part,
                                        ErrorCode code = ErrorCode::kModelParams) {
  return fails_with(code, {"cannot load parameters 'x.pdparams': ", part}, [&] { read(bytes); });
}

}  // namespace u2net::engine::test
