// SPDX-License-Identifier: Apache-2.0
// A numpy array as a pickle describes it: state tuples (version, shape, dtype, is_fortran, data) of
// arrays and (version, byte order, subarray, names, fields, ...) of dtypes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/graph/tensor.h"
#include "loader/half_float.h"
#include "loader/state_dict/pickle_value.h"

namespace u2net::engine {

struct NumpyArray {
  TensorType type;
  HalfFloat half = HalfFloat::kNone;  // what the int16 of `type` stand for
  bool column_major = false;
  bool latin1 = false;    // `data` is UTF-8 text, one code point below 256 a byte
  std::string_view data;  // borrows from the pickle

  std::size_t bytes() const { return byte_count(type.dtype, type.shape); }
};

// Checked through: the data are as many as type needs. Throws kModelParams, or kModelUnsupported
// for element types and byte orders that the engine does not have; messages start with `where`.
NumpyArray read_numpy_array(const Pickle& pickle, PickleRef ref, const std::string& where);

// The dimensions in a tuple of integers.
Shape read_numpy_shape(const Pickle& pickle, PickleRef ref, const std::string& where);

// Writes bytes() bytes, row-major.
void copy_numpy_array(const NumpyArray& array, std::byte* destination);

}  // namespace u2net::engine
