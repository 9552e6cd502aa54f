// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/strided_slice.h"

#include <algorithm>
#include <limits>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kSliceInputs[] = {
    {"Input"},
    {.name = "StartsTensor", .required = false},
    {.name = "EndsTensor", .required = false},
    {.name = "StridesTensor", .required = false},
    {.name = "StartsTensorList", .required = false, .list = true},
    {.name = "EndsTensorList", .required = false, .list = true},
    {.name = "StridesTensorList", .required = false, .list = true}};
constexpr SlotInfo kFlipInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

Positions positions_along(const StridedSliceOptions& o, const Shape& src, std::size_t d) {
  Positions all{.begin = 0, .count = src[d], .step = 1};
  for (std::size_t i = 0; i < o.axes.size(); ++i) {
    const std::int64_t axis =
        o.axes[i] < 0 ? o.axes[i] + static_cast<std::int64_t>(src.size()) : o.axes[i];
    if (static_cast<std::size_t>(axis) != d) continue;
    std::int64_t end = o.ends[i];
    if (o.minus_one_is_open && o.strides[i] < 0 && end < 0)
      end = end == -1 ? -src[d] - 1 : std::max(end, -src[d]);
    all = positions_of(o.starts[i], end, o.strides[i], src[d]);
  }
  return all;
}

}  // namespace

constexpr OpType kStridedSlice{"strided_slice", kSliceInputs, kOutputs};
constexpr OpType kFlip{"flip", kFlipInputs, kOutputs};

StridedSlice::StridedSlice(StridedSliceOptions options)
    : Movement(kStridedSlice), options_(std::move(options)) {}

StridedSliceOptions StridedSlice::resolved(const Inference& in) const {
  StridedSliceOptions o = options_;
  o.starts = integers_of(in, kStartsTensor, kStartsTensorList, o.starts);
  o.ends = integers_of(in, kEndsTensor, kEndsTensorList, o.ends);
  o.strides = integers_of(in, kStridesTensor, kStridesTensorList, o.strides);
  const std::size_t count = o.axes.size();
  if (o.starts.size() != count || o.ends.size() != count || o.strides.size() != count) {
    in.fail(count, " axes, ", o.starts.size(), " starts, ", o.ends.size(), " ends, ",
            o.strides.size(), " strides");
  }
  if (std::find(o.strides.begin(), o.strides.end(), 0) != o.strides.end())
    in.fail("strides ", o.strides, ", expected none of 0");
  return o;
}

void StridedSlice::infer(Inference& in) const {
  const StridedSliceOptions o = resolved(in);
  TensorType type = in.input(kSrc);
  const Shape src = type.shape;
  if (src.size() > kMaxRank) in.fail_unsupported("an input of rank ", src.size());
  for (std::size_t axis : checked_axes(in, o.axes, src.size()))
    type.shape[axis] = positions_along(o, src, axis).count;
  const std::vector<std::size_t> removed = checked_axes(in, o.decrease_axis, src.size());
  for (std::size_t i = removed.size(); i-- > 0;) {
    if (type.shape[removed[i]] != 1) {
      in.fail("decrease_axis ", removed[i], " of a result ", type.shape,
              ": the dimension must be 1");
    }
    type.shape.erase(type.shape.begin() + static_cast<std::ptrdiff_t>(removed[i]));
  }
  in.set_output(0, type);
}

// Dimensions that are taken out are 1: in the result they stride as they will.
kernels::StridedCopy StridedSlice::pattern(const Shape& src, const Shape&) const {
  const Strides from = strides_of(src);
  std::array<Positions, kMaxRank> positions;
  Strides counts{};
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < src.size(); ++d) {
    positions[d] = positions_along(options_, src, d);
    counts[d] = positions[d].count;
    copy.src_offset += positions[d].begin * from[d];
  }
  const Strides to = strides_of(std::span(counts).first(src.size()));
  for (std::size_t d = 0; d < src.size(); ++d)
    copy.add(positions[d].count, positions[d].step * from[d], to[d]);
  return copy;
}

std::shared_ptr<const Operator> StridedSlice::specialized(Inference& in) const {
  if (!has_any(in, {kStartsTensor, kEndsTensor, kStridesTensor, kStartsTensorList, kEndsTensorList,
                    kStridesTensorList})) {
    return nullptr;
  }
  return make_operator<StridedSlice>(resolved(in));
}

bool StridedSlice::specialized_alike(const Operator& other) const {
  const StridedSliceOptions& o = dynamic_cast<const StridedSlice&>(other).options_;
  return o.starts == options_.starts && o.ends == options_.ends && o.strides == options_.strides;
}

bool StridedSlice::keeps_images_apart(const Graph& graph, const Node& node,
                                      const std::vector<ImageRole>& roles) const {
  const auto rank = static_cast<std::int64_t>(graph.type_of(node.input(kSrc)).shape.size());
  for (const Integers* axes : {&options_.axes, &options_.decrease_axis}) {
    for (std::int64_t axis : *axes) {
      if (axis == 0 || axis == -rank) return false;
    }
  }
  return only_images_in(node, roles, {kSrc});
}

Description StridedSlice::describe() const {
  Integers ends = options_.ends;
  for (std::size_t i = 0; i < std::min(ends.size(), options_.strides.size()); ++i) {
    if (options_.minus_one_is_open && options_.strides[i] < 0 && ends[i] == -1)
      ends[i] = std::numeric_limits<std::int32_t>::min();
  }
  return {{"axes", options_.axes},
          {"starts", options_.starts},
          {"ends", ends},
          {"strides", options_.strides},
          {"decrease_axis", options_.decrease_axis}};
}

Flip::Flip(Integers axes) : Movement(kFlip), axes_(std::move(axes)) {}

bool Flip::flips(std::size_t d, std::size_t rank) const {
  const auto at = static_cast<std::int64_t>(d);
  return std::any_of(axes_.begin(), axes_.end(), [&](std::int64_t axis) {
    return axis == at || axis + static_cast<std::int64_t>(rank) == at;
  });
}

void Flip::infer(Inference& in) const {
  if (in.input(0).shape.size() > kMaxRank)
    in.fail_unsupported("an input of rank ", in.input(0).shape.size());
  checked_axes(in, axes_, in.input(0).shape.size());
  in.set_output(0, in.input(0));
}

kernels::StridedCopy Flip::pattern(const Shape& src, const Shape&) const {
  const Strides strides = strides_of(src);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < src.size(); ++d) {
    const bool is_flipped = flips(d, src.size());
    if (is_flipped) copy.src_offset += (src[d] - 1) * strides[d];
    copy.add(src[d], is_flipped ? -strides[d] : strides[d], strides[d]);
  }
  return copy;
}

bool Flip::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  const std::size_t rank = graph.type_of(node.input(0)).shape.size();
  return !flips(0, rank) && only_images_in(node, roles, {0});
}

Description Flip::describe() const { return {{"axis", axes_}}; }

}  // namespace u2net::engine
