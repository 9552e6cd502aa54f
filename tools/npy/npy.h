// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy files <-> Tensor. Little-endian arrays of the element types of DType; structured,
// object, string and big-endian arrays are refused. Written here because Debian packages no small
// library for it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::npy {
using namespace engine;

// Versions 1.0 to 3.0; an array in Fortran order is transposed into row-major order. Nothing is
// allocated before the file's size has proved the shape. Throws kInputNotFound, kInputFormat or
// kInputLimit, naming file and reason.
Tensor read_npy(const std::filesystem::path& path);

// The bytes of a version 1.0 file in C order, as numpy.save writes it.
std::vector<std::byte> encode_npy(const TensorView& tensor);

}  // namespace u2net::npy
