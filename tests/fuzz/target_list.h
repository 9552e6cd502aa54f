// SPDX-License-Identifier: Apache-2.0
// The functions behind targets(); one file each.
#pragma once

#include <cstdint>
#include <span>

namespace u2net::fuzz {

void fuzz_program(std::span<const std::uint8_t> bytes);  // a generated program, every mode

}  // namespace u2net::fuzz
