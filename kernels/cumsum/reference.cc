// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <type_traits>

#include "kernels/cumsum/cumsum.h"

namespace u2net::kernels {

template <class T>
void cumsum_reference(const CumsumParams& p, const T* src, T* dst, ThreadPool& pool) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
  const std::int64_t size = p.shape.size, inner = p.shape.inner;
  for_line_blocks(p.shape, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t count) {
    Sum sums[kLineBlock];
    std::fill_n(sums, count, p.product ? Sum{1} : Sum{0});
    for (std::int64_t k = 0; k < size; ++k) {
      const std::int64_t row = (outer * size + (p.reverse ? size - 1 - k : k)) * inner + first;
      for (std::int64_t i = 0; i < count; ++i) {
        const Sum before = sums[i];
        const auto element = static_cast<Sum>(src[row + i]);
        sums[i] = p.product ? before * element : before + element;
        dst[row + i] = static_cast<T>(p.exclusive ? before : sums[i]);
      }
    }
  });
}

template void cumsum_reference(const CumsumParams&, const float*, float*, ThreadPool&);
template void cumsum_reference(const CumsumParams&, const double*, double*, ThreadPool&);
template void cumsum_reference(const CumsumParams&, const std::int32_t*, std::int32_t*,
                               ThreadPool&);
template void cumsum_reference(const CumsumParams&, const std::int64_t*, std::int64_t*,
                               ThreadPool&);

}  // namespace u2net::kernels
