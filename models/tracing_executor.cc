// SPDX-License-Identifier: Apache-2.0
#include "models/tracing_executor.h"

#include <cstdint>
#include <limits>

#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/cast.h"
#include "engine/ops/concat.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scale.h"
#include "engine/ops/shape.h"
#include "engine/ops/slice.h"
#include "engine/ops/unary.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int32_t>::max();

std::shared_ptr<const Operator> add_op() {
  return make_operator<Elementwise>(kernels::BinaryKind::kAdd);
}

}  // namespace

TracingExecutor::TracingExecutor(const ParameterSet& parameters) {
  for (const ModelParameter& p : parameters.all()) {
    names_.insert(p.name);
    parameters_[&p] = graph_.add_value({.name = p.name,
                                        .type = {DType::kFloat32, p.shape},
                                        .type_is_known = true,
                                        .constant = p.tensor});
  }
}

std::string TracingExecutor::numbered(std::string_view word) {
  return str_cat(word, "_", counts_[std::string(word)]++);
}

std::string TracingExecutor::unique(std::string name) {
  while (!names_.insert(name).second) name += '_';
  return name;
}

ValueId TracingExecutor::node(std::shared_ptr<const Operator> op,
                              std::vector<std::vector<ValueId>> inputs, std::string result) {
  const ValueId id =
      graph_.add_value({.name = unique(std::move(result)), .type = {}, .constant = nullptr});
  inputs.resize(op->type().inputs.size());
  graph_.nodes.push_back({.name = graph_.values[id].name,
                          .op = std::move(op),
                          .inputs = std::move(inputs),
                          .outputs = {{id}}});
  return id;
}

Variable TracingExecutor::input(std::string name, TensorType type) {
  const ValueId id = graph_.add_value(
      {.name = unique(std::move(name)), .type = std::move(type), .constant = nullptr});
  graph_.inputs.push_back({graph_.values[id].name, id});
  return {.id = id};
}

Graph TracingExecutor::finish(const std::vector<Variable>& outputs) {
  for (const Variable& output : outputs) {
    const ValueId id = node(make_operator<Scale>(), {{output.id}},
                            str_cat(numbered("save_infer_model/scale"), ".tmp_0"));
    graph_.outputs.push_back({graph_.values[id].name, id});
  }
  return std::move(graph_);
}

Variable TracingExecutor::conv2d(const Conv2dLayer& layer, const Variable& x) {
  const std::string name = numbered("conv2d");
  const std::int64_t pad = layer.padding, dilation = layer.dilation;
  const Conv2dOptions options{.dilations = {dilation, dilation}, .paddings = {pad, pad, pad, pad}};
  const ValueId sum = node(make_operator<Conv2d>(options), {{x.id}, {parameters_.at(layer.weight)}},
                           str_cat(name, ".tmp_0"));
  const ValueId bias =
      node(make_operator<Reshape2>(Shape{1, layer.bias->shape[0], 1, 1}),
           {{parameters_.at(layer.bias)}}, str_cat(numbered("reshape2"), ".tmp_0"));
  return {.id = node(add_op(), {{sum}, {bias}}, str_cat(name, ".tmp_1"))};
}

Variable TracingExecutor::batch_norm(const BatchNormLayer& layer, const Variable& x) {
  return {.id = node(make_operator<BatchNorm>(kBatchNormEpsilon),
                     {{x.id},
                      {parameters_.at(layer.scale)},
                      {parameters_.at(layer.bias)},
                      {parameters_.at(layer.mean)},
                      {parameters_.at(layer.variance)}},
                     str_cat(numbered("batch_norm"), ".tmp_2"))};
}

Variable TracingExecutor::of_one(std::shared_ptr<const Operator> op, const Variable& x) {
  std::string result = str_cat(numbered(op->type().name), ".tmp_0");
  return {.id = node(std::move(op), {{x.id}}, std::move(result))};
}

Variable TracingExecutor::relu(const Variable& x) {
  return of_one(make_operator<Unary>(kernels::UnaryKind::kRelu), x);
}
Variable TracingExecutor::sigmoid(const Variable& x) {
  return of_one(make_operator<Unary>(kernels::UnaryKind::kSigmoid), x);
}

Variable TracingExecutor::max_pool2d(const Variable& x) {
  return of_one(
      make_operator<Pool2d>(Pool2dOptions{
          .kind = kernels::PoolKind::kMax, .kernel = {2, 2}, .strides = {2, 2}, .ceil_mode = true}),
      x);
}

Variable TracingExecutor::resize_like(const Variable& x, const Variable& like) {
  const std::string shape_name = str_cat(numbered("shape"), ".tmp_0");
  const ValueId shape = node(make_operator<ShapeOf>(), {{like.id}}, shape_name);
  const SliceOptions height_and_width{
      .axes = {0}, .starts = {2}, .ends = {kToTheEnd}, .decrease_axis = {}, .infer_flags = {1}};
  const ValueId size =
      node(make_operator<Slice>(height_and_width), {{shape}}, str_cat(shape_name, "_slice_0"));
  const ValueId as_int32 =
      node(make_operator<Cast>(CastOptions{.to = DType::kInt32, .from = DType::kInt32}), {{size}},
           str_cat(numbered("cast"), ".tmp_0"));
  const InterpOptions options{.kind = kernels::InterpKind::kBilinear,
                              .align_corners = false,
                              .align_mode = false,
                              .out = {-1, -1}};
  return {.id = node(make_operator<Interp>(options), {{x.id}, {as_int32}},
                     str_cat(numbered("bilinear_interp_v2"), ".tmp_0"))};
}

Variable TracingExecutor::concat(std::span<const Variable> parts) {
  std::vector<ValueId> ids;
  for (const Variable& part : parts) ids.push_back(part.id);
  return {.id = node(make_operator<Concat>(1), {ids}, str_cat(numbered("concat"), ".tmp_0"))};
}

Variable TracingExecutor::add(const Variable& x, const Variable& y) {
  return {.id = node(add_op(), {{x.id}, {y.id}}, numbered("tmp"))};
}

}  // namespace u2net::engine
