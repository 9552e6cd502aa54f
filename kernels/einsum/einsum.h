// SPDX-License-Identifier: Apache-2.0
// Sums of products of elements of several tensors (Einstein's summation):
//   dst[r] = sum over s of src0[r, s] * src1[r, s] * ...
// r runs over the axes of the result, s over those that are summed. An operand has a step along
// every axis: 0 where it has no such axis, so that it is repeated, and the sum of two steps where
// it has an axis twice, which is its diagonal.
//
// Where two operands share out the axes like the rows and columns of matrices, kernels/matmul does
// the same, faster: engine/ops/einsum.h says where.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"

namespace u2net::kernels {

inline constexpr int kMaxEinsumOperands = 8, kMaxEinsumSums = 16;

struct EinsumAxis {
  std::int64_t size = 1;
  std::array<std::int64_t, kMaxEinsumOperands> steps{};  // by operand, in elements
};

struct EinsumParams {
  int operands = 0, rank = 0, sums = 0;
  std::array<EinsumAxis, kMaxRank> result;        // in the order of dst, which is dense
  std::array<EinsumAxis, kMaxEinsumSums> summed;  // in the order of summation

  // Of the sum that makes one result.
  double terms() const {
    double count = 1;
    for (std::size_t s = 0; s < static_cast<std::size_t>(sums); ++s)
      count *= static_cast<double>(summed[s].size);
    return count;
  }
};

// Floats are summed in double, integers wrap.
template <class T>
void einsum_reference(const EinsumParams& p, const T* const* src, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
