// SPDX-License-Identifier: Apache-2.0
// A profile as Chrome trace events, which Perfetto and chrome://tracing show: one track a thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/diagnostics/profile.h"

namespace u2net::cli {
using namespace engine;

// How many slices there are of each kind.
struct TraceCounts {
  std::size_t runs = 0, steps = 0, worker_slices = 0;
};

// The first run and the profiled ones. Throws Error (kOutput).
TraceCounts write_trace(const Profile& profile, std::string_view path);

}  // namespace u2net::cli
