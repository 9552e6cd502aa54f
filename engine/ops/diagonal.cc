// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/diagonal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <type_traits>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr std::int64_t kMostOffset = 1 << 30;  // no sum with a size overflows

}  // namespace

constexpr OpType kDiagV2{"diag_v2", kInputs, kOutputs};

Diagonal::Diagonal(std::int64_t offset, double padding)
    : Operator(kDiagV2), offset_(offset), padding_(padding) {}

void Diagonal::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const TensorType& x = in.input(0);
  if (x.shape.empty() || x.shape.size() > 2)
    in.fail("input ", x.shape, " is neither a vector nor a matrix");
  if (offset_ < -kMostOffset || offset_ > kMostOffset) in.fail("offset ", offset_);
  if (x.shape.size() == 1) {
    const bool is_float = x.dtype == DType::kFloat32 || x.dtype == DType::kFloat64;
    if (!is_float && !(std::fabs(padding_) <= kMostOffset)) {
      in.fail("padding value ", padding_, " for ", dtype_name(x.dtype));
    }
    const std::int64_t size = x.shape[0] + std::abs(offset_);
    return in.set_output(0, {x.dtype, {size, size}});
  }
  const std::int64_t size = std::min(x.shape[0] + std::min<std::int64_t>(offset_, 0),
                                     x.shape[1] - std::max<std::int64_t>(offset_, 0));
  if (size < 0) in.fail("input ", x.shape, " has no diagonal ", offset_);
  in.set_output(0, {x.dtype, {size}});
}

void Diagonal::run_reference(const Operands& o) const {
  const TensorView &src = o.input(0), &dst = o.output();
  const bool makes_matrix = dst.shape.size() == 2;
  const TensorView& matrix = makes_matrix ? dst : src;
  const std::int64_t columns = matrix.shape[1], first = offset_ < 0 ? -offset_ * columns : offset_;
  if (makes_matrix) {
    visit_dtype(dst.dtype, [&]<class T>(T) {
      if constexpr (!std::is_same_v<T, bool>)
        std::fill_n(dst.as<T>(), dst.size(), static_cast<T>(padding_));
    });
  }
  kernels::StridedCopy copy;
  (makes_matrix ? copy.dst_offset : copy.src_offset) = first;
  copy.add(makes_matrix ? src.size() : dst.size(), makes_matrix ? 1 : columns + 1,
           makes_matrix ? columns + 1 : 1);
  move_elements(type(), copy, src, dst, *o.pool);
}

Description Diagonal::describe() const {
  return {{"offset", offset_}, {"padding_value", padding_}};
}

}  // namespace u2net::engine
