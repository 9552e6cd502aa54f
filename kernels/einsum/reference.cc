// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include "kernels/einsum/einsum.h"

namespace u2net::kernels {
namespace {

using Offsets = std::array<std::int64_t, kMaxEinsumOperands>;

// Where the operands' elements for result `i` are, before anything is summed.
Offsets offsets_of(const EinsumParams& p, std::int64_t i) {
  Offsets offsets{};
  for (int axis = p.rank; axis-- > 0; i /= p.result[axis].size) {
    for (int k = 0; k < p.operands; ++k)
      offsets[k] += i % p.result[axis].size * p.result[axis].steps[k];
  }
  return offsets;
}

// To the next place among the summed axes, the last of which runs fastest; back to the first one
// behind the last one.
void advance(const EinsumParams& p, std::array<std::int64_t, kMaxEinsumSums>& at,
             Offsets& offsets) {
  for (int axis = p.sums; axis-- > 0;) {
    const EinsumAxis& a = p.summed[axis];
    const bool wraps = ++at[axis] == a.size;
    const std::int64_t steps = wraps ? 1 - a.size : 1;
    for (int k = 0; k < p.operands; ++k) offsets[k] += steps * a.steps[k];
    if (!wraps) return;
    at[axis] = 0;
  }
}

}  // namespace

template <class T>
void einsum_reference(const EinsumParams& p, const T* const* src, T* dst, ThreadPool& pool) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
  std::int64_t count = 1, terms = 1;
  for (int axis = 0; axis < p.rank; ++axis) count *= p.result[axis].size;
  for (int axis = 0; axis < p.sums; ++axis) terms *= p.summed[axis].size;
  pool.parallel_for(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Offsets offsets = offsets_of(p, i);
      std::array<std::int64_t, kMaxEinsumSums> at{};
      Sum sum{};
      for (std::int64_t term = 0; term < terms; ++term, advance(p, at, offsets)) {
        auto product = static_cast<Sum>(src[0][offsets[0]]);
        for (int k = 1; k < p.operands; ++k) product *= static_cast<Sum>(src[k][offsets[k]]);
        sum += product;
      }
      dst[i] = static_cast<T>(sum);
    }
  });
}

template void einsum_reference(const EinsumParams&, const float* const*, float*, ThreadPool&);
template void einsum_reference(const EinsumParams&, const double* const*, double*, ThreadPool&);
template void einsum_reference(const EinsumParams&, const std::int32_t* const*, std::int32_t*,
                               ThreadPool&);
template void einsum_reference(const EinsumParams&, const std::int64_t* const*, std::int64_t*,
                               ThreadPool&);

}  // namespace u2net::kernels
