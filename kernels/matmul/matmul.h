// SPDX-License-Identifier: Apache-2.0
// Products of matrices: dst[b][m][n] = alpha * sum_k x[b][m][k] * y[b][k][n], for every b of up to
// kMaxRank - 2 batch dimensions, along which an operand of one entry is repeated. Either operand
// may lie transposed; dst is dense.
//
// A task is a tile of 32 x 128 results. Along k it goes in steps of 32: the part of y that meets
// the tile is copied into 32 rows of 128 (so a transposed y costs no more than another), and then
// each row of x is taken times these rows. The innermost loop runs over neighbouring results, of
// which compilers make vector code; four rows of x share what is loaded of y. The 32 products of
// a step are summed in the type of the elements, the steps in double: a result is off by what sums
// of 32 are off by, however long the rows. Tiles and steps follow from the shape alone: same bits
// for every number of threads, and a row of x has the same results whatever rows stand beside it.
// Integers wrap around; their alpha is 1.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"

namespace u2net::kernels {

struct MatMulParams {
  using Batch = std::array<std::int64_t, kMaxRank>;

  std::int64_t m, n, k;
  std::int64_t x_row, x_column;  // from x[m][k] to x[m + 1][k] and x[m][k + 1], in elements
  std::int64_t y_row, y_column;  // from y[k][n] to y[k + 1][n] and y[k][n + 1]
  int batch_rank = 0;
  Batch batch{};               // sizes of dst's batch dimensions
  Batch x_batch{}, y_batch{};  // the steps of the operands along them, 0 where repeated
  double alpha = 1;
};

template <class T>
void matmul_reference(const MatMulParams& p, const T* x, const T* y, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
