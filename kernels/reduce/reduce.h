// SPDX-License-Identifier: Apache-2.0
// Reductions over any dimensions of a tensor, by the functions of functions.h.
//
// Neighbouring dimensions that are both reduced, or both kept, are one to begin with; what is left
// alternates. Where the last one is kept, a block of 256 neighbouring results is
// computed at once, each row of elements adding to all of them: memory is read as it lies. Where
// the last one is reduced its elements are a run in memory, which eight partial results share, as
// one alone would wait for itself. The order follows from the shape alone: same bits for every
// number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"
#include "kernels/reduce/functions.h"

namespace u2net::kernels {

// Dimensions that alternate between kept and reduced.
struct ReduceShape {
  int rank = 0;
  std::array<std::int64_t, kMaxRank> sizes{};
  std::array<bool, kMaxRank> reduced{};
};

// `reduced` has a bit a dimension; dims has at most kMaxRank.
ReduceShape reduce_shape(std::span<const std::int64_t> dims, std::uint32_t reduced);

// Writes `count` results from position `at` of dst on, in dst's own type.
template <class From>
using ReduceStore = void (*)(const From* results, std::int64_t count, void* dst, std::int64_t at);

template <class To, class From>
void store_as(const From* results, std::int64_t count, void* dst, std::int64_t at) {
  for (std::int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<To, bool>) {
      static_cast<To*>(dst)[at + i] = results[i] != From{0};
    } else {
      static_cast<To*>(dst)[at + i] = static_cast<To>(results[i]);
    }
  }
}

// T is float, double, int32, int64 or bool.
template <class T>
void reduce_reference(ReduceKind kind, const ReduceShape& shape, const T* src,
                      ReduceStore<Wide<T>> store, void* dst, ThreadPool& pool);

}  // namespace u2net::kernels
