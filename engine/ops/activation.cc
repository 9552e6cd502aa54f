// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/activation.h"

#include "kernels/unary/unary.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kRelu{"relu", kInputs, kOutputs};
constexpr OpType kSigmoid{"sigmoid", kInputs, kOutputs};

Relu::Relu() : Operator(kRelu) {}

void Relu::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  in.set_output(0, in.input(0));
}

void Relu::run_reference(const Operands& o) const {
  const auto run = [&]<class T>(T) {
    kernels::relu_reference(o.output().size(), o.input(0).as<const T>(), o.output().as<T>(),
                            *o.pool);
  };
  switch (o.output().dtype) {
    case DType::kFloat64:
      return run(double{});
    case DType::kInt32:
      return run(std::int32_t{});
    case DType::kInt64:
      return run(std::int64_t{});
    default:
      return run(float{});
  }
}

Sigmoid::Sigmoid() : Operator(kSigmoid) {}

void Sigmoid::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  in.set_output(0, in.input(0));
}

void Sigmoid::run_reference(const Operands& o) const {
  if (o.output().dtype == DType::kFloat64) {
    kernels::sigmoid_reference(o.output().size(), o.input(0).as<const double>(),
                               o.output().as<double>(), *o.pool);
  } else {
    kernels::sigmoid_reference(o.output().size(), o.input(0).as<const float>(),
                               o.output().as<float>(), *o.pool);
  }
}

double Sigmoid::work(const Graph& graph, const Node& node) const {
  constexpr double kOneElement = 8;  // an exponential and a division
  return kOneElement * static_cast<double>(element_count(graph.type_of(node.output()).shape));
}

bool Relu::keeps_images_apart(const Graph&, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

bool Sigmoid::keeps_images_apart(const Graph&, const Node& node,
                                 const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net
