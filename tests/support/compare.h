// SPDX-License-Identifier: Apache-2.0
// Comparisons of tensors. A failure names the number of wrong elements, the worst one with its
// index, the shape, both values and `repro`, the caller's words on how to get there (case, mode,
// seed).
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::engine::test {

// The bytes of both are the same.
testing::AssertionResult same_bits(const TensorView& expected, const TensorView& got,
                                   const std::string& repro);

// Every element compares equal (+0 and -0 do), any NaN equals any NaN.
testing::AssertionResult same_values(const TensorView& expected, const TensorView& got,
                                     const std::string& repro);

// |expected - got| <= bound; NaN and infinities in the same places.
testing::AssertionResult within(const TensorView& expected, const TensorView& got, double bound,
                                const std::string& repro);

// What an element should be, computed in double, and how far float arithmetic may be off.
struct Truth {
  double value = 0;
  double bound = 0;
};

testing::AssertionResult near_truth(const Shape& shape, std::span<const Truth> expected,
                                    std::span<const float> got, const std::string& repro);

// The largest finite |element|, 0 when there is none.
double largest_magnitude(const TensorView& view);

// Unit roundoff of float: the relative error of one rounding.
inline constexpr double kFloatRounding = 1.0 / (1 << 24);

}  // namespace u2net::engine::test
