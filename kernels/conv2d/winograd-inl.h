// SPDX-License-Identifier: Apache-2.0
// The loop over blocks of tiles of winograd.h. N: tiles that the matrix product keeps in registers.
#pragma once

#include "kernels/conv2d/matrix_tile-inl.h"
#include "kernels/conv2d/winograd.h"
#include "kernels/conv2d/winograd_input-inl.h"
#include "kernels/conv2d/winograd_output-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Lines of filters that are to be brought into the second level on the way: of every W * C * W
// floats from `from` on, `count` lines.
struct FilterPrefetch {
  const float* from;
  int count;
};

// m[N tiles][C * W] = v[chunks][tile][W] times u[chunks * W][C * W]
template <int W, int C, int N>
__attribute__((noinline)) void multiply(std::int64_t chunks, const float* u, const float* v,
                                        std::int64_t v_chunk, float* m, FilterPrefetch next) {
  MatrixTile<W, N, C> tile;
  tile.set_zero();
  do {
    for (int line = 0; line < next.count; ++line) prefetch(next.from + line * 16);
    next.from += W * C * W;
    tile.chunk(u, v, W);
    u += W * C * W;
    v += v_chunk;
  } while (--chunks != 0);
  tile.each([&](auto t, auto c)
                __attribute__((always_inline)) { store<W>(m + (t * C + c) * W, tile.sums[t][c]); });
}

using Multiply = void (*)(std::int64_t, const float*, const float*, std::int64_t, float*,
                          FilterPrefetch);

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

// What one task does: the tiles [first, first + count).
template <int W, int M, int N>
class WinogradBlock {
 public:
  WinogradBlock(const WinogradPlan& plan, const F32Operands& operands, float* scratch)
      : plan_(plan),
        operands_(operands),
        v_(scratch),
        m_(v_ + plan.v_floats()),
        input_(plan, operands, m_ + plan.m_floats()),
        output_(plan, operands),
        multiply_(plan.group_vectors == 2
                      ? MultiplyTable<W, 2, std::make_integer_sequence<int, N>>::kFunctions
                      : MultiplyTable<W, 1, std::make_integer_sequence<int, N>>::kFunctions) {}

  void run(std::int64_t first, std::int64_t count) {
    first_ = first;
    count_ = count;
    transform_input();
    for (std::int64_t g = 0; g < plan_.groups; ++g) {
      start_prefetch(g);
      for (std::int64_t p = 0; p < plan_.points(); ++p) {
        prefetch_output();
        multiply_point(g, p);
      }
      write_group(g);
    }
    if (plan_.stream) store_fence<W>();
  }

 private:
  void transform_input() {
    for (std::int64_t slot = 0; slot < count_;) {
      const std::int64_t tile = first_ + slot;
      TileRun run{tile / (plan_.tiles_y * plan_.tiles_x), tile / plan_.tiles_x % plan_.tiles_y,
                  tile % plan_.tiles_x, 0};
      run.n = plan_.phase_tiles_x - run.x % plan_.phase_tiles_x;
      if (run.n > count_ - slot) run.n = count_ - slot;
      if (run.n > winograd_run(M, W)) run.n = winograd_run(M, W);
      input_.transform(run, slot, v_);
      for (std::int64_t t = 0; t < run.n; ++t) positions_[slot + t] = {run.image, run.y, run.x + t};
      slot += run.n;
    }
  }

  // One group of output channels at one point, for all tiles of the block.
  U2NET_INLINE void multiply_point(std::int64_t group, std::int64_t point) {
    const std::int64_t row = plan_.group_vectors * W;
    const float* u = operands_.weights + (group * plan_.points() + point) * plan_.ic * row;
    const float* v = v_ + point * plan_.v_point;
    float* m = m_ + point * plan_.m_point;
    const std::int64_t passes = divided_up(count_, N), size = count_ / passes,
                       longer = count_ % passes;
    // The next point's filters lie behind these. Each pass takes its share.
    const std::int64_t lines = plan_.prefetches ? divided_up(row * W / 16, passes) : 0;
    FilterPrefetch next{u + plan_.ic * row, static_cast<int>(lines)};
    for (std::int64_t pass = 0; pass < passes; ++pass) {
      const std::int64_t tiles = size + (pass < longer ? 1 : 0);
      multiply_[tiles - 1](plan_.ic / W, u, v, plan_.v_chunk, m, next);
      next.from += lines * 16;
      v += tiles * W;
      m += tiles * row;
    }
  }

  void write_group(std::int64_t group) {
    const float* m = m_;
    for (std::int64_t t = 0; t < count_; ++t) {
      const Position& at = positions_[t];
      output_.write(m + t * plan_.group_vectors * W, group, at.image, at.y, at.x);
    }
  }

  void start_prefetch(std::int64_t group) {
    if (plan_.is_dilated()) return;  // the lines of a tile are those of other phases', too
    const FusedConv2d& p = plan_.conv;
    const std::int64_t blocks = plan_.group_vectors, block = group * blocks;
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
  WinogradInput<W, M> input_;
  WinogradOutput<W, M> output_;
  const Multiply* multiply_;
  std::int64_t first_ = 0, count_ = 0;
  Position positions_[kMaxWinogradBlock];
  std::int64_t dst_offsets_[kMaxWinogradBlock], residual_offsets_[kMaxWinogradBlock];
  OutputPrefetch<W, M> dst_lines_, residual_lines_;
};

template <int M>
struct FormCode<WinogradOf<M>> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const WinogradPlan&>(any_plan);
    const F32Operands operands(any_operands);
    const std::int64_t tiles = winograd_task_tiles(plan, pool.threads());
    pool.for_each_task(divided_up(plan.tiles, tiles), [&](std::int64_t task, int worker) {
      WinogradBlock<W, M, N> work(plan, operands,
                                  operands.scratch + worker * winograd_scratch_floats(plan));
      const std::int64_t first = task * tiles;
      work.run(first, plan.tiles - first < tiles ? plan.tiles - first : tiles);
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
