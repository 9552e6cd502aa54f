// SPDX-License-Identifier: Apache-2.0
// NEON of 64-bit ARM: 32 registers of 4 floats.
#define U2NET_ISA neon
#pragma once

#include <arm_neon.h>

#include "kernels/simd/vec.h"

namespace u2net::kernels::neon {

inline constexpr const InstructionSet& kSet = kNeon;
constexpr int kVectorFloats = 4;
// Times 2 vectors of sums; 8 for the vectors of a chunk of 4 channels, 4 for samples, of which one
// register holds 4: MatrixTile::chunk_by_lanes().
constexpr int kTileRows = 10;

template <>
struct VecOps<4> {
  static constexpr bool kRoundsOnce = true;
  static U2NET_INLINE Vec<4> madd(Vec<4> a, Vec<4> b, Vec<4> c) { return vfmaq_f32(c, a, b); }
  static U2NET_INLINE Vec<4> nmadd(Vec<4> a, Vec<4> b, Vec<4> c) { return vfmsq_f32(c, a, b); }
  // a * b[Lane] + c
  template <int Lane>
  static U2NET_INLINE Vec<4> madd_lane(Vec<4> a, Vec<4> b, Vec<4> c) {
    return vfmaq_laneq_f32(c, a, b, Lane);
  }
  // FMAX makes NaN of a NaN on either side, FMAXNM of neither: compared and selected.
  static U2NET_INLINE Vec<4> max(Vec<4> a, Vec<4> b) { return a > b ? a : b; }
  static U2NET_INLINE Vec<4> permuted(Vec<4> v, Lanes<4> from) {
    // The bytes of lane i are those from 4 i on.
    const auto bytes = reinterpret_cast<uint8x16_t>(from * 0x04040404 + 0x03020100);
    return reinterpret_cast<Vec<4>>(vqtbl1q_u8(reinterpret_cast<uint8x16_t>(v), bytes));
  }
  static U2NET_INLINE Vec<4> load_part(const float* p, std::int64_t count) {
    Vec<4> v{};
    if (count > 0) v = vld1q_lane_f32(p, v, 0);
    if (count > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (count > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
  }
  static U2NET_INLINE void store_part(float* p, Vec<4> v, std::int64_t count) {
    if (count > 0) vst1q_lane_f32(p, v, 0);
    if (count > 1) vst1q_lane_f32(p + 1, v, 1);
    if (count > 2) vst1q_lane_f32(p + 2, v, 2);
  }
  // There is none that goes past the caches for one vector.
  static U2NET_INLINE void stream(float* p, Vec<4> v) { store<4>(p, v); }
  static U2NET_INLINE void store_fence() {}
};

}  // namespace u2net::kernels::neon
