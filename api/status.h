// SPDX-License-Identifier: Apache-2.0
// How whatever is thrown becomes a status at the C boundary.
#pragma once

#include <string_view>

#include "u2net/u2net.h"

namespace u2net {
inline namespace v1 {

// Keeps the text for u2net_last_error() on this thread. Allocates nothing.
u2net_status fail(u2net_status status, std::string_view message,
                  std::string_view hint = {}) noexcept;

// Of the exception that is being handled.
u2net_status status_of_exception() noexcept;

template <class F>
u2net_status guarded(F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    return status_of_exception();
  }
}

}  // namespace v1
}  // namespace u2net
