// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/unary.h"

#include "kernels/unary/unary.h"

namespace u2net::engine {
namespace {

using kernels::kUnaryFunctions;
using kernels::UnaryKind;

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr auto kTypes = [] {
  std::array<OpType, kUnaryFunctions.size()> types;
  for (std::size_t i = 0; i < types.size(); ++i)
    types[i] = {kUnaryFunctions[i].name, kInputs, kOutputs};
  return types;
}();

}  // namespace

const OpType& unary_type(UnaryKind kind) { return kTypes[static_cast<std::size_t>(kind)]; }

kernels::UnaryParameters default_parameters(UnaryKind kind) {
  kernels::UnaryParameters values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = kernels::row_of(kind).parameters[i].otherwise;
  return values;
}

Unary::Unary(UnaryKind kind) : Unary(kind, default_parameters(kind)) {}

Unary::Unary(UnaryKind kind, const kernels::UnaryParameters& parameters)
    : Operator(unary_type(kind)), kind_(kind), parameters_(parameters) {}

void Unary::infer(Inference& in) const {
  if (function().takes_integers) {
    in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  } else {
    in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  }
  in.set_output(0, in.input(0));
}

void Unary::run_reference(const Operands& o) const {
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::unary_reference(kind_, parameters_, o.output().size(), o.input(0).as<const T>(),
                             o.output().as<T>(), *o.pool);
  });
}

double Unary::work(const Graph& graph, const Node& node) const {
  return function().work * static_cast<double>(element_count(graph.type_of(node.output()).shape));
}

void describe_parameters(UnaryKind kind, const kernels::UnaryParameters& parameters,
                         Description& all) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string_view name = kernels::row_of(kind).parameters[i].name;
    if (!name.empty()) all.add(name, parameters[i]);
  }
  if (parameters.has_line()) {
    all.add("factor", parameters.factor);
    all.add("summand", parameters.summand);
  }
}

Description Unary::describe() const {
  Description all;
  describe_parameters(kind_, parameters_, all);
  return all;
}

bool Unary::keeps_images_apart(const Graph&, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

bool is_unary(const Node& node, UnaryKind kind) {
  const Unary* op = op_as<Unary>(node);
  return op && op->kind() == kind && !op->parameters().has_line();
}

}  // namespace u2net::engine
