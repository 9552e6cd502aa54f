// SPDX-License-Identifier: Apache-2.0
// Loops that do nothing but multiply and add, or read.
#pragma once

#include "kernels/simd/vec.h"
#include "tools/microbench/machine_peak.h"

namespace u2net::kernels::U2NET_ISA {

// Twelve independent chains: enough to hide the latency of two units.
template <int W>
double multiply_add(std::int64_t rounds) {
  constexpr int kChains = 12;
  Vec<W> sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = splat<W>(static_cast<float>(i));
  Vec<W> factor = splat<W>(0.999F), term = splat<W>(0.001F);
  for (std::int64_t r = 0; r < rounds; ++r) {
    asm volatile("" : "+m"(factor), "+m"(term));  // nothing may be worked out beforehand
    const Vec<W> f = factor, t = term;
#pragma GCC unroll 16
    for (int repeat = 0; repeat < 16; ++repeat) {
      [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
        ((sums[I] = madd<W>(sums[I], f, t)), ...);
      }
      (std::make_integer_sequence<int, kChains>{});
    }
  }
  Vec<W> total{};
  for (Vec<W> s : sums) total += s;
  volatile float sink = sum<W>(total);
  (void)sink;
  return static_cast<double>(rounds) * 16 * kChains * W * 2;
}

template <int W>
float read(const float* data, std::int64_t count) {
  constexpr int kChains = 64 / W;
  Vec<W> sums[kChains] = {};
  for (std::int64_t i = 0; i < count; i += 64) {
    for (int k = 0; k < kChains; ++k) sums[k] += load_loose<W>(data + i + k * W);
  }
  Vec<W> total{};
  for (Vec<W> s : sums) total += s;
  return sum<W>(total);
}

}  // namespace u2net::kernels::U2NET_ISA

namespace u2net::kernels {

template <>
const bench::PeakCode& code_for<U2NET_ISA::kSet, bench::PeakCode>() {
  using namespace U2NET_ISA;
  static constexpr bench::PeakCode kCode = {multiply_add<kVectorFloats>, read<kVectorFloats>};
  return kCode;
}

}  // namespace u2net::kernels
