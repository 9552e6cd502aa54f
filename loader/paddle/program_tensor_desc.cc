// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_tensor_desc.h"

#include "framework.pb.h"

namespace u2net::engine {

std::optional<TensorDesc> parse_tensor_desc(std::span<const std::byte> bytes) {
  proto::VarType::TensorDesc message;
  // Partial: the other one writes to stderr where a required field is missing.
  if (!message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !message.IsInitialized()) {
    return std::nullopt;
  }
  return TensorDesc{message.data_type(), {message.dims().begin(), message.dims().end()}};
}

std::string serialize_tensor_desc(const TensorDesc& desc) {
  proto::VarType::TensorDesc message;
  message.set_data_type(desc.data_type);
  for (std::int64_t dim : desc.dims) message.add_dims(dim);
  return message.SerializeAsString();
}

}  // namespace u2net::engine
