// SPDX-License-Identifier: Apache-2.0
// A box with a border. Along each dimension d, position o of the result is position o - before[d]
// of the operand, and where that lies outside, by mode:
//
//   constant   the value
//   replicate  the nearest element
//   reflect    the element as far inside as it lies outside; the border itself is not repeated
//   circular   the operand begins anew
//
// A negative `before` takes elements away. Dimensions are independent of each other: a row of the
// result is made of one row of the operand (or is all value), its middle part by memcpy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

enum class PadMode : std::uint8_t { kConstant, kReflect, kReplicate, kCircular };

struct PadProblem {
  PadMode mode = PadMode::kConstant;
  std::span<const std::int64_t> src, dst, before;  // equal ranks, at most kMaxRank
};

// Where the element of position `o` comes from along an axis; -1 for the value.
std::int64_t padded_from(PadMode mode, std::int64_t o, std::int64_t before, std::int64_t size);

// Elements of `bytes`; `value` is one of them.
void pad_reference(const PadProblem& problem, std::size_t bytes, const std::byte* value,
                   const std::byte* src, std::byte* dst, ThreadPool& pool);

}  // namespace u2net::kernels
