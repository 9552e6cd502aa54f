// SPDX-License-Identifier: Apache-2.0
// A program of Paddle 3 (PIR, .json) -> Graph, the same that the .pdmodel of the network gives.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "loader/program.h"

namespace u2net::engine {

// Throws Error; messages start with "cannot load model 'name': ".
Program read_pir_program(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
