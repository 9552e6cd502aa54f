// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/verify.h"

#include <algorithm>
#include <random>

#include "engine/diagnostics/error_bound.h"
#include "engine/diagnostics/reference_run.h"
#include "engine/graph/op.h"
#include "engine/plan/prepare.h"
#include "engine/run/execution.h"
#include "engine/run/session.h"

namespace u2net::engine {
namespace {

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

}  // namespace

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
  const BackendOptions options = backend_options(model, pool, session.kernels);
  VerifyReport report;
  DisturbedRun runs(graph, inputs, pool);
  for (const Node& node : graph.nodes) {
    const ReferenceRun::NodeRun& run = runs.run(node);
    const NodeExecution execution(graph, node, runs.exact(), backend, options, pool);
    const std::vector<std::vector<double>> bounds = runs.disturb(node, execution.rounding());
    report.nodes.push_back(node_agreement(node, run.operands, execution.outputs(),
                                          execution.implementation(), bounds));
    if (progress) progress(report.nodes.back());
    if (!report.nodes.back().agrees()) return report;
    runs.release(node);
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
    report.outputs.push_back(output_agreement(graph.outputs[i].name, expected[i], got[i],
                                              [&] { return runs.spread(id); }));
    if (progress) progress(report.outputs.back());
  }
  return report;
}

}  // namespace u2net::engine
