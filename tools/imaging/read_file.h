// SPDX-License-Identifier: Apache-2.0
// Reads a whole regular file once. Nothing is mapped: a file cut short meanwhile is a short read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace u2net::imaging {

// Throws engine::Error: kInputNotFound when it cannot be read or is no regular file, kInputLimit
// when it has more than `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t max_bytes);

}  // namespace u2net::imaging
