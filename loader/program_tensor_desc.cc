// SPDX-License-Identifier: Apache-2.0
#include "loader/program_tensor_desc.h"

#include "framework.pb.h"

namespace u2net {

std::optional<TensorDesc> parse_tensor_desc(std::span<const std::byte> bytes) {
  proto::VarType::TensorDesc message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return TensorDesc{message.data_type(), {message.dims().begin(), message.dims().end()}};
}

}  // namespace u2net
