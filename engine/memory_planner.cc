// SPDX-License-Identifier: Apache-2.0
#include "engine/memory_planner.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/error.h"

namespace u2net {
namespace {

constexpr std::size_t kMostArenaBytes = std::size_t{1} << 60;

std::size_t padded(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 50))
    throw Error(ErrorCode::kModelLimit, "a buffer of more than 2^50 bytes");
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

}  // namespace

std::size_t place_buffers(std::span<Lifetime> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  std::vector<const Lifetime*> placed;  // by offset
  std::size_t total = 0;
  for (std::size_t index : order) {
    Lifetime& buffer = buffers[index];
    const std::size_t bytes = padded(buffer.bytes);
    std::size_t offset = 0;
    for (const Lifetime* other : placed) {
      if (other->last < buffer.first || other->first > buffer.last) continue;
      if (offset + bytes <= other->offset) break;
      offset = std::max(offset, other->offset + padded(other->bytes));
    }
    if (offset > kMostArenaBytes)
      throw Error(ErrorCode::kModelLimit, "an arena of more than 2^60 bytes");
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    placed.insert(std::upper_bound(
                      placed.begin(), placed.end(), &buffer,
                      [](const Lifetime* a, const Lifetime* b) { return a->offset < b->offset; }),
                  &buffer);
  }
  return total;
}

std::size_t live_bytes_bound(std::span<const Lifetime> buffers) {
  std::size_t bound = 0;
  for (const Lifetime& at : buffers) {  // the maximum is reached where some buffer begins
    std::size_t live = 0;
    for (const Lifetime& other : buffers) {
      if (other.first <= at.first && at.first <= other.last) live += padded(other.bytes);
    }
    bound = std::max(bound, live);
  }
  return bound;
}

}  // namespace u2net
