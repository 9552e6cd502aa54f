// SPDX-License-Identifier: Apache-2.0
// Small graphs by hand, decoded as the loader decodes them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/graph.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {
struct PaddleOp;
}

namespace u2net::engine::test {

// An attribute that is an integer.
inline Attribute whole(std::int64_t value) { return value; }

class GraphBuilder {
 public:
  // The operands of one operator: slot name and values.
  using Slots = std::vector<std::pair<std::string_view, std::vector<ValueId>>>;

  ValueId input(std::string name, Shape shape, DType dtype = DType::kFloat32);
  ValueId constant(Tensor tensor);
  // An int32 vector.
  ValueId sizes(std::vector<std::int32_t> values);
  // Its first result; further ones have the numbers behind that.
  ValueId op(std::string_view type, const Slots& inputs, Attributes attributes = {});
  // Of so many results.
  std::vector<ValueId> ops(std::string_view type, const Slots& inputs, Attributes attributes,
                           std::size_t results);
  // Names the value as an output of the graph.
  void output(ValueId id);

  // Shorthands.
  ValueId conv(ValueId x, Tensor filter, Attributes attributes = {});
  // Maxima of 2x2, of what is left over at an odd side too.
  ValueId max_pool(ValueId x);
  ValueId relu(ValueId x) { return op("relu", {{"X", {x}}}); }
  ValueId add(ValueId x, ValueId y, std::int64_t axis = -1);
  // Scale, Bias, Mean and Variance are [channels] each.
  ValueId batch_norm(ValueId x, std::array<Tensor, 4> statistics, double epsilon = 0);

  const Graph& graph() const { return graph_; }

 private:
  Graph graph_;
};

// The operands by slot: `given` calls a slot as files do, or as the engine does where they do not.
std::vector<std::vector<ValueId>> slots_in_order(const PaddleOp& op,
                                                 const GraphBuilder::Slots& given);

}  // namespace u2net::engine::test
