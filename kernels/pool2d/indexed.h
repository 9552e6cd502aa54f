// SPDX-License-Identifier: Apache-2.0
// The maximum of windows together with where it lies, and the way back: unpool puts every value
// where the index says, and zeros elsewhere. An index is y * iw + x within a plane, -1 of a window
// without a sample above -FLT_MAX. Of equal samples the first counts, and a NaN is never it.
#pragma once

#include <cstdint>

#include "kernels/pool2d/pool2d.h"

namespace u2net::kernels {

// p.kind and p.exclusive do not matter; indices may be null.
void max_pool2d_indexed_reference(const Pool2dParams& p, const float* src, float* dst,
                                  std::int32_t* indices, ThreadPool& pool);

// src and indices [planes][count], dst [planes][size]; of two values for one place the later stays.
// Values whose index lies outside of 0 ... size - 1 are dropped.
template <class Index>
void unpool_reference(std::int64_t planes, std::int64_t count, std::int64_t size, const float* src,
                      const Index* indices, float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
