// SPDX-License-Identifier: Apache-2.0
// Packed models (.u2n) made in memory, and changed.
#pragma once

#include <span>
#include <string>

#include "engine/graph/tensor.h"
#include "loader/load_model.h"

namespace u2net::engine::test {

// Of a model as written, with what mode native packs for inputs of these types; their data may be
// null. `kernels`: what the weights are said to be packed for; empty: this processor.
std::string packed_model(const LoadedModel& model, std::span<const TensorView> inputs,
                         const std::string& kernels = {});
// The same without packed weights.
std::string packed_model(const LoadedModel& model);

// With its sizes and all digests made right again, whatever the bytes are.
std::string with_right_digests(std::string file);

}  // namespace u2net::engine::test
