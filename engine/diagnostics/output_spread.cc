// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/output_spread.h"

#include <random>

#include "engine/diagnostics/agreement.h"
#include "engine/diagnostics/error_bound.h"
#include "engine/diagnostics/reference_run.h"
#include "engine/plan/prepare.h"

namespace u2net::engine {

std::vector<double> output_spreads(const Model& model, const Backend& backend,
                                   std::span<const TensorView> inputs,
                                   const SessionOptions& session) {
  kernels::ThreadPool pool(session.threads > 0 ? session.threads : kernels::default_threads());
  PlanBuilder builder(std::make_shared<const Graph>(
      prepare_graph(model.preparable(), inputs, session.kernels).graph));
  backend.build(backend_options(model, pool.threads(), session.kernels), builder);
  const Plan plan = builder.finish();
  const Graph& graph = *plan.graph;
  ReferenceRun exact(graph, inputs, pool), disturbed(graph, inputs, pool);
  std::mt19937 random(1);  // the same disturbance every time
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    ReferenceRun::NodeRun run, noisy;
    exact.run(graph.nodes[i], run);
    disturbed.run(graph.nodes[i], noisy);
    const std::vector<std::vector<double>> bounds =
        rounding_error(graph.nodes[i], run.operands, plan.decisions[i].rounding);
    std::size_t index = 0;
    for (const auto& slot : noisy.outputs) {
      for (const TensorView& output : slot) disturb(output, bounds[index++], random);
    }
    exact.release(graph.nodes[i]);
    disturbed.release(graph.nodes[i]);
  }
  std::vector<double> spreads;
  for (const Port& output : graph.outputs)
    spreads.push_back(kConfidence *
                      largest_difference(exact.view(output.value), disturbed.view(output.value)));
  return spreads;
}

}  // namespace u2net::engine
