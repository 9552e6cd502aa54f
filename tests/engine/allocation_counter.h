// SPDX-License-Identifier: Apache-2.0
// Counts what this executable allocates: operator new is replaced, and the linker sends the
// engine's aligned_alloc through here (--wrap).
#pragma once

#include <cstdint>

namespace u2net::engine::test {

std::int64_t allocations_made();   // ever
std::int64_t allocations_alive();  // by operator new

}  // namespace u2net::engine::test
