// SPDX-License-Identifier: Apache-2.0
// The shapes that every convolution kernel has to get right.
#pragma once

#include <string>
#include <vector>

#include "kernels/conv2d/conv2d.h"
#include "tests/support/conv_spec.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {

// A line that says it all.
std::string text_of(const kernels::Conv2dParams& p);

// Hand-picked edges, then random ones of at most 2^20 products.
std::vector<kernels::Conv2dParams> conv_cases(int random_cases);

}  // namespace u2net::engine::test
