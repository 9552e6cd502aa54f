// SPDX-License-Identifier: Apache-2.0
// The one kernel that moves elements. For every index i of a box of sizes s,
//
//   dst[dst_offset + sum i_d * dst_stride_d] = src[src_offset + sum i_d * src_stride_d]
//
// where strides are in elements and may be 0 (expand repeats), negative (flip walks back) or larger
// than a row (transpose, split, stack, pixel_shuffle). What an operator does is said by those
// numbers alone, whatever the type of its elements: only their size matters here.
//
// add() merges a dimension into the one before it where both tensors walk on without a gap, and
// drops those of one element. So a transpose of NCHW to NHWC has three dimensions left, a split
// along channels two, a copy one. What remains is copied in one of three manners:
//
//   runs   the innermost dimension is contiguous on both sides: memcpy, a row at a time;
//   tiles  it is contiguous in dst, and another one is contiguous in src: 16 x 16 elements at a
//          time, so that each line of cache is read once and written once though the other side
//          jumps; of 4 bytes, four by four of them in registers;
//   single elements, by a loop over the innermost dimension.
//
// The outer dimensions are counted as one range, which the threads share; a thread divides once to
// find where it starts and adds strides from there on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"

namespace u2net::kernels {

class StridedCopy {
 public:
  struct Dimension {
    std::int64_t size, src, dst;  // strides
  };

  // Of at most 2 * kMaxRank dimensions (tile has two for each of its operand), outermost first.
  void add(std::int64_t size, std::int64_t src_stride, std::int64_t dst_stride);
  std::span<const Dimension> dimensions() const { return std::span(dimensions_).first(count_); }
  bool is_empty() const { return is_empty_; }

  std::int64_t src_offset = 0, dst_offset = 0;

 private:
  std::array<Dimension, 2 * kMaxRank> dimensions_;
  std::size_t count_ = 0;
  bool is_empty_ = false;
};

// Elements of 1, 2, 4 or 8 bytes. src and dst do not overlap.
void strided_copy(const StridedCopy& copy, std::size_t element_bytes, const std::byte* src,
                  std::byte* dst, ThreadPool& pool);

}  // namespace u2net::kernels
