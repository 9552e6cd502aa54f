// SPDX-License-Identifier: Apache-2.0
// stb_image checks no CRC, so damage would pass as pixels; it is checked here for the chunks that
// make the picture.
#include <utility>

#include "tools/imaging/deflate.h"
#include "tools/imaging/header.h"
#include "tools/imaging/png_profile.h"

namespace u2net::imaging {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kChunkOverhead = 12;  // length, type, CRC
constexpr std::uint64_t kMaxDeflateRatio = 1032;

bool crc_matches([[maybe_unused]] Bytes covered, [[maybe_unused]] std::uint32_t expected) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;  // a fuzzer would never get past it
#else
  return crc32(covered) == expected;
#endif
}

class PngWalk {
 public:
  PngWalk(Bytes data, const std::string& name) : data_(data), name_(name) {}

  Header run() {
    for (bool end = false; !end;) {
      const std::size_t left = data_.size() - at_;
      if (left < kChunkOverhead) fail("truncated: no IEND chunk");
      const std::size_t length = be32(data_, at_);
      if (length > left - kChunkOverhead) fail("truncated inside a chunk");
      end = chunk(data_.subspan(at_ + 4, length + 4), be32(data_, at_ + 8 + length));
      at_ += length + kChunkOverhead;
    }
    if (packed_bytes_ == 0) fail("no picture data");
    header_.max_raw_bytes = kMaxDeflateRatio * packed_bytes_;
    return header_;
  }

 private:
  [[noreturn]] void fail(const char* what) const { fail_damaged(name_, "PNG", what); }

  // `covered` is the type and the body. Returns whether this was the last chunk.
  bool chunk(Bytes covered, std::uint32_t crc) {
    const bool ancillary = (u8(covered, 0) & 0x20) != 0;
    const Bytes body = covered.subspan(4);
    if (has_text(covered, 0, "CgBI")) {
      fail_unsupported(name_, "Apple CgBI PNG", "convert it to a standard PNG first");
    }
    const bool first = header_.width == 0;
    if (first != has_text(covered, 0, "IHDR")) fail("misplaced IHDR chunk");
    if (!ancillary && !crc_matches(covered, crc)) fail("checksum mismatch");
    if (first) {
      image_header(body);
    } else if (has_text(covered, 0, "IDAT")) {
      packed_bytes_ += body.size();
    } else if (has_text(covered, 0, "IEND")) {
      return true;
    } else if (has_text(covered, 0, "eXIf")) {
      header_.exif = body;
    } else if (has_text(covered, 0, "iCCP")) {
      // The first alone: each may be large when it is unpacked, and a file may have many.
      if (!std::exchange(has_profile_, true) && crc_matches(covered, crc))
        header_.icc = read_iccp(body);
    } else if (!ancillary && !has_text(covered, 0, "PLTE")) {
      fail("unknown critical chunk");
    }
    return false;
  }

  void image_header(Bytes body) {
    if (body.size() != 13) fail("bad IHDR chunk");
    header_.width = be32(body, 0);
    header_.height = be32(body, 4);
    const std::uint32_t depth = u8(body, 8);
    static constexpr std::uint32_t kChannels[7] = {1, 0, 3, 1, 2, 0, 4};
    const std::uint32_t channels = u8(body, 9) < 7 ? kChannels[u8(body, 9)] : 0;
    if (header_.width == 0 || header_.height == 0 || header_.width > 0x7FFFFFFF ||
        header_.height > 0x7FFFFFFF || channels == 0 || depth == 0 || depth > 16) {
      fail("bad IHDR chunk");
    }
    header_.row_bytes = 1 + (static_cast<std::uint64_t>(header_.width) * channels * depth + 7) / 8;
  }

  Bytes data_;
  const std::string& name_;
  std::size_t at_ = kSignatureBytes;
  Header header_;
  std::uint64_t packed_bytes_ = 0;
  bool has_profile_ = false;  // whatever is in it
};

}  // namespace

Header read_png_header(Bytes data, const std::string& name) { return PngWalk(data, name).run(); }

}  // namespace u2net::imaging
