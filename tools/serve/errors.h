// SPDX-License-Identifier: Apache-2.0
// What goes wrong, as responses: a status, and JSON that says what and why.
#pragma once

#include <stdexcept>
#include <string>

#include "engine/base/error.h"
#include "tools/serve/http.h"

namespace u2net::serve {

// A request that is not formed as it should be: 400.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// {"schema": "u2net.serve/1", "u2net": {...}, "error": {"status", "name", "message", "hint"}}
Response error_response(int status, const std::string& message, const std::string& hint = {});
// With the error's own name, and the status that fits it where none is given.
Response error_response(const engine::Error& error, int status = 0);
// The exception being handled.
Response current_error_response();

}  // namespace u2net::serve
