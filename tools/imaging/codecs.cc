// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/codecs.h"

#include <iterator>
#include <limits>

#include "engine/base/text.h"

namespace u2net::imaging {
namespace {

// A null ends the list, which may be empty.
const Codec* const kCodecs[] = {
#ifdef U2NET_HAS_WEBP
    &kWebpCodec,
#endif
#ifdef U2NET_HAS_TIFF
    &kTiffCodec,
#endif
#ifdef U2NET_HAS_GIF
    &kGifCodec,
#endif
#ifdef U2NET_HAS_HEIF
    &kHeifCodec, &kAvifCodec,
#endif
    nullptr,
};

}  // namespace

const Codec* find_codec(Format format) {
  for (const Codec* const* codec = kCodecs; *codec; ++codec) {
    if ((*codec)->format == format) return *codec;
  }
  return nullptr;
}

std::string codec_names() {
  std::string names;
  for (const Codec* const* codec = kCodecs; *codec; ++codec)
    engine::append_word(names, (*codec)->name);
  return names;
}

Header size_only(std::int64_t width, std::int64_t height, const char* format,
                 const std::string& name) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (width < 1 || height < 1 || width > kMost || height > kMost)
    fail_damaged(name, format, "no width or height");
  Header header;
  header.width = width;
  header.height = height;
  header.row_bytes = 1;
  header.max_raw_bytes = std::numeric_limits<std::uint64_t>::max();
  return header;
}

}  // namespace u2net::imaging
