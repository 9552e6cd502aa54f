// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/output_spread.h"

#include "engine/diagnostics/reference_run.h"
#include "engine/plan/prepare.h"

namespace u2net::engine {

std::vector<double> output_spreads(const Model& model, const Backend& backend,
                                   std::span<const TensorView> inputs,
                                   const SessionOptions& session) {
  kernels::ThreadPool pool(session.threads > 0 ? session.threads : kernels::default_threads());
  PlanBuilder builder(std::make_shared<const Graph>(
      prepare_graph(model.preparable(), inputs, session.kernels).graph));
  backend.build(backend_options(model, pool, session.kernels), builder);
  const Plan plan = builder.finish();
  const Graph& graph = *plan.graph;
  DisturbedRun runs(graph, inputs, pool);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    runs.run(graph.nodes[i]);
    runs.disturb(graph.nodes[i], plan.decisions[i].rounding);
    runs.release(graph.nodes[i]);
  }
  std::vector<double> spreads;
  for (const Port& output : graph.outputs) spreads.push_back(runs.spread(output.value));
  return spreads;
}

}  // namespace u2net::engine
