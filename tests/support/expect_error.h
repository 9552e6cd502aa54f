// SPDX-License-Identifier: Apache-2.0
// Expects an Error of one code whose message is one line with given parts.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace u2net::engine::test {

inline bool is_one_line(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

// `parts` may be in the message or in the hint.
inline testing::AssertionResult fails_with(ErrorCode code,
                                           std::initializer_list<std::string_view> parts,
                                           const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    const std::string message = e.what();
    const std::string all = message + " | " + e.hint();
    if (e.code() != code) {
      return testing::AssertionFailure()
             << "expected " << error_name(code) << ", got " << error_name(e.code()) << ": " << all;
    }
    if (!is_one_line(message) || (!e.hint().empty() && !is_one_line(e.hint()))) {
      return testing::AssertionFailure() << "not one line: " << all;
    }
    for (std::string_view part : parts) {
      if (all.find(part) == std::string::npos) {
        return testing::AssertionFailure() << "'" << part << "' is not in: " << all;
      }
    }
    return testing::AssertionSuccess();
  } catch (const std::exception& e) {
    return testing::AssertionFailure() << "not an Error: " << e.what();
  }
  return testing::AssertionFailure() << "nothing was thrown, expected " << error_name(code);
}

}  // namespace u2net::engine::test
