// SPDX-License-Identifier: Apache-2.0
// The protobuf message in front of every parameter's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace u2net::engine {

struct TensorDesc {
  int data_type = 0;  // Paddle's number
  std::vector<std::int64_t> dims;
};

// Nothing where the bytes are not such a message.
std::optional<TensorDesc> parse_tensor_desc(std::span<const std::byte> bytes);
std::string serialize_tensor_desc(const TensorDesc& desc);

}  // namespace u2net::engine
