// SPDX-License-Identifier: Apache-2.0
// The tile operations of AMX that kernels use, behind one interface with two bodies: the hardware's
// instructions, and plain C++ that gives the same bits, so that everything above it is tested on
// any machine. A header of an instruction set says which of them is Tiles.
//
// There are eight tiles of 16 rows of 64 bytes:
//   A   16 pixels x 32 channels in bf16      B   16 pairs of channels x 16 results x 2 in bf16
//   C   16 pixels x 16 results in float
//   dot<C, A, B>:   C[m][n] += sum over the 32 channels k of A[m][k] * B[k / 2][n][k % 2]
// One dot is 8192 multiplications and additions, of which a core starts one every 16 cycles; a load
// takes 8. Rows are loaded from and stored to any addresses a fixed stride apart.
//
// The arithmetic of dot, whatever MXCSR says: two sums from zero, of the even and of the odd
// channels, by fused multiply-adds in the order of the channels; the two are added, and then that
// to C. Every step rounds to nearest; denormal operands and results are zero, with their sign.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

inline constexpr int kTileCount = 8, kTileLines = 16, kTileLineBytes = 64;
inline constexpr int kTileBytes = kTileLines * kTileLineBytes;
inline constexpr int kTileDepth = 32, kTileOutputs = 16;  // channels of A, results of B

#ifdef U2NET_X86
// Only where the processor has AMX and tiles_are_permitted().
struct AmxTiles {
  // Of the calling thread, in which the tiles exist while it lives: outside, a thread without tiles
  // is one that the system switches to and from as fast as ever.
  class Scope {
   public:
    Scope() {
      struct alignas(64) Shapes {
        std::uint8_t palette = 1, first_row = 0, reserved[14] = {};
        std::uint16_t line_bytes[16] = {};
        std::uint8_t lines[16] = {};
      } shapes;
      for (int i = 0; i < kTileCount; ++i) {
        shapes.line_bytes[i] = kTileLineBytes;
        shapes.lines[i] = kTileLines;
      }
      asm volatile("ldtilecfg %0" ::"m"(shapes));
    }
    ~Scope() { asm volatile("tilerelease"); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

  // By assembly, as the intrinsic of GCC 12 does not say that it reads memory: a store before it
  // might be moved behind it.
  template <int T>
  static U2NET_INLINE void load(const void* p, std::ptrdiff_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(p), "r"(stride), "i"(T) : "memory");
  }
  template <int T>
  static U2NET_INLINE void store(void* p, std::ptrdiff_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(p), "r"(stride), "i"(T) : "memory");
  }
  template <int T>
  static U2NET_INLINE void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(T));
  }
  template <int C, int A, int B>
  static U2NET_INLINE void dot() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B));
  }
};
#endif

struct EmulatedTiles {
  using Tile = std::byte[kTileLines][kTileLineBytes];

  // It holds the tiles: a library that is loaded late may have next to nothing for a thread.
  class Scope {
   public:
    // What a tile holds before it is loaded is nothing to rely on.
    Scope() {
      std::memset(own_, 0x7f, sizeof own_);
      tiles = own_;
    }
    ~Scope() { tiles = nullptr; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Tile own_[kTileCount];
  };

  template <int T>
  static void load(const void* p, std::ptrdiff_t stride) {
    for (int i = 0; i < kTileLines; ++i)
      std::memcpy(tiles[T][i], static_cast<const std::byte*>(p) + i * stride, kTileLineBytes);
  }
  template <int T>
  static void store(void* p, std::ptrdiff_t stride) {
    for (int i = 0; i < kTileLines; ++i)
      std::memcpy(static_cast<std::byte*>(p) + i * stride, tiles[T][i], kTileLineBytes);
  }
  template <int T>
  static void zero() {
    std::memset(tiles[T], 0, kTileBytes);
  }
  template <int C, int A, int B>
  static void dot() {
    dot(tiles[C], tiles[A], tiles[B]);
  }

 private:
  static inline thread_local Tile* tiles = nullptr;  // [kTileCount]

  static float flushed(float x) {
    return std::fabs(x) < 0x1p-126F ? std::copysign(0.0F, x) : x;  // NaN stays
  }
  static float widened(std::uint16_t bits) { return flushed(to_f32(Bf16{bits})); }
  // sum + a * b, rounded once. The product of two bf16 has 16 significant bits: as a float it is
  // exact, unless it is too large or too small for one.
  static float fused(float a, float b, float sum) {
    const float product = a * b, size = std::fabs(product);
    const bool is_exact = (size >= 0x1p-100F && size < 0x1p127F) || a == 0 || b == 0;
    return flushed(is_exact ? sum + product : std::fma(a, b, sum));
  }

  // Every number is 0 or of a common size, [2^-50, 2^51): then every product is a float, and every
  // sum a multiple of 2^-114, so that none is denormal but 0.
  static bool is_common(const Tile& tile) {
    typedef std::int16_t Some __attribute__((vector_size(16)));  // signed: SSE2 compares those
    constexpr std::int16_t kLeast = (127 - 50) << 7, kMost = (127 + 51) << 7;
    Some other = {};
    for (const std::byte(&line)[kTileLineBytes] : tile) {
      for (std::size_t at = 0; at < kTileLineBytes; at += sizeof(Some)) {
        Some some;
        std::memcpy(&some, line + at, sizeof some);
        some &= 0x7fff;
        other |= ((some < kLeast) & (some != 0)) | (some >= kMost);
      }
    }
    constexpr Some kNone = {};
    return std::memcmp(&other, &kNone, sizeof other) == 0;
  }

  static void dot(Tile& c, const Tile& a, const Tile& b) {
    is_common(a) && is_common(b) ? dot_common(c, a, b) : dot_any(c, a, b);
  }

  // Some of the results of a row: as many as a vector of any processor holds.
  static constexpr int kSome = 4;
  using Some = Vec<kSome>;
  static Some flushed(Some v) {
    const auto bits = reinterpret_cast<Bits<kSome>>(v);
    return reinterpret_cast<Some>((bits & 0x7f800000U) == 0 ? bits & 0x80000000U : bits);
  }
  static void add(std::byte* c, Some even, Some odd) {
    Some sums;
    std::memcpy(&sums, c, sizeof sums);
    sums = flushed(flushed(sums) + flushed(even + odd));
    std::memcpy(c, &sums, sizeof sums);
  }

  // Products are exact, so that rounding the sum is rounding once.
  static void dot_common(Tile& c, const Tile& a, const Tile& b) {
    float factors[kTileLines][kTileDepth];
    for (int m = 0; m < kTileLines; ++m) {
      std::uint16_t row[kTileDepth];
      std::memcpy(row, a[m], sizeof row);
      for (int k = 0; k < kTileDepth; ++k) factors[m][k] = to_f32(Bf16{row[k]});
    }
    for (std::size_t at = 0; at < kTileLineBytes; at += sizeof(Some)) {
      Some first[kTileLines], second[kTileLines];
      for (int k = 0; k < kTileLines; ++k) {
        Bits<kSome> pairs;
        std::memcpy(&pairs, b[k] + at, sizeof pairs);
        first[k] = reinterpret_cast<Some>(pairs << 16);
        second[k] = reinterpret_cast<Some>(pairs & 0xffff0000U);
      }
      for (int m = 0; m < kTileLines; ++m) {
        Some even = {}, odd = {};
        for (int k = 0; k < kTileLines; ++k) {
          even += factors[m][2 * k] * first[k];
          odd += factors[m][2 * k + 1] * second[k];
        }
        add(c[m] + at, even, odd);
      }
    }
  }

  static void dot_any(Tile& c, const Tile& a, const Tile& b) {
    for (int m = 0; m < kTileLines; ++m) {
      std::uint16_t row[kTileDepth];
      std::memcpy(row, a[m], sizeof row);
      float even[kTileOutputs] = {}, odd[kTileOutputs] = {};
      for (int k = 0; k < kTileDepth; k += 2) {
        const float first = widened(row[k]), second = widened(row[k + 1]);
        std::uint16_t pairs[kTileDepth];
        std::memcpy(pairs, b[k / 2], sizeof pairs);
        for (int n = 0; n < kTileOutputs; ++n) {
          even[n] = fused(first, widened(pairs[2 * n]), even[n]);
          odd[n] = fused(second, widened(pairs[2 * n + 1]), odd[n]);
        }
      }
      for (int n = 0; n < kTileOutputs; n += kSome)
        add(c[m] + n * sizeof(float), load_loose<kSome>(even + n), load_loose<kSome>(odd + n));
    }
  }
};

}  // namespace u2net::kernels::U2NET_ISA
