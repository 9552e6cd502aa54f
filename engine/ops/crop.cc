// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/crop.h"

#include <utility>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "Shape", .required = false},
                                {.name = "Offsets", .required = false},
                                {.name = "ShapeTensor", .required = false, .list = true},
                                {.name = "OffsetsTensor", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kCropTensor{"crop_tensor", kInputs, kOutputs};

Crop::Crop(Integers sizes, Integers offsets)
    : Movement(kCropTensor), sizes_(std::move(sizes)), offsets_(std::move(offsets)) {}

Integers Crop::offsets_of(const Inference& in) const {
  Integers offsets = integers_of(in, kOffsets, kOffsetsList, offsets_);
  if (offsets.empty()) offsets.assign(in.input(kX).shape.size(), 0);
  return offsets;
}

void Crop::infer(Inference& in) const {
  const TensorType& src = in.input(kX);
  Integers sizes = integers_of(in, kShape, kShapeList, sizes_);
  const Integers offsets = offsets_of(in);
  if (sizes.empty()) sizes.assign(src.shape.size(), -1);
  const std::string box = str_cat(sizes, " at ", offsets);
  if (sizes.size() != src.shape.size() || offsets.size() != src.shape.size())
    in.fail("input ", src.shape, " has no box ", box);
  Shape dst;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const std::int64_t size = src.shape[d], offset = offsets[d];
    const bool is_inside = offset >= 0 && offset <= size;
    dst.push_back(is_inside && sizes[d] == -1 ? size - offset : sizes[d]);
    if (!is_inside || dst[d] < 0 || dst[d] > size - offset)
      in.fail("input ", src.shape, " has no box ", box);
  }
  in.set_output(0, {src.dtype, dst});
}

kernels::StridedCopy Crop::pattern(const Shape& src, const Shape& dst) const {
  const Strides from = strides_of(src), to = strides_of(dst);
  kernels::StridedCopy copy;
  for (std::size_t d = 0; d < dst.size(); ++d) {
    if (!offsets_.empty()) copy.src_offset += offsets_[d] * from[d];
    copy.add(dst[d], from[d], to[d]);
  }
  return copy;
}

std::shared_ptr<const Operator> Crop::specialized(Inference& in) const {
  if (!has_any(in, {kShape, kOffsets, kShapeList, kOffsetsList})) return nullptr;
  return make_operator<Crop>(in.output().shape, offsets_of(in));
}

// Another number of images is another size of dimension 0, which keeps_images_apart() looks at.
bool Crop::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Crop&>(other).offsets_ == offsets_;
}

bool Crop::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  const Shape &from = graph.type_of(node.input(kX)).shape, &to = graph.type_of(node.output()).shape;
  return !from.empty() && from.front() == to.front() &&
         only_images_in(node, roles, {kX}, {kShape, kOffsets, kShapeList, kOffsetsList});
}

Description Crop::describe() const { return {{"shape", sizes_}, {"offsets", offsets_}}; }

}  // namespace u2net::engine
