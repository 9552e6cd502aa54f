// SPDX-License-Identifier: Apache-2.0
// What a program file would take in memory once it is read: two bytes of a file can be a message of
// three hundred, so this is found out before any message is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace u2net::engine {

struct ProgramSize {
  std::uint64_t bytes = 0;        // that protobuf's messages will take, at most
  std::uint64_t connections = 0;  // operands of all operators, and their results
};

// Of the bytes of a ProgramDesc; of what is damaged, as far as it goes. Takes no memory.
ProgramSize measure_program(std::span<const std::byte> bytes);

}  // namespace u2net::engine
