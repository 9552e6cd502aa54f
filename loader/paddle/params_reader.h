// SPDX-License-Identifier: Apache-2.0
// Parameter records: {u32 version 0, u64 LoD levels 0, u32 version 0, i32 S, TensorDesc of S bytes,
// row-major data}, little-endian, unaligned, without names, index or checksum. A combined file is
// one record a parameter, in bytewise order of the names, and nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph/tensor.h"
#include "loader/byte_stream.h"

namespace u2net::engine {

// A parameter as the program declares it, and where its value goes.
struct Parameter {
  std::string name;
  TensorType type;
  std::shared_ptr<const Tensor>* destination = nullptr;
};

// `parameters` must be sorted by name. Throws kModelParams (or kModelUnsupported for other versions
// of the format) naming the file, the parameter and both values where record and declaration
// disagree.
void read_combined_parameters(ByteStream& stream, const std::vector<Parameter>& parameters);
// Returns how many bytes the files have together: kModelLimit for more than one file may have.
std::uint64_t read_separate_parameters(const std::filesystem::path& directory,
                                       const std::vector<Parameter>& parameters);

}  // namespace u2net::engine
