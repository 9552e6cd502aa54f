// SPDX-License-Identifier: Apache-2.0
#include "loader/program.h"

#include "loader/paddle/program_reader.h"
#include "loader/pir/pir_reader.h"
#include "loader/recognise.h"

namespace u2net::engine {

Program read_any_program(std::span<const std::byte> bytes, const std::string& name) {
  return looks_like_json(bytes) ? read_pir_program(bytes, name) : read_program(bytes, name);
}

}  // namespace u2net::engine
