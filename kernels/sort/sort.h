// SPDX-License-Identifier: Apache-2.0
// The first `kept` elements of every line in order, and where they were. Of equal elements the one
// that comes first in src comes first; a NaN counts as larger than any number.
//
// Nothing is allocated: dst itself holds a heap of the best elements so far, the worst of them on
// top; what is better than that takes its place. In the end the heap is taken apart from behind.
// That is size * log(kept) steps a line.
#pragma once

#include <cstdint>

#include "kernels/base/axis_shape.h"

namespace u2net::kernels {

struct SortParams {
  AxisShape src;      // dst and indices are [outer][kept][inner]
  std::int64_t kept;  // at most src.size
  bool descending;
};

template <class T>
void sort_reference(const SortParams& p, const T* src, T* dst, std::int64_t* indices,
                    ThreadPool& pool);

}  // namespace u2net::kernels
