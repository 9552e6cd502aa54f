// SPDX-License-Identifier: Apache-2.0
// Element by element: the functions of functions.h, and scale. dst may be src.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"
#include "kernels/unary/functions.h"

namespace u2net::kernels {

// For float and double; for std::int32_t and std::int64_t where the function takes integers.
template <class T>
void unary_reference(UnaryKind kind, const UnaryParameters& p, std::int64_t count, const T* src,
                     T* dst, ThreadPool& pool);

// The same on the calling thread.
template <class T>
void unary_row(UnaryKind kind, const UnaryParameters& p, std::int64_t count, const T* src, T* dst);

// x * factor + bias, or (x + bias) * factor.
template <class T>
void scale_reference(std::int64_t count, T factor, T bias, bool bias_after_scale, const T* src,
                     T* dst, ThreadPool& pool);

// x held between two numbers; NaN stays.
template <class T>
void clip_reference(std::int64_t count, T least, T most, const T* src, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
