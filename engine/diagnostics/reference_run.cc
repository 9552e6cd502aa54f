// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/reference_run.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "engine/base/error.h"
#include "engine/diagnostics/agreement.h"
#include "engine/diagnostics/error_bound.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

void move_by(const TensorView& view, const std::vector<double>& bound, std::mt19937& random) {
  if (view.dtype != DType::kFloat32) return;
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (bound[i] > 0)
      view.as<float>()[i] = static_cast<float>(view.as<float>()[i] + bound[i] * uniform(random));
  }
}

void copy_results(const ReferenceRun::NodeRun& from, const ReferenceRun::NodeRun& to) {
  for (std::size_t slot = 0; slot < to.outputs.size(); ++slot) {
    for (std::size_t i = 0; i < to.outputs[slot].size(); ++i) {
      const TensorView &source = from.outputs[slot][i], &result = to.outputs[slot][i];
      std::copy_n(source.as<const std::byte>(), byte_count(source.dtype, source.shape),
                  result.as<std::byte>());
    }
  }
}

}  // namespace

ReferenceRun::ReferenceRun(const Graph& graph, std::span<const TensorView> inputs,
                           kernels::ThreadPool& pool)
    : graph_(graph), pool_(pool), owned_(graph.values.size()), views_(graph.values.size()) {
  for (const std::vector<Use>& uses : Connections(graph).uses)
    readers_.push_back(static_cast<int>(uses.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) views_[graph.inputs[i].value] = inputs[i];
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (graph.values[id].constant) views_[id] = graph.values[id].constant->view();
  }
}

void ReferenceRun::run(const Node& node, NodeRun& r) {
  for (const auto& slot : node.inputs) {
    r.inputs.emplace_back();
    for (ValueId id : slot) r.inputs.back().push_back(views_[id]);
  }
  for (const auto& slot : node.outputs) {
    r.outputs.emplace_back();
    for (ValueId id : slot) {
      owned_[id] = Tensor(graph_.type_of(id));
      views_[id] = owned_[id].view();
      r.outputs.back().push_back(views_[id]);
    }
  }
  r.operands = {&r.inputs, &r.outputs, &pool_};
  const kernels::FloatScope floats;
  node.op->run_reference(r.operands);
}

void ReferenceRun::release(const Node& node) {
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      if (--readers_[id] == 0) owned_[id] = Tensor();
    }
  }
}

const ReferenceRun::NodeRun& DisturbedRun::run(const Node& node) {
  run_ = noisy_ = {};
  exact_.run(node, run_);
  try {
    disturbed_.run(node, noisy_);
  } catch (const Error&) {
    // Roundings decide whether it is refused: an element's number, say, that they moved.
    is_refused_ = true;
    copy_results(run_, noisy_);
  }
  return run_;
}

std::vector<std::vector<double>> DisturbedRun::disturb(const Node& node,
                                                       const kernels::RoundingModel& rounding) {
  std::vector<std::vector<double>> bounds = rounding_error(node, run_.operands, rounding);
  std::size_t index = 0;
  for (const auto& slot : noisy_.outputs) {
    for (const TensorView& output : slot) move_by(output, bounds[index++], random_);
  }
  return bounds;
}

void DisturbedRun::release(const Node& node) {
  exact_.release(node);
  disturbed_.release(node);
}

double DisturbedRun::spread(ValueId id) const {
  if (is_refused_) return std::numeric_limits<double>::infinity();
  return kConfidence * largest_difference(exact_.view(id), disturbed_.view(id));
}

}  // namespace u2net::engine
