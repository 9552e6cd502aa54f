// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/output_format.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "tools/imaging/encode.h"
#include "tools/imaging/jpeg_encode.h"
#include "tools/imaging/webp_encode.h"

namespace u2net::imaging {
using namespace engine;
namespace {

std::vector<std::byte> encode_as_png(const PictureRows& picture, const OutputOptions& options) {
  PngOptions png{.threads = options.threads};
  if (!options.mark.empty()) png.texts.emplace_back("Software", options.mark);
  return encode_png(picture, png);
}

struct FormatRow {
  std::string_view name, alias;
  std::string_view ending, media_type;
  const char* library;
  bool keeps_alpha;
  std::vector<std::byte> (*encode)(const PictureRows&, const OutputOptions&);  // null: not built in
};

// In the order of OutputFormat.
const FormatRow kFormats[] = {
    {"png", "png", ".png", "image/png", "", true, encode_as_png},
#ifdef U2NET_HAS_JPEG
    {"jpeg", "jpg", ".jpg", "image/jpeg", "libjpeg", false, encode_jpeg},
#else
    {"jpeg", "jpg", ".jpg", "image/jpeg", "libjpeg", false, nullptr},
#endif
#ifdef U2NET_HAS_WEBP
    {"webp", "webp", ".webp", "image/webp", "libwebp", true, encode_webp},
#else
    {"webp", "webp", ".webp", "image/webp", "libwebp", true, nullptr},
#endif
};

const FormatRow& row_of(OutputFormat format) { return kFormats[static_cast<std::size_t>(format)]; }

}  // namespace

OutputFormat find_output_format(std::string_view name) {
  for (const FormatRow& row : kFormats) {
    if (name != row.name && name != row.alias) continue;
    if (row.encode) return static_cast<OutputFormat>(&row - kFormats);
    throw Error(
        ErrorCode::kUsage,
        "this build does not write '" + std::string(name) + "'; formats: " + output_format_names(),
        std::string("take a build with ") + row.library);
  }
  throw Error(ErrorCode::kUsage, "there is no format '" + std::string(name) +
                                     "' to write; formats: " + output_format_names());
}

std::string output_format_names() {
  std::string names;
  for (const FormatRow& row : kFormats) {
    if (row.encode) append_word(names, row.name);
  }
  return names;
}

std::string_view ending_of(OutputFormat format) { return row_of(format).ending; }

std::string_view media_type_of(OutputFormat format) { return row_of(format).media_type; }

bool keeps_alpha(OutputFormat format) { return row_of(format).keeps_alpha; }

std::vector<std::byte> encode(const PictureRows& picture, const OutputOptions& options) {
  return row_of(options.format).encode(picture, options);
}

}  // namespace u2net::imaging
