// SPDX-License-Identifier: Apache-2.0
// XXH64 with seed 0 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md): no protection from anybody
// who means harm, but as fast as memory is read, and never the same where a single byte differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace u2net::engine {

std::uint64_t xxh64(std::span<const std::byte> bytes);

}  // namespace u2net::engine
