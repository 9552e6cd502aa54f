// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include <algorithm>

#include "tests/support/source_folder.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

// A function: gtest lists the cases before this file's constants would exist.
fs::path root() { return test::source_folder() / "tests/data/golden"; }

}  // namespace

fs::path golden_folder(const std::string& name) { return root() / name; }

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(root())) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Golden load_golden(const std::string& name) {
  const fs::path folder = golden_folder(name);
  Golden golden{.name = name, .model = load_model(folder), .inputs = {}, .outputs = {}};
  for (const Port& port : golden.model.graph.inputs) {
    golden.inputs.push_back(npy::read_npy(folder / ("in_" + port.name + ".npy")));
  }
  for (std::size_t i = 0; i < golden.model.graph.outputs.size(); ++i) {
    golden.outputs.push_back(npy::read_npy(folder / ("out" + std::to_string(i) + ".npy")));
  }
  return golden;
}

std::vector<Tensor> run(const Golden& golden, const RunOptions& options) {
  return run_graph(golden.model.graph, golden.inputs, options);
}

}  // namespace u2net::engine::test
