// SPDX-License-Identifier: Apache-2.0
// Places buffers with known sizes and lifetimes in one block of memory, so that two which are alive
// at the same step never overlap.
#pragma once

#include <cstddef>
#include <span>

namespace u2net::engine {

struct Lifetime {
  std::size_t bytes = 0;
  int first = 0, last = 0;  // steps, both included
  std::size_t offset = 0;   // the result: a multiple of kArenaAlignment
};

inline constexpr std::size_t kArenaAlignment = 64;

// Greedy, largest first, each at the lowest offset that is free over its whole lifetime; where tens
// of thousands live at once, which would take the square of their number, the smaller ones in rows
// that none leaves half empty. Returns the size of the block. Throws kModelLimit where sizes
// overflow.
std::size_t place_buffers(std::span<Lifetime> buffers);

// The largest sum of sizes alive at one step: no placement can need less.
std::size_t live_bytes_bound(std::span<const Lifetime> buffers);

}  // namespace u2net::engine
