// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/set_value.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/base/text.h"
#include "engine/ops/movement.h"
#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"},
                                {.name = "ValueTensor", .required = false},
                                {.name = "StartsTensorList", .required = false, .list = true},
                                {.name = "EndsTensorList", .required = false, .list = true},
                                {.name = "StepsTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr std::size_t kMaxDims = 2 * kMaxRank;

// The part that is replaced, as the value sees it: sizes, and how far it is from one element to the
// next in the result.
struct Part {
  std::size_t rank = 0;
  std::array<std::int64_t, kMaxDims> size{}, stride{};
  std::int64_t offset = 0;

  void insert(std::size_t at, std::int64_t new_size, std::int64_t new_stride) {
    for (std::size_t d = rank++; d > at; --d) size[d] = size[d - 1], stride[d] = stride[d - 1];
    size[at] = new_size;
    stride[at] = new_stride;
  }
};

// Whether an axis of a list is d; negative ones count from the end.
bool is_axis(std::int64_t axis, std::size_t d, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis) == d;
}

// None where the lists ask for more dimensions than there is room for.
std::optional<Part> part_of(const SetValueOptions& o, const Shape& shape) {
  const Strides strides = strides_of(shape);
  Part part;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    Positions p{.begin = 0, .count = shape[d], .step = 1};
    for (std::size_t i = 0; i < o.axes.size(); ++i) {
      if (is_axis(o.axes[i], d, shape.size()))
        p = positions_of(o.starts[i], o.ends[i], o.steps[i], shape[d]);
    }
    part.offset += p.count > 0 ? p.begin * strides[d] : 0;
    const bool is_dropped =
        std::any_of(o.decrease_axes.begin(), o.decrease_axes.end(),
                    [&](std::int64_t axis) { return is_axis(axis, d, shape.size()); });
    if (is_dropped && p.count == 1) continue;
    part.insert(part.rank, p.count, p.step * strides[d]);
  }
  for (std::int64_t axis : o.none_axes) {
    if (part.rank == kMaxDims || axis < 0 || axis > static_cast<std::int64_t>(part.rank))
      return std::nullopt;
    part.insert(static_cast<std::size_t>(axis), 1, 0);
  }
  return part;
}

// From the value to the result; none where it does not broadcast.
std::optional<kernels::StridedCopy> copy_of(const Part& part, const Shape& value) {
  std::span<const std::int64_t> dims = value;
  while (dims.size() > part.rank && dims.front() == 1) dims = dims.subspan(1);
  if (dims.size() > part.rank) return std::nullopt;
  const Strides from = strides_of(dims);
  kernels::StridedCopy copy;
  copy.dst_offset = part.offset;
  for (std::size_t d = 0; d < part.rank; ++d) {
    const std::size_t before = part.rank - dims.size();
    const std::int64_t size = d < before ? 1 : dims[d - before];
    if (size != 1 && size != part.size[d]) return std::nullopt;
    copy.add(part.size[d], size == 1 ? 0 : from[d - before], part.stride[d]);
  }
  return copy;
}

}  // namespace

constexpr OpType kSetValue{"set_value", kInputs, kOutputs};

SetValue::SetValue(SetValueOptions options) : Operator(kSetValue), options_(std::move(options)) {}

SetValueOptions SetValue::resolved(const Inference& in) const {
  SetValueOptions o = options_;
  o.starts = integers_of(in, -1, kStartsTensorList, o.starts);
  o.ends = integers_of(in, -1, kEndsTensorList, o.ends);
  o.steps = integers_of(in, -1, kStepsTensorList, o.steps);
  const std::size_t count = o.axes.size(), rank = in.input(kX).shape.size();
  if (o.starts.size() != count || o.ends.size() != count || o.steps.size() != count) {
    in.fail(count, " axes, ", o.starts.size(), " starts, ", o.ends.size(), " ends, ",
            o.steps.size(), " steps");
  }
  checked_axes(in, o.axes, rank);
  checked_axes(in, o.decrease_axes, rank);
  if (std::find(o.steps.begin(), o.steps.end(), 0) != o.steps.end())
    in.fail("steps ", o.steps, ", expected none of 0");
  return o;
}

void SetValue::infer(Inference& in) const {
  const TensorType& src = in.input(kX);
  if (src.shape.size() > kMaxRank) in.fail_unsupported("an input of rank ", src.shape.size());
  const SetValueOptions o = resolved(in);
  const Shape value = in.has(kValue) ? in.input(kValue).shape : o.shape;
  if (value.size() > kMaxRank) in.fail_unsupported("a value of rank ", value.size());
  const std::optional<Part> part = part_of(o, src.shape);
  if (!part || !copy_of(*part, value)) {
    in.fail("a value ", value, " does not fit axes ", o.axes, " of an input ", src.shape);
  }
  if (in.has(kValue) && in.input(kValue).dtype != src.dtype) {
    in.fail("Input is ", dtype_name(src.dtype), ", ValueTensor is ",
            dtype_name(in.input(kValue).dtype));
  }
  if (!in.has(kValue) && element_count(value) != static_cast<std::int64_t>(o.values.size())) {
    in.fail(o.values.size(), " values for a shape ", value);
  }
  in.set_output(0, src);
}

void SetValue::run_reference(const Operands& o) const {
  const TensorView &src = o.input(kX), &dst = o.output();
  if (src.size() == 0) return;
  std::memcpy(dst.data, src.data, byte_count(src.dtype, src.shape));
  const TensorView& value = o.has(kValue) ? o.input(kValue) : value_view_;
  const Part part = *part_of(options_, src.shape);
  move_elements(type(), *copy_of(part, value.shape), value, dst, *o.pool);
}

std::shared_ptr<const Operator> SetValue::specialized(Inference& in) const {
  const bool has_sizes = has_any(in, {kStartsTensorList, kEndsTensorList, kStepsTensorList});
  if (!has_sizes && !lacks_value(in)) return nullptr;
  auto op = make_mutable_operator<SetValue>(resolved(in));
  if (in.has(kValue)) return op;
  Tensor value(in.input(kX).dtype, options_.shape);
  visit_dtype(value.dtype(), [&]<class T>(T) {
    std::transform(options_.values.begin(), options_.values.end(), value.values<T>().begin(),
                   [](double v) { return kernels::cast_one<T>(v); });
  });
  op->value_ = std::make_shared<const Tensor>(std::move(value));
  op->value_view_ = op->value_->view();
  return op;
}

Description SetValue::describe() const {
  return {{"axes", options_.axes},
          {"starts", options_.starts},
          {"ends", options_.ends},
          {"steps", options_.steps}};
}

}  // namespace u2net::engine
