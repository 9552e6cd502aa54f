// SPDX-License-Identifier: Apache-2.0
// Whether two results count as the same: the rules of verify, bench and op, all of them here.
//
// A node's result is right within kConfidence times its rounding error (error_bound.h). An output
// of a whole network is right where no element is off by more than
//   kOutputTolerance of the output's largest element, which is what the project promises, or
//   what the network itself makes of the roundings of its nodes (output_spread.h),
// whichever is more: a network that magnifies its own roundings beyond the promise has no better
// outputs in any evaluation in float32.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/op.h"

namespace u2net::engine {

inline constexpr double kConfidence = 8;
inline constexpr double kOutputTolerance = 2e-4;

struct Agreement {
  std::string name;            // of the node's result or of the output
  std::string type;            // the operator; empty for an output
  std::string implementation;  // the kernel; empty for an output
  double max_error = 0;        // the largest difference of an element
  double bound = 0;  // that of the element which comes closest to its bound, or exceeds it most
  double ratio = 0;  // error / bound of that element; infinite for a shape or type mismatch
  bool agrees() const { return ratio <= 1; }
};

// Of two results that must be equal to the bit.
Agreement exact_agreement(const std::string& name, const TensorView& expected,
                          const TensorView& got);

// Of a node's results, computed by a kernel from the reference's operands; `bounds` are those of
// rounding_error(). What is told is the result that is worst against its bound.
Agreement node_agreement(const Node& node, const Operands& expected,
                         std::span<const TensorView> got, const std::string& implementation,
                         std::vector<std::vector<double>> bounds);

// Of an output with that of the program as written. `spread` is asked only where the output is not
// within the tolerance: it is dear to find.
Agreement output_agreement(const std::string& name, const TensorView& expected,
                           const TensorView& got, const std::function<double()>& spread);

// Of two results of one type.
double largest_difference(const TensorView& a, const TensorView& b);

}  // namespace u2net::engine
