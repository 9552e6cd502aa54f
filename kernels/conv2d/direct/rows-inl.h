// SPDX-License-Identifier: Apache-2.0
// What the direct forms share in the code that is compiled for one instruction set: the division of
// dst into tasks and pieces of rows, and the epilogue.
#pragma once

#include "kernels/conv2d/activation-inl.h"
#include "kernels/conv2d/direct/direct.h"
#include "kernels/conv2d/matrix_tile-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Where a piece of a row of one group of output channels goes, from its first pixel on.
struct RowTarget {
  float* dst;
  const float* residual;                   // null for none
  std::int64_t dst_plane, residual_plane;  // from one vector of channels to the next
  bool relu, relu_after_residual, stream;
  // Where there is an activation, which then is not for the registers, and neither is the rest.
  const ConvPlan* activated = nullptr;
  std::int64_t channels = 0;  // of dst, from the first vector on

  void move(std::int64_t floats) {
    dst += floats;
    if (residual) residual += floats;
  }
};

inline ActivatedResults activated_results(const RowTarget& target) {
  return {*target.activated, target.channels, target.residual, target.residual_plane,
          target.activated->width};
}

// The epilogue of values[vectors][pixels][W], `plane` floats from one vector of channels to the
// next, on its way to dst. What the forms leave to it is rare, or little beside main memory: in
// registers it would be twice as much code as their products, for every number of pixels anew.
template <int W>
__attribute__((noinline)) void finish_pixels(const RowTarget& target, std::int64_t vectors,
                                             std::int64_t pixels, std::int64_t plane,
                                             float* values) {
  RowTarget rest = target;  // what is still to be done
  if (target.activated) {
    const bool is_last = !target.stream;
    finish_activated<W>(activated_results(target), vectors, pixels, plane, values,
                        is_last ? target.dst_plane : plane, is_last ? target.dst : values);
    if (is_last) return;
    rest.relu = rest.relu_after_residual = false;
    rest.residual = nullptr;
  }
  for (std::int64_t c = 0; c < vectors; ++c, rest.dst += rest.dst_plane, values += plane) {
    for (std::int64_t i = 0; i < pixels * W; i += W) {
      Vec<W> value = load<W>(values + i);
      if (rest.relu) value = relu<W>(value);
      if (rest.residual) value += load<W>(rest.residual + i);
      if (rest.relu_after_residual) value = relu<W>(value);
      rest.stream ? stream<W>(rest.dst + i, value) : store<W>(rest.dst + i, value);
    }
    if (rest.residual) rest.residual += rest.residual_plane;
  }
}

template <int W, int N, int C>
U2NET_INLINE void write_pixels(MatrixTile<W, N, C>& tile, const RowTarget& target) {
  if (target.activated || target.stream || target.residual) {
    alignas(64) float values[C * N * W];
    tile.each([&](auto t, auto c) __attribute__((always_inline)) {
      store<W>(values + (c * N + t) * W, tile.sums[t][c]);
    });
    return finish_pixels<W>(target, C, N, N * W, values);
  }
  if (target.relu) {
    tile.each([&](auto t, auto c)
                  __attribute__((always_inline)) { tile.sums[t][c] = relu<W>(tile.sums[t][c]); });
  }
  tile.each([&](auto t, auto c) __attribute__((always_inline)) {
    store<W>(target.dst + c * target.dst_plane + t * W, tile.sums[t][c]);
  });
}

// sums[t] += sample(t + k) * u[k] for a row of K weights, a stride and dilation of 1: each of the N
// + K - 1 samples is loaded once for all of the pixels that it belongs to.
template <int W, int K, int N, class Sample>
U2NET_INLINE void add_samples(const Sample& sample, const float* u, Vec<W> (&sums)[N]) {
  Vec<W> weights[K];
  for (int k = 0; k < K; ++k) weights[k] = load<W>(u + k * W);
  const auto add = [&]<int S, int... T>(std::integral_constant<int, S>,
                                        std::integer_sequence<int, T...>)
      __attribute__((always_inline)) {
    const Vec<W> v = sample(S);
    const auto add_to = [&](auto t) __attribute__((always_inline)) {
      if constexpr (S - t >= 0 && S - t < K) sums[t] = madd<W>(v, weights[S - t], sums[t]);
    };
    (add_to(std::integral_constant<int, T>{}), ...);
  };
  [&]<int... S>(std::integer_sequence<int, S...>) __attribute__((always_inline)) {
    (add(std::integral_constant<int, S>{}, std::make_integer_sequence<int, N>{}), ...);
  }
  (std::make_integer_sequence<int, N + K - 1>{});
}

// The same for N pixels of one vector of channels.
template <int W, int N>
U2NET_INLINE void write_vectors(const Vec<W> (&sums)[N], const RowTarget& target) {
  if (target.activated || target.stream || target.residual) {
    alignas(64) float values[N * W];
    for (int t = 0; t < N; ++t) store<W>(values + t * W, sums[t]);
    return finish_pixels<W>(target, 1, N, N * W, values);
  }
  for (int t = 0; t < N; ++t)
    store<W>(target.dst + t * W, target.relu ? relu<W>(sums[t]) : sums[t]);
}

inline RowTarget row_target(const DirectPlan& plan, const F32Operands& operands, std::int64_t image,
                            std::int64_t group, std::int64_t y) {
  const FusedConv2d& p = plan.conv;
  const std::int64_t block = group * plan.group_vectors;
  return {operands.dst + p.dst.offset(image, block, y, 0),
          p.residual ? operands.residual + p.residual->offset(image, block, y, 0) : nullptr,
          p.dst.plane_stride(),
          p.residual ? p.residual->plane_stride() : 0,
          p.relu,
          p.relu_after_residual,
          plan.stream,
          p.activation && !plan.activates_later ? &plan : nullptr,
          p.dst.c - block * plan.width};
}

// Of a plan that activates later: the epilogue of `count` pixels, row by row, of one image and the
// vectors from `block` on, whose sums dst holds.
template <int W>
__attribute__((noinline)) void activate_pixels(const DirectPlan& plan, const F32Operands& operands,
                                               std::int64_t image, std::int64_t block,
                                               std::int64_t vectors, std::int64_t first,
                                               std::int64_t count) {
  const ImageLayout& l = plan.conv.dst;
  const bool joins_rows = l.row_stride() == l.w * W;
  for (std::int64_t end = first + count; first < end;) {
    const std::int64_t y = first / l.w, x = first % l.w,
                       pixels = joins_rows ? end - first : std::min(end - first, l.w - x);
    float* const at = operands.dst + l.offset(image, block, y, x);
    finish_activated<W>({plan, l.c - block * W, nullptr, 0, 0}, vectors, pixels, l.plane_stride(),
                        at, l.plane_stride(), at);
    first += pixels;
  }
}

// Calls pixels(count, x, target) on the pieces of a row: N pixels each, or one less where that
// evens out the last one.
template <int W, int N, class Pixels>
U2NET_INLINE void for_each_piece(std::int64_t width, RowTarget target, Pixels&& pixels) {
  const std::int64_t pieces = divided_up(width, N), size = width / pieces, longer = width % pieces;
  for (std::int64_t i = 0, x = 0; i < pieces; ++i) {
    const std::int64_t count = size + (i < longer ? 1 : 0);
    pixels(count, x, target);
    x += count;
    target.move(count * W);
  }
}

// What code of a kind of filter a piece of so many pixels gets, of at most `most`: short ones are
// rows of images that are narrower, and too rare for code of their own.
template <class Kind>
constexpr Kind kind_of_piece(Kind kind, Kind any, int pixels, int most) {
  return 2 * pixels < most ? any : kind;
}

// One task: the rows of one group of output channels of one image.
struct DirectTask {
  std::int64_t image, group, first_row, last_row;
  std::int64_t next_group;  // that of a task which this thread is likely to run soon
};

// Calls run(task, worker) for all tasks of a plan.
template <int W, class Run>
void for_each_direct_task(const DirectPlan& plan, ThreadPool& pool, const Run& run) {
  const ImageLayout& dst = plan.conv.dst;
  const std::int64_t rows = direct_task_rows(plan, pool.threads());
  const std::int64_t blocks = divided_up(plan.rows, rows);  // of rows, of an image
  const std::int64_t tasks = dst.n * blocks * plan.groups, threads = pool.threads();
  pool.for_each_task(tasks, [&](std::int64_t index, int worker) {
    const std::int64_t group = index % plan.groups, rest = index / plan.groups;
    const std::int64_t first = rest % blocks * rows, last = first + rows;
    const std::int64_t next = index + threads < tasks ? (index + threads) % plan.groups : group;
    run(DirectTask{rest / blocks, group, first, last < plan.rows ? last : plan.rows, next}, worker);
    if (plan.stream) store_fence<W>();
  });
}

// Calls run(image, block, y) for all rows of all blocks of channels of dst.
template <int W, class Run>
void for_each_block_row(const DirectPlan& plan, const F32Operands& operands, ThreadPool& pool,
                        const Run& run) {
  const ImageLayout& dst = plan.conv.dst;
  const std::int64_t blocks = dst.channel_blocks();
  // Activated while they are in the first-level cache.
  constexpr std::int64_t kPixels = 128;
  const std::int64_t most_rows =
      std::max<std::int64_t>(kPixels / std::max<std::int64_t>(dst.w, 1), 1);
  pool.parallel_for(dst.n * blocks * dst.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t first = i % dst.h, image = i / dst.h / blocks, block = i / dst.h % blocks;
      const std::int64_t rows = std::min({most_rows, end - i, dst.h - first});
      for (std::int64_t y = first; y < first + rows; ++y) run(image, block, y);
      if (plan.activates_later)
        activate_pixels<W>(plan, operands, image, block, 1, first * dst.w, rows * dst.w);
      i += rows;
    }
    if (plan.stream) store_fence<W>();
  });
}

}  // namespace u2net::kernels::U2NET_ISA
