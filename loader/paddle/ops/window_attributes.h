// SPDX-License-Identifier: Apache-2.0
// How the attributes of operators that move a window are read and written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ops/window.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

using Integers = std::vector<std::int64_t>;

PaddingAlgorithm read_padding_algorithm(const AttributeReader& attributes);
std::string padding_word(PaddingAlgorithm algorithm);

// 2 values (h, w) or 4, each 0 ... kMaxExtent.
Paddings read_paddings(const AttributeReader& attributes);
// 2 values where the padding is the same on both sides, else 4.
Integers written_paddings(const Paddings& p);

// Two values of 1 ... kMaxExtent.
Pair read_pair(const AttributeReader& attributes, const char* name, Integers otherwise);
Integers written_pair(const Pair& pair);

}  // namespace u2net::engine
