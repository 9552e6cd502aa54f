// SPDX-License-Identifier: Apache-2.0
// Element by element: relu, sigmoid and scale. dst may be src.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

// max(x, 0); NaN and -0 give +0, as Paddle's CPU kernel does.
template <class T>
void relu_reference(std::int64_t count, const T* src, T* dst, ThreadPool& pool);

// 1 / (1 + exp(-x)); NaN stays NaN.
template <class T>
void sigmoid_reference(std::int64_t count, const T* src, T* dst, ThreadPool& pool);

// x * factor + bias, or (x + bias) * factor.
template <class T>
void scale_reference(std::int64_t count, T factor, T bias, bool bias_after_scale, const T* src,
                     T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
