// SPDX-License-Identifier: Apache-2.0
#include "loader/fail.h"

#include <utility>

#include "engine/base/error.h"

namespace u2net::engine {

void fail_format(const std::string& why, std::string hint) {
  throw Error(ErrorCode::kModelFormat, why, std::move(hint));
}

void fail_unsupported(const std::string& why) { throw Error(ErrorCode::kModelUnsupported, why); }

}  // namespace u2net::engine
