// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/codecs.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/base/text.h"

namespace u2net::imaging {
namespace {

#ifdef U2NET_HAS_WEBP
constexpr const Codec* kWebp = &kWebpCodec;
#else
constexpr const Codec* kWebp = nullptr;
#endif
#ifdef U2NET_HAS_TIFF
constexpr const Codec* kTiff = &kTiffCodec;
#else
constexpr const Codec* kTiff = nullptr;
#endif
#ifdef U2NET_HAS_GIF
constexpr const Codec* kGif = &kGifCodec;
#else
constexpr const Codec* kGif = nullptr;
#endif
#ifdef U2NET_HAS_HEIF
constexpr const Codec *kHeif = &kHeifCodec, *kAvif = &kAvifCodec;
#else
constexpr const Codec *kHeif = nullptr, *kAvif = nullptr;
#endif

struct Row {
  Format format;
  const char *name, *library;
  const Codec* codec;  // null where this build does without
};

constexpr Row kRows[] = {
    {Format::kWebp, "WebP", "libwebp", kWebp}, {Format::kTiff, "TIFF", "libtiff", kTiff},
    {Format::kGif, "GIF", "giflib", kGif},     {Format::kHeif, "HEIF", "libheif", kHeif},
    {Format::kAvif, "AVIF", "libheif", kAvif},
};

const Row* find_row(Format format) {
  const Row* row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& r) { return r.format == format; });
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

const Codec* find_codec(Format format) {
  const Row* row = find_row(format);
  return row ? row->codec : nullptr;
}

std::string codec_names() {
  std::string names;
  for (const Row& row : kRows) {
    if (row.codec) engine::append_word(names, row.name);
  }
  return names;
}

std::string missing_codecs() {
  std::string names;
  for (const Row& row : kRows) {
    if (!row.codec) engine::append_word(names, std::string(row.name) + " (" + row.library + ")");
  }
  return names;
}

const char* library_of(Format format) {
  const Row* row = find_row(format);
  return row ? row->library : nullptr;
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
