// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/memory_planner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "kernels/base/order.h"

namespace u2net::engine {
namespace {

constexpr std::size_t kMostArenaBytes = std::size_t{1} << 60;

std::size_t padded(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 50))
    throw_error(ErrorCode::kModelLimit, "a buffer of more than 2^50 bytes");
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// Throws where `count` buffers from `base` on would not fit.
void check_arena(std::size_t base, std::size_t count, std::size_t bytes) {
  if (base > kMostArenaBytes || (bytes > 0 && count > (kMostArenaBytes - base) / bytes))
    throw_error(ErrorCode::kModelLimit, "an arena of more than 2^60 bytes");
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
      std::array<Span, 1> lists{all_};
      pass_all(search, lists);
      return search.offset();
    }
    std::array<Span, kSlices + 1> lists{long_};
    std::size_t lists_used = 1;
    for (int slice = buffer.first / kSteps; slice <= buffer.last / kSteps; ++slice)
      lists[lists_used++] = slices_[static_cast<std::size_t>(slice)];
    pass_all(search, lists);
    return search.offset();
  }

  void add(const Placed& placed) {
    insert(placed, all_);
    if (!is_short(placed.first, placed.last)) return insert(placed, long_);
    for (int slice = placed.first / kSteps; slice <= placed.last / kSteps; ++slice)
      insert(placed, slices_[static_cast<std::size_t>(slice)]);
  }

  // Where tens of thousands live at once, every search takes all of them.
  bool is_too_much_work() const { return work_ > kMostWork; }

 private:
  static constexpr int kSteps = 32;                       // of a slice
  static constexpr int kShortest = 64;                    // steps of a life that is not short
  static constexpr int kSlices = kShortest / kSteps + 1;  // that a short life touches, at most
  static constexpr std::size_t kMostWork = std::size_t{1} << 27;  // half a second

  static bool is_short(int first, int last) { return last - first < kShortest; }
  static bool lower(const Placed& a, const Placed& b) { return a.offset < b.offset; }
  void insert(const Placed& placed, std::vector<Placed>& list) {
    const auto at = std::upper_bound(list.begin(), list.end(), placed, lower);
    work_ += static_cast<std::size_t>(list.end() - at) / 4;  // moving is quicker than looking
    list.insert(at, placed);
  }
  // By offset. Who is in several slices is passed as often, which changes nothing.
  void pass_all(Search& search, std::span<Span> lists) {
    for (;; ++work_) {
      Span* next = nullptr;
      for (Span& list : lists) {
        if (!list.empty() && (next == nullptr || lower(list.front(), next->front()))) next = &list;
      }
      if (next == nullptr || !search.pass(next->front())) return;
      *next = next->subspan(1);
    }
  }

  std::vector<Placed> all_, long_;           // by offset
  std::vector<std::vector<Placed>> slices_;  // short lives, in every slice of steps that they touch
  std::size_t work_ = 0;
};

// Places buffers that are about as large, none larger than `bytes`, from `base` on in rows: each in
// one that is free by then. Returns the end. There are no more rows than live at once.
std::size_t place_in_rows(std::span<Lifetime> buffers, std::span<const std::size_t> order,
                          std::size_t bytes, std::size_t base) {
  std::vector<std::size_t> by_first(order.begin(), order.end());
  kernels::sort_stably(by_first, [&](std::size_t a, std::size_t b) {
    return std::pair(buffers[a].first, a) < std::pair(buffers[b].first, b);
  });
  using Row = std::pair<int, std::size_t>;  // the last step in which it is taken, its number
  std::priority_queue<Row, std::vector<Row>, std::greater<>> rows;
  for (const std::size_t index : by_first) {
    Lifetime& buffer = buffers[index];
    std::size_t row = rows.size();
    if (!rows.empty() && rows.top().first < buffer.first) {
      row = rows.top().second;
      rows.pop();
    }
    rows.emplace(buffer.last, row);
    check_arena(base, rows.size(), bytes);
    buffer.offset = base + row * bytes;
  }
  return base + rows.size() * bytes;
}

// The same for buffers of all sizes, from the largest to the smallest. None takes twice its size.
std::size_t place_by_sizes(std::span<Lifetime> buffers, std::span<const std::size_t> order,
                           std::size_t base) {
  while (!order.empty()) {
    const std::size_t bytes = padded(buffers[order.front()].bytes);
    const auto smaller = std::find_if(order.begin(), order.end(), [&](std::size_t index) {
      return std::bit_width(padded(buffers[index].bytes)) < std::bit_width(bytes);
    });
    const auto count = static_cast<std::size_t>(smaller - order.begin());
    base = place_in_rows(buffers, order.first(count), bytes, base);
    order = order.subspan(count);
  }
  return base;
}

int last_step(std::span<const Lifetime> buffers) {
  int last = 0;
  for (const Lifetime& buffer : buffers) last = std::max(last, buffer.last);
  return last;
}

}  // namespace

std::size_t place_buffers(std::span<Lifetime> buffers) {
  const std::vector<std::size_t> order = kernels::order_of(
      buffers.size(),
      [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  Placement placement(last_step(buffers));
  std::size_t total = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (placement.is_too_much_work())
      return place_by_sizes(buffers, std::span(order).subspan(i), total);
    Lifetime& buffer = buffers[order[i]];
    const std::size_t bytes = padded(buffer.bytes);
    const std::size_t offset = placement.lowest_room(buffer, bytes);
    check_arena(offset, 1, bytes);
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    placement.add({offset, offset + bytes, buffer.first, buffer.last});
  }
  return total;
}

std::size_t live_bytes_bound(std::span<const Lifetime> buffers) {
  const auto by = [&](int Lifetime::*step) {
    return kernels::order_of(buffers.size(), [&](std::size_t a, std::size_t b) {
      return buffers[a].*step < buffers[b].*step;
    });
  };
  const std::vector<std::size_t> by_first = by(&Lifetime::first), by_last = by(&Lifetime::last);
  std::size_t bound = 0, live = 0, ended = 0;
  for (const std::size_t at : by_first) {  // the maximum is reached where some buffer begins
    live += padded(buffers[at].bytes);
    for (; buffers[by_last[ended]].last < buffers[at].first; ++ended)
      live -= padded(buffers[by_last[ended]].bytes);
    bound = std::max(bound, live);
  }
  return bound;
}

}  // namespace u2net::engine
