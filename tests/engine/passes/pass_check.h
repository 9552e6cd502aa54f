// SPDX-License-Identifier: Apache-2.0
// One pass on a small graph: the same outputs before and after, and what became of the nodes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/passes/pass.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {

struct Passed {
  bool changed = false;
  Graph graph;  // after the pass

  int count(std::string_view op_type) const;
  // The only node of that type.
  const Node& node(std::string_view op_type) const;
};

enum class Stage {
  kModel,  // sizes unknown, as model passes see a graph
  kPlan,   // every type known
};

// Applies the pass and expects the outputs, computed by the reference kernels without further
// passes, to be the same to the bit: inputs and weights are to be such that nothing rounds. `bound`
// allows for more where that cannot be.
Passed apply(bool (*pass)(Graph&), Stage stage, const GraphBuilder& builder,
             std::span<const Tensor> inputs, double bound = 0);

// Several passes, one after the other.
Passed apply_all(std::span<bool (*const)(Graph&)> passes, Stage stage, const GraphBuilder& builder,
                 std::span<const Tensor> inputs, double bound = 0);

// Small integers.
Tensor integers(Shape shape, std::uint64_t seed);
// A vector of these.
Tensor floats(std::vector<float> values);

}  // namespace u2net::engine::test
