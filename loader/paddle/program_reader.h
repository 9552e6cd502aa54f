// SPDX-License-Identifier: Apache-2.0
// ProgramDesc (protobuf) -> Graph. Generic over operators: what they mean is in loader/paddle/ops.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "loader/program.h"

namespace u2net::engine {

// Throws Error; messages start with "cannot load model 'name': ".
Program read_program(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
