// SPDX-License-Identifier: Apache-2.0
// One operator of a PIR file, as the file has it. Errors name it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "loader/paddle/attributes.h"
#include "loader/pir/json_document.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {

using PirId = std::int64_t;

struct PirEntry {
  std::string name;   // "pd_op.conv2d"
  std::string where;  // for messages
  Json json;
  std::vector<PirId> operands, results;

  static PirEntry read(const Json& op, std::size_t number);

  // The list of attributes, by find_pir_attribute().
  Json attributes() const;
  std::string text_attribute(std::string_view key) const;
  // Those of `op`, under Paddle 2's names, with the fixed ones.
  Attributes read_attributes(const PirOp& op) const;
  // Of the first result.
  TensorType result_type() const;
  // How many values the first result stands for, by its type.
  std::size_t list_size() const;
  // struct_name is where in the network's code, the layer itself last: "/encoder/block1/Conv2D/" ->
  // "encoder/block1"; nothing where the program does not tell.
  std::string scope() const;
};

}  // namespace u2net::engine
