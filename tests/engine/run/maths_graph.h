// SPDX-License-Identifier: Apache-2.0
// The operators along dimensions, of matrices, of normalisation and of enlarging, for
// every_operator().
#pragma once

#include "tests/support/graph_builder.h"

namespace u2net::engine::test {

// Each of them once or more, on x [-1,3,-1,-1] or what follows from it, to outputs of their own;
// the images stay apart.
void add_maths(GraphBuilder& g, ValueId x);

}  // namespace u2net::engine::test
