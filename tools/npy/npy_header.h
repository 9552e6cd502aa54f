// SPDX-License-Identifier: Apache-2.0
// The text in front of an array's data: a Python dict with the keys descr, fortran_order, shape.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/graph/tensor.h"

namespace u2net::npy {
using namespace engine;

// Before the data: 6 bytes of magic, 2 of version, 2 or 4 of length, and the text.
inline constexpr std::string_view kNpyMagic = "\x93NUMPY";
inline constexpr std::size_t kNpyVersionBytes = 8;        // magic and version
inline constexpr std::size_t kNpyMaxHeaderText = 10'000;  // NumPy's own cap

struct NpyHeader {
  TensorType type;
  bool fortran_order = false;
};

// Throws Error (kInputFormat or kInputLimit) with the reason alone: the caller names the file.
NpyHeader parse_npy_header(std::string_view text);

// Padded so that the data behind magic, version, length and text start at a multiple of 64.
std::string format_npy_header(const TensorType& type);

}  // namespace u2net::npy
