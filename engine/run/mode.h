// SPDX-License-Identifier: Apache-2.0
// The ways to run a network, in one table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/passes/pass.h"

namespace u2net::engine {

struct ModeInfo {
  std::string_view name;
  std::string_view backend;
  PassSet passes;
  bool runs_code = false;  // the network's code, operation by operation, instead of a graph

  bool has_passes() const { return passes != PassSet::kNone; }
};

std::span<const ModeInfo> all_modes();
bool is_available(const ModeInfo& mode);
// The names of those in this build, in the order of the table.
std::vector<std::string> available_modes();
// The same without those that run code.
std::vector<std::string> graph_modes();
// Throws kUsage for an unknown name and kModeUnavailable for one that this build lacks.
const ModeInfo& find_mode(std::string_view name);
// The same among the modes that run a graph.
const ModeInfo& find_graph_mode(std::string_view name);

}  // namespace u2net::engine
