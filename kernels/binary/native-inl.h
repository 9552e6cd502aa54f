// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h of two images, or of an image and what is repeated over it: one loop
// a function over the floats of a row, and all else around it once.
#pragma once

#include <array>

#include "kernels/image_ops/rows-inl.h"
#include "kernels/simd/loops-inl.h"

namespace u2net::kernels::U2NET_ISA {

// dst[i] = f(a[i], b[i]) of `count` floats, whole vectors. b moves on by `step` floats a vector: W,
// or 0 for a vector that is repeated. Lanes that are no channels hold zeros: a function that makes
// something else of those leaves them alone. dst may be either.
using BinaryRun = void (*)(std::int64_t channels, const float* a, const float* b, std::int64_t step,
                           std::int64_t count, float* dst);

template <int W, class F, bool IsSwapped>
void binary_run(std::int64_t channels, const float* a, const float* b, std::int64_t step,
                std::int64_t count, float* dst) {
  for (std::int64_t i = 0; i < count; i += W, b += step) {
    const Vec<W> x = load_loose<W>(a + i), y = load_loose<W>(b);
    const Vec<W> result = IsSwapped ? F::of(y, x) : F::of(x, y);
    store_loose<W>(dst + i, F::kRow.has_pole ? PartVector<W>{channels}.or_else(result, 0) : result);
  }
}

// f(x, y) and f(y, x)
template <int W, class F>
constexpr std::array<BinaryRun, 2> binary_runs_of() {
  if constexpr (!F::kRow.has_vector) {
    return {};
  } else if constexpr (F::kRow.commutes) {
    return {binary_run<W, F, false>, binary_run<W, F, false>};
  } else {
    return {binary_run<W, F, false>, binary_run<W, F, true>};
  }
}
template <int W, class... F>
constexpr std::array<std::array<BinaryRun, 2>, sizeof...(F)> all_binary_runs(BinaryList<F...>) {
  return {binary_runs_of<W, F>()...};
}
// By BinaryKind; null where a function has no vector formula.
template <int W>
inline constexpr auto kBinaryRuns = all_binary_runs<W>(BinaryFunctions{});

// A row, of which what is left behind its whole vectors goes through those of the stack.
template <int W>
void binary_row(BinaryRun run, std::int64_t channels, const float* a, const float* b,
                std::int64_t step, std::int64_t count, float* dst) {
  const std::int64_t left = count % W, whole = count - left;
  run(channels, a, b, step, whole, dst);
  if (left == 0) return;
  alignas(64) float last[W], other[W];
  store<W>(last, load_part<W>(a + whole, left));
  store<W>(other, step == 0 ? load_loose<W>(b) : load_part<W>(b + whole, left));
  run(channels, last, other, W, W, last);
  store_part<W>(dst + whole, load<W>(last), left);
}

template <int W>
void binary_image(BinaryKind kind, const ConstImage& x, const ConstImage& y, const Image& dst,
                  ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  const BinaryRun run = kBinaryRuns<W>[static_cast<std::size_t>(kind)][0];
  for_each_row(dst, pool, [&](const RowOf& r) {
    binary_row<W>(run, channels_of<W>(l, r.block), row_of(x, r), row_of(y, r), W, l.w * l.block,
                  row_of(dst, r));
  });
}

// What the channels of a pixel meet, `stride` floats from one to the next; zeros in the other
// lanes.
template <int W>
U2NET_INLINE Vec<W> for_channels(std::int64_t channels, const float* from, std::int64_t stride) {
  if (stride == 0) return PartVector<W>{channels}.or_else(splat<W>(*from), 0);
  if (stride == 1) return PartVector<W>{channels}.load(from);
  float values[W] = {};
  for (std::int64_t lane = 0; lane < channels && lane < W; ++lane)
    values[lane] = from[lane * stride];
  return load_loose<W>(values);
}

// A row of blocks of W channels with a plain operand: what its pixels meet is put side by side, as
// many as half a kilobyte holds.
template <int W>
void broadcast_row(BinaryRun run, std::int64_t channels, const float* in, const Broadcast& y,
                   const float* other, std::int64_t width, float* out) {
  constexpr std::int64_t kPixels = 128 / W;
  alignas(64) float values[kPixels * W];
  if (y.w == 0) {
    store<W>(values, for_channels<W>(channels, other, y.c));
    return run(channels, in, values, 0, width * W, out);
  }
  for (std::int64_t x = 0; x < width; x += kPixels) {
    const std::int64_t pixels = width - x < kPixels ? width - x : kPixels;
    for (std::int64_t i = 0; i < pixels; ++i)
      store<W>(values + i * W, for_channels<W>(channels, other + (x + i) * y.w, y.c));
    run(channels, in + x * W, values, W, pixels * W, out + x * W);
  }
}

// The same with planes, where neighbours meet neighbours or one element.
template <int W>
void broadcast_plane_row(BinaryRun run, const float* in, const Broadcast& y, const float* other,
                         std::int64_t width, float* out) {
  if (y.w != 0) return binary_row<W>(run, W, in, other, W, width, out);
  alignas(64) float values[W];
  if (width > 0) store<W>(values, splat<W>(*other));
  binary_row<W>(run, W, in, values, 0, width, out);
}

template <int W>
void broadcast_rows(BinaryRun run, const ConstImage& x, const Broadcast& y, const Image& dst,
                    ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const float* other = y.data + r.image * y.n + r.block * l.block * y.c + r.y * y.h;
    if (l.block == 1) {
      broadcast_plane_row<W>(run, row_of(x, r), y, other, l.w, row_of(dst, r));
    } else {
      broadcast_row<W>(run, channels_of<W>(l, r.block), row_of(x, r), y, other, l.w,
                       row_of(dst, r));
    }
  });
}

template <int W>
void broadcast_image(BinaryKind kind, bool image_first, const ConstImage& x, const Broadcast& y,
                     const Image& dst, ThreadPool& pool) {
  broadcast_rows<W>(kBinaryRuns<W>[static_cast<std::size_t>(kind)][image_first ? 0 : 1], x, y, dst,
                    pool);
}

}  // namespace u2net::kernels::U2NET_ISA
