// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/png_profile.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "tools/imaging/colour_profile.h"

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kBehindIhdr = 8 + 12 + 13;

const Bytef* zlib_bytes(Bytes data) { return reinterpret_cast<const Bytef*>(data.data()); }

void append_be32(std::vector<std::byte>& out, std::uint32_t value) {
  for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::byte>(value >> shift));
}

class Inflation {
 public:
  explicit Inflation(Bytes packed) {
    stream_.next_in = const_cast<Bytef*>(zlib_bytes(packed));  // it is only read
    stream_.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(&stream_); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  // All of it, or nothing.
  std::vector<std::byte> run() {
    std::vector<std::byte> out(4096);
    int state = Z_OK;
    while (state == Z_OK && out.size() < kMaxProfileBytes) {
      out.resize(std::min(2 * out.size(), kMaxProfileBytes));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + stream_.total_out);
      stream_.avail_out = static_cast<uInt>(out.size() - stream_.total_out);
      state = inflate(&stream_, Z_NO_FLUSH);
    }
    if (state == Z_MEM_ERROR) throw std::bad_alloc();
    out.resize(state == Z_STREAM_END ? stream_.total_out : 0);
    return out;
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::vector<std::byte> read_iccp(Bytes body) {
  const auto end = std::find(body.begin(), body.end(), std::byte{0});
  const std::size_t name = static_cast<std::size_t>(end - body.begin());
  // Behind the name's zero stands the method, which is 0.
  if (name == 0 || name > 79 || body.size() < name + 2 || body[name + 1] != std::byte{0}) return {};
  return Inflation(body.subspan(name + 2)).run();
}

void add_iccp(std::vector<std::byte>& png, Bytes icc) {
  if (icc.empty() || png.size() < kBehindIhdr) return;
  uLongf length = compressBound(static_cast<uLong>(icc.size()));
  std::vector<std::byte> packed(length);
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &length, zlib_bytes(icc),
                static_cast<uLong>(icc.size()), Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  std::vector<std::byte> chunk(4);
  for (char c : "iCCPICC Profile\0\0"sv) chunk.push_back(static_cast<std::byte>(c));
  chunk.insert(chunk.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length));
  const std::uint32_t crc = static_cast<std::uint32_t>(
      crc32_z(0, zlib_bytes(chunk) + 4, static_cast<z_size_t>(chunk.size() - 4)));
  const std::uint32_t body = static_cast<std::uint32_t>(chunk.size() - 8);
  for (int i = 0; i < 4; ++i)
    chunk[static_cast<std::size_t>(i)] = static_cast<std::byte>(body >> (24 - 8 * i));
  append_be32(chunk, crc);
  png.insert(png.begin() + kBehindIhdr, chunk.begin(), chunk.end());
}

}  // namespace u2net::imaging
