// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/tensor_statistics.h"

#include <algorithm>
#include <cmath>

namespace u2net::drawing {
namespace {

template <class T>
TensorStatistics of_values(std::span<const T> values) {
  TensorStatistics s{.elements = static_cast<std::int64_t>(values.size())};
  double sum = 0, squares = 0;
  std::int64_t finite = 0;
  for (const T element : values) {
    const double value = static_cast<double>(element);
    if (!std::isfinite(value)) {
      ++s.not_finite;
      continue;
    }
    if (value == 0) ++s.zeros;
    s.min = finite == 0 ? value : std::min(s.min, value);
    s.max = finite == 0 ? value : std::max(s.max, value);
    sum += value;
    ++finite;
  }
  if (finite == 0) return s;
  s.mean = sum / static_cast<double>(finite);
  for (const T element : values) {
    const double value = static_cast<double>(element);
    if (std::isfinite(value)) squares += (value - s.mean) * (value - s.mean);
  }
  s.deviation = std::sqrt(squares / static_cast<double>(finite));
  return s;
}

}  // namespace

TensorStatistics statistics_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&](auto type) {
    return of_values<decltype(type)>(tensor.values<const decltype(type)>());
  });
}

}  // namespace u2net::drawing
