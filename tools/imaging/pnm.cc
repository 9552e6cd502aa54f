// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/pnm.h"

#include <algorithm>

#include "tools/imaging/header.h"

namespace u2net::imaging {
namespace {

struct PnmLayout {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int channels = 0;
  std::uint32_t max_value = 0;
  std::size_t pixels_at = 0;

  std::size_t sample_bytes() const { return max_value > 255 ? 2 : 1; }
};

bool is_blank(std::uint32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class PnmText {
 public:
  PnmText(Bytes data, const std::string& name) : data_(data), name_(name) {}

  PnmLayout read() {
    PnmLayout layout;
    layout.channels = u8(data_, 1) == '6' ? 3 : 1;
    layout.width = number();
    layout.height = number();
    const std::int64_t max_value = number();
    // One blank, and one only, stands between the header and the pixels.
    if (at_ == data_.size() || !is_blank(u8(data_, at_))) fail("bad header");
    layout.pixels_at = at_ + 1;
    if (layout.width == 0 || layout.height == 0) fail("no width or height");
    if (max_value == 0 || max_value > 65535) fail("bad maximum value");
    layout.max_value = static_cast<std::uint32_t>(max_value);
    return layout;
  }

 private:
  void fail(const char* what) const { fail_damaged(name_, "PNM", what); }

  std::int64_t number() {
    skip_blanks_and_comments();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < data_.size() && u8(data_, at_) >= '0' && u8(data_, at_) <= '9'; ++at_) {
      value = value * 10 + (u8(data_, at_) - '0');
      if (value > 0x7FFFFFFF) fail("number out of range");
    }
    if (at_ == start) fail("bad header");
    return value;
  }

  void skip_blanks_and_comments() {
    bool comment = false;
    for (; at_ < data_.size(); ++at_) {
      const std::uint32_t c = u8(data_, at_);
      if (comment) {
        comment = c != '\n' && c != '\r';
      } else if (c == '#') {
        comment = true;
      } else if (!is_blank(c)) {
        return;
      }
    }
  }

  Bytes data_;
  const std::string& name_;
  std::size_t at_ = 2;
};

}  // namespace

Header read_pnm_header(Bytes data, const std::string& name) {
  const PnmLayout layout = PnmText(data, name).read();
  Header header;
  header.width = layout.width;
  header.height = layout.height;
  header.row_bytes = static_cast<std::uint64_t>(layout.width) *
                     static_cast<std::uint64_t>(layout.channels) * layout.sample_bytes();
  header.max_raw_bytes = data.size() - layout.pixels_at;
  return header;
}

Image decode_pnm(Bytes data, const std::string& name) {
  const PnmLayout layout = PnmText(data, name).read();
  Image image =
      blank_image(static_cast<int>(layout.width), static_cast<int>(layout.height), layout.channels);
  const std::uint32_t max = layout.max_value;
  const bool wide = layout.sample_bytes() == 2;
  std::size_t at = layout.pixels_at;
  for (std::uint8_t& pixel : image.pixels) {
    const std::uint32_t value = std::min(wide ? be16(data, at) : u8(data, at), max);
    pixel = static_cast<std::uint8_t>((value * 255 + max / 2) / max);
    at += layout.sample_bytes();
  }
  return image;
}

}  // namespace u2net::imaging
