// SPDX-License-Identifier: Apache-2.0
// Model: a network prepared for one mode, as a graph or as code. Immutable, so any number of
// threads may share it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/backend.h"
#include "engine/plan/prepare.h"
#include "engine/plan/weight_cache.h"
#include "engine/run/mode.h"

namespace u2net::engine {

class PassLog;

// An input of a network.
struct PortInfo {
  std::string name;
  TensorType type;  // -1 where any size is allowed
};

// A network as code, for mode dynamic. Immutable.
class NetworkCode {
 public:
  virtual ~NetworkCode() = default;
  virtual std::vector<PortInfo> inputs() const = 0;
  virtual std::vector<std::string> output_names() const = 0;
  // Runs it operation by operation, each allocating its result. Throws kInputShape.
  virtual std::vector<Tensor> forward(std::span<const TensorView> inputs,
                                      kernels::ThreadPool& pool) const = 0;
};

struct ModelOptions {
  std::string mode = "static";
  std::vector<std::string> disabled_passes;  // by name; throws kUsage for an unknown one
  PassLog* pass_log = nullptr;               // learns what the passes over the weights did
  // The graph's weights are nobody else's: once packed for mode native, most need not stay in
  // memory.
  bool owns_weights = false;
  // The passes over the weights have run on the graph, none left out.
  bool passes_have_run = false;
  std::vector<PackedWeight> packed = {};   // of its weights, by the native kernels
  std::vector<std::string> warnings = {};  // of all plans
};

class Model {
 public:
  // Of a graph, in one of the modes that run one. Throws Error.
  Model(Graph graph, ModelOptions options);
  // In mode dynamic.
  explicit Model(std::shared_ptr<const NetworkCode> code);

  const ModeInfo& mode() const { return *mode_; }
  const std::vector<std::string>& disabled_passes() const { return disabled_passes_; }
  // Null but in mode dynamic.
  const NetworkCode* code() const { return code_.get(); }
  // After the model passes of the mode; empty in mode dynamic.
  const Graph& graph() const { return graph_; }
  // What to prepare for given sizes.
  Preparable preparable() const { return {graph_, mode_->passes, disabled_passes_}; }
  WeightCache& weights() const { return *weights_; }
  // What a user should know, whatever the plan.
  const std::vector<std::string>& warnings() const { return warnings_; }

  std::vector<PortInfo> inputs() const;
  std::vector<std::string> output_names() const;

 private:
  const ModeInfo* mode_;
  std::vector<std::string> disabled_passes_;
  std::shared_ptr<const NetworkCode> code_;
  Graph graph_;
  std::unique_ptr<WeightCache> weights_;
  std::vector<std::string> warnings_;
};

// Gives the system back what was freed and malloc would keep: between weights, some megabytes.
void return_freed_memory();

// What the backend of a model is told. `budget` is what is left of that of the plan; null for parts
// of networks alone. Throws as usable_features().
BackendOptions backend_options(const Model& model, kernels::ThreadPool& pool,
                               const KernelChoice& choice = {}, WorkBudget* budget = nullptr);

}  // namespace u2net::engine
