// SPDX-License-Identifier: Apache-2.0
// Products of matrices (matmul.h) in vectors of W results.
//
// A tile of up to kTileRows x 2 W results stays in registers while it goes along k: each step loads
// 2 W neighbours of y, and each of the tile's rows adds them times one sample of x. For that y lies
// in blocks of kBlock columns by kMatMulDepth rows, and in a block in panels, [columns /
// 2W][k][2W], zeros behind the last column: a step's vectors are the next ones in memory, whichever
// way y lay. Weights are packed so once; any other y is, a block at a time, into scratch. A block
// stays in the second-level cache, where all rows of x meet it. The rows of x of a tile are copied,
// too, into scratch of a fixed stride: 12 rows a power of two apart would throw each other out of
// the first-level cache.
//
// The products of kMatMulDepth neighbours along k are summed in registers, one after the other, and
// these sums are added up in dst. So a result depends on its row and its column alone: neither on
// what is computed beside it, nor on who packed y, nor on the number of threads.
//
// Where x has few rows, packing would cost as much as the products: there y is read as it lies,
// whole rows of it, and the sums of a strip of columns stay in the first-level cache. Every result
// is summed in the same order as above, so it has the same bits.
#pragma once

#include "kernels/base/rounding.h"
#include "kernels/conv2d/matrix_tile-inl.h"
#include "kernels/matmul/matmul.h"
#include "kernels/simd/loops-inl.h"
#include "kernels/simd/transpose-inl.h"

namespace u2net::kernels::U2NET_ISA {

constexpr std::int64_t kMatMulDepth = 256;
constexpr std::int64_t kMatMulRow = kMatMulDepth + 16;  // of a row of x in scratch
constexpr std::int64_t kThinRows = 4, kThinColumns = 1024;

template <int W>
struct MatMulSizes {
  static constexpr std::int64_t kPanel = 2 * W, kBlock = 4 * kPanel;
  static constexpr std::int64_t kScratch =
      kTileRows * kMatMulRow + kMatMulDepth * kBlock + kThinRows * kThinColumns;
};

// Where the sums of a tile go: to the first `columns` of every row, added to what is there but for
// the first sums, times the factor.
struct MatMulTarget {
  float* dst;
  std::int64_t stride, columns;
  bool first;
  float factor;
};

// `ahead`: how many floats behind the panel's are to be fetched meanwhile, 0 where none are.
template <int W, int Rows, int Vecs>
void matmul_tile(const float* rows, const float* panel, std::int64_t depth, std::int64_t ahead,
                 const MatMulTarget& to) {
  MatrixTile<W, Rows, Vecs> tile;
  tile.set_zero();
  for (std::int64_t k = 0; k < depth; ++k, ++rows, panel += MatMulSizes<W>::kPanel) {
    prefetch(panel + ahead);
    if constexpr (MatMulSizes<W>::kPanel > 16) prefetch(panel + ahead + 16);
    tile.step(panel, rows, kMatMulRow);
  }
  const Vec<W> factor = splat<W>(to.factor);
  tile.each([&](auto t, auto c) __attribute__((always_inline)) {
    float* at = to.dst + t * to.stride + c * W;
    const std::int64_t left = to.columns - c * W;
    Vec<W> sum = tile.sums[t][c];
    if (left >= W) {
      if (!to.first) sum += load_loose<W>(at);
      store_loose<W>(at, sum * factor);
    } else if (left > 0) {
      if (!to.first) sum += load_part<W>(at, left);
      store_part<W>(at, sum * factor, left);
    }
  });
}

using MatMulTile = void (*)(const float*, const float*, std::int64_t, std::int64_t,
                            const MatMulTarget&);

struct MatMulHeight {
  std::int64_t rows;
  MatMulTile tiles[2];  // of one vector of columns, of two
};

// The tallest first.
template <int W>
inline constexpr MatMulHeight kMatMulHeights[] = {
    {kTileRows, {matmul_tile<W, kTileRows, 1>, matmul_tile<W, kTileRows, 2>}},
    {kTileRows > 8 ? 8 : 4,
     {matmul_tile<W, (kTileRows > 8 ? 8 : 4), 1>, matmul_tile<W, (kTileRows > 8 ? 8 : 4), 2>}},
    {4, {matmul_tile<W, 4, 1>, matmul_tile<W, 4, 2>}},
    {2, {matmul_tile<W, 2, 1>, matmul_tile<W, 2, 2>}},
    {1, {matmul_tile<W, 1, 1>, matmul_tile<W, 1, 2>}}};

// y[k][n] for `depth` rows and `columns` columns into panels that are `next` floats apart.
template <int W>
void matmul_pack(const float* y, std::int64_t y_row, std::int64_t y_column, std::int64_t depth,
                 std::int64_t columns, float* panels, std::int64_t next) {
  constexpr std::int64_t kPanel = MatMulSizes<W>::kPanel;
  for (std::int64_t n = 0; n < columns; n += kPanel, panels += next) {
    const float* from = y + n * y_column;
    const std::int64_t count = columns - n < kPanel ? columns - n : kPanel;
    if (y_column != 1) {
      if (count < kPanel) {
        for (std::int64_t i = 0; i < depth * kPanel; i += W) store_loose<W>(panels + i, Vec<W>{});
      }
      transpose_block(from, y_column, count, depth, panels, kPanel);
      continue;
    }
    float* to = panels;
    for (std::int64_t k = 0; k < depth; ++k, from += y_row, to += kPanel) {
      if (count == kPanel) {
        store_loose<W>(to, load_loose<W>(from));
        store_loose<W>(to + W, load_loose<W>(from + W));
      } else {
        store_loose<W>(to, count < W ? load_part<W>(from, count) : load_loose<W>(from));
        store_loose<W>(to + W, count > W ? load_part<W>(from + W, count - W) : Vec<W>{});
      }
    }
  }
}

// Where in a packed y the block of columns from n on begins, which is the first of a block, and in
// it the rows from k on: blocks lie as they are used, columns by columns, so that a task reads one
// stretch of memory.
template <int W>
U2NET_INLINE std::int64_t packed_block(const MatMulParams& p, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t kBlock = MatMulSizes<W>::kBlock;
  const std::int64_t left = p.n - n, columns = left < kBlock ? left : kBlock;
  return n * p.k + k * rounded_up(columns, MatMulSizes<W>::kPanel);
}

// One product; y is null where it was packed as a whole.
template <int W>
class MatMulRun {
 public:
  MatMulRun(const MatMulParams& p, const float* x, const float* y, const float* packed, float* dst)
      : p_(p), x_(x), y_(y), packed_(packed), dst_(dst) {
    join_batch();
    for (int i = 0; i < p_.batch_rank; ++i) batches_ *= p_.batch[i];
  }

  void run(float* scratch, ThreadPool& pool) const {
    if (batches_ * p_.m * p_.n == 0) return;
    if (p_.k == 0) return set_zero(pool);
    const bool thin = !packed_ && p_.y_column == 1 && p_.m <= kThinRows;
    // Tasks for every thread, but no more copies of y than pay.
    const std::int64_t least = thin ? p_.m : packed_ ? kTileRows : 4 * kTileRows;
    const std::int64_t columns = thin ? thin_columns(pool) : Sizes::kBlock;
    const std::int64_t across = divided_up(p_.n, columns);
    const std::int64_t wanted = divided_up(4 * pool.threads(), batches_ * across);
    const std::int64_t tiles = divided_up(divided_up(p_.m, wanted), kTileRows) * kTileRows;
    const std::int64_t rows = tiles > least ? tiles : least, down = divided_up(p_.m, rows);
    pool.for_each_task(batches_ * down * across, [&](std::int64_t task, int worker) {
      const std::int64_t n = task % across * columns, m = task / across % down * rows;
      const Part part = part_of(task / across / down, m, p_.m - m < rows ? p_.m - m : rows, n,
                                p_.n - n < columns ? p_.n - n : columns);
      float* own = scratch + worker * Sizes::kScratch;
      thin ? run_thin(part, own) : run_tiles(part, own);
    });
  }

 private:
  using Sizes = MatMulSizes<W>;
  // What comes from memory, for the first rows of a block, is asked for so much earlier.
  static constexpr std::int64_t kFetchAhead = 40 * Sizes::kPanel;

  struct Part {
    const float *x, *y;
    float* dst;
    std::int64_t rows, columns, first_column;
  };

  // Batches that are but more rows of x.
  void join_batch() {
    while (p_.batch_rank > 0) {
      const int last = p_.batch_rank - 1;
      if (p_.m == 1) p_.x_row = p_.x_batch[last];
      const bool joins = p_.y_batch[last] == 0 && p_.x_column == 1 &&
                         p_.x_batch[last] == p_.m * p_.x_row && p_.x_row != 0;
      if (!joins) return;
      p_.m *= p_.batch[last];
      --p_.batch_rank;
    }
  }

  void set_zero(ThreadPool& pool) const {
    pool.parallel_for(batches_ * p_.m * p_.n, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) dst_[i] = 0;
    });
  }

  std::int64_t thin_columns(ThreadPool& pool) const {
    const std::int64_t wanted =
        rounded_up(divided_up(p_.n * batches_, 4 * pool.threads()), kThinColumns / 4);
    return wanted < kThinColumns ? wanted : kThinColumns;
  }

  Part part_of(std::int64_t batch, std::int64_t m, std::int64_t rows, std::int64_t n,
               std::int64_t columns) const {
    Part part{x_ + m * p_.x_row, y_, dst_ + (batch * p_.m + m) * p_.n + n, rows, columns, n};
    if (y_) part.y += n * p_.y_column;
    for (int i = p_.batch_rank; i-- > 0; batch /= p_.batch[i]) {
      part.x += batch % p_.batch[i] * p_.x_batch[i];
      if (y_) part.y += batch % p_.batch[i] * p_.y_batch[i];
    }
    return part;
  }

  MatMulTarget target(float* dst, std::int64_t columns, std::int64_t k, std::int64_t depth) const {
    const bool last = k + depth == p_.k;
    return {dst, p_.n, columns, k == 0, last ? static_cast<float>(p_.alpha) : 1.0F};
  }

  void copy_rows(const float* x, std::int64_t count, std::int64_t depth, float* rows) const {
    if (p_.x_column != 1) return transpose_block(x, p_.x_column, depth, count, rows, kMatMulRow);
    for (std::int64_t r = 0; r < count; ++r, x += p_.x_row, rows += kMatMulRow) {
      for_vectors<W>(
          depth, [&](std::int64_t k, auto part)
                     __attribute__((always_inline)) { part.store(rows + k, part.load(x + k)); });
    }
  }

  void run_tiles(const Part& part, float* scratch) const {
    float *rows = scratch, *own = scratch + kTileRows * kMatMulRow;
    for (std::int64_t k = 0; k < p_.k; k += kMatMulDepth) {
      const std::int64_t depth = p_.k - k < kMatMulDepth ? p_.k - k : kMatMulDepth;
      const std::int64_t next = depth * Sizes::kPanel;
      const float* panels = own;
      if (packed_) {
        panels = packed_ + packed_block<W>(p_, part.first_column, k);
      } else {
        matmul_pack<W>(part.y + k * p_.y_row, p_.y_row, p_.y_column, depth, part.columns, own,
                       next);
      }
      const MatMulHeight* height = kMatMulHeights<W>;
      for (std::int64_t m = 0; m < part.rows; m += height->rows) {
        while (part.rows - m < height->rows) ++height;
        copy_rows(part.x + m * p_.x_row + k * p_.x_column, height->rows, depth, rows);
        for (std::int64_t n = 0; n < part.columns; n += Sizes::kPanel) {
          const std::int64_t left = part.columns - n;
          height->tiles[left > W](rows, panels + n / Sizes::kPanel * next, depth,
                                  packed_ && m == 0 ? kFetchAhead : 0,
                                  target(part.dst + m * p_.n + n, left, k, depth));
        }
      }
    }
  }

  void run_thin(const Part& part, float* scratch) const {
    constexpr std::int64_t kTogether = 4;
    for (std::int64_t k = 0; k < p_.k; k += kMatMulDepth) {
      const std::int64_t depth = p_.k - k < kMatMulDepth ? p_.k - k : kMatMulDepth;
      for (std::int64_t i = 0; i < part.rows * kThinColumns; i += W)
        store_loose<W>(scratch + i, Vec<W>{});
      std::int64_t i = 0;
      for (; i + kTogether <= depth; i += kTogether) add_rows<kTogether>(part, k + i, scratch);
      for (; i < depth; ++i) add_rows<1>(part, k + i, scratch);
      for (std::int64_t m = 0; m < part.rows; ++m) add_sums(part, m, k, depth, scratch);
    }
  }

  // sums[m][n] += the products of K neighbours along k, one after the other.
  template <std::int64_t K>
  void add_rows(const Part& part, std::int64_t k, float* sums) const {
    for (std::int64_t m = 0; m < part.rows; ++m, sums += kThinColumns) {
      const float* y = part.y + k * p_.y_row;
      Vec<W> x[K];
      for (std::int64_t j = 0; j < K; ++j)
        x[j] = splat<W>(part.x[m * p_.x_row + (k + j) * p_.x_column]);
      std::int64_t n = 0;
      for (; n + W <= part.columns; n += W, y += W) {
        Vec<W> sum = load_loose<W>(sums + n);
        for (std::int64_t j = 0; j < K; ++j)
          sum = madd<W>(x[j], load_loose<W>(y + j * p_.y_row), sum);
        store_loose<W>(sums + n, sum);
      }
      const std::int64_t left = part.columns - n;
      if (left == 0) continue;
      Vec<W> sum = load_loose<W>(sums + n);
      for (std::int64_t j = 0; j < K; ++j)
        sum = madd<W>(x[j], load_part<W>(y + j * p_.y_row, left), sum);
      store_loose<W>(sums + n, sum);
    }
  }

  void add_sums(const Part& part, std::int64_t m, std::int64_t k, std::int64_t depth,
                const float* sums) const {
    const MatMulTarget to = target(part.dst + m * p_.n, part.columns, k, depth);
    sums += m * kThinColumns;
    for (std::int64_t n = 0; n < to.columns; n += W) {
      const std::int64_t left = to.columns - n;
      Vec<W> sum = load_loose<W>(sums + n);
      if (left >= W) {
        if (!to.first) sum += load_loose<W>(to.dst + n);
        store_loose<W>(to.dst + n, sum * splat<W>(to.factor));
      } else {
        if (!to.first) sum += load_part<W>(to.dst + n, left);
        store_part<W>(to.dst + n, sum * splat<W>(to.factor), left);
      }
    }
  }

  MatMulParams p_;
  const float *x_, *y_, *packed_;
  float* dst_;
  std::int64_t batches_ = 1;
};

template <int W>
void matmul_native(const MatMulParams& p, const float* x, const float* y, float* dst,
                   float* scratch, ThreadPool& pool) {
  MatMulRun<W>(p, x, y, nullptr, dst).run(scratch, pool);
}

template <int W>
void matmul_with_packed(const MatMulParams& p, const float* x, const float* packed, float* dst,
                        float* scratch, ThreadPool& pool) {
  MatMulRun<W>(p, x, nullptr, packed, dst).run(scratch, pool);
}

// block(n, k, columns, depth, place) for every block of a packed y.
template <int W, class Block>
void for_packed_blocks(const MatMulParams& p, const Block& block) {
  constexpr std::int64_t kBlock = MatMulSizes<W>::kBlock;
  for (std::int64_t n = 0; n < p.n; n += kBlock) {
    for (std::int64_t k = 0; k < p.k; k += kMatMulDepth) {
      block(n, k, p.n - n < kBlock ? p.n - n : kBlock,
            p.k - k < kMatMulDepth ? p.k - k : kMatMulDepth, packed_block<W>(p, n, k));
    }
  }
}

template <int W>
void matmul_pack_whole(const MatMulParams& p, const float* y, float* packed) {
  for_packed_blocks<W>(p, [&](std::int64_t n, std::int64_t k, std::int64_t columns,
                              std::int64_t depth, std::int64_t at) {
    matmul_pack<W>(y + n * p.y_column + k * p.y_row, p.y_row, p.y_column, depth, columns,
                   packed + at, depth * MatMulSizes<W>::kPanel);
  });
}

template <int W>
void matmul_unpack_whole(const MatMulParams& p, const float* packed, float* y) {
  constexpr std::int64_t kPanel = MatMulSizes<W>::kPanel;
  for_packed_blocks<W>(p, [&](std::int64_t n, std::int64_t k, std::int64_t columns,
                              std::int64_t depth, std::int64_t at) {
    for (std::int64_t i = 0; i < columns; ++i) {
      const float* panel = packed + at + i / kPanel * depth * kPanel + i % kPanel;
      float* column = y + (n + i) * p.y_column + k * p.y_row;
      for (std::int64_t j = 0; j < depth; ++j) column[j * p.y_row] = panel[j * kPanel];
    }
  });
}

}  // namespace u2net::kernels::U2NET_ISA
