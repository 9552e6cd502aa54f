// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/softmax.h"

#include "engine/ops/axis.h"
#include "kernels/softmax/softmax.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kSoftmax{"softmax", kInputs, kOutputs};
constexpr OpType kLogSoftmax{"log_softmax", kInputs, kOutputs};

Softmax::Softmax(std::int64_t axis, bool logarithm)
    : Operator(logarithm ? kLogSoftmax : kSoftmax), axis_(axis), logarithm_(logarithm) {}

void Softmax::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  check_axis(in, axis_);
  in.set_output(0, in.input(0));
}

void Softmax::run_reference(const Operands& o) const {
  const kernels::AxisShape shape = axis_shape(o.input(0).shape, axis_);
  const auto run = [&]<class T>(T) {
    const T* src = o.input(0).as<const T>();
    T* dst = o.output().as<T>();
    if (logarithm_) {
      kernels::log_softmax_reference(shape, src, dst, *o.pool);
    } else {
      kernels::softmax_reference(shape, src, dst, *o.pool);
    }
  };
  o.output().dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

double Softmax::work(const Graph& graph, const Node& node) const {
  constexpr double kOneElement = 10;  // an exponential, and three passes
  return kOneElement * static_cast<double>(element_count(graph.type_of(node.output()).shape));
}

Description Softmax::describe() const { return {{"axis", axis_}}; }

bool Softmax::keeps_images_apart(const Graph& graph, const Node& node,
                                 const std::vector<ImageRole>& roles) const {
  return axes_keep_images_apart(graph, node, roles, {axis_});
}

}  // namespace u2net::engine
