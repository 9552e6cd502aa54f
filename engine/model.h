// SPDX-License-Identifier: Apache-2.0
// Model: a network prepared for one mode. Immutable, so any number of threads may share it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph.h"
#include "kernels/fork.h"

namespace u2net {

class PassLog;

// Which passes of engine/passes a mode runs: each set includes those before it.
enum class PassSet { kNone, kGeneral, kNative };

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

// Weights in the layouts that kernels want, each packed once however many Sessions there are.
class WeightCache {
 public:
  // Writes a weight's elements again from what was packed of it.
  using Restore = std::function<void(const void* packed, const Tensor& weight)>;

  // `releasable`: weights that nobody else reads. The memory of one may be given back to the system
  // while a packed form exists from which it can be restored.
  explicit WeightCache(std::set<const Tensor*> releasable = {})
      : releasable_(std::move(releasable)) {}

  // The weight in that layout, made by `make` on first use. Weights are told apart by identity, not
  // by name: a program may use a name again. Thread-safe.
  std::shared_ptr<const void> get(const std::shared_ptr<const Tensor>& weight,
                                  const std::string& layout,
                                  const std::function<std::shared_ptr<const void>()>& make,
                                  const Restore& restore = {});
  // How long all packing took.
  std::int64_t packing_ns();
  // For whoever reads the weight itself: it stays in memory from here on.
  void keep(const Tensor& weight);
  // Forgets the layouts that no plan uses.
  void forget_unused();
  // Of the weights that are not in memory themselves.
  std::size_t released_bytes();

 private:
  struct Source {
    std::shared_ptr<const void> packed;  // what the weight can be restored from; or null
    Restore restore;
    bool released = false;
    bool kept = false;
  };

  bool releases(const Tensor& weight) const { return releasable_.contains(&weight); }
  void bring_back(const Tensor& weight, Source& source);

  const std::set<const Tensor*> releasable_;
  ForkMutex mutex_;
  std::int64_t packing_ns_ = 0;
  // Holding the weight keeps its address from being given to another.
  std::map<std::pair<std::shared_ptr<const Tensor>, std::string>, std::shared_ptr<const void>>
      entries_;
  std::map<const Tensor*, Source> sources_;  // of releasable weights
};

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

}  // namespace u2net
