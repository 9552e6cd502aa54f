// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/node_run.h"

#include <random>

#include "engine/backends/backend_table.h"
#include "engine/graph/op.h"
#include "engine/ops/fused_conv2d.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
namespace {

// oneDNN's lists are shorter.
constexpr int kMostPrimitives = 24;

BackendOptions backend_options_of(const Way& way, WeightCache& weights) {
  return {.threads = way.threads,
          .share_memory = true,
          .weights = &weights,
          .isa = way.isa,
          .kernels = way.kernels};
}

// In a network the residual is the result of another node and often dead behind the convolution, so
// that the kernel may take over its memory. Here a node that changes nothing makes it such.
Graph with_computed_residual(Graph graph) {
  Node& node = graph.nodes.front();
  if (!convolution_of(node) || !node.has_input(FusedConv2d::kResidual)) return graph;
  const ValueId fed = node.input(FusedConv2d::kResidual);
  const ValueId computed = graph.add_value(
      {.name = "residual", .type = graph.type_of(fed), .type_is_known = true, .constant = {}});
  node.inputs[FusedConv2d::kResidual] = {computed};
  Node copy;
  copy.name = "residual";
  copy.op = find_op_type("scale")->decode(AttributeReader("scale", {}));
  copy.inputs = {{fed}, {}};
  copy.outputs = {{computed}};
  graph.nodes.insert(graph.nodes.begin(), std::move(copy));
  return graph;
}

Plan plan_of(const Graph& graph, const Way& way, WeightCache& weights) {
  PlanBuilder builder(std::make_shared<const Graph>(with_computed_residual(graph)));
  find_backend(way.backend)->build(backend_options_of(way, weights), builder);
  return builder.finish();
}

Way way_of(const std::string& line, const std::string& backend, int threads) {
  Way way;
  way.line = line;
  way.backend = backend;
  way.isa = usable_isa();
  way.threads = threads;
  return way;
}

void add_native(const std::string& line, const WayOptions& options, std::vector<Way>& ways) {
  for (kernels::Isa isa : {kernels::Isa::kAvx512, kernels::Isa::kAvx2, kernels::Isa::kPortable}) {
    if (isa > usable_isa() || (isa != usable_isa() && !options.every_isa)) continue;
    Way way = way_of(line, "native", options.threads);
    way.isa = isa;
    way.chosen = isa == usable_isa();
    ways.push_back(way);
    if (!line.starts_with("conv2d")) continue;
    way.chosen = false;
    for (const std::string& form : kernels::conv_forms()) {
      way.kernels.convolution = form;
      ways.push_back(way);
    }
  }
}

}  // namespace

std::vector<Way> ways_to_run(const std::string& line, const WayOptions& options) {
  std::vector<Way> ways = {way_of(line, "reference", options.threads)};
  add_native(line, options, ways);
  if (!find_backend("onednn")) return ways;
  // Its primitive reads what has been joined and resized before, and leaves pooling to another.
  Way way = way_of(without_fusion(line), "onednn", options.threads);
  for (int rank = 0; rank < (options.every_primitive ? kMostPrimitives : 1); ++rank) {
    way.kernels.onednn_rank = rank;
    ways.push_back(way);
  }
  return ways;
}

NodeRun::NodeRun(const Way& way)
    : graph_(graph_of(way.line)), pool_(way.threads), execution_(plan_of(graph_, way, weights_)) {
  find_own_steps(way);
}

void NodeRun::start() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const Port& port : graph_.inputs) {
    inputs_.emplace_back(graph_.type_of(port.value));
    for (float& v : inputs_.back().values<float>()) v = uniform(random);
    views_.push_back(inputs_.back().view());
  }
  outputs_ = execution_.run(memory_, views_, pool_);
  if (execution_.plan().scope) execution_.plan().scope->enter();
  started_ = true;
}

NodeRun::~NodeRun() {
  if (started_ && execution_.plan().scope) execution_.plan().scope->leave();
}

void NodeRun::find_own_steps(const Way& way) {
  const Plan& plan = execution_.plan();
  const auto id = static_cast<int>(plan.graph->nodes.size()) - 1;  // behind the residual's
  std::string implementation;
  for (const PlannedStep& step : plan.steps) {
    if (step.node_id != id) continue;
    own_.push_back(step.step.get());
    implementation = step.step->implementation();
  }
  const Decision& decision = plan.decisions[static_cast<std::size_t>(id)];
  if (decision.is_fallback) obstacle_ = decision.refusals.front().why;
  name_ = way.backend == "reference" ? implementation : way.backend + ":" + implementation;
  if (way.kernels.convolution.empty()) return;
  const std::string form = way.kernels.convolution + ":" + std::string(kernels::isa_name(way.isa));
  if (implementation == form) return;
  name_ = way.backend + ":" + form;
  for (const Refusal& refusal : decision.refusals) {
    if (refusal.implementation == form) obstacle_ = refusal.why;
  }
}

void NodeRun::run() {
  for (Step* step : own_) step->run(pool_);
}

}  // namespace u2net::bench
