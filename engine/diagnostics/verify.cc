// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/verify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "engine/diagnostics/error_bound.h"
#include "engine/graph/op.h"
#include "engine/plan/prepare.h"
#include "engine/run/execution.h"
#include "engine/run/session.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Runs a graph node by node with the reference kernels and keeps each value as long as it is
// needed.
class ReferenceRun {
 public:
  ReferenceRun(const Graph& graph, std::span<const TensorView> inputs, kernels::ThreadPool& pool)
      : graph_(graph), pool_(pool), owned_(graph.values.size()), views_(graph.values.size()) {
    for (const std::vector<Use>& uses : Connections(graph).uses)
      readers_.push_back(static_cast<int>(uses.size()));
    for (std::size_t i = 0; i < inputs.size(); ++i) views_[graph.inputs[i].value] = inputs[i];
    for (std::size_t id = 0; id < graph.values.size(); ++id) {
      if (graph.values[id].constant) views_[id] = graph.values[id].constant->view();
    }
  }

  struct NodeRun {
    std::vector<std::vector<TensorView>> inputs, outputs;  // by slot
    Operands operands{};
  };

  void run(const Node& node, NodeRun& r) {
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

  // The node's inputs have one reader less.
  void release(const Node& node) {
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (--readers_[id] == 0) owned_[id] = Tensor();
      }
    }
  }

  const TensorView& view(ValueId id) const { return views_[id]; }

 private:
  const Graph& graph_;
  kernels::ThreadPool& pool_;
  std::vector<Tensor> owned_;
  std::vector<TensorView> views_;
  std::vector<int> readers_;
};

// What kernels see of it: whether one that only moves elements flushes those below the normal
// numbers to zero is nobody's concern.
double element(const TensorView& view, std::int64_t i) {
  return visit_dtype(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = view.as<const T>()[i];
    if constexpr (std::is_floating_point_v<T>) {
      if (std::fabs(value) < std::numeric_limits<T>::min()) return 0.0;
    }
    return static_cast<double>(value);
  });
}

// Fills in errors and the element that is worst against its bound. `bound` has an entry an element.
void compare(const TensorView& expected, const TensorView& got, const std::vector<double>& bound,
             Agreement& result) {
  if (expected.dtype != got.dtype || expected.shape != got.shape) {
    result.ratio = result.max_error = kInfinity;
    return;
  }
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double a = element(expected, i), b = element(got, i);
    const bool same = a == b || (std::isnan(a) && std::isnan(b));
    const double error = same ? 0 : std::fabs(a - b);
    const bool comparable =
        std::isfinite(error) && bound[i] > 0;  // not so with NaN or infinity on one side
    const double ratio = same ? 0 : comparable ? error / bound[i] : kInfinity;
    if (!(error <= result.max_error)) result.max_error = error;
    if (ratio > result.ratio || i == 0) {
      result.ratio = ratio;
      result.bound = bound[i];
    }
  }
}

// The node alone, between graph inputs and outputs.
Graph single_node(const Graph& graph, const Node& node) {
  Graph single;
  single.values = graph.values;
  single.nodes = {node};
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      bool known = graph.constant(id) != nullptr;
      for (const Port& port : single.inputs) known = known || port.value == id;
      if (!known) single.inputs.push_back({graph.values[id].name, id});
    }
  }
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) single.outputs.push_back({graph.values[id].name, id});
  }
  return single;
}

// What a backend makes of one node, given the reference's inputs.
class NodeExecution {
 public:
  NodeExecution(const Graph& graph, const Node& node, const ReferenceRun& reference,
                const Backend& backend, const BackendOptions& options, kernels::ThreadPool& pool)
      : single_(std::make_shared<const Graph>(single_node(graph, node))),
        execution_(plan(single_, backend, options)) {
    std::vector<TensorView> inputs;
    for (const Port& port : single_->inputs) inputs.push_back(reference.view(port.value));
    outputs_ = execution_.run(memory_, inputs, pool);
  }

  const std::vector<TensorView>& outputs() const { return outputs_; }
  const kernels::RoundingModel& rounding() const {
    return execution_.plan().decisions.front().rounding;
  }
  std::string implementation() const {
    std::string name;
    for (const PlannedStep& step : execution_.plan().steps) {
      if (!step.only_moves()) name = step.step->implementation();
    }
    return name;
  }

 private:
  static Plan plan(std::shared_ptr<const Graph> graph, const Backend& backend,
                   const BackendOptions& options) {
    PlanBuilder builder(std::move(graph));
    backend.build(options, builder);
    return builder.finish();
  }

  std::shared_ptr<const Graph> single_;
  Execution execution_;
  RunMemory memory_;
  std::vector<TensorView> outputs_;
};

void disturb(const TensorView& view, const std::vector<double>& bound, std::mt19937& random) {
  if (view.dtype != DType::kFloat32) return;
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (bound[i] > 0)
      view.as<float>()[i] = static_cast<float>(view.as<float>()[i] + bound[i] * uniform(random));
  }
}

double largest_difference(const TensorView& a, const TensorView& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(element(a, i) - element(b, i)));
  return largest;
}

}  // namespace

Agreement node_agreement(const Node& node, const Operands& expected,
                         std::span<const TensorView> got, const std::string& implementation,
                         std::vector<std::vector<double>> bounds) {
  Agreement worst{.name = node.name,
                  .type = std::string(node.op->type().name),
                  .implementation = implementation};
  std::size_t index = 0;
  for (const auto& slot : *expected.outputs) {
    for (const TensorView& output : slot) {
      Agreement agreement = worst;
      agreement.max_error = agreement.bound = agreement.ratio = 0;
      for (double& b : bounds[index]) b *= kConfidence;
      compare(output, got[index], bounds[index], agreement);
      if (index == 0 || agreement.ratio > worst.ratio) worst = agreement;
      ++index;
    }
  }
  return worst;
}

Agreement exact_agreement(const std::string& name, const TensorView& expected,
                          const TensorView& got) {
  Agreement agreement{.name = name, .type = {}, .implementation = {}};
  compare(expected, got, std::vector<double>(static_cast<std::size_t>(expected.size()), 0.0),
          agreement);
  return agreement;
}

bool VerifyReport::passed() const {
  const auto good = [](const Agreement& a) { return a.agrees(); };
  return std::all_of(nodes.begin(), nodes.end(), good) &&
         std::all_of(outputs.begin(), outputs.end(), good);
}

VerifyReport verify(const Graph& as_written, const Model& model, const Backend& backend,
                    std::span<const TensorView> inputs, const SessionOptions& session,
                    const std::function<void(const Agreement&)>& progress) {
  kernels::ThreadPool pool(session.threads > 0 ? session.threads : kernels::default_threads());
  PlanBuilder builder(std::make_shared<const Graph>(
      prepare_graph(model.preparable(), inputs, session.kernels).graph));
  const Graph& graph = builder.graph();
  const BackendOptions options = backend_options(model, pool.threads(), session.kernels);
  VerifyReport report;
  ReferenceRun exact(graph, inputs, pool), disturbed(graph, inputs, pool);
  std::mt19937 random(1);  // the same disturbance every time
  for (const Node& node : graph.nodes) {
    ReferenceRun::NodeRun run, noisy;
    exact.run(node, run);
    disturbed.run(node, noisy);
    const NodeExecution execution(graph, node, exact, backend, options, pool);
    const std::vector<std::vector<double>> bounds =
        rounding_error(node, run.operands, execution.rounding());
    std::size_t index = 0;
    for (const auto& slot : noisy.outputs) {
      for (const TensorView& output : slot) disturb(output, bounds[index++], random);
    }
    report.nodes.push_back(node_agreement(node, run.operands, execution.outputs(),
                                          execution.implementation(), bounds));
    if (progress) progress(report.nodes.back());
    if (!report.nodes.back().agrees()) return report;
    exact.release(node);
    disturbed.release(node);
  }

  Session written(
      std::make_shared<Model>(as_written, ModelOptions{.mode = "static", .disabled_passes = {}}),
      {.threads = pool.threads()});
  const std::vector<TensorView>& expected = written.run(inputs);
  backend.build(options, builder);
  Execution execution(builder.finish());
  RunMemory memory;
  const std::vector<TensorView>& got = execution.run(memory, inputs, pool);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const ValueId id = graph.outputs[i].value;
    const double spread = kConfidence * largest_difference(exact.view(id), disturbed.view(id));
    Agreement agreement{.name = graph.outputs[i].name, .type = {}, .implementation = {}};
    compare(expected[i], got[i],
            std::vector<double>(static_cast<std::size_t>(expected[i].size()), spread), agreement);
    report.outputs.push_back(agreement);
    if (progress) progress(agreement);
  }
  return report;
}

}  // namespace u2net::engine
