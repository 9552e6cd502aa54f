// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/expand.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/ops/axis.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kExpandInputs[] = {{"X"},
                                      {.name = "Shape", .required = false},
                                      {.name = "ShapeTensor", .required = false, .list = true}};
constexpr SlotInfo kExpandAsInputs[] = {{"X"}, {.name = "Y", .required = false}};
constexpr SlotInfo kOneInput[] = {{"X"}};
constexpr SlotInfo kTileInputs[] = {{"X"},
                                    {.name = "RepeatTimes", .required = false},
                                    {.name = "RepeatTimesTensor", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// The operand's size at dimension d of a result of a higher rank.
std::int64_t size_at(const Shape& src, std::size_t rank, std::size_t d) {
  return d + src.size() < rank ? 1 : src[d + src.size() - rank];
}

void infer_expanded(Inference& in, Shape shape) {
  const TensorType& src = in.input(0);
  const std::string sizes = str_cat(src.shape, " to ", shape);
  if (shape.size() < src.shape.size()) in.fail(sizes, ": fewer dimensions");
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const std::int64_t size = size_at(src.shape, shape.size(), d);
    const bool is_new = d + src.shape.size() < shape.size();
    if (shape[d] == -1 && !is_new) shape[d] = size;
    if (shape[d] < 0 || (size != 1 && shape[d] != size))
      in.fail(sizes, ": dimension ", d, " is ", size);
  }
  in.set_output(0, {src.dtype, shape});
}

kernels::StridedCopy expanding(const Shape& src, const Shape& dst) {
  const Strides from = strides_of(src), to = strides_of(dst);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < dst.size(); ++d) {
    const std::int64_t size = size_at(src, dst.size(), d);
    copy.add(dst[d], size == 1 ? 0 : from[d + src.size() - dst.size()], to[d]);
  }
  return copy;
}

bool keeps_first(const Graph& graph, const Node& node) {
  const Shape &from = graph.type_of(node.input(0)).shape, &to = graph.type_of(node.output()).shape;
  return !from.empty() && from.size() == to.size() && from.front() == to.front();
}

}  // namespace

constexpr OpType kExpandV2{"expand_v2", kExpandInputs, kOutputs};
constexpr OpType kExpandAsV2{"expand_as_v2", kExpandAsInputs, kOutputs};
constexpr OpType kRepeatInterleave{"repeat_interleave", kOneInput, kOutputs};
constexpr OpType kTile{"tile", kTileInputs, kOutputs};

Expand::Expand(Shape shape) : Movement(kExpandV2), shape_(std::move(shape)) {}

void Expand::infer(Inference& in) const {
  infer_expanded(in, integers_of(in, kShape, kShapeTensorList, shape_));
}

kernels::StridedCopy Expand::pattern(const Shape& src, const Shape& dst) const {
  return expanding(src, dst);
}

std::shared_ptr<const Operator> Expand::specialized(Inference& in) const {
  if (!has_any(in, {kShape, kShapeTensorList})) return nullptr;
  return make_operator<Expand>(in.output().shape);
}

bool Expand::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return keeps_first(graph, node) && only_images_in(node, roles, {kX}, {kShape, kShapeTensorList});
}

Description Expand::describe() const { return {{"shape", shape_}}; }

ExpandAs::ExpandAs(Shape shape) : Movement(kExpandAsV2), shape_(std::move(shape)) {}

void ExpandAs::infer(Inference& in) const {
  infer_expanded(in, in.has(kY) ? in.input(kY).shape : shape_);
}

kernels::StridedCopy ExpandAs::pattern(const Shape& src, const Shape& dst) const {
  return expanding(src, dst);
}

std::shared_ptr<const Operator> ExpandAs::specialized(Inference& in) const {
  if (!in.has(kY)) return nullptr;
  return make_operator<ExpandAs>(in.output().shape);
}

// Of the second operand only the shape matters, and whatever it runs over has been seen to.
bool ExpandAs::keeps_images_apart(const Graph& graph, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  return keeps_first(graph, node) &&
         roles[static_cast<std::size_t>(node.input(kX))] == ImageRole::kImages;
}

Description ExpandAs::describe() const { return {{"target_shape", shape_}}; }

RepeatInterleave::RepeatInterleave(std::int64_t repeats, std::int64_t axis)
    : Movement(kRepeatInterleave), repeats_(repeats), axis_(axis) {}

void RepeatInterleave::infer(Inference& in) const {
  TensorType type = in.input(0);
  std::int64_t& size = type.shape[checked_axis(in, axis_, type.shape.size())];
  if (repeats_ < 0 || __builtin_mul_overflow(size, repeats_, &size))
    in.fail(in.input(0).shape, " ", repeats_, " times");
  in.set_output(0, type);
}

kernels::StridedCopy RepeatInterleave::pattern(const Shape& src, const Shape& dst) const {
  const Strides from = strides_of(src), to = strides_of(dst);
  const std::size_t axis = dimension_of(axis_, src);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < src.size(); ++d) {
    copy.add(src[d], from[d], d == axis ? to[d] * repeats_ : to[d]);
    if (d == axis) copy.add(repeats_, 0, to[d]);
  }
  return copy;
}

bool RepeatInterleave::keeps_images_apart(const Graph& graph, const Node& node,
                                          const std::vector<ImageRole>& roles) const {
  return axes_keep_images_apart(graph, node, roles, {axis_});
}

Description RepeatInterleave::describe() const { return {{"repeats", repeats_}, {"axis", axis_}}; }

Tile::Tile(Integers repeats) : Movement(kTile), repeats_(std::move(repeats)) {}

void Tile::infer(Inference& in) const {
  const Integers repeats = integers_of(in, kRepeatTimes, kRepeatTimesList, repeats_);
  const TensorType& src = in.input(kX);
  const std::size_t rank = std::max(repeats.size(), src.shape.size());
  if (rank > kMaxRank) in.fail_unsupported("a result of rank ", rank);
  Shape dst;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t times = size_at(repeats, rank, d), size = size_at(src.shape, rank, d);
    if (times < 0) in.fail("repeat_times ", repeats, ", expected at least 0");
    dst.push_back(0);
    if (__builtin_mul_overflow(times, size, &dst.back()))
      in.fail(src.shape, " ", repeats, " times: too many elements");
  }
  in.set_output(0, {src.dtype, dst});
}

kernels::StridedCopy Tile::pattern(const Shape& src, const Shape& dst) const {
  const Strides from = strides_of(src), to = strides_of(dst);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < dst.size(); ++d) {
    const std::int64_t size = size_at(src, dst.size(), d);
    const bool is_new = d + src.size() < dst.size();
    copy.add(size == 0 ? 0 : dst[d] / size, 0, to[d] * size);
    copy.add(size, is_new ? 0 : from[d + src.size() - dst.size()], to[d]);
  }
  return copy;
}

std::shared_ptr<const Operator> Tile::specialized(Inference& in) const {
  if (!has_any(in, {kRepeatTimes, kRepeatTimesList})) return nullptr;
  return make_operator<Tile>(integers_of(in, kRepeatTimes, kRepeatTimesList, repeats_));
}

bool Tile::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Tile&>(other).repeats_ == repeats_;
}

bool Tile::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return keeps_first(graph, node) &&
         only_images_in(node, roles, {kX}, {kRepeatTimes, kRepeatTimesList});
}

Description Tile::describe() const { return {{"repeat_times", repeats_}}; }

}  // namespace u2net::engine
