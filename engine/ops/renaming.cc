// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/renaming.h"

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kUnsqueezeInputs[] = {
    {"X"},
    {.name = "AxesTensor", .required = false},
    {.name = "AxesTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

using Dims = std::span<const std::int64_t>;

}  // namespace

constexpr OpType kFlattenContiguousRange{"flatten_contiguous_range", kInputs, kOutputs};
constexpr OpType kFlatten2{"flatten2", kInputs, kOutputs};
constexpr OpType kSqueeze2{"squeeze2", kInputs, kOutputs};
constexpr OpType kUnsqueeze2{"unsqueeze2", kUnsqueezeInputs, kOutputs};

void Renaming::infer(Inference& in) const { in.set_output(0, {in.input(0).dtype, renamed(in)}); }

void Renaming::run_reference(const Operands& o) const {
  const TensorView& src = o.input(0);
  if (src.dtype != o.output().dtype || src.size() != o.output().size()) {
    throw_error(ErrorCode::kInternal, "a ", type().name, " of ", src.shape, " does not make ",
                o.output().shape);
  }
  if (o.output().data != src.data && src.size() > 0)
    std::memcpy(o.output().data, src.data, byte_count(src.dtype, src.shape));
}

bool Renaming::keeps_images_apart(const Graph& graph, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  const Shape &from = graph.type_of(node.input(0)).shape, &to = graph.type_of(node.output()).shape;
  return !from.empty() && !to.empty() && from.front() == to.front() &&
         only_images_in(node, roles, {0});
}

FlattenRange::FlattenRange(std::int64_t start, std::int64_t stop)
    : Renaming(kFlattenContiguousRange), start_(start), stop_(stop) {}

Shape FlattenRange::renamed(const Inference& in) const {
  const Shape& from = in.input(0).shape;
  const std::size_t rank = std::max<std::size_t>(from.size(), 1);
  const std::size_t start = checked_axis(in, start_, rank), stop = checked_axis(in, stop_, rank);
  if (start > stop) {
    in.fail("start_axis ", start_, " lies behind stop_axis ", stop_, " of an input ", from);
  }
  if (from.empty()) return {1};
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(start),
             end = from.begin() + static_cast<std::ptrdiff_t>(stop) + 1;
  Shape to(from.begin(), begin);
  to.push_back(element_count(Dims(begin, end)));
  to.insert(to.end(), end, from.end());
  return to;
}

Description FlattenRange::describe() const {
  return {{"start_axis", start_}, {"stop_axis", stop_}};
}

Flatten2::Flatten2(std::int64_t axis) : Renaming(kFlatten2), axis_(axis) {}

Shape Flatten2::renamed(const Inference& in) const {
  const Dims from = in.input(0).shape;
  const auto rank = static_cast<std::int64_t>(from.size());
  const std::int64_t axis = axis_ < 0 ? axis_ + rank : axis_;
  if (axis < 0 || axis > rank) in.fail("axis ", axis_, " of an input ", in.input(0).shape);
  const auto at = static_cast<std::size_t>(axis);
  return {element_count(from.first(at)), element_count(from.subspan(at))};
}

Description Flatten2::describe() const { return {{"axis", axis_}}; }

Squeeze::Squeeze(Integers axes) : Renaming(kSqueeze2), axes_(std::move(axes)) {}

Shape Squeeze::renamed(const Inference& in) const {
  const Shape& from = in.input(0).shape;
  const std::vector<std::size_t> axes =
      from.empty() ? std::vector<std::size_t>() : checked_axes(in, axes_, from.size());
  Shape to;
  for (std::size_t d = 0; d < from.size(); ++d) {
    const bool is_asked = axes_.empty() || std::binary_search(axes.begin(), axes.end(), d);
    if (!is_asked || from[d] != 1) to.push_back(from[d]);
  }
  return to;
}

Description Squeeze::describe() const { return {{"axes", axes_}}; }

Unsqueeze::Unsqueeze(Integers axes) : Renaming(kUnsqueeze2), axes_(std::move(axes)) {}

Shape Unsqueeze::renamed(const Inference& in) const {
  Shape to = in.input(0).shape;
  for (std::int64_t axis : integers_of(in, kAxesTensor, kAxesTensorList, axes_)) {
    const std::size_t at = checked_axis(in, axis, to.size() + 1);
    to.insert(to.begin() + static_cast<std::ptrdiff_t>(at), 1);
  }
  return to;
}

std::shared_ptr<const Operator> Unsqueeze::specialized(Inference& in) const {
  if (!has_any(in, {kAxesTensor, kAxesTensorList})) return nullptr;
  return make_operator<Unsqueeze>(integers_of(in, kAxesTensor, kAxesTensorList, axes_));
}

bool Unsqueeze::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Unsqueeze&>(other).axes_ == axes_;
}

Description Unsqueeze::describe() const { return {{"axes", axes_}}; }

}  // namespace u2net::engine
