// SPDX-License-Identifier: Apache-2.0
// The tile operations of an instruction set behind plain pointers.
#pragma once

#include <cstddef>

#include "kernels/base/bf16.h"

namespace u2net::kernels::test {

struct TileCode {
  // c += a * b, as kernels/simd/tiles.h has it: rows `stride` bytes apart, 64 bytes each. From zero
  // instead of c where `from_zero`. In a Scope of its own.
  void (*dot)(const Bf16* a, std::ptrdiff_t a_stride, const Bf16* b, float* c,
              std::ptrdiff_t c_stride, bool from_zero);
  // Eight tiles are loaded, and stored the other way round.
  void (*move)(const std::byte* from, std::byte* to);
};

}  // namespace u2net::kernels::test
