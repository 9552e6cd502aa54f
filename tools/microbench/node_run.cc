// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/node_run.h"

#include <random>
#include <utility>

#include "engine/backends/backend_table.h"
#include "engine/graph/op.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/scale.h"
#include "engine/plan/tile_kernels.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
using namespace engine;
namespace {

// oneDNN's lists are shorter.
constexpr int kMostPrimitives = 24;

BackendOptions backend_options_of(const Candidate& candidate, kernels::ThreadPool& pool,
                                  WeightCache& weights) {
  return {.threads = candidate.threads,
          .pool = &pool,
          .share_memory = true,
          .weights = &weights,
          .cpu = candidate.cpu,
          .kernels = candidate.kernels};
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
  copy.op = make_operator<Scale>();
  copy.inputs = {{fed}, {}};
  copy.outputs = {{computed}};
  graph.nodes.insert(graph.nodes.begin(), std::move(copy));
  return graph;
}

Plan plan_of(const Graph& graph, const Candidate& candidate, WeightCache& weights) {
  PlanBuilder builder(std::make_shared<const Graph>(with_computed_residual(graph)));
  kernels::ThreadPool pool(candidate.threads);
  find_backend(candidate.backend)->build(backend_options_of(candidate, pool, weights), builder);
  return builder.finish();
}

Candidate candidate_of(const std::string& line, const std::string& backend, int threads) {
  Candidate candidate;
  candidate.line = line;
  candidate.backend = backend;
  candidate.cpu = usable_features();
  candidate.threads = threads;
  return candidate;
}

void add_native(const std::string& line, const CandidateOptions& options,
                std::vector<Candidate>& candidates) {
  const kernels::CpuFeatures usable = usable_features();
  bool chosen = true;  // the best set that is usable
  for (const kernels::InstructionSet* set : kernels::instruction_sets()) {
    if (!usable.contains(set->features) || (!chosen && !options.every_isa)) continue;
    Candidate candidate = candidate_of(line, "native", options.threads);
    candidate.cpu = set->features;
    candidate.chosen = std::exchange(chosen, false);
    candidates.push_back(candidate);
    if (!is_convolution(line)) continue;
    candidate.chosen = false;
    for (const std::string& form : kernels::conv_forms()) {
      candidate.kernels.convolution = form;
      candidates.push_back(candidate);
    }
  }
}

// Every form of convolution on tiles that the precision permits.
void add_tiles(const std::string& line, const CandidateOptions& options,
               std::vector<Candidate>& candidates) {
  Candidate candidate = candidate_of(line, "native", options.threads);
  for (const kernels::ConvVariant& variant :
       tile_kernels(options.precision, candidate.cpu).variants) {
    const bool split = variant.element() == kernels::ElementType::kBf16x2;
    candidate.kernels.precision = split ? Precision::kBf16x3 : Precision::kBf16;
    candidate.kernels.convolution = variant.form();
    candidates.push_back(candidate);
  }
}

}  // namespace

std::vector<Candidate> candidates_for(const std::string& line, const CandidateOptions& options) {
  std::vector<Candidate> candidates = {candidate_of(line, "reference", options.threads)};
  add_native(line, options, candidates);
  if (is_convolution(line)) add_tiles(line, options, candidates);
  if (!find_backend("onednn")) return candidates;
  // Its primitive reads what has been joined and resized before, and leaves pooling to another.
  Candidate candidate = candidate_of(without_fusion(line), "onednn", options.threads);
  if (options.precision != Precision::kF32 && is_convolution(line)) {
    candidates.push_back(candidate);
    candidates.back().kernels.onednn_bf16 = true;
  }
  for (int rank = 0; rank < (options.every_primitive ? kMostPrimitives : 1); ++rank) {
    candidate.kernels.onednn_rank = rank;
    candidates.push_back(candidate);
  }
  return candidates;
}

NodeRun::NodeRun(const Candidate& candidate)
    : graph_(graph_of(candidate.line)),
      pool_(candidate.threads),
      execution_(plan_of(graph_, candidate, weights_)) {
  find_own_steps(candidate);
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

void NodeRun::find_own_steps(const Candidate& candidate) {
  const Plan& plan = execution_.plan();
  const auto id = static_cast<int>(plan.graph->nodes.size()) - 1;  // behind the residual's
  std::string implementation;
  for (const PlannedStep& step : plan.steps) {
    if (step.node_id != id) continue;
    own_.push_back(step.step.get());
    implementation = step.step->implementation();
  }
  const Decision& decision = plan.decisions[static_cast<std::size_t>(id)];
  rounding_ = decision.rounding;
  if (decision.is_fallback) unsupported_reason_ = decision.refusals.front().why;
  const std::string bf16 = candidate.kernels.onednn_bf16 ? ":bf16" : "";
  name_ = candidate.backend == "reference" ? implementation
                                           : candidate.backend + bf16 + ":" + implementation;
  if (candidate.kernels.convolution.empty()) return;
  // Of one instruction set: the refusals are those of the plan's own.
  const std::string form = candidate.kernels.convolution + ":";
  if (implementation.starts_with(form)) return;
  name_ = candidate.backend + ":" + form + std::string(kernels::isa_name(candidate.cpu));
  for (const Refusal& refusal : decision.refusals) {
    if (!refusal.implementation.starts_with(form)) continue;
    name_ = candidate.backend + ":" + refusal.implementation;
    unsupported_reason_ = refusal.why;
  }
}

void NodeRun::run() {
  for (Step* step : own_) step->run(pool_);
}

}  // namespace u2net::bench
