// SPDX-License-Identifier: Apache-2.0
// WebP by libwebp: the first frame of an animation is not among its means, and refused.
#ifdef U2NET_HAS_WEBP

#include <webp/decode.h>

#include <string_view>

#include "tools/imaging/codecs.h"
#include "tools/imaging/colour_profile.h"

namespace u2net::imaging {
namespace {

const std::uint8_t* first_byte(Bytes data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}

WebPBitstreamFeatures webp_features(Bytes data, const std::string& name) {
  WebPBitstreamFeatures features;
  if (::WebPGetFeatures(first_byte(data), data.size(), &features) != VP8_STATUS_OK)
    fail_damaged(name, "WebP", "bad header");
  if (features.has_animation) fail_unsupported(name, "animated WebP");
  return features;
}

// What stands in a chunk of its own, before the pixels or behind them; empty where there is none.
Bytes find_chunk(Bytes data, std::string_view type) {
  constexpr std::size_t kHead = 8;
  for (std::size_t at = 12; at + kHead <= data.size();) {
    const std::size_t size = le32(data, at + 4);
    if (size > data.size() - at - kHead) break;
    if (has_text(data, at, type)) return data.subspan(at + kHead, size);
    at += kHead + size + size % 2;
  }
  return {};
}

Bytes webp_exif(Bytes data) {
  const Bytes exif = find_chunk(data, "EXIF");
  return has_text(exif, 0, std::string_view("Exif\0\0", 6)) ? exif.subspan(6) : exif;
}

Header read_webp_header(Bytes data, const std::string& name) {
  const WebPBitstreamFeatures features = webp_features(data, name);
  Header header = size_only(features.width, features.height, "WebP", name);
  header.exif = webp_exif(data);
  const Bytes icc = find_chunk(data, "ICCP");
  if (icc.size() <= kMaxProfileBytes) header.icc.assign(icc.begin(), icc.end());
  return header;
}

Image decode_webp(Bytes data, const Header& header, const std::string& name) {
  const bool alpha = webp_features(data, name).has_alpha != 0;
  Image image =
      blank_image(static_cast<int>(header.width), static_cast<int>(header.height), alpha ? 4 : 3);
  const auto decode = alpha ? ::WebPDecodeRGBAInto : ::WebPDecodeRGBInto;
  if (!decode(first_byte(data), data.size(), image.pixels.data(), image.pixels.size(),
              static_cast<int>(image.row_bytes())))
    fail_damaged(name, "WebP", "bad data");
  return image;
}

}  // namespace

const Codec kWebpCodec = {read_webp_header, decode_webp};

}  // namespace u2net::imaging

#endif  // U2NET_HAS_WEBP
