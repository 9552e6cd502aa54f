// SPDX-License-Identifier: Apache-2.0
// The --input options of commands that run a model on tensors from files.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/run/model.h"

namespace u2net::cli {
using namespace engine;

// One tensor an input of the model, from texts of the form NAME=FILE.npy, or FILE.npy where the
// model has one input. Throws Error where a name is unknown, an input is missing or given twice, or
// a file is bad.
std::vector<Tensor> read_inputs(const std::vector<std::string>& texts,
                                const std::vector<PortInfo>& ports);

}  // namespace u2net::cli
