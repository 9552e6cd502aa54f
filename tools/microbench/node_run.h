// SPDX-License-Identifier: Apache-2.0
// One node in one implementation, planned as the engine plans it. Only the node's own steps are
// run: its operands lie in the layouts that its kernel wants.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/diagnostics/step_work.h"
#include "engine/plan/backend.h"
#include "engine/run/execution.h"
#include "engine/run/model.h"

namespace u2net::bench {
using namespace engine;

// A candidate to run a shape.
struct Candidate {
  std::string line;  // the node that is run; for oneDNN without what native kernels fuse
  std::string backend;
  kernels::CpuFeatures cpu = {};  // that native kernels may make use of
  KernelChoice kernels = {};
  int threads = 1;
  bool chosen = false;  // what mode native takes by itself
};

// The reference, native kernels (what the cost model takes, then every form of convolution), and
// oneDNN's implementations in its own order, as far as there can be: some will not do the work.
struct CandidateOptions {
  int threads = 1;
  bool every_isa = false;        // also the kernels for lesser instruction sets
  bool every_primitive = false;  // all that oneDNN has, not only the first
  // What native convolutions may compute in besides float32; of oneDNN's in bfloat16 there is the
  // first, in every precision but f32.
  Precision precision = Precision::kF32;
};
std::vector<Candidate> candidates_for(const std::string& line, const CandidateOptions& options);

class NodeRun {
 public:
  // Plans.
  explicit NodeRun(const Candidate& candidate);
  ~NodeRun();
  NodeRun(const NodeRun&) = delete;
  NodeRun& operator=(const NodeRun&) = delete;

  const Graph& graph() const { return graph_; }
  const Node& node() const { return graph_.nodes.front(); }
  // "reference", "native:winograd6:avx2", "onednn:jit:avx2",
  // "onednn:bf16:brgconv:avx512_core_bf16".
  const std::string& name() const { return name_; }
  // Empty, or why the candidate's kernel does not do the work: the reference kernel runs in its
  // place.
  const std::string& unsupported_reason() const { return unsupported_reason_; }
  const kernels::RoundingModel& rounding() const { return rounding_; }
  // Fills the inputs with random numbers, always the same for the same line, and runs once.
  void start();
  // After start().
  void run();
  std::span<const TensorView> outputs() const { return outputs_; }
  std::span<const TensorView> inputs() const { return views_; }
  kernels::ThreadPool& pool() { return pool_; }
  StepWork work() const { return work_of(graph_, node()); }

 private:
  void find_own_steps(const Candidate& candidate);

  Graph graph_;
  WeightCache weights_;
  kernels::ThreadPool pool_;
  Execution execution_;
  std::vector<Tensor> inputs_;
  std::vector<TensorView> views_, outputs_;
  RunMemory memory_;
  std::vector<Step*> own_;
  bool started_ = false;
  kernels::RoundingModel rounding_;
  std::string name_, unsupported_reason_;
};

}  // namespace u2net::bench
