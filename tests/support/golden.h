// SPDX-License-Identifier: Apache-2.0
// The cases of tests/data/golden: small Paddle programs with what Paddle computed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/load_model.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {

struct Golden {
  std::string name;
  LoadedModel model;
  std::vector<Tensor> inputs;   // in the order of the model's inputs
  std::vector<Tensor> outputs;  // what Paddle gave
};

std::filesystem::path golden_folder(const std::string& name);
// Sorted.
std::vector<std::string> golden_names();
Golden load_golden(const std::string& name);

std::vector<Tensor> run(const Golden& golden, const RunOptions& options);

}  // namespace u2net::engine::test
