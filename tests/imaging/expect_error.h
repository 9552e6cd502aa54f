// SPDX-License-Identifier: Apache-2.0
// Runs something that must throw an engine::Error of the given code, and returns that error.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "engine/base/error.h"
#include "tests/imaging/sample_files.h"
#include "tools/imaging/decode.h"

namespace u2net::imaging {
using namespace engine;

template <typename Action>
Error expect_error(ErrorCode code, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error_name(error.code()), error_name(code)) << error.what();
    return error;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "expected an engine::Error, got: " << other.what();
    return Error(ErrorCode::kInternal, "");
  }
  ADD_FAILURE() << "expected " << error_name(code) << ", nothing was thrown";
  return Error(ErrorCode::kInternal, "");
}

// Why the file cannot be decoded.
inline std::string decode_failure(const File& file) {
  return expect_error(ErrorCode::kInputFormat, [&] { decode_image(file, "a.bin"); }).what();
}

}  // namespace u2net::imaging
