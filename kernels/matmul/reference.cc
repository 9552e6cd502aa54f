// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <type_traits>

#include "kernels/base/rounding.h"
#include "kernels/matmul/matmul.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kRows = 32, kColumns = 128, kDepth = 32;  // of a tile, and of a step
constexpr std::int64_t kTogether = 4;                            // rows that share loads of y

// Part of the problem: `rows` x `columns` results from dst on.
template <class T>
struct Tile {
  const T *x, *y;
  T* dst;
  std::int64_t rows, columns;
};

// y[k0 ... k0 + depth) of the tile's columns as rows; what is missing of the width is zero.
template <class T>
void gather(const MatMulParams& p, const Tile<T>& t, std::int64_t k0, std::int64_t depth,
            T (*panel)[kColumns]) {
  const T* from = t.y + k0 * p.y_row;
  for (std::int64_t k = 0; k < depth; ++k)
    std::fill(panel[k] + t.columns, panel[k] + kColumns, T{});
  if (p.y_column == 1) {
    for (std::int64_t k = 0; k < depth; ++k) std::copy_n(from + k * p.y_row, t.columns, panel[k]);
    return;
  }
  for (std::int64_t n = 0; n < t.columns; ++n) {
    for (std::int64_t k = 0; k < depth; ++k) panel[k][n] = from[k * p.y_row + n * p.y_column];
  }
}

// sums += `rows` rows of x times the panel.
template <class T, std::int64_t rows>
void multiply(const MatMulParams& p, const T* x, std::int64_t depth, const T (*panel)[kColumns],
              double (*sums)[kColumns]) {
  T partial[rows][kColumns] = {};
  for (std::int64_t k = 0; k < depth; ++k) {
    T factor[rows];
    for (std::int64_t r = 0; r < rows; ++r) factor[r] = x[r * p.x_row + k * p.x_column];
    for (std::int64_t n = 0; n < kColumns; ++n) {
      for (std::int64_t r = 0; r < rows; ++r) partial[r][n] += factor[r] * panel[k][n];
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t n = 0; n < kColumns; ++n) sums[r][n] += static_cast<double>(partial[r][n]);
  }
}

template <class T>
void compute(const MatMulParams& p, const Tile<T>& t) {
  double sums[kRows][kColumns] = {};
  T panel[kDepth][kColumns];
  for (std::int64_t k0 = 0; k0 < p.k; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, p.k - k0);
    gather(p, t, k0, depth, panel);
    const T* x = t.x + k0 * p.x_column;
    std::int64_t m = 0;
    for (; m + kTogether <= t.rows; m += kTogether)
      multiply<T, kTogether>(p, x + m * p.x_row, depth, panel, sums + m);
    for (; m < t.rows; ++m) multiply<T, 1>(p, x + m * p.x_row, depth, panel, sums + m);
  }
  for (std::int64_t m = 0; m < t.rows; ++m) {
    for (std::int64_t n = 0; n < t.columns; ++n)
      t.dst[m * p.n + n] = static_cast<T>(p.alpha * sums[m][n]);
  }
}

// One after the other, as they wrap around.
template <class T>
void multiply_integers(const MatMulParams& p, const T* x, const T* y, T* dst, ThreadPool& pool,
                       std::int64_t batches) {
  pool.parallel_for(batches * p.m * p.n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) {
      const T *row = x + at / p.n % p.m * p.x_row, *column = y + at % p.n * p.y_column;
      std::int64_t rest = at / p.n / p.m;
      for (int i = p.batch_rank; i-- > 0; rest /= p.batch[i]) {
        row += rest % p.batch[i] * p.x_batch[i];
        column += rest % p.batch[i] * p.y_batch[i];
      }
      std::uint64_t sum = 0;
      for (std::int64_t k = 0; k < p.k; ++k) {
        sum += static_cast<std::uint64_t>(row[k * p.x_column]) *
               static_cast<std::uint64_t>(column[k * p.y_row]);
      }
      dst[at] = static_cast<T>(sum);
    }
  });
}

}  // namespace

template <class T>
void matmul_reference(const MatMulParams& p, const T* x, const T* y, T* dst, ThreadPool& pool) {
  std::int64_t batches = 1;
  for (int i = 0; i < p.batch_rank; ++i) batches *= p.batch[i];
  if constexpr (std::is_integral_v<T>) return multiply_integers(p, x, y, dst, pool, batches);
  const std::int64_t down = divided_up(p.m, kRows), across = divided_up(p.n, kColumns);
  pool.parallel_for(batches * down * across, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t m = task / across % down * kRows, n = task % across * kColumns;
      std::int64_t rest = task / across / down;
      Tile<T> t{x + m * p.x_row, y + n * p.y_column, dst + (rest * p.m + m) * p.n + n,
                std::min(kRows, p.m - m), std::min(kColumns, p.n - n)};
      for (int i = p.batch_rank; i-- > 0; rest /= p.batch[i]) {
        t.x += rest % p.batch[i] * p.x_batch[i];
        t.y += rest % p.batch[i] * p.y_batch[i];
      }
      compute(p, t);
    }
  });
}

template void matmul_reference(const MatMulParams&, const float*, const float*, float*,
                               ThreadPool&);
template void matmul_reference(const MatMulParams&, const double*, const double*, double*,
                               ThreadPool&);
template void matmul_reference(const MatMulParams&, const std::int32_t*, const std::int32_t*,
                               std::int32_t*, ThreadPool&);
template void matmul_reference(const MatMulParams&, const std::int64_t*, const std::int64_t*,
                               std::int64_t*, ThreadPool&);

}  // namespace u2net::kernels
