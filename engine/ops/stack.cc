// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/stack.h"

#include "engine/base/text.h"
#include "engine/ops/movement.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{.name = "X", .list = true}};
constexpr SlotInfo kStackOutputs[] = {{"Y"}};
constexpr SlotInfo kMeshOutputs[] = {{.name = "Out", .list = true}};

}  // namespace

constexpr OpType kStack{"stack", kInputs, kStackOutputs};
constexpr OpType kMeshgrid{"meshgrid", kInputs, kMeshOutputs};

Stack::Stack(std::int64_t axis) : Operator(kStack), axis_(axis) {}

void Stack::infer(Inference& in) const {
  TensorType type = in.input(0);
  for (int i = 1; i < in.count(0); ++i) {
    if (in.input(0, i) != type) {
      in.fail("input ", i, " ", in.input(0, i).shape, " (", dtype_name(in.input(0, i).dtype),
              ") is not like input 0 ", type.shape, " (", dtype_name(type.dtype), ")");
    }
  }
  const std::size_t axis = checked_axis(in, axis_, type.shape.size() + 1);
  type.shape.insert(type.shape.begin() + static_cast<std::ptrdiff_t>(axis), in.count(0));
  in.set_output(0, type);
}

void Stack::run_reference(const Operands& o) const {
  const Shape& shape = o.output().shape;
  const auto axis =
      static_cast<std::size_t>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(shape.size()) : axis_);
  std::int64_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (d < axis) outer *= shape[d];
    if (d > axis) inner *= shape[d];
  }
  std::int64_t offset = 0;
  for (const TensorView& src : o.all(0)) {
    kernels::StridedCopy copy;
    copy.dst_offset = offset;
    copy.add(outer, inner, shape[axis] * inner);
    copy.add(inner, 1, 1);
    move_elements(type(), copy, src, o.output(), *o.pool);
    offset += inner;
  }
}

bool Stack::keeps_images_apart(const Graph& graph, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  const auto rank = static_cast<std::int64_t>(graph.type_of(node.output()).shape.size());
  return axis_ != 0 && axis_ != -rank && only_images_in(node, roles, {0});
}

Description Stack::describe() const { return {{"axis", axis_}}; }

Meshgrid::Meshgrid() : Operator(kMeshgrid) {}

void Meshgrid::infer(Inference& in) const {
  TensorType type{in.input(0).dtype, {}};
  for (int i = 0; i < in.count(0); ++i) {
    const TensorType& x = in.input(0, i);
    if (x.shape.size() > 1 || x.dtype != type.dtype)
      in.fail("input ", i, " ", x.shape, " (", dtype_name(x.dtype), ") is no vector of ",
              dtype_name(type.dtype));
    type.shape.push_back(x.shape.empty() ? 1 : x.shape.front());
  }
  if (in.output_count() != in.count(0)) {
    in.fail(in.count(0), " inputs, but ", in.output_count(), " outputs");
  }
  in.set_output(0, type);
}

void Meshgrid::run_reference(const Operands& o) const {
  for (std::size_t i = 0; i < o.all(0).size(); ++i) {
    const TensorView& dst = o.output(0, static_cast<int>(i));
    const Strides to = strides_of(dst.shape);
    kernels::StridedCopy copy;
    for (std::size_t d = 0; d < dst.shape.size(); ++d)
      copy.add(dst.shape[d], d == i ? 1 : 0, to[d]);
    move_elements(type(), copy, o.all(0)[i], dst, *o.pool);
  }
}

}  // namespace u2net::engine
