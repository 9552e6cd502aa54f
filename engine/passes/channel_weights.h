// SPDX-License-Identifier: Apache-2.0
// What may become part of the weights of a convolution, plain or transposed: that each of its
// output channels is moved and stretched by numbers that are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/work_budget.h"

namespace u2net::engine {

// z[c] = (y[c] + before[c]) * factor[c] + after[c]     of every output channel c
struct ChannelLines {
  explicit ChannelLines(std::int64_t channels)
      : before(static_cast<std::size_t>(channels)),
        factor(static_cast<std::size_t>(channels), 1.0),
        after(static_cast<std::size_t>(channels)) {}
  std::vector<double> before, factor, after;

  double of(std::size_t c, double y) const { return (y + before[c]) * factor[c] + after[c]; }
  // What `next` makes of that.
  void append(const ChannelLines& next) {
    for (std::size_t c = 0; c < factor.size(); ++c) {
      after[c] = next.of(c, after[c]);
      factor[c] *= next.factor[c];
    }
  }
};

// The output channels of a convolution whose weights are float32 constants and which nothing is
// fused into that would come before the lines; 0 for every other node.
std::int64_t foldable_channels(const Graph& graph, const Node& node);

// What `node` does to the operand in `slot`, where that is a line for each of its channels by
// constants, one a channel or one in all: adding, subtracting, multiplying, dividing, scaling.
std::optional<ChannelLines> lines_of(const Graph& graph, const Node& node, int slot,
                                     std::int64_t channels);

// `conv` makes from now on what `end`, which alone reads its result, made of it by `lines`:
// computed in double and rounded once. False, and nothing is changed, where the budget does not
// allow it or a weight is too large for a float, as an infinite weight makes NaN of a zero.
bool fold_into_weights(Graph& graph, const Connections& connections, Node& conv, Node& end,
                       const ChannelLines& lines, WorkBudget& budget);

}  // namespace u2net::engine
