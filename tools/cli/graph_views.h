// SPDX-License-Identifier: Apache-2.0
// What `u2net graph` draws: the program as exported and as the passes of a mode leave it, with the
// kernels that the mode chooses and, where it is asked for, the time that they take.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/passes/pass_log.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/model_options.h"
#include "tools/graph/network_view.h"

namespace u2net::cli {
using namespace engine;

struct GraphChoice {
  ModelChoice model;
  SizeChoice size;
  bool optimized = false;  // the passes of the mode are wanted
  bool profile = false;    // times are wanted
  bool both = false;       // before and after the passes
};

struct GraphViews {
  std::string name;            // of the model, as a title
  std::string paddle_version;  // may be empty
  std::string mode;
  int threads = 0;
  std::vector<TensorType> inputs;
  drawing::NetworkView exported;
  std::optional<drawing::NetworkView> optimized;  // where the mode has passes
  std::vector<PassRecord> passes;
  std::optional<double> run_ms;  // of a whole run, where it was profiled

  // What the mode runs.
  const drawing::NetworkView& running() const { return optimized ? *optimized : exported; }
};

// Loads the model and plans it; runs it only for a profile. Throws Error.
GraphViews make_graph_views(GraphChoice& choice);

}  // namespace u2net::cli
