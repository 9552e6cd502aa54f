// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/webp_encode.h"

#ifdef U2NET_HAS_WEBP

#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "tools/imaging/bytes.h"

namespace u2net::imaging {
using namespace engine;
namespace {

using Output = std::vector<std::byte>;

[[noreturn]] void fail_webp(const PictureRows& picture, const std::string& why) {
  throw Error(ErrorCode::kOutput, "cannot encode a picture of " + std::to_string(picture.width) +
                                      "x" + std::to_string(picture.height) + " as WebP" + why);
}

void check_webp_size(const PictureRows& picture) {
  if (picture.width < 1 || picture.height < 1 || picture.width > WEBP_MAX_DIMENSION ||
      picture.height > WEBP_MAX_DIMENSION) {
    fail_webp(picture, ", which has at most " + std::to_string(WEBP_MAX_DIMENSION) + " a side");
  }
}

struct Encoder {
  WebPPicture picture{};
  WebPMemoryWriter written{};

  Encoder() {
    ::WebPMemoryWriterInit(&written);
    if (!WebPPictureInit(&picture)) throw std::bad_alloc();
    picture.writer = ::WebPMemoryWrite;
    picture.custom_ptr = &written;
  }
  ~Encoder() {
    ::WebPPictureFree(&picture);
    ::WebPMemoryWriterClear(&written);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
};

// Pixels of 32 bits: alpha, red, green, blue, from the highest.
void import(const PictureRows& source, WebPPicture& target) {
  target.width = source.width;
  target.height = source.height;
  target.use_argb = 1;
  if (!::WebPPictureAlloc(&target)) throw std::bad_alloc();
  const auto channels = static_cast<std::size_t>(source.channels);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(source.width) * channels);
  for (int y = 0; y < source.height; ++y) {
    source.make(y, 1, row.data());
    std::uint32_t* out = target.argb + static_cast<std::ptrdiff_t>(y) * target.argb_stride;
    for (const std::uint8_t* p = row.data(); p != row.data() + row.size(); p += channels) {
      const std::uint32_t red = p[0], green = channels < 3 ? red : p[1];
      const std::uint32_t blue = channels < 3 ? red : p[2];
      const std::uint32_t alpha = channels % 2 == 0 ? p[channels - 1] : 255;
      *out++ = alpha << 24 | red << 16 | green << 8 | blue;
    }
  }
}

void append_le(Output& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void append_chunk(Output& out, std::string_view type, Bytes body) {
  append_text(out, type);
  append_le(out, static_cast<std::uint32_t>(body.size()), 4);
  out.insert(out.end(), body.begin(), body.end());
  if (out.size() % 2 != 0) out.push_back(std::byte{0});
}

// The same file with a profile before the picture and a mark behind it, which only an extended
// file may have.
Output extended(Bytes file, const PictureRows& picture, const std::string& mark) {
  constexpr std::size_t kHead = 12, kExtension = 18;
  constexpr std::uint32_t kAlpha = 0x10, kProfile = 0x20;
  const bool has_extension = has_text(file, kHead, "VP8X");
  const std::uint32_t flags = has_extension               ? u8(file, kHead + 8)
                              : picture.channels % 2 == 0 ? kAlpha
                                                          : 0;
  Output out;
  append_text(out, "RIFF");
  append_le(out, 0, 4);
  append_text(out, "WEBPVP8X");
  append_le(out, 10, 4);
  append_le(out, picture.icc.empty() ? flags : flags | kProfile, 4);
  append_le(out, static_cast<std::uint32_t>(picture.width - 1), 3);
  append_le(out, static_cast<std::uint32_t>(picture.height - 1), 3);
  if (!picture.icc.empty()) append_chunk(out, "ICCP", picture.icc);
  const Bytes rest = file.subspan(has_extension ? kHead + kExtension : kHead);
  out.insert(out.end(), rest.begin(), rest.end());
  if (!mark.empty()) append_chunk(out, "u2nt", std::as_bytes(std::span(mark)));
  const auto size = static_cast<std::uint32_t>(out.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<std::byte>(size >> (8 * i));
  return out;
}

}  // namespace

std::vector<std::byte> encode_webp(const PictureRows& picture, const OutputOptions& options) {
  check_webp_size(picture);
  Encoder encoder;
  WebPConfig config;
  if (!WebPConfigInit(&config)) throw std::bad_alloc();
  if (options.quality > 0) {
    config.quality = static_cast<float>(options.quality);
  } else {
    constexpr int kQuick = 2;  // of 0 to 9; more costs much time for a few percent
    ::WebPConfigLosslessPreset(&config, kQuick);
  }
  config.exact = 1;  // colours under alpha 0 are as they are asked for
  config.thread_level = options.threads > 1 ? 1 : 0;
  import(picture, encoder.picture);
  if (!::WebPEncode(&config, &encoder.picture)) {
    const WebPEncodingError error = encoder.picture.error_code;
    if (error == VP8_ENC_ERROR_OUT_OF_MEMORY || error == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
      throw std::bad_alloc();
    fail_webp(picture, " (libwebp's error " + std::to_string(error) + ")");
  }
  const Bytes file = std::as_bytes(std::span(encoder.written.mem, encoder.written.size));
  if (options.mark.empty() && picture.icc.empty()) return {file.begin(), file.end()};
  return extended(file, picture, options.mark);
}

}  // namespace u2net::imaging

#endif  // U2NET_HAS_WEBP
