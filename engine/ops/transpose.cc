// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/transpose.h"

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kTranspose2{"transpose2", kInputs, kOutputs};

Transpose::Transpose(Integers axes) : Movement(kTranspose2), axes_(std::move(axes)) {}

std::size_t Transpose::source_of(std::size_t d) const {
  const std::int64_t axis = axes_[d];
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(axes_.size()) : axis);
}

void Transpose::infer(Inference& in) const {
  const TensorType& src = in.input(0);
  if (checked_axes(in, axes_, src.shape.size()).size() != src.shape.size() ||
      axes_.size() != src.shape.size()) {
    in.fail("axes ", axes_, " do not order those of ", src.shape);
  }
  Shape dst;
  for (std::size_t d = 0; d < axes_.size(); ++d) dst.push_back(src.shape[source_of(d)]);
  in.set_output(0, {src.dtype, dst});
}

kernels::StridedCopy Transpose::pattern(const Shape& src, const Shape& dst) const {
  const Strides from = strides_of(src), to = strides_of(dst);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < axes_.size(); ++d) copy.add(dst[d], from[source_of(d)], to[d]);
  return copy;
}

bool Transpose::keeps_images_apart(const Graph&, const Node& node,
                                   const std::vector<ImageRole>& roles) const {
  return !axes_.empty() && source_of(0) == 0 && only_images_in(node, roles, {0});
}

Description Transpose::describe() const { return {{"axis", axes_}}; }

}  // namespace u2net::engine
