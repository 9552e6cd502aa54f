// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/split.h"

#include "engine/base/text.h"
#include "engine/ops/movement.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kSplitInputs[] = {
    {"X"},
    {.name = "AxisTensor", .required = false},
    {.name = "SectionsTensorList", .required = false, .list = true}};
constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{.name = "Out", .list = true}};

}  // namespace

constexpr OpType kSplit{"split", kSplitInputs, kOutputs};
constexpr OpType kUnbind{"unbind", kInputs, kOutputs};
constexpr OpType kUnstack{"unstack", kInputs, kOutputs};

void Parts::run_reference(const Operands& o) const {
  const TensorView& src = o.input(0);
  const std::span<const std::int64_t> dims = src.shape;
  const auto axis =
      static_cast<std::size_t>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(dims.size()) : axis_);
  std::int64_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (d < axis) outer *= dims[d];
    if (d > axis) inner *= dims[d];
  }
  std::int64_t offset = 0;
  for (const TensorView& dst : (*o.outputs)[0]) {
    const std::int64_t row = outer == 0 ? 0 : dst.size() / outer;
    kernels::StridedCopy copy;
    copy.src_offset = offset;
    copy.add(outer, dims[axis] * inner, row);
    copy.add(row, 1, 1);
    move_elements(type(), copy, src, dst, *o.pool);
    offset += row;
  }
}

bool Parts::keeps_images_apart(const Graph& graph, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  const auto rank = static_cast<std::int64_t>(graph.type_of(node.input(0)).shape.size());
  return axis_ != 0 && axis_ != -rank && only_images_in(node, roles, {0});
}

Split::Split(SplitOptions options)
    : Parts(kSplit, options.axis),
      num_(options.num),
      sections_(std::move(options.sections)),
      last_is_rest_(options.last_is_rest) {}

std::int64_t Split::axis_in(const Inference& in) const {
  const Integers axis = integers_of(in, kAxisTensor, -1, {axis_});
  if (axis.size() != 1) in.fail("AxisTensor must have one element");
  return axis.front();
}

Integers Split::sizes(const Inference& in, std::int64_t size) const {
  const Integers sections = integers_of(in, -1, kSectionsTensorList, sections_);
  if (num_ > 0 && !in.has(kSectionsTensorList)) {
    const bool is_counted = in.output_count() == num_;  // else it may be any number
    const std::int64_t part = is_counted ? (size + num_ - 1) / num_ : 0,
                       rest = is_counted ? size - part * (num_ - 1) : 0;
    if (!is_counted || (last_is_rest_ ? rest < 0 : size % num_ != 0)) {
      in.fail("a dimension of ", size, " into ", num_, " parts, of which ", in.output_count(),
              " are taken");
    }
    Integers parts(static_cast<std::size_t>(num_), part);
    parts.back() = rest;
    return parts;
  }
  Integers all = sections;
  std::int64_t known = 0, open = 0;
  for (std::int64_t section : sections) {
    open += section == -1;
    if (section < -1 || (section > 0 && __builtin_add_overflow(known, section, &known)))
      in.fail("sections ", sections);
  }
  const bool fits = open == 0 ? known == size : open == 1 && known <= size;
  if (!fits || static_cast<std::size_t>(in.output_count()) != all.size()) {
    in.fail("a dimension of ", size, " into sections ", sections, ", of which ", in.output_count(),
            " are taken");
  }
  for (std::int64_t& section : all) section = section == -1 ? size - known : section;
  return all;
}

void Split::infer(Inference& in) const {
  TensorType type = in.input(kX);
  const std::size_t axis = checked_axis(in, axis_in(in), type.shape.size());
  const Integers all = sizes(in, type.shape[axis]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    type.shape[axis] = all[i];
    in.set_output(0, static_cast<int>(i), type);
  }
}

std::shared_ptr<const Operator> Split::specialized(Inference& in) const {
  if (!has_any(in, {kAxisTensor, kSectionsTensorList})) return nullptr;
  SplitOptions options{
      .axis = axis_in(in), .num = num_, .sections = sections_, .last_is_rest = last_is_rest_};
  if (in.has(kSectionsTensorList)) {
    const Shape& shape = in.input(kX).shape;
    options.num = 0;
    options.sections = sizes(in, shape[checked_axis(in, options.axis, shape.size())]);
  }
  return make_operator<Split>(std::move(options));
}

// The sections can be seen in the shapes.
bool Split::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Split&>(other).axis_ == axis_;
}

Description Split::describe() const {
  return {{"axis", axis_}, {"num", num_}, {"sections", sections_}};
}

Unbind::Unbind(const OpType& type, std::int64_t axis, std::int64_t num)
    : Parts(type, axis), num_(num) {}

void Unbind::infer(Inference& in) const {
  TensorType type = in.input(0);
  const std::size_t axis = checked_axis(in, axis_, type.shape.size());
  if (type.shape[axis] != in.output_count()) {
    in.fail("dimension ", axis, " of ", type.shape, " into ", in.output_count(), " parts");
  }
  type.shape.erase(type.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  in.set_output(0, type);
}

Description Unbind::describe() const { return {{"axis", axis_}}; }

}  // namespace u2net::engine
