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

}  // namespace u2net::engine
