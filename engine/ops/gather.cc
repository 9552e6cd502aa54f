// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/gather.h"

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kGatherInputs[] = {{"X"}, {"Index"}, {.name = "Axis", .required = false}};
constexpr SlotInfo kIndexInputs[] = {{"X"}, {"Index"}};
constexpr SlotInfo kOneHotInputs[] = {{"X"}, {.name = "Depth", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

using Dims = std::span<const std::int64_t>;

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

void copy_slice(const TensorView& src, std::int64_t from, const TensorView& dst, std::int64_t to,
                std::size_t bytes) {
  if (bytes > 0)
    std::memcpy(dst.as<std::byte>() + static_cast<std::size_t>(to) * bytes,
                src.as<const std::byte>() + static_cast<std::size_t>(from) * bytes, bytes);
}

}  // namespace

constexpr OpType kGather{"gather", kGatherInputs, kOutputs};
constexpr OpType kIndexSelect{"index_select", kIndexInputs, kOutputs};
constexpr OpType kGatherNd{"gather_nd", kIndexInputs, kOutputs};
constexpr OpType kTakeAlongAxis{"take_along_axis", kIndexInputs, kOutputs};
constexpr OpType kIndexSample{"index_sample", kIndexInputs, kOutputs};
constexpr OpType kOneHotV2{"one_hot_v2", kOneHotInputs, kOutputs};

Gather::Gather(const OpType& type, std::int64_t axis) : Operator(type), axis_(axis) {}

std::int64_t Gather::axis_in(const Inference& in) const {
  if (&type() == &kIndexSelect) return axis_;
  const Integers axis = integers_of(in, kAxis, -1, {axis_});
  if (axis.size() != 1) in.fail("Axis must have one element");
  return axis.front();
}

// An index without dimensions takes the axis away; one of [n, 1] counts as [n].
void Gather::infer(Inference& in) const {
  in.require_dtype(kIndex, {DType::kInt32, DType::kInt64});
  TensorType type = in.input(kX);
  const Shape& index = in.input(kIndex).shape;
  const std::size_t axis = checked_axis(in, axis_in(in), type.shape.size());
  if (index.size() > 2 || (index.size() == 2 && index[1] != 1))
    in.fail("an index of shape ", index, ", expected one dimension");
  const auto at = type.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  if (index.empty()) {
    type.shape.erase(at);
  } else {
    *at = index.front();
  }
  in.set_output(0, type);
}

void Gather::run_reference(const Operands& o) const {
  const TensorView &src = o.input(kX), &index = o.input(kIndex), &dst = o.output();
  if (dst.size() == 0) return;
  const Dims dims = src.shape;
  const std::size_t axis = axis_of(axis_, dims.size());
  const std::int64_t outer = element_count(dims.first(axis)), count = index.size();
  const std::size_t bytes = byte_count(src.dtype, dims.subspan(axis + 1));
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t at = checked_element(type(), integer_at(index, n), dims[axis]);
    for (std::int64_t i = 0; i < outer; ++i)
      copy_slice(src, i * dims[axis] + at, dst, i * count + n, bytes);
  }
}

std::shared_ptr<const Operator> Gather::specialized(Inference& in) const {
  if (&type() == &kIndexSelect || !in.has(kAxis)) return nullptr;
  return make_operator<Gather>(type(), axis_in(in));
}

bool Gather::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Gather&>(other).axis_ == axis_;
}

bool Gather::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return axis_of(axis_, graph.type_of(node.input(kX)).shape.size()) != 0 &&
         only_images_in(node, roles, {kX});
}

Description Gather::describe() const { return {{"axis", axis_}}; }

GatherNd::GatherNd(std::int64_t batch_dims) : Operator(kGatherNd), batch_dims_(batch_dims) {}

bool GatherNd::fits(const Shape& x, const Shape& index) const {
  const auto rank = static_cast<std::int64_t>(x.size());
  const auto index_rank = static_cast<std::int64_t>(index.size());
  if (batch_dims_ < 0 || batch_dims_ >= index_rank || batch_dims_ > rank) return false;
  return std::equal(index.begin(), index.begin() + batch_dims_, x.begin()) && index.back() >= 0 &&
         index.back() <= rank - batch_dims_;
}

void GatherNd::infer(Inference& in) const {
  in.require_dtype(kIndex, {DType::kInt32, DType::kInt64});
  const TensorType& src = in.input(kX);
  const Shape& index = in.input(kIndex).shape;
  if (!fits(src.shape, index)) {
    in.fail("an index of shape ", index, " into an input ", src.shape,
            batch_dims_ != 0 ? str_cat(" along ", batch_dims_, " dimensions") : "");
  }
  Shape dst(index.begin(), index.end() - 1);
  dst.insert(dst.end(), src.shape.begin() + batch_dims_ + index.back(), src.shape.end());
  in.set_output(0, {src.dtype, dst});
}

void GatherNd::run_reference(const Operands& o) const {
  const TensorView &src = o.input(kX), &index = o.input(kIndex), &dst = o.output();
  if (dst.size() == 0) return;
  const Dims dims = src.shape, list = index.shape;
  const auto depth = static_cast<std::size_t>(list.back()),
             batch_dims = static_cast<std::size_t>(batch_dims_);
  const std::int64_t count = element_count(list.first(list.size() - 1)),
                     images = element_count(list.first(batch_dims));
  const std::size_t bytes = byte_count(src.dtype, dims.subspan(batch_dims + depth));
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t at = n / (count / images);
    for (std::size_t d = 0; d < depth; ++d) {
      const std::int64_t number = integer_at(index, n * list.back() + static_cast<std::int64_t>(d)),
                         size = dims[batch_dims + d];
      at = at * size + checked_element(type(), number, size);
    }
    copy_slice(src, at, dst, n, bytes);
  }
}

Description GatherNd::describe() const {
  if (batch_dims_ == 0) return {};
  return {{"batch_dims", batch_dims_}};
}

TakeAlongAxis::TakeAlongAxis(const OpType& type, std::int64_t axis) : Operator(type), axis_(axis) {}

void TakeAlongAxis::infer(Inference& in) const {
  in.require_dtype(kIndex, {DType::kInt32, DType::kInt64});
  const TensorType& src = in.input(kX);
  const Shape& index = in.input(kIndex).shape;
  const std::size_t axis = checked_axis(in, axis_, src.shape.size());
  bool fits = index.size() == src.shape.size();
  for (std::size_t d = 0; fits && d < index.size(); ++d)
    fits = d == axis || index[d] <= src.shape[d];
  if (!fits) in.fail("an index of shape ", index, " along axis ", axis, " of an input ", src.shape);
  in.set_output(0, {src.dtype, index});
}

void TakeAlongAxis::run_reference(const Operands& o) const {
  const TensorView &src = o.input(kX), &index = o.input(kIndex), &dst = o.output();
  if (dst.size() == 0) return;
  const std::size_t axis = axis_of(axis_, src.shape.size());
  const Strides strides = strides_of(src.shape);
  for (std::int64_t n = 0; n < index.size(); ++n) {
    std::int64_t rest = n, from = 0;
    for (std::size_t d = index.shape.size(); d-- > 0;) {
      std::int64_t at = rest % index.shape[d];
      rest /= index.shape[d];
      if (d == axis) at = checked_element(type(), integer_at(index, n), src.shape[d]);
      from += at * strides[d];
    }
    copy_slice(src, from, dst, n, dtype_size(src.dtype));
  }
}

Description TakeAlongAxis::describe() const { return {{"axis", axis_}}; }

OneHot::OneHot(OneHotOptions options) : Operator(kOneHotV2), options_(options) {}

std::int64_t OneHot::depth_in(const Inference& in) const {
  const Integers depth = integers_of(in, kDepth, -1, {options_.depth});
  if (depth.size() != 1 || depth.front() < 1)
    in.fail("depth ", depth, ", expected a number above 0");
  return depth.front();
}

void OneHot::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kInt32, DType::kInt64});
  Shape shape = in.input(kX).shape;
  shape.push_back(depth_in(in));
  in.set_output(0, {options_.dtype, shape});
}

void OneHot::run_reference(const Operands& o) const {
  const TensorView &x = o.input(kX), &dst = o.output();
  const std::int64_t depth = dst.shape.back();
  visit_dtype(dst.dtype, [&]<class T>(T) {
    T* row = dst.as<T>();
    for (std::int64_t i = 0; i < x.size(); ++i, row += depth) {
      const std::int64_t at = integer_at(x, i);
      std::fill_n(row, depth, kernels::cast_one<T>(0));
      if (at >= 0 && at < depth) {
        row[at] = kernels::cast_one<T>(1);
      } else if (!options_.allow_out_of_range) {
        throw_error(ErrorCode::kInputShape, "operator 'one_hot_v2' of depth ", depth, " is given ",
                    at);
      }
    }
  });
}

std::shared_ptr<const Operator> OneHot::specialized(Inference& in) const {
  if (!in.has(kDepth)) return nullptr;
  OneHotOptions options = options_;
  options.depth = depth_in(in);
  return make_operator<OneHot>(options);
}

bool OneHot::specialized_alike(const Operator& other) const {
  return dynamic_cast<const OneHot&>(other).options_.depth == options_.depth;
}

bool OneHot::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return !graph.type_of(node.input(kX)).shape.empty() &&
         only_images_in(node, roles, {kX}, {kDepth});
}

Description OneHot::describe() const {
  return {{"depth", options_.depth},
          {"dtype", std::string(dtype_name(options_.dtype))},
          {"allow_out_of_range", to_text(options_.allow_out_of_range)}};
}

}  // namespace u2net::engine
