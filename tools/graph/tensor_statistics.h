// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/graph/tensor.h"

namespace u2net::drawing {
using namespace engine;

// Of all elements; minimum, maximum, mean and deviation of the finite ones, 0 where there are none.
struct TensorStatistics {
  std::int64_t elements = 0, zeros = 0, not_finite = 0;
  double min = 0, max = 0, mean = 0, deviation = 0;
};

TensorStatistics statistics_of(const Tensor& tensor);

}  // namespace u2net::drawing
