// SPDX-License-Identifier: Apache-2.0
// Updates put into a copy of x at places that are numbers: the reverse of gather. scatter replaces
// or adds to slices of the first axis, scatter_nd slices by several coordinates, put_along_axis an
// element for every element of the index. Updates come in order: where two have the same place, the
// later one meets what the earlier one left. A number outside of its axis is an error when the
// network runs.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kScatter, kScatterNd, kPutAlongAxis;

// kMean: of what meets at a place, as a sum that is divided by their number; integers without a
// rest.
enum class ScatterMode { kAssign, kAdd, kMultiply, kMinimum, kMaximum, kMean };
inline constexpr ScatterMode kLastScatterMode = ScatterMode::kMean;  // files' numbers end there
// "assign", "add", "mul", "min", "max", "mean"
std::string to_string(ScatterMode mode);

struct ScatterOptions {
  ScatterMode mode = ScatterMode::kAssign;
  // Whether what x has at such a place takes part, or updates alone do.
  bool includes_self = true;
  std::int64_t axis = 0;  // of put_along_axis
};

class Scatter : public Operator {
 public:
  enum Input { kX, kIndex, kUpdates };

  // `type`: kScatter, kScatterNd or kPutAlongAxis.
  Scatter(const OpType& type, const ScatterOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  Description describe() const override;
  const ScatterOptions& options() const { return options_; }

 private:
  // Calls f(n, at): update number n, a slice, goes to the elements of x from `at` on.
  template <class F>
  void for_each_update(const TensorView& x, const TensorView& index, const F& f) const;
  template <class T>
  void combine(const Operands& o, std::int64_t slice) const;
  // Of sums of slices, where updates are.
  template <class T>
  void divide(const Operands& o, std::int64_t slice) const;
  Shape shape_of_updates(const Inference& in) const;
  bool fits(const Shape& x, const Shape& index) const;
  // Of x's first dimensions, as many as the index tells.
  std::size_t depth(const Shape& index) const;

  ScatterOptions options_;
};

}  // namespace u2net::engine
