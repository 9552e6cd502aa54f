// SPDX-License-Identifier: Apache-2.0
// Two ways to run one program side by side: groups of nodes that compute the same thing in both, as
// small as they get. Passes fuse nodes and drop their intermediate results; a value that exists in
// both graphs under one name is the same in both, and the nodes between such values form a group.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/diagnostics/profile.h"
#include "engine/run/session.h"

namespace u2net::engine {

// The part of a mode in a group.
struct GroupSide {
  std::vector<std::size_t> steps;  // of the plan, in order
  std::string implementations;     // "jit:avx2 + reorder", each once
  double ms = 0;                   // of these steps
};

struct CompareGroup {
  std::string result;  // the last value that both have, or the name of a node
  std::string types;   // of the operators of the side that has more of them, "conv2d relu"
  GroupSide a, b;
  bool compared = false;  // a value of the group exists in both
  double difference = 0;  // the largest between elements of such values, in whole runs
  double largest = 0;     // the largest magnitude of an element, in the first
};

struct ModeComparison {
  Profile a, b;
  std::vector<CompareGroup> groups;  // in the order in which the first mode runs them
};

struct CompareOptions {
  ProfileOptions profile;
  // Results are kept for the comparison; in as many runs as it takes for no more than this at once.
  std::size_t max_bytes = std::size_t{512} << 20;
};

// Both sessions are of the same program. Throws as Session::run().
ModeComparison compare_sessions(Session& a, Session& b, std::span<const TensorView> inputs,
                                const CompareOptions& options = {});

}  // namespace u2net::engine
