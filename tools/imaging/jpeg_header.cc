// SPDX-License-Identifier: Apache-2.0
// stb_image 2.27 trusts the symbol counts of Huffman tables, guesses at 4-component files without
// an Adobe segment and takes any number of progressive scans: all three are settled here.
#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/imaging/colour_profile.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t kEnd = 0xD9, kStart = 0xD8, kScan = 0xDA, kHuffman = 0xC4;
// Each scan visits every block, whatever its length: without a cap a small file costs hours.
// Encoders write about ten.
constexpr int kMaxScans = 100;
// One block of 64 pixels takes at least one bit, in odd samplings of several components a little
// less; header-only bombs are orders of magnitude beyond.
constexpr std::uint64_t kMaxPixelsPerByte = 1032 * 8;

constexpr std::size_t kProfileAt = 14;  // "ICC_PROFILE", which part, of how many

bool is_frame(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != kHuffman && marker != 0xC8 && marker != 0xCC;
}
bool is_restart(std::uint32_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

class JpegWalk {
 public:
  JpegWalk(Bytes data, const std::string& name) : data_(data), name_(name) {}

  Header run() {
    header_.row_bytes = 0;
    for (std::uint32_t marker = next_marker(); marker != kEnd; marker = next_marker()) {
      segment(marker);
      if (marker == kScan) skip_entropy_coded();
    }
    if (scans_ == 0) fail("no picture data");
    header_.is_cmyk = components_ == 4;
    if (header_.is_cmyk && !adobe_)
      header_.inks = header_.adobe_transform_at > 0 ? Inks::kUnknown : Inks::kUnsaid;
    join_profile();
    header_.row_bytes = static_cast<std::uint64_t>(header_.width);
    header_.max_raw_bytes = kMaxPixelsPerByte * data_.size();
    return header_;
  }

 private:
  [[noreturn]] void fail(const char* what) const { fail_damaged(name_, "JPEG", what); }
  [[noreturn]] void fail_truncated() const { fail("truncated: no end marker"); }

  // Moves behind the next marker. Bytes between segments are padding.
  std::uint32_t next_marker() {
    const void* found = std::memchr(data_.data() + at_, 0xFF, data_.size() - at_);
    if (found == nullptr) fail_truncated();
    at_ = static_cast<std::size_t>(static_cast<const std::byte*>(found) - data_.data());
    while (at_ < data_.size() && u8(data_, at_) == 0xFF) ++at_;
    if (at_ == data_.size()) fail_truncated();
    return u8(data_, at_++);
  }

  void segment(std::uint32_t marker) {
    if (marker == 0 || marker == kStart || is_restart(marker)) fail("misplaced marker");
    if (data_.size() - at_ < 2) fail_truncated();
    const std::size_t length = be16(data_, at_);
    if (length < 2) fail("bad segment length");
    if (length > data_.size() - at_) fail_truncated();
    const Bytes body = data_.subspan(at_ + 2, length - 2);
    at_ += length;
    if (is_frame(marker)) {
      frame(marker, body);
    } else if (marker == kHuffman) {
      huffman_tables(body);
    } else if (marker == kScan) {
      if (components_ == 0) fail("picture data before the frame header");
      if (++scans_ > kMaxScans) fail("too many scans");
    } else if (marker == 0xE1 && has_text(body, 0, "Exif\0\0"sv) && header_.exif.empty()) {
      header_.exif = body.subspan(6);
    } else if (marker == 0xEE && body.size() >= 12 && has_text(body, 0, "Adobe\0"sv)) {
      adobe_ = u8(body, 11) == 0 || u8(body, 11) == 2;
      header_.adobe_transform_at = at_ - body.size() + 11;
    } else if (marker == 0xE2 && body.size() > kProfileAt && has_text(body, 0, "ICC_PROFILE\0"sv)) {
      profile_.push_back(body.subspan(kProfileAt - 2));
    }
  }

  // A profile comes in at most 255 parts, each of which says which of how many it is, in any order.
  // Where one is missing or stands twice there is no profile.
  void join_profile() {
    std::sort(profile_.begin(), profile_.end(),
              [](Bytes a, Bytes b) { return u8(a, 0) < u8(b, 0); });
    std::vector<std::byte> icc;
    for (std::size_t i = 0; i < profile_.size(); ++i) {
      const Bytes part = profile_[i];
      if (u8(part, 0) != i + 1 || u8(part, 1) != profile_.size()) return;
      icc.insert(icc.end(), part.begin() + 2, part.end());
    }
    if (icc.size() <= kMaxProfileBytes) header_.icc = std::move(icc);
  }

  void frame(std::uint32_t marker, Bytes body) {
    if (marker > 0xC2) fail_unsupported(name_, marker > 0xC8 ? "arithmetic JPEG" : "lossless JPEG");
    if (components_ != 0) fail("two frame headers");
    if (body.size() < 6) fail("bad frame header");
    if (u8(body, 0) != 8) fail_unsupported(name_, "12-bit JPEG");
    header_.height = be16(body, 1);
    header_.width = be16(body, 3);
    components_ = u8(body, 5);
    if (header_.width == 0 || header_.height == 0) fail("no width or height");
    if (components_ != 1 && components_ != 3 && components_ != 4) fail("bad component count");
  }

  void huffman_tables(Bytes body) const {
    while (!body.empty()) {
      if (body.size() < 17) fail("bad Huffman table");
      std::size_t symbols = 0;
      for (std::size_t i = 1; i <= 16; ++i) symbols += u8(body, i);
      if (symbols > 256 || body.size() < 17 + symbols) fail("bad Huffman table");
      body = body.subspan(17 + symbols);
    }
  }

  // To the next marker that is neither a stuffed 0xFF nor a restart.
  void skip_entropy_coded() {
    std::uint32_t marker = 0;
    std::size_t start = at_;
    while (marker == 0 || is_restart(marker)) {
      marker = next_marker();
      start = at_ - 2;
    }
    at_ = start;
  }

  Bytes data_;
  const std::string& name_;
  std::size_t at_ = 2;  // behind the start marker
  Header header_;
  std::uint32_t components_ = 0;
  int scans_ = 0;
  std::vector<Bytes> profile_;
  bool adobe_ = false;
};

}  // namespace

Header read_jpeg_header(Bytes data, const std::string& name) { return JpegWalk(data, name).run(); }

}  // namespace u2net::imaging
