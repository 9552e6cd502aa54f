// SPDX-License-Identifier: Apache-2.0
// The loops over the functions of functions.h, one each (UnaryRun), which the operators on images
// (native-inl.h) and the ends of convolutions (kernels/conv2d/activation-inl.h) share.
#pragma once

#include <array>

#include "kernels/simd/loops-inl.h"
#include "kernels/unary/vector_functions-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Lanes that are no channels may hold NaN, where the channels are infinite: behind a function that
// makes those finite again, the lanes must be, too. And where the channels are finite, they must
// not be infinite, though that be what the function makes of 0.
template <int W, class F>
void unary_run(const UnaryParameters& p, std::int64_t channels, const float* src,
               std::int64_t count, float* dst) {
  constexpr bool kIsMasked = F::kRow.is_bounded || F::kRow.has_pole;
  const Vec<W> factor = splat<W>(p.factor), summand = splat<W>(p.summand);
  for (std::int64_t i = 0; i < count; i += W) {
    const Vec<W> result = madd<W>(vector_of<W>(F{}, load_loose<W>(src + i), p), factor, summand);
    store_loose<W>(dst + i, kIsMasked ? PartVector<W>{channels}.or_else(result, 0) : result);
  }
}

template <int W, class F>
constexpr UnaryRun unary_run_of() {
  if constexpr (F::kRow.has_vector) {
    return unary_run<W, F>;
  } else {
    return nullptr;
  }
}

template <int W, class... F>
constexpr std::array<UnaryRun, sizeof...(F)> unary_runs_of(UnaryList<F...>) {
  return {unary_run_of<W, F>()...};
}
// By UnaryKind; null where a function has no vector formula.
template <int W>
inline constexpr auto kUnaryRuns = unary_runs_of<W>(UnaryFunctions{});

}  // namespace u2net::kernels::U2NET_ISA
