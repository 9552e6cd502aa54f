// SPDX-License-Identifier: Apache-2.0
// The loop over blocks of tiles of winograd.h. N: tiles that the matrix product keeps in registers.
#pragma once

#include "kernels/conv2d/matrix_tile-inl.h"
#include "kernels/conv2d/winograd.h"
#include "kernels/conv2d/winograd_filters-inl.h"
#include "kernels/conv2d/winograd_input-inl.h"
#include "kernels/conv2d/winograd_output-inl.h"

namespace u2net::kernels::U2NET_ISA {

// What is to be brought into the second level on the way: of filters, of every W * C * W floats
// from `filters` on, `lines` lines; and, unless it is 0, the samples that lie so many floats
// further on.
struct NextPoint {
  const float* filters;
  int lines;
  std::int64_t samples;
};

// m[N tiles][C * W] = v[chunks][tile][W] times u[chunks * W][C * W], or that added to it. A chunk
// has `channels` that are not filling.
template <int W, int C, int N>
__attribute__((noinline)) void multiply(const int* channels, std::int64_t chunks, const float* u,
                                        const float* v, std::int64_t v_chunk, float* m, bool adds,
                                        NextPoint next) {
  MatrixTile<W, N, C> tile;
  if (adds) {
    tile.each([&](auto t, auto c) __attribute__((always_inline)) {
      tile.sums[t][c] = load<W>(m + (t * C + c) * W);
    });
  } else {
    tile.set_zero();
  }
  do {
    for (int line = 0; line < next.lines; ++line) prefetch(next.filters + line * 16);
    next.filters += W * C * W;
    if (next.samples != 0) {
      for (int at = 0; at < N * W; at += 16) prefetch(v + next.samples + at);
    }
    tile.chunk(u, v, W, *channels++);
    u += W * C * W;
    v += v_chunk;
  } while (--chunks != 0);
  tile.each([&](auto t, auto c)
                __attribute__((always_inline)) { store<W>(m + (t * C + c) * W, tile.sums[t][c]); });
}

using Multiply = void (*)(const int*, std::int64_t, const float*, const float*, std::int64_t,
                          float*, bool, NextPoint);

// By the number of tiles - 1.
template <int W, int C, class Sizes>
struct MultiplyTable;
template <int W, int C, int... N>
struct MultiplyTable<W, C, std::integer_sequence<int, N...>> {
  static constexpr Multiply kFunctions[] = {multiply<W, C, N + 1>...};
};

// Brings the lines that the output side will read or write into the second level, a few at a time
// while the matrix product runs.
template <int W, int M>
class OutputPrefetch {
 public:
  // base: of channel block `first_block`; `offsets` has the offset of every tile of the block in a
  // plane.
  void start(float* base, const ImageLayout& layout, const std::int64_t* offsets,
             std::int64_t tiles, std::int64_t blocks, std::int64_t points) {
    base_ = base;
    row_ = layout.row_stride();
    plane_ = layout.plane_stride();
    offsets_ = offsets;
    tiles_ = tiles;
    blocks_ = blocks;
    per_point_ = divided_up(tiles * blocks * M, points);
    tile_ = block_ = y_ = 0;
  }

  template <bool Write>
  U2NET_INLINE void advance() {
    for (std::int64_t n = per_point_; n > 0 && tile_ < tiles_; --n) {
      const float* row = base_ + offsets_[tile_] + block_ * plane_ + y_ * row_;
      for (int line = 0; line < M * W; line += 16) {
        if constexpr (Write) {
          prefetch_for_write(row + line);
        } else {
          prefetch(row + line);
        }
      }
      if (++y_ < M) continue;
      y_ = 0;
      if (++block_ < blocks_) continue;
      block_ = 0;
      ++tile_;
    }
  }

 private:
  float* base_ = nullptr;
  const std::int64_t* offsets_ = nullptr;
  std::int64_t row_ = 0, plane_ = 0, tiles_ = 0, blocks_ = 0, per_point_ = 0;
  std::int64_t tile_ = 0, block_ = 0, y_ = 0;
};

// Some tiles: their transformed input, and what one thread needs besides.
template <int W, int M, int N>
class WinogradBlock {
 public:
  // scratch: winograd_thread_floats().
  WinogradBlock(const WinogradPlan& plan, const F32Operands& operands, float* v, float* scratch)
      : plan_(plan),
        operands_(operands),
        v_(v),
        m_(scratch),
        u_(m_ + plan.m_floats()),
        input_(plan, operands, u_ + plan.u_floats()),
        output_(plan, operands) {}

  __attribute__((noinline)) void set_tiles(std::int64_t first, std::int64_t count) {
    first_ = first;
    count_ = count;
    for (std::int64_t slot = 0; slot < count_;) {
      const TileRun run = run_at(slot, count_);
      for (std::int64_t t = 0; t < run.n; ++t) positions_[slot++] = {run.image, run.y, run.x + t};
    }
  }

  // The tiles [begin, end) of the block.
  __attribute__((noinline)) void transform_input(std::int64_t begin, std::int64_t end) {
    for (std::int64_t slot = begin; slot < end;) {
      const TileRun run = run_at(slot, end);
      input_.transform(run, slot, v_);
      slot += run.n;
    }
  }

  // The results of a group of output channels.
  __attribute__((noinline)) void run_group(std::int64_t group) {
    row_ = plan_.row_of_group(group);
    multiply_ = row_ > W ? MultiplyTable<W, 2, std::make_integer_sequence<int, N>>::kFunctions
                         : MultiplyTable<W, 1, std::make_integer_sequence<int, N>>::kFunctions;
    start_prefetch(group);
    if (plan_.is_compact) {
      multiply_taps(group);
    } else {
      multiply_filters(group);
    }
    write_group(group);
  }

 private:
  TileRun run_at(std::int64_t slot, std::int64_t end) const {
    const std::int64_t tile = first_ + slot;
    TileRun run{tile / (plan_.tiles_y * plan_.tiles_x), tile / plan_.tiles_x % plan_.tiles_y,
                tile % plan_.tiles_x, 0};
    run.n = plan_.phase_tiles_x - run.x % plan_.phase_tiles_x;
    if (run.n > end - slot) run.n = end - slot;
    if (run.n > winograd_run(M, W)) run.n = winograd_run(M, W);
    return run;
  }

  void multiply_filters(std::int64_t group) {
    const std::int64_t point = plan_.ic * row_;
    const float* u = operands_.weights + group * plan_.points() * plan_.ic * plan_.row();
    for (std::int64_t p = 0; p < plan_.points(); ++p) {
      prefetch_output();
      multiply_point(u + p * point, p, 0, plan_.ic / W);
    }
  }

  // The same with filters as they are: those of some channels are transformed, then multiplied, and
  // so on.
  void multiply_taps(std::int64_t group) {
    if constexpr (M == 4) {
      const std::int64_t blocks = plan_.ic / W, most = plan_.part_channels() / W;
      const std::int64_t block_taps = 9 * W * row_;
      const float* taps = operands_.weights + group * blocks * 9 * W * plan_.row();
      for (std::int64_t first = 0; first < blocks; first += most) {
        const std::int64_t part = blocks - first < most ? blocks - first : most;
        const std::int64_t point = part * W * row_ + kUPadding;
        for (std::int64_t b = 0; b < part; ++b) {
          transform_block<W, M>(taps + (first + b) * block_taps, W * row_, channel_scale(first + b),
                                u_ + b * W * row_, point);
        }
        for (std::int64_t p = 0; p < plan_.points(); ++p) {
          if (first == 0) prefetch_output();
          multiply_point(u_ + p * point, p, first, part);
        }
      }
    }
  }

  // What the filters of a block of channels are multiplied by.
  double channel_scale(std::int64_t block) const {
    std::size_t s = 0;
    while (block >= plan_.conv.sources[s].layout.channel_blocks())
      block -= plan_.conv.sources[s++].layout.channel_blocks();
    return plan_.conv.sources[s].upsample ? kUpsampledFilterScale : 1;
  }

  // One group of output channels at one point, for all tiles of the block, summed over `blocks`
  // blocks of channels, of which `first` is not the first where others were before.
  U2NET_INLINE void multiply_point(const float* u, std::int64_t point, std::int64_t first,
                                   std::int64_t blocks) {
    const std::int64_t row = row_;
    const float* v = v_ + point * plan_.v_point + first * plan_.v_chunk;
    float* m = m_ + point * plan_.m_point;
    const std::int64_t passes = divided_up(count_, N), size = count_ / passes,
                       longer = count_ % passes;
    // The next point's filters lie behind these. Each pass takes its share.
    const std::int64_t lines = plan_.prefetches ? divided_up(row * W / 16, passes) : 0;
    NextPoint next{u + blocks * W * row, static_cast<int>(lines),
                   plan_.by_groups ? plan_.v_point : 0};
    for (std::int64_t pass = 0; pass < passes; ++pass) {
      const std::int64_t tiles = size + (pass < longer ? 1 : 0);
      multiply_[tiles - 1](plan_.block_channels.data() + first, blocks, u, v, plan_.v_chunk, m,
                           first != 0, next);
      next.filters += lines * 16;
      v += tiles * W;
      m += tiles * row;
    }
  }

  void write_group(std::int64_t group) {
    const float* m = m_;
    for (std::int64_t t = 0; t < count_; ++t) {
      const Position& at = positions_[t];
      output_.write(m + t * row_, group, at.image, at.y, at.x);
    }
  }

  void start_prefetch(std::int64_t group) {
    if (plan_.is_dilated()) return;  // the lines of a tile are those of other phases', too
    const FusedConv2d& p = plan_.conv;
    const std::int64_t blocks = plan_.vectors_of(group), block = group * plan_.group_vectors;
    for (std::int64_t t = 0; t < count_; ++t) {
      const Position& at = positions_[t];
      dst_offsets_[t] = p.dst.offset(at.image, block, at.y * M, at.x * M);
      if (p.residual)
        residual_offsets_[t] = p.residual->offset(at.image, block, at.y * M, at.x * M);
    }
    if (!plan_.stream)
      dst_lines_.start(operands_.dst, p.dst, dst_offsets_, count_, blocks, plan_.points());
    if (p.residual) {
      residual_lines_.start(const_cast<float*>(operands_.residual), *p.residual, residual_offsets_,
                            count_, blocks, plan_.points());
    }
  }

  U2NET_INLINE void prefetch_output() {
    residual_lines_.template advance<false>();
    dst_lines_.template advance<true>();
  }

  struct Position {
    std::int64_t image, y, x;
  };

  const WinogradPlan& plan_;
  const F32Operands& operands_;
  float* v_;
  float* m_;
  float* u_;  // of a part of the channels, where filters are transformed here
  WinogradInput<W, M> input_;
  WinogradOutput<W, M> output_;
  const Multiply* multiply_ = nullptr;  // of the group that is at work, as is the next
  std::int64_t row_ = 0;
  std::int64_t first_ = 0, count_ = 0;
  Position positions_[kMaxWinogradBlock];
  std::int64_t dst_offsets_[kMaxWinogradBlock], residual_offsets_[kMaxWinogradBlock];
  OutputPrefetch<W, M> dst_lines_, residual_lines_;
};

template <int M, bool IsCompact>
struct FormCode<WinogradOf<M, IsCompact>> : FormCode<WinogradOf<M>> {};

template <int M>
struct FormCode<WinogradOf<M>> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const WinogradPlan&>(any_plan);
    const F32Operands operands(any_operands);
    if (plan.by_groups) {
      run_groups<W, N>(plan, operands, pool);
    } else {
      run_blocks<W, N>(plan, operands, pool);
    }
  }

 private:
  // A block a task.
  template <int W, int N>
  static void run_blocks(const WinogradPlan& plan, const F32Operands& operands, ThreadPool& pool) {
    const std::int64_t tiles = winograd_task_tiles(plan, pool.threads());
    pool.for_each_task(divided_up(plan.tiles, tiles), [&](std::int64_t task, int worker) {
      float* scratch = operands.scratch + worker * winograd_scratch_floats(plan);
      WinogradBlock<W, M, N> block(plan, operands, scratch, scratch + plan.v_floats());
      const std::int64_t first = task * tiles, left = plan.tiles - first;
      const std::int64_t count = left < tiles ? left : tiles;
      block.set_tiles(first, count);
      block.transform_input(0, count);
      for (std::int64_t group = 0; group < plan.groups; ++group) block.run_group(group);
      if (plan.stream) store_fence<W>();
    });
  }

  // All tiles are one block, which all threads transform; then a group is a task.
  template <int W, int N>
  static void run_groups(const WinogradPlan& plan, const F32Operands& operands, ThreadPool& pool) {
    const auto block_of = [&](int worker) {
      float* own = operands.scratch + plan.v_floats() + worker * winograd_thread_floats(plan);
      WinogradBlock<W, M, N> block(plan, operands, operands.scratch, own);
      block.set_tiles(0, plan.tiles);
      return block;
    };
    const std::int64_t row = plan.phase_tiles_x;
    pool.for_each_task(plan.tiles / row, [&](std::int64_t task, int worker) {
      block_of(worker).transform_input(task * row, (task + 1) * row);
    });
    pool.for_each_task(plan.groups, [&](std::int64_t group, int worker) {
      block_of(worker).run_group(group);
      if (plan.stream) store_fence<W>();
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
