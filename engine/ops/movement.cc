// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/movement.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

using kernels::StridedCopy;

// Whether all positions that start at `offset` and walk by `stride` lie in a tensor of `size`.
bool stays_inside(const StridedCopy& copy, std::int64_t offset,
                  std::int64_t StridedCopy::Dimension::*stride, std::int64_t size) {
  std::int64_t low = offset, high = offset;
  for (const StridedCopy::Dimension& d : copy.dimensions())
    (d.*stride < 0 ? low : high) += (d.size - 1) * (d.*stride);
  return low >= 0 && high < size;
}

}  // namespace

void move_elements(const OpType& type, const StridedCopy& pattern, const TensorView& src,
                   const TensorView& dst, kernels::ThreadPool& pool) {
  if (pattern.is_empty()) return;
  if (src.dtype != dst.dtype ||
      !stays_inside(pattern, pattern.src_offset, &StridedCopy::Dimension::src, src.size()) ||
      !stays_inside(pattern, pattern.dst_offset, &StridedCopy::Dimension::dst, dst.size())) {
    throw_error(ErrorCode::kInternal, "a ", type.name, " of ", src.shape, " does not make ",
                dst.shape);
  }
  kernels::strided_copy(pattern, dtype_size(src.dtype), src.as<const std::byte>(),
                        dst.as<std::byte>(), pool);
}

void Movement::run_reference(const Operands& o) const {
  move_elements(type(), pattern(o.input(0).shape, o.output().shape), o.input(0), o.output(),
                *o.pool);
}

}  // namespace u2net::engine
