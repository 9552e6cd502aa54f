// SPDX-License-Identifier: Apache-2.0
// How readers of programs end: what they found is no file of its format, or says what this engine
// does not do. `why` names the file's part.
#pragma once

#include <string>

namespace u2net::engine {

[[noreturn]] void fail_format(const std::string& why, std::string hint = {});  // kModelFormat
[[noreturn]] void fail_unsupported(const std::string& why);                    // kModelUnsupported

}  // namespace u2net::engine
