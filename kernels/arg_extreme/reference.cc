// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "kernels/arg_extreme/arg_extreme.h"

namespace u2net::kernels {
namespace {

template <bool largest, class T>
void block_of_lines(const AxisShape& s, const T* src, std::int64_t count, std::int32_t* at) {
  using Limits = std::numeric_limits<T>;
  T best[kLineBlock];
  std::fill_n(best, count, largest ? Limits::lowest() : Limits::max());
  std::fill_n(at, count, 0);
  for (std::int64_t k = 0; k < s.size; ++k) {
    const T* row = src + k * s.inner;
    const auto position = static_cast<std::int32_t>(k);
    for (std::int64_t i = 0; i < count; ++i) {
      const bool takes = largest ? row[i] > best[i] : row[i] < best[i];
      best[i] = takes ? row[i] : best[i];
      at[i] = takes ? position : at[i];
    }
  }
}

}  // namespace

template <class T, class Index>
void arg_extreme_reference(Extreme extreme, const AxisShape& s, const T* src, Index* dst,
                           ThreadPool& pool) {
  const auto block =
      extreme == Extreme::kLargest ? block_of_lines<true, T> : block_of_lines<false, T>;
  for_line_blocks(s, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t count) {
    std::int32_t at[kLineBlock];
    block(s, src + outer * s.size * s.inner + first, count, at);
    std::copy_n(at, count, dst + outer * s.inner + first);
  });
}

#define U2NET_INSTANTIATE(T)                                                              \
  template void arg_extreme_reference(Extreme, const AxisShape&, const T*, std::int32_t*, \
                                      ThreadPool&);                                       \
  template void arg_extreme_reference(Extreme, const AxisShape&, const T*, std::int64_t*, \
                                      ThreadPool&)
U2NET_INSTANTIATE(float);
U2NET_INSTANTIATE(double);
U2NET_INSTANTIATE(std::int32_t);
U2NET_INSTANTIATE(std::int64_t);
#undef U2NET_INSTANTIATE

}  // namespace u2net::kernels
