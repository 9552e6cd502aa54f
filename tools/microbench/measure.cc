// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/measure.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "engine/backends/backend_table.h"
#include "engine/diagnostics/error_bound.h"
#include "engine/graph/op.h"
#include "engine/plan/tile_kernels.h"
#include "tools/microbench/name_pattern.h"
#include "tools/microbench/node_run.h"
#include "tools/microbench/reorder.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
using namespace engine;
namespace {

// A line on the reference kernel, and what results may differ from it.
class Oracle {
 public:
  Oracle(const std::string& line, int threads)
      : run_(candidates_for(line, {.threads = threads}).front()) {
    run_.start();
    const Graph& graph = run_.graph();
    std::map<ValueId, TensorView> views;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
      views[graph.inputs[i].value] = run_.inputs()[i];
    for (std::size_t i = 0; i < graph.outputs.size(); ++i)
      views[graph.outputs[i].value] = run_.outputs()[i];
    const auto slots = [&](const std::vector<std::vector<ValueId>>& ids) {
      std::vector<std::vector<TensorView>> all;
      for (const std::vector<ValueId>& slot : ids) {
        all.emplace_back();
        for (ValueId id : slot)
          all.back().push_back(graph.constant(id) ? graph.constant(id)->view() : views.at(id));
      }
      return all;
    };
    inputs_ = slots(run_.node().inputs);
    outputs_ = slots(run_.node().outputs);
  }

  NodeRun& run() { return run_; }

  Agreement compare(const NodeRun& other) {
    const Operands operands{&inputs_, &outputs_, &run_.pool()};
    auto& bounds = bounds_[other.rounding()];
    if (bounds.empty()) bounds = rounding_error(run_.node(), operands, other.rounding());
    return node_agreement(run_.node(), operands, other.outputs(), other.name(), bounds);
  }

 private:
  NodeRun run_;
  std::vector<std::vector<TensorView>> inputs_, outputs_;  // by slot
  std::map<kernels::RoundingModel, std::vector<std::vector<double>>> bounds_;
};

class Measurer {
 public:
  Measurer(const std::string& line, const MeasureOptions& options) : options_(options) {
    result_.line = line;
    if (without_fusion(line) != line && find_backend("onednn"))
      result_.unfused = without_fusion(line);
  }

  Measured run() {
    const CandidateOptions wanted{.threads = options_.threads,
                                  .every_isa = names_isa(options_.patterns),
                                  .every_primitive = true,
                                  .precision = options_.precision};
    const PrecisionDecision decision = tile_kernels(options_.precision, usable_features()).decision;
    if (is_convolution(result_.line) && decision.asked != decision.taken)
      result_.refused.push_back(
          {"native in " + std::string(precision_name(decision.asked)), decision.why});
    bool more_primitives = true;
    for (const Candidate& candidate : candidates_for(result_.line, wanted)) {
      if (!may_match(options_.patterns, candidate.backend)) continue;
      if (candidate.backend == "onednn" && !more_primitives) continue;
      const bool done = candidate.backend == "reference" ? add_reference() : add(candidate);
      const bool in_order = candidate.backend == "onednn" && !candidate.kernels.onednn_bf16;
      more_primitives = more_primitives && (!in_order || done);
    }
    return std::move(result_);
  }

 private:
  Oracle& oracle(const std::string& line) {
    std::unique_ptr<Oracle>& entry = oracles_[line];
    if (!entry) entry = std::make_unique<Oracle>(line, options_.threads);
    return *entry;
  }

  bool add_reference() {
    if (!name_matches(options_.patterns, "reference")) return false;
    Oracle& reference = oracle(result_.line);
    time(reference.run(), reference.compare(reference.run()), false);
    return true;
  }

  // False where the candidate's kernel does not do the work.
  bool add(const Candidate& candidate) {
    NodeRun run(candidate);
    if (!run.unsupported_reason().empty()) {
      // A later primitive is none that was refused: there just are no more.
      if (candidate.kernels.onednn_rank == 0) refuse(run, candidate);
      return false;
    }
    const bool slow = (candidate.kernels.onednn_rank > 0 && run.name().starts_with("onednn:ref")) ||
                      run.name().starts_with("onednn:bf16:ref");
    if (!name_matches(options_.patterns, run.name()) || (slow && options_.patterns.empty()))
      return true;
    if (!seen_.insert(run.name()).second) return true;
    Oracle& reference = oracle(candidate.line);
    run.start();
    const Agreement agreement = reference.compare(run);
    time(run, agreement, candidate.chosen);
    return true;
  }

  void refuse(const NodeRun& run, const Candidate& candidate) {
    const std::string name = !candidate.kernels.convolution.empty() ? run.name()
                             : candidate.kernels.onednn_bf16        ? "onednn in bf16"
                                                                    : candidate.backend;
    if (seen_.insert(name).second) result_.refused.push_back({name, run.unsupported_reason()});
  }

  void time(NodeRun& run, const Agreement& agreement, bool chosen) {
    if (options_.progress) options_.progress(run.name());
    Measurement m{.name = run.name(),
                  .chosen = chosen,
                  .work = run.work(),
                  .element = run.rounding().element,
                  .agreement = agreement,
                  .warm = time_warm([&] { run.run(); }, options_.timing),
                  .cold = {}};
    if (options_.timing.cold) m.cold = time_cold([&] { run.run(); }, run.pool(), options_.timing);
    result_.all.push_back(std::move(m));
  }

  const MeasureOptions& options_;
  Measured result_;
  std::map<std::string, std::unique_ptr<Oracle>> oracles_;
  std::set<std::string> seen_;
};

}  // namespace

Measured measure(const std::string& line, const MeasureOptions& options) {
  if (is_reorder(line)) return measure_reorder(line, options);
  return Measurer(line, options).run();
}

}  // namespace u2net::bench
