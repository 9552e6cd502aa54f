// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/params_writer.h"

#include <bit>
#include <cstdint>
#include <map>

#include "loader/paddle/element_type.h"
#include "loader/paddle/program_tensor_desc.h"

namespace u2net::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "parameter files are little-endian");

template <class T>
void append(T number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

void append_record(const Tensor& tensor, std::string& bytes) {
  const std::string desc = serialize_tensor_desc({paddle_number(tensor.dtype()), tensor.shape()});
  append(std::uint32_t{0}, bytes);  // version of the record
  append(std::uint64_t{0}, bytes);  // LoD levels
  append(std::uint32_t{0}, bytes);  // version of the tensor
  append(static_cast<std::int32_t>(desc.size()), bytes);
  bytes += desc;
  bytes.append(reinterpret_cast<const char*>(tensor.data()), tensor.bytes());
}

}  // namespace

std::string write_parameters(const Graph& graph) {
  std::map<std::string, const Tensor*> sorted;
  for (const Value& value : graph.values) {
    if (value.constant) sorted.emplace(value.name, value.constant.get());
  }
  std::string bytes;
  for (const auto& [name, tensor] : sorted) append_record(*tensor, bytes);
  return bytes;
}

}  // namespace u2net::engine
