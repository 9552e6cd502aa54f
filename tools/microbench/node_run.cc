// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/node_run.h"

#include <random>

#include "engine/backends/backend_table.h"
#include "engine/graph/op.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/scale.h"
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
  copy.op = std::make_shared<Scale>();
  copy.inputs = {{fed}, {}};
  copy.outputs = {{computed}};
  graph.nodes.insert(graph.nodes.begin(), std::move(copy));
  return graph;
}

Plan plan_of(const Graph& graph, const Way& way, WeightCache& weights) {
  PlanBuilder builder;
  find_backend(way.backend)
      ->build(with_computed_residual(graph), backend_options_of(way, weights), builder);
  return builder.finish();
}

// What the native variant of this name says to the node.
std::string native_obstacle(const Graph& graph, const Way& way, WeightCache& weights) {
  const std::string name = way.kernels.convolution + ":" + std::string(kernels::isa_name(way.isa));
  const BackendOptions options = backend_options_of(way, weights);
  for (const Refusal& r : find_backend("native")->refusals(graph, graph.nodes.front(), options)) {
    if (r.implementation == name) return r.why;
  }
  return {};
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
  outputs_ = execution_.run(arena_, views_, pool_);
  if (execution_.plan().scope) execution_.plan().scope->enter();
  started_ = true;
}

NodeRun::~NodeRun() {
  if (started_ && execution_.plan().scope) execution_.plan().scope->leave();
}

// A concatenation may be nothing but moves, which then are the node's own: they bear its name.
void NodeRun::find_own_steps(const Way& way) {
  std::string implementation;
  for (const PlannedStep& step : execution_.plan().steps) {
    if (step.node != node().name || step.type == "copy") continue;
    own_.push_back(step.step.get());
    implementation = step.step->implementation();
  }
  for (const Plan::Fallback& fallback : execution_.plan().fallbacks) {
    if (fallback.node == node().name) obstacle_ = fallback.why;
  }
  name_ = way.backend == "reference" ? implementation : way.backend + ":" + implementation;
  if (way.kernels.convolution.empty()) return;
  const std::string wanted = way.backend + ":" + way.kernels.convolution + ":";
  if (name_.starts_with(wanted)) return;
  obstacle_ = native_obstacle(graph_, way, weights_);
  name_ = wanted + std::string(kernels::isa_name(way.isa));
}

void NodeRun::run() {
  for (Step* step : own_) step->run(pool_);
}

}  // namespace u2net::bench
