// SPDX-License-Identifier: Apache-2.0
// Paddle's numbers of element types (VarType.Type), as files and the attributes of `cast` have
// them.
#pragma once

#include <optional>

#include "engine/graph/tensor.h"

namespace u2net::engine {

// The engine's own numbers are the same.
constexpr int paddle_number(DType dtype) { return static_cast<int>(dtype); }
inline std::optional<DType> dtype_from_paddle(int number) { return dtype_from_number(number); }

// Of what a program computes: half precision counts as float32.
inline std::optional<DType> computed_dtype_from_paddle(int number) {
  constexpr int kFloat16 = 4, kBFloat16 = 22;
  if (number == kFloat16 || number == kBFloat16) return DType::kFloat32;
  return dtype_from_paddle(number);
}

}  // namespace u2net::engine
