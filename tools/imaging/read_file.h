// SPDX-License-Identifier: Apache-2.0
// Reads a whole file or pipe once. Nothing is mapped: a file cut short meanwhile is a short read. A
// pipe is waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace u2net::imaging {

// Throws engine::Error: kInputNotFound when it cannot be read, kInputLimit when it has more than
// `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t max_bytes);
// What an open descriptor gives, to its end.
std::vector<std::byte> read_stream(int descriptor, const std::string& name, std::int64_t max_bytes);

}  // namespace u2net::imaging
