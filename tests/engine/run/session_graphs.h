// SPDX-License-Identifier: Apache-2.0
// Graphs for the tests of Session.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/run/session.h"

namespace u2net::engine::test {

// Every other operator type once or more, for any batch and any size of at least 8 x 8:
// [-1,3,-1,-1] to a few outputs, weights from a fixed seed.
Graph every_operator();

// The same for the operators that move elements, whose results are equal in all modes.
Graph every_movement();
// And for those on numbers that have one kernel, and do not keep images apart.
Graph every_kind_of_number();

// nearest_interp_v2 of `x` [1,1,-1,-1] to the size fed as `size`, int32 [2].
Graph fed_size();

std::shared_ptr<const Model> model_of(Graph graph, const std::string& mode);

// Uniform, of the given seed.
Tensor picture(Shape shape, std::uint64_t seed);

// What a session of its own computes.
std::vector<Tensor> run_fresh(const std::shared_ptr<const Model>& model,
                              const std::vector<TensorView>& inputs);

}  // namespace u2net::engine::test
