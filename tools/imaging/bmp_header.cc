// SPDX-License-Identifier: Apache-2.0
// stb_image reads missing BMP pixels as zeros, negates INT_MIN, miscounts the palette of the
// 12-byte OS/2 header, does not know the header of 52 bytes, and looks for the masks of one of 56
// bytes behind it, where they are not.
#include <algorithm>

#include "tools/imaging/header.h"

namespace u2net::imaging {
namespace {

constexpr std::uint32_t kFileHeaderBytes = 14;
constexpr std::uint32_t kMinInfoBytes = 40;

bool is_known_info_size(std::uint32_t bytes) {
  return bytes == 40 || bytes == 52 || bytes == 56 || bytes == 108 || bytes == 124;
}

void put_le32(std::vector<std::byte>& file, std::size_t at, std::uint32_t value) {
  for (int shift : {0, 8, 16, 24}) file[at++] = static_cast<std::byte>(value >> shift);
}

}  // namespace

std::vector<std::byte> with_known_bmp_header(Bytes data) {
  constexpr std::uint32_t kV4 = 108;
  const std::uint32_t info_bytes = le32(data, kFileHeaderBytes);
  if (info_bytes != 52 && info_bytes != 56) return {};
  // The masks stand where they do in a header of version 4, and what follows may be 0.
  const std::uint32_t more = kV4 - info_bytes;
  const std::ptrdiff_t end = kFileHeaderBytes + info_bytes;
  std::vector<std::byte> file(data.size() + more);
  std::copy(data.begin(), data.begin() + end, file.begin());
  std::copy(data.begin() + end, data.end(), file.begin() + end + more);
  put_le32(file, 10, le32(data, 10) + more);
  put_le32(file, kFileHeaderBytes, kV4);
  return file;
}

Header read_bmp_header(Bytes data, const std::string& name) {
  const auto fail = [&name](const char* what) { fail_damaged(name, "BMP", what); };
  if (data.size() < kFileHeaderBytes + 4) fail("truncated header");
  const std::uint32_t pixels_at = le32(data, 10);
  const std::uint32_t info_bytes = le32(data, kFileHeaderBytes);
  if (info_bytes == 12 || info_bytes == 64) fail_unsupported(name, "OS/2 BMP");
  if (!is_known_info_size(info_bytes)) fail("bad header size");
  if (data.size() < kFileHeaderBytes + std::max(info_bytes, kMinInfoBytes))
    fail("truncated header");

  Header header;
  header.width = static_cast<std::int32_t>(le32(data, 18));
  header.height = static_cast<std::int32_t>(le32(data, 22));
  if (header.height < 0) header.height = -header.height;  // rows stored from top to bottom
  const std::uint32_t bits = le16(data, 28);
  const std::uint32_t compression = le32(data, 30);
  if (header.width <= 0 || header.height == 0 || header.height > 0x7FFFFFFF) fail("bad size");
  if (compression != 0 && compression != 3) fail_unsupported(name, "compressed BMP");
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    fail("bad pixel size");
  }
  if (pixels_at < kFileHeaderBytes + info_bytes || pixels_at > data.size()) {
    fail("bad offset of the pixels");
  }
  header.row_bytes = (static_cast<std::uint64_t>(header.width) * bits + 31) / 32 * 4;
  header.max_raw_bytes = data.size() - pixels_at;
  return header;
}

}  // namespace u2net::imaging
