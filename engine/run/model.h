// SPDX-License-Identifier: Apache-2.0
// Model: a network prepared for one mode. Immutable, so any number of threads may share it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/passes/pass.h"
#include "engine/plan/backend.h"
#include "engine/plan/prepare.h"
#include "engine/plan/weight_cache.h"

namespace u2net {

class PassLog;

// One line of the mode table: how a graph is prepared and who runs it.
struct ModeInfo {
  std::string_view name;
  std::string_view stands_for;  // the row of the tutorial's table
  std::string_view backend;
  PassSet passes;

  bool has_passes() const { return passes != PassSet::kNone; }
};

std::span<const ModeInfo> all_modes();
bool is_available(const ModeInfo& mode);
// The names of the modes in this build, in the order of the table.
std::vector<std::string> available_modes();
// Throws kUsage for an unknown name and kModeUnavailable for one that this build lacks.
const ModeInfo& find_mode(std::string_view name);

struct ModelOptions {
  std::string mode = "static";
  std::vector<std::string> disabled_passes;  // by name; throws kUsage for an unknown one
  PassLog* pass_log = nullptr;               // learns what the passes over the weights did
  // The graph's weights are nobody else's: once packed for mode native, most need not stay in
  // memory.
  bool owns_weights = false;
};

class Model {
 public:
  // Throws Error.
  Model(Graph graph, ModelOptions options);

  const ModeInfo& mode() const { return *mode_; }
  const std::vector<std::string>& disabled_passes() const { return disabled_passes_; }
  // After the model passes of the mode.
  const Graph& graph() const { return graph_; }
  // What to prepare for given sizes.
  Preparable preparable() const { return {graph_, mode_->passes, disabled_passes_}; }
  WeightCache& weights() const { return *weights_; }

  struct PortInfo {
    std::string name;
    TensorType type;  // of an input: -1 where any size is allowed
  };
  std::vector<PortInfo> inputs() const;
  std::vector<std::string> output_names() const;

 private:
  const ModeInfo* mode_;
  std::vector<std::string> disabled_passes_;
  Graph graph_;
  std::unique_ptr<WeightCache> weights_;
};

// What the backend of a model is told. `budget` is what is left of that of the plan; null for parts
// of networks alone. Throws as usable_features().
BackendOptions backend_options(const Model& model, int threads, const KernelChoice& choice = {},
                               WorkBudget* budget = nullptr);

}  // namespace u2net
