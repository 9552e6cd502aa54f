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

const Bytef* zlib_bytes(Bytes data) { return reinterpret_cast<const Bytef*>(data.data()); }

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

std::vector<std::byte> iccp_body(Bytes icc) {
  constexpr std::string_view kHead = "ICC Profile\0\0"sv;
  uLongf length = compressBound(static_cast<uLong>(icc.size()));
  std::vector<std::byte> body(kHead.size() + length);
  std::transform(kHead.begin(), kHead.end(), body.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  if (compress2(reinterpret_cast<Bytef*>(body.data() + kHead.size()), &length, zlib_bytes(icc),
                static_cast<uLong>(icc.size()), Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  body.resize(kHead.size() + length);
  return body;
}

}  // namespace u2net::imaging
