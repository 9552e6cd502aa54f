// SPDX-License-Identifier: Apache-2.0
// What the makers of a random program share: the decisions, the graph so far, and operands to take.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tests/fuzz/choices.h"
#include "tests/fuzz/traced_graph.h"
#include "tests/support/fill.h"

namespace u2net::fuzz {

using Integers = std::vector<std::int64_t>;

// The types that operators compute with.
inline constexpr auto kNumbers = {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64};

class Growth {
 public:
  // `whole`: inputs and weights are small integers, so that most results can be exact.
  Growth(Choices& choices, TracedGraph& graph, bool whole)
      : c(choices), g(graph), whole_(whole), random_("program", choices.seed()) {}

  Choices& c;
  TracedGraph& g;
  ValueId last = kNoValue;  // what was added last

  bool is_whole() const { return whole_; }

  // One that fulfils the condition, the youngest first; nothing where there is none.
  std::optional<ValueId> pick(const std::function<bool(ValueId)>& fits);
  std::optional<ValueId> pick_image();  // float32 of rank 4
  std::optional<ValueId> pick_of(std::initializer_list<DType> types);
  std::optional<ValueId> pick_rank(std::int64_t least, std::int64_t most);  // has elements
  // Another value of the same type, if there is one.
  std::optional<ValueId> pick_like(ValueId other);

  std::int64_t rank(ValueId id) const { return static_cast<std::int64_t>(g.shape(id).size()); }
  // One of so many axes, now and then counted from the end.
  std::int64_t some_axis(std::int64_t rank);

  // So many that weights for them are small; of an empty image there may be any number.
  bool has_usual_channels(ValueId image) const {
    return g.shape(image)[1] >= 1 && g.shape(image)[1] <= 512;
  }

  Tensor random_tensor(DType dtype, Shape shape);
  // A constant, one that is there already where its shape fits, or one that the graph computes of a
  // constant.
  ValueId weight(Shape shape);

  // Integers of the given values (int32 or int64, [count]) from some source: a constant, an input,
  // shapes, or arithmetic that another kernel may round to something else.
  ValueId sizes(const Integers& values);
  std::vector<ValueId> sizes_one_by_one(const Integers& values);
  // A float [count] in the same ways.
  ValueId floats(const std::vector<float>& values);

  // Adds the node, of so many results; false where it is refused.
  bool add(std::string_view type, const TracedGraph::Slots& inputs,
           const Attributes& attributes = {}, std::size_t results = 1);

 private:
  float special_value();
  std::optional<ValueId> sizes_of_shapes(const Integers& values);
  std::optional<ValueId> computed_floats(const std::vector<float>& values);
  std::optional<ValueId> one_float(float value);
  std::optional<ValueId> as_int(std::optional<ValueId> from);

  bool whole_;
  test::Random random_;
};

// A way to add an operator (or several): false where nothing fits.
struct Maker {
  std::string_view name;  // of the operator type, or of the motif
  bool (*make)(Growth&);
};

// An entry an operator type.
std::span<const Maker> image_makers();         // conv2d, pooling, resizing, batch_norm
std::span<const Maker> maths_makers();         // matrices, reductions, normalisation
std::span<const Maker> tensor_makers();        // all others, and these:
std::span<const Maker> elementwise_makers();   // comparisons, choices, tensors of sizes
std::span<const Maker> movement_makers();      // what moves elements
std::span<const Maker> position_makers();      // among those of movement
std::span<const Maker> scatter_makers();       // among those that move elements
std::span<const Maker> quantization_makers();  // among those of maths
// Groups of operators that passes look for.
std::span<const Maker> motif_makers();

}  // namespace u2net::fuzz
