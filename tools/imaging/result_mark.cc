// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/result_mark.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "tools/imaging/deflate.h"

namespace u2net::imaging {
namespace {

constexpr std::size_t kResultHead = std::size_t{1} << 16;
constexpr std::string_view kMark = "u2net: result of ";

std::string_view text_of(Bytes data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

// The mark stands near an end: before the pixels, or behind them.
std::vector<std::byte> ends_of(const std::filesystem::path& path) {
  constexpr std::streamoff kTail = 256;
  std::vector<std::byte> ends(kResultHead + kTail);
  auto* bytes = reinterpret_cast<char*>(ends.data());
  std::ifstream file(path, std::ios::binary);
  file.read(bytes, kResultHead);
  std::streamsize filled = std::max<std::streamsize>(file.gcount(), 0);
  if (filled == static_cast<std::streamsize>(kResultHead)) {
    file.seekg(-kTail, std::ios::end);
    file.read(bytes + filled, kTail);
    filled += std::max<std::streamsize>(file.gcount(), 0);
  }
  ends.resize(static_cast<std::size_t>(filled));
  return ends;
}

}  // namespace

std::string result_mark(Bytes input) {
  char digits[64];
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(input.data());
  std::snprintf(digits, sizeof digits, "%08x%08x%llx.", crc32(input),
                adler32({bytes, input.size()}), static_cast<unsigned long long>(input.size()));
  return std::string(kMark) + digits;
}

bool is_result(const std::filesystem::path& path) {
  return text_of(ends_of(path)).find(kMark) != std::string_view::npos;
}

Standing standing_at(const std::filesystem::path& path, const std::string& mark) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return Standing::kDirectory;
  if (!std::filesystem::is_regular_file(status)) return Standing::kNothing;
  if (std::filesystem::file_size(path, error) == 0 && !error) return Standing::kNothing;
  const bool is_own = text_of(ends_of(path)).find(mark) != std::string_view::npos;
  return is_own ? Standing::kResult : Standing::kOther;
}

}  // namespace u2net::imaging
