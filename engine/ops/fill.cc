// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/fill.h"

#include <algorithm>
#include <cstdio>

#include "engine/base/text.h"
#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kFillInputs[] = {{.name = "ValueTensor", .required = false},
                                    {.name = "ShapeTensor", .required = false},
                                    {.name = "ShapeTensorList", .required = false, .list = true}};
constexpr SlotInfo kLikeInputs[] = {{"X"}};
constexpr SlotInfo kBatchInputs[] = {{"Input"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

void fill(const TensorView& dst, double value) {
  visit_dtype(dst.dtype, [&]<class T>(T) {
    std::fill_n(dst.as<T>(), dst.size(), kernels::cast_one<T>(value));
  });
}

void check_shape(const Inference& in, const Shape& shape) {
  for (std::int64_t size : shape) {
    if (size < 0) in.fail("shape ", shape, " has a negative dimension");
  }
}

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

constexpr OpType kFillConstant{"fill_constant", kFillInputs, kOutputs};
constexpr OpType kFillAnyLike{"fill_any_like", kLikeInputs, kOutputs};
constexpr OpType kFillConstantBatchSizeLike{"fill_constant_batch_size_like", kBatchInputs,
                                            kOutputs};

Shape FillConstant::wanted(const Inference& in) const {
  if (in.has(kShapeTensor)) return to_integers(in.value(kShapeTensor).view());
  if (!in.has(kShapeTensorList)) return options_.shape;
  Shape shape;
  for (int i = 0; i < in.count(kShapeTensorList); ++i) {
    const std::vector<std::int64_t> v = to_integers(in.value(kShapeTensorList, i).view());
    if (v.size() != 1) in.fail("an entry of ShapeTensorList has ", v.size(), " elements");
    shape.push_back(v.front());
  }
  return shape;
}

void FillConstant::infer(Inference& in) const {
  if (in.has(kValueTensor) && element_count(in.input(kValueTensor).shape) != 1) {
    in.fail("ValueTensor ", in.input(kValueTensor).shape, " must have one element");
  }
  const Shape shape = wanted(in);
  check_shape(in, shape);
  in.set_output(0, {options_.dtype, shape});
}

void FillConstant::run_reference(const Operands& o) const {
  if (!o.has(kValueTensor)) return fill(o.output(), options_.value);
  const TensorView& one = o.input(kValueTensor);
  visit_dtype(one.dtype, [&]<class From>(From) {
    visit_dtype(o.output().dtype, [&]<class To>(To) {
      std::fill_n(o.output().as<To>(), o.output().size(),
                  kernels::cast_one<To>(one.as<const From>()[0]));
    });
  });
}

std::shared_ptr<const Operator> FillConstant::specialized(Inference& in) const {
  if (!in.has(kShapeTensor) && !in.has(kShapeTensorList)) return nullptr;
  auto op = make_mutable_operator<FillConstant>(*this);
  op->options_.shape = in.output().shape;
  return op;
}

bool FillConstant::specialized_alike(const Operator& other) const {
  return dynamic_cast<const FillConstant&>(other).options_.shape == options_.shape;
}

Description FillConstant::describe() const {
  return {{"dtype", std::string(dtype_name(options_.dtype))},
          {"shape", options_.shape},
          {"value", text_of(options_.value)}};
}

void FillAnyLike::infer(Inference& in) const {
  in.set_output(0, {dtype_.value_or(in.input(0).dtype), in.input(0).shape});
}

void FillAnyLike::run_reference(const Operands& o) const { fill(o.output(), value_); }

bool FillAnyLike::keeps_images_apart(const Graph& graph, const Node& node,
                                     const std::vector<ImageRole>& roles) const {
  return !graph.type_of(node.output()).shape.empty() && only_images_in(node, roles, {0});
}

Description FillAnyLike::describe() const { return {{"value", text_of(value_)}}; }

void FillConstantBatchSizeLike::infer(Inference& in) const {
  const Shape& like = in.input(0).shape;
  Shape shape = options_.shape;
  const auto is_within = [](std::int64_t at, const Shape& dims) {
    return at >= 0 && at < static_cast<std::int64_t>(dims.size());
  };
  if (!is_within(from_, like) || !is_within(to_, shape)) {
    in.fail("dimension ", from_, " of ", like, " for dimension ", to_, " of ", shape);
  }
  shape[static_cast<std::size_t>(to_)] = like[static_cast<std::size_t>(from_)];
  check_shape(in, shape);
  in.set_output(0, {options_.dtype, shape});
}

void FillConstantBatchSizeLike::run_reference(const Operands& o) const {
  fill(o.output(), options_.value);
}

bool FillConstantBatchSizeLike::keeps_images_apart(const Graph&, const Node& node,
                                                   const std::vector<ImageRole>& roles) const {
  return from_ == 0 && to_ == 0 && only_images_in(node, roles, {0});
}

Description FillConstantBatchSizeLike::describe() const {
  return {{"shape", options_.shape},
          {"input_dim_idx", from_},
          {"output_dim_idx", to_},
          {"value", text_of(options_.value)}};
}

}  // namespace u2net::engine
