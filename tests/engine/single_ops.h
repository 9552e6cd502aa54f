// SPDX-License-Identifier: Apache-2.0
// Single operators on small operands, for the tests of shape inference.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/support/graph_builder.h"

namespace u2net::engine::test {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

// Zeros.
Tensor weight(Shape shape, DType dtype = DType::kFloat32);
std::array<Tensor, 4> weights(Shape a, Shape b, Shape c, Shape d);

// The input 'x'.
ValueId image(GraphBuilder& g, Shape shape, DType dtype = DType::kFloat32);
// Average pooling of x.
ValueId pool(GraphBuilder& g, Shape shape, Attributes attributes);
// Of x [4,5,6].
ValueId slice(GraphBuilder& g, Integers axes, Integers starts, Integers ends,
              Integers decrease = {});
// Of x [2,3,4].
ValueId reshape(GraphBuilder& g, Integers shape);

// The graph with the type of every value, its inputs having the declared sizes.
Graph inferred(const GraphBuilder& g);

}  // namespace u2net::engine::test
