// SPDX-License-Identifier: Apache-2.0
// Sizes for the inputs of a model that leaves them open, for commands that have no data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/run/model.h"

namespace CLI {
class App;
}

namespace u2net::cli {
using namespace engine;

struct SizeChoice {
  int height = 0, width = 0;  // 0: what the model declares, 320 where it declares nothing
  int batch = 0;              // 0: what the model declares, 1 where it declares nothing

  bool any() const { return height > 0 || batch > 0; }
};

// "HxW", or "N" for a square, with sizes that a model may have. False where it is neither.
bool parse_size(std::string_view text, SizeChoice& choice);

void add_size_options(CLI::App& app, SizeChoice& choice);  // --size, --batch

// One type an input. Throws Error (kInputShape) where a size was asked for that no input can have.
std::vector<TensorType> input_types(const std::vector<PortInfo>& inputs, const SizeChoice& choice);

}  // namespace u2net::cli
