// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace u2net::fuzz {

// A promise is broken.
class Finding : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace u2net::fuzz
