// SPDX-License-Identifier: Apache-2.0
// Resizing of images in bf16: the formula of native-inl.h in float32 on blocks, each result rounded
// once. Products and sums are rounded apart, as not every instruction set can do it at once, and
// the bits are to be the same in all.
#pragma once

#include "kernels/base/centred_image.h"
#include "kernels/image_ops/image_ops.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// A row of numbers in bf16, and of the lower halves where there are some: Split.
template <class T>
struct HalvedRow {
  T* high;
  std::int64_t apart;  // of the lower halves

  template <int V, bool Split>
  U2NET_INLINE Vec<V> load(std::int64_t at) const {
    if constexpr (!Split) return load_bf16<V>(high + at);
    return load_bf16<V>(high + at) + load_bf16<V>(high + apart + at);
  }
  template <int V, bool Split>
  U2NET_INLINE void store(std::int64_t at, Vec<V> v) const {
    Split ? store_halves<V>(high + at, high + apart + at, v) : store_bf16<V>(high + at, v);
  }
};

// A row of a block of channels; V channels at a time, of which a block has a multiple. A column
// that is blended from both rows serves all results beside it: of twice the size four.
template <int V, bool Split>
void interp_bf16_lanes(const InterpTaps& taps, const InterpTap& y, const HalvedRow<const Bf16>& top,
                       const HalvedRow<const Bf16>& bottom, const HalvedRow<Bf16>& out,
                       std::int64_t block) {
  const Vec<V> y_lo = splat<V>(y.weight_lo), y_hi = splat<V>(y.weight_hi);
  for (std::int64_t c = 0; c < block; c += V) {
    const auto column = [&](std::int64_t at) __attribute__((always_inline)) {
      return top.template load<V, Split>(at * block + c) * y_lo +
             bottom.template load<V, Split>(at * block + c) * y_hi;
    };
    std::int64_t lo = -1, hi = -1;
    Vec<V> left{}, right{};
    std::int64_t to = c;
    for (const InterpTap& x : taps.columns) {
      if (x.lo != lo) {
        left = x.lo == hi ? right : column(x.lo);
        lo = x.lo;
      }
      if (x.hi != hi) {
        right = x.hi == lo ? left : column(x.hi);
        hi = x.hi;
      }
      out.template store<V, Split>(to,
                                   left * splat<V>(x.weight_lo) + right * splat<V>(x.weight_hi));
      to += block;
    }
  }
}

template <bool Split>
void interp_bf16_row(const InterpTaps& taps, const InterpTap& y, const HalvedRow<const Bf16>& top,
                     const HalvedRow<const Bf16>& bottom, const HalvedRow<Bf16>& out,
                     std::int64_t block) {
  (block % 16 == 0 ? interp_bf16_lanes<16, Split>
                   : interp_bf16_lanes<4, Split>)(taps, y, top, bottom, out, block);
}

inline void copy_bf16_row(const InterpTaps& taps, const Bf16* from, Bf16* out, std::int64_t block) {
  for (const InterpTap& x : taps.columns) {
    std::memcpy(out, from + x.lo * block, static_cast<std::size_t>(block) * sizeof(Bf16));
    out += block;
  }
}

template <bool Split>
void interp_halved_image(const InterpTaps& taps, const ConstImage& src, const Image& dst,
                         ThreadPool& pool) {
  const ImageLayout &from = *src.layout, &to = *dst.layout;
  const std::int64_t from_low = halves_apart(from), to_low = halves_apart(to);
  pool.parallel_for(to.n * to.channel_blocks() * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / to.h / to.channel_blocks(),
                         block = i / to.h % to.channel_blocks(), y = i % to.h;
      const InterpTap& tap = taps.rows[static_cast<std::size_t>(y)];
      const Bf16* data = static_cast<const Bf16*>(src.data);
      const HalvedRow<const Bf16> top{data + from.offset(image, block, tap.lo, 0), from_low},
          bottom{data + from.offset(image, block, tap.hi, 0), from_low};
      const HalvedRow<Bf16> out{static_cast<Bf16*>(dst.data) + to.offset(image, block, y, 0),
                                to_low};
      if (taps.only_moves) {
        copy_bf16_row(taps, top.high, out.high, to.block);
        if (Split) copy_bf16_row(taps, top.high + from_low, out.high + to_low, to.block);
      } else {
        interp_bf16_row<Split>(taps, tap, top, bottom, out, to.block);
      }
    }
  });
}

inline void interp_bf16_image(const InterpTaps& taps, const ConstImage& src, const Image& dst,
                              const float* centre, ThreadPool& pool) {
  fill_halo(*dst.layout, dst.data, centre, pool);
  const bool split = dst.layout->element == ElementType::kBf16x2;
  (split ? interp_halved_image<true> : interp_halved_image<false>)(taps, src, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
