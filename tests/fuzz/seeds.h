// SPDX-License-Identifier: Apache-2.0
// Where each target starts from: what is in tests/fuzz/seeds/TARGET (small files of kinds that the
// tests have no others of, and all that was ever found), and what is made of the tests' own data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace u2net::fuzz {

using Bytes = std::vector<std::uint8_t>;

struct Seed {
  std::string name;
  Bytes bytes;
};

// In an order that does not change.
std::vector<Seed> seeds_of(std::string_view target);

// The bytes of generated program number N, for everybody the same.
Bytes program_bytes(std::uint64_t number);

}  // namespace u2net::fuzz
