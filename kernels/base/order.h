// SPDX-License-Identifier: Apache-2.0
// Sorting outside of hot loops: one stable sort of places serves all types, where std::sort makes
// code for each of them, and for each way to compare.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace u2net::kernels {

// The places 0 ... count - 1, sorted by before(context, place, other).
std::vector<std::size_t> stable_order(std::size_t count, const void* context,
                                      bool (*before)(const void* context, std::size_t a,
                                                     std::size_t b));

// The same for before(place, other).
template <class Before>
std::vector<std::size_t> order_of(std::size_t count, const Before& before) {
  return stable_order(count, &before, [](const void* context, std::size_t a, std::size_t b) {
    return (*static_cast<const Before*>(context))(a, b);
  });
}

// The values themselves, by before(value, other).
template <class T, class Before>
void sort_stably(std::vector<T>& values, const Before& before) {
  const std::vector<std::size_t> order = order_of(
      values.size(), [&](std::size_t a, std::size_t b) { return before(values[a], values[b]); });
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::size_t place : order) sorted.push_back(std::move(values[place]));
  values = std::move(sorted);
}

}  // namespace u2net::kernels
