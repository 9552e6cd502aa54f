// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/p_norm.h"

#include "engine/ops/axis.h"
#include "kernels/reduce/p_norm.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kPNorm{"p_norm", kInputs, kOutputs};
constexpr OpType kNorm{"norm", kInputs, kOutputs};

PNorm::PNorm(const PNormOptions& options) : Operator(kPNorm), options_(options) {}

void PNorm::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  TensorType type = in.input(0);
  if (options_.as_vector) {
    type.shape = options_.keep_dim ? Shape(type.shape.size(), 1) : Shape{};
  } else {
    check_axis(in, options_.axis);
    type.shape = without_axis(type.shape, options_.axis, options_.keep_dim);
  }
  in.set_output(0, type);
}

void PNorm::run_reference(const Operands& o) const {
  const kernels::AxisShape shape = options_.as_vector ? kernels::AxisShape{1, o.input(0).size(), 1}
                                                      : axis_shape(o.input(0).shape, options_.axis);
  const auto run = [&]<class T>(T) {
    kernels::p_norm_reference(shape, options_.order, o.input(0).as<const T>(), o.output().as<T>(),
                              *o.pool);
  };
  o.output().dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

double PNorm::work(const Graph& graph, const Node& node) const {
  return 20 * static_cast<double>(element_count(graph.type_of(node.input(0)).shape)) +
         Operator::work(graph, node);  // a power each
}

Description PNorm::describe() const {
  return {{"porder", options_.order},
          {"axis", options_.as_vector ? "all" : std::to_string(options_.axis)},
          {"keepdim", options_.keep_dim ? "true" : "false"}};
}

bool PNorm::keeps_images_apart(const Graph& graph, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  return !options_.as_vector && axes_keep_images_apart(graph, node, roles, {options_.axis});
}

Norm::Norm(std::int64_t axis, float epsilon) : Operator(kNorm), axis_(axis), epsilon_(epsilon) {}

void Norm::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  check_axis(in, axis_);
  in.set_output(0, in.input(0));
}

void Norm::run_reference(const Operands& o) const {
  const auto run = [&]<class T>(T) {
    kernels::normalize_reference(axis_shape(o.input(0).shape, axis_), double{epsilon_},
                                 o.input(0).as<const T>(), o.output().as<T>(), *o.pool);
  };
  o.output().dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

Description Norm::describe() const { return {{"axis", axis_}, {"epsilon", epsilon_}}; }

bool Norm::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return axes_keep_images_apart(graph, node, roles, {axis_});
}

}  // namespace u2net::engine
