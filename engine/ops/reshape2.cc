// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/reshape2.h"

#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "Shape", .required = false},
                                {.name = "ShapeTensor", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kReshape2{"reshape2", kInputs, kOutputs};

Reshape2::Reshape2(Shape shape, bool zero_is_size)
    : Operator(kReshape2), shape_(std::move(shape)), zero_is_size_(zero_is_size) {}

std::vector<std::int64_t> Reshape2::wanted(const Inference& in) const {
  if (in.has(kShapeTensor)) {  // looked at first, as Paddle does
    std::vector<std::int64_t> shape;
    for (int i = 0; i < in.count(kShapeTensor); ++i) {
      const std::vector<std::int64_t> v = to_integers(in.value(kShapeTensor, i).view());
      if (v.size() != 1) in.fail("an entry of ShapeTensor has ", v.size(), " elements");
      shape.push_back(v.front());
    }
    return shape;
  }
  if (in.has(kShape)) return to_integers(in.value(kShape).view());
  return shape_;
}

void Reshape2::infer(Inference& in) const {
  const TensorType& src = in.input(kX);
  Shape shape = wanted(in);
  const std::string sizes = str_cat(src.shape, " to ", shape);
  std::int64_t known = 1, inferred = -1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zero_is_size_) {
      if (i >= src.shape.size()) in.fail(sizes, ": no dimension to copy");
      shape[i] = src.shape[i];
    }
    if (shape[i] == -1) {
      if (inferred >= 0) in.fail(sizes, ": more than one -1");
      inferred = static_cast<std::int64_t>(i);
    } else if (shape[i] < 0) {
      in.fail(sizes, ": negative dimension");
    } else if (__builtin_mul_overflow(known, shape[i], &known)) {
      in.fail(sizes, ": too many elements");
    }
  }
  const std::int64_t count = element_count(src.shape);
  if (inferred >= 0) {
    if (known == 0 || count % known != 0) in.fail(sizes, ": the sizes do not divide");
    shape[inferred] = count / known;
  } else if (known != count) {
    in.fail(sizes, ": ", count, " elements into ", known);
  }
  in.set_output(0, {src.dtype, shape});
}

void Reshape2::run_reference(const Operands& o) const {
  const TensorView& src = o.input(kX);
  if (src.dtype != o.output().dtype || src.size() != o.output().size()) {
    throw_error(ErrorCode::kInternal, "a reshape of ", src.shape, " does not make ",
                o.output().shape);
  }
  if (o.output().data != src.data)
    std::memcpy(o.output().data, src.data, byte_count(src.dtype, src.shape));
}

std::shared_ptr<const Operator> Reshape2::specialized(Inference& in) const {
  if (!in.has(kShape) && !in.has(kShapeTensor)) return nullptr;
  auto op = make_mutable_operator<Reshape2>(*this);
  op->shape_ = in.output().shape;
  op->zero_is_size_ = true;
  return op;
}

Description Reshape2::describe() const { return {{"shape", shape_}}; }

bool Reshape2::keeps_images_apart(const Graph& graph, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  const Shape &from = graph.type_of(node.input(kX)).shape, &to = graph.type_of(node.output()).shape;
  return !from.empty() && !to.empty() && from.front() == to.front() &&
         only_images_in(node, roles, {kX}, {kShape, kShapeTensor});
}

}  // namespace u2net::engine
