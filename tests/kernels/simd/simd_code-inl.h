// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/simd/vec.h"
#include "tests/kernels/simd/simd_code.h"

namespace u2net::kernels::U2NET_ISA {

template <int W>
constexpr test::VectorCode vector_code() {
  return {W,
          VecOps<W>::kRoundsOnce,
          [](const float* p, float* out) { store_loose<W>(out, load<W>(p)); },
          [](float* p, const float* v) { store<W>(p, load_loose<W>(v)); },
          [](float* p, const float* v) {
            stream<W>(p, load_loose<W>(v));
            store_fence<W>();
            prefetch(p);
            prefetch_for_write(p);
          },
          [](const float* p, float* out) { store_loose<W>(out, load_loose<W>(p)); },
          [](float* p, const float* v) { store_loose<W>(p, load_loose<W>(v)); },
          [](const float* p, std::int64_t count, float* out) {
            store_loose<W>(out, load_part<W>(p, count));
          },
          [](float* p, const float* v, std::int64_t count) {
            store_part<W>(p, load_loose<W>(v), count);
          },
          [](float x, float* out) { store_loose<W>(out, splat<W>(x)); },
          [](const float* a, const float* b, const float* c, float* out) {
            store_loose<W>(out, madd<W>(load_loose<W>(a), load_loose<W>(b), load_loose<W>(c)));
          },
          [](const float* a, const float* b, const float* c, float* out) {
            store_loose<W>(out, nmadd<W>(load_loose<W>(a), load_loose<W>(b), load_loose<W>(c)));
          },
          [](const float* v, const std::int32_t* from, float* out) {
            Lanes<W> lanes{};
            std::memcpy(&lanes, from, sizeof lanes);
            store_loose<W>(out, permuted<W>(load_loose<W>(v), lanes));
          },
          [](const float* a, const float* b, float* out) {
            store_loose<W>(out, max<W>(load_loose<W>(a), load_loose<W>(b)));
          },
          [](const float* v, float* out) { store_loose<W>(out, relu<W>(load_loose<W>(v))); },
          [](const float* v) { return sum<W>(load_loose<W>(v)); },
          [](const Bf16* p, float* out) { store_loose<W>(out, load_bf16<W>(p)); },
          [](Bf16* p, const float* v) { store_bf16<W>(p, load_loose<W>(v)); }};
}

}  // namespace u2net::kernels::U2NET_ISA

namespace u2net::kernels {

template <>
const test::SimdCode& code_for<U2NET_ISA::kSet, test::SimdCode>() {
  static constexpr test::SimdCode kCode = {U2NET_ISA::vector_code<U2NET_ISA::kVectorFloats>(),
                                           U2NET_ISA::vector_code<1>()};
  return kCode;
}

}  // namespace u2net::kernels
