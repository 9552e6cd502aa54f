// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/broadcast.h"

#include <algorithm>

namespace u2net::engine {
namespace {

// `small` with ones in front and behind, so that its first dimension lands at `axis` of `rank`.
bool extend(std::span<const std::int64_t> small, std::size_t rank, std::int64_t axis,
            AlignedOperands::Dims& extended) {
  if (axis == -1) axis = static_cast<std::int64_t>(rank - small.size());
  if (axis < 0 || axis > static_cast<std::int64_t>(rank)) return false;
  while (!small.empty() && static_cast<std::size_t>(axis) + small.size() > rank &&
         small.back() == 1) {
    small = small.first(small.size() - 1);
  }
  if (static_cast<std::size_t>(axis) + small.size() > rank) return false;
  std::fill_n(extended.begin(), rank, 1);
  std::copy(small.begin(), small.end(), extended.begin() + axis);
  return true;
}

}  // namespace

std::optional<AlignedOperands> align_operands(const Shape& x, const Shape& y, std::int64_t axis) {
  AlignedOperands room;
  room.rank = std::max(x.size(), y.size());
  if (room.rank > room.x.size()) return std::nullopt;
  if (!extend(x, room.rank, x.size() == room.rank ? 0 : axis, room.x)) return std::nullopt;
  if (!extend(y, room.rank, y.size() == room.rank ? 0 : axis, room.y)) return std::nullopt;
  for (std::size_t i = 0; i < room.rank; ++i) {
    const std::int64_t a = room.x[i], b = room.y[i];
    if (a != b && a != 1 && b != 1) return std::nullopt;
    room.dst[i] = a == 1 ? b : a;
  }
  return room;
}

}  // namespace u2net::engine
