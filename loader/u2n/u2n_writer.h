// SPDX-License-Identifier: Apache-2.0
// A model and what was made of it -> the bytes of a .u2n file: see u2n_format.h. The same of the
// same model, to the byte.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/plan/weight_cache.h"
#include "loader/load_model.h"

namespace u2net::engine {

struct U2nContents {
  const LoadedModel& model;          // its graph is as written
  const Graph& after_passes;         // over the weights, none left out
  std::vector<PackedWeight> packed;  // of the weights of that graph
  std::string kernels;               // that they are for
};

// Throws kModelUnsupported for a graph that cannot be written.
std::vector<std::byte> write_u2n(U2nContents contents);

}  // namespace u2net::engine
