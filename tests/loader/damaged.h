// SPDX-License-Identifier: Apache-2.0
// A model that was damaged in memory: it loads and plans (and runs, where that is small), or is
// refused with a one-line Error. Nothing else may come out.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::engine::test {

struct Files {
  std::string program, parameters;
  std::vector<Tensor> inputs;
  bool is_onnx = false;
};

// Of a case of tests/data/golden, of tests/data/pir (3_...) or, as onnx/NAME, of tests/data/onnx.
Files files_of(const std::string& name);

// What happened to damaged models.
struct Outcomes {
  int loaded = 0, refused = 0;
  std::string failure;  // the first one that broke the rules
};

// In the reference mode; every 16th of those that load also in the last mode, which takes longer to
// plan.
void load_and_use(const Files& files, const Outcomes& so_far);
void try_one(const Files& files, const std::string& what, Outcomes& outcomes);

}  // namespace u2net::engine::test
