// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/memory_planner.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "engine/base/error.h"

namespace u2net::engine {
namespace {

constexpr std::size_t kMostArenaBytes = std::size_t{1} << 60;

std::size_t padded(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 50))
    throw Error(ErrorCode::kModelLimit, "a buffer of more than 2^50 bytes");
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// A buffer that has its place, up to `end`, from step `first` to `last`.
struct Placed {
  std::size_t offset, end;
  int first, last;
};

using Span = std::span<const Placed>;  // by offset

// Looks for the lowest room for a buffer among those that are placed, told of each by offset.
class Search {
 public:
  Search(const Lifetime& buffer, std::size_t bytes) : buffer_(buffer), bytes_(bytes) {}

  bool meets(const Placed& other) const {
    return other.last >= buffer_.first && other.first <= buffer_.last;
  }
  // False once there is room below: those that follow lie higher still.
  bool pass(const Placed& other) {
    if (!meets(other)) return true;
    if (offset_ + bytes_ <= other.offset) return false;
    offset_ = std::max(offset_, other.end);
    return true;
  }
  std::size_t offset() const { return offset_; }

 private:
  const Lifetime& buffer_;
  std::size_t bytes_;
  std::size_t offset_ = 0;
};

// The placed buffers. Most live for a few steps and can meet those of the same steps alone: these
// are found by slices of the steps, so that a long network does not take the square of its length.
class Placement {
 public:
  explicit Placement(int steps) : slices_(static_cast<std::size_t>(steps / kSteps) + 1) {}

  std::size_t lowest_room(const Lifetime& buffer, std::size_t bytes) {
    Search search(buffer, bytes);
    if (!is_short(buffer.first, buffer.last)) {
      for (const Placed& other : all_) {
        if (!search.pass(other)) break;
      }
      return search.offset();
    }
    near_.clear();
    for (int slice = buffer.first / kSteps; slice <= buffer.last / kSteps; ++slice) {
      const std::vector<Placed>& here = slices_[static_cast<std::size_t>(slice)];
      std::copy_if(here.begin(), here.end(), std::back_inserter(near_),
                   [&](const Placed& other) { return search.meets(other); });
    }
    std::sort(near_.begin(), near_.end(), lower);
    pass_both(search, near_, long_);
    return search.offset();
  }

  void add(const Placed& placed) {
    insert(placed, all_);
    if (!is_short(placed.first, placed.last)) return insert(placed, long_);
    for (int slice = placed.first / kSteps; slice <= placed.last / kSteps; ++slice)
      insert(placed, slices_[static_cast<std::size_t>(slice)]);
  }

 private:
  static constexpr int kSteps = 32;     // of a slice
  static constexpr int kShortest = 64;  // steps of a life that is not short

  static bool is_short(int first, int last) { return last - first < kShortest; }
  static bool lower(const Placed& a, const Placed& b) { return a.offset < b.offset; }
  static void insert(const Placed& placed, std::vector<Placed>& list) {
    list.insert(std::upper_bound(list.begin(), list.end(), placed, lower), placed);
  }
  static void pass_both(Search& search, Span a, Span b) {
    while (!a.empty() || !b.empty()) {
      Span& next = b.empty() || (!a.empty() && lower(a.front(), b.front())) ? a : b;
      if (!search.pass(next.front())) return;
      next = next.subspan(1);
    }
  }

  std::vector<Placed> all_, long_;           // by offset
  std::vector<std::vector<Placed>> slices_;  // short lives, in every slice of steps that they touch
  std::vector<Placed> near_;
};

int last_step(std::span<const Lifetime> buffers) {
  int last = 0;
  for (const Lifetime& buffer : buffers) last = std::max(last, buffer.last);
  return last;
}

}  // namespace

std::size_t place_buffers(std::span<Lifetime> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  Placement placement(last_step(buffers));
  std::size_t total = 0;
  for (std::size_t index : order) {
    Lifetime& buffer = buffers[index];
    const std::size_t bytes = padded(buffer.bytes);
    const std::size_t offset = placement.lowest_room(buffer, bytes);
    if (offset > kMostArenaBytes)
      throw Error(ErrorCode::kModelLimit, "an arena of more than 2^60 bytes");
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    placement.add({offset, offset + bytes, buffer.first, buffer.last});
  }
  return total;
}

std::size_t live_bytes_bound(std::span<const Lifetime> buffers) {
  std::vector<const Lifetime*> by_first, by_last;
  for (const Lifetime& buffer : buffers) by_first.push_back(&buffer);
  by_last = by_first;
  std::sort(by_first.begin(), by_first.end(),
            [](const Lifetime* a, const Lifetime* b) { return a->first < b->first; });
  std::sort(by_last.begin(), by_last.end(),
            [](const Lifetime* a, const Lifetime* b) { return a->last < b->last; });
  std::size_t bound = 0, live = 0, ended = 0;
  for (const Lifetime* at : by_first) {  // the maximum is reached where some buffer begins
    live += padded(at->bytes);
    for (; by_last[ended]->last < at->first; ++ended) live -= padded(by_last[ended]->bytes);
    bound = std::max(bound, live);
  }
  return bound;
}

}  // namespace u2net::engine
