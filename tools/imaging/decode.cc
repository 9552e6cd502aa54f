// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/decode.h"

#include <cstdio>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tools/imaging/cmyk_jpeg.h"
#include "tools/imaging/codecs.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/format.h"
#include "tools/imaging/header.h"
#include "tools/imaging/jpeg_decode.h"
#include "tools/imaging/orientation.h"
#include "tools/imaging/pnm.h"
#include "tools/imaging/read_file.h"
#include "tools/imaging/stb_decode.h"

namespace u2net::imaging {
using namespace engine;
namespace {

std::string text(const char* format, double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string size_text(const Header& header) {
  return std::to_string(header.width) + "x" + std::to_string(header.height) + " pixels";
}

Header read_header(Format format, Bytes data, const std::string& name) {
  switch (format) {
    case Format::kJpeg:
      return read_jpeg_header(data, name);
    case Format::kPng:
      return read_png_header(data, name);
    case Format::kBmp:
      return read_bmp_header(data, name);
    case Format::kPnm:
      return read_pnm_header(data, name);
    default:
      return find_codec(format)->read_header(data, name);
  }
}

void check_limits(const Header& header, const std::string& name, const DecodeLimits& limits) {
  // Both sides are below 2^31, so the product fits.
  const std::int64_t pixels = header.width * header.height;
  if (pixels > limits.max_pixels) {
    throw Error(ErrorCode::kInputLimit,
                "'" + name + "' is " + size_text(header) + " (" +
                    text("%.1f", static_cast<double>(pixels) / 1e6) + " Mpx), limit " +
                    text("%.6g", static_cast<double>(limits.max_pixels) / 1e6) + " Mpx",
                "--max-pixels raises the limit");
  }
  if (header.width > limits.max_side || header.height > limits.max_side) {
    throw Error(ErrorCode::kInputLimit,
                "'" + name + "' is " + size_text(header) + ", limit " +
                    std::to_string(limits.max_side) + " per side",
                "scale the picture down first");
  }
}

[[noreturn]] void fail_empty(const std::string& name) {
  throw Error(ErrorCode::kInputFormat, "cannot read '" + name + "': empty file");
}

[[noreturn]] void fail_unknown(const Sniffed& sniffed, const std::string& name) {
  if (sniffed.name != nullptr) {
    const char* library = library_of(sniffed.format);
    fail_unsupported(name, sniffed.name,
                     std::string(sniffed.hint) +
                         (library ? std::string(", or take a build with ") + library : ""));
  }
  throw Error(ErrorCode::kInputFormat,
              "cannot read '" + name + "': unknown format; supported: " + readable_formats());
}

// Of what this build reads.
Sniffed known_format(Bytes data, const std::string& name) {
  const Sniffed sniffed = sniff_format(data);
  const bool built_in = sniffed.format == Format::kJpeg || sniffed.format == Format::kPng ||
                        sniffed.format == Format::kBmp || sniffed.format == Format::kPnm;
  if (!built_in && !find_codec(sniffed.format)) fail_unknown(sniffed, name);
  return sniffed;
}

// By libjpeg what it reads faster, and ink whose profile is known; by stb_image the rest.
Image decode_pixels(const Sniffed& sniffed, Bytes data, const Header& header,
                    const std::string& name) {
  if (const Codec* codec = find_codec(sniffed.format)) return codec->decode(data, header, name);
  std::vector<std::byte> plainer;  // where the file itself is more than stb_image understands
  if (sniffed.format == Format::kBmp) plainer = with_known_bmp_header(data);
  if (header.is_cmyk) plainer = with_clear_inks(data, header);
  const Bytes file = plainer.empty() ? data : Bytes(plainer);
  if (sniffed.format == Format::kJpeg) {
    std::optional<Image> image =
        header.is_cmyk ? decode_cmyk_jpeg(file, header, name) : decode_plain_jpeg(file, header);
    if (image) return std::move(*image);
  }
  return stb_decode(file, header, sniffed.name, name);
}

Image decode_known(const Sniffed& sniffed, Bytes data, const std::string& name,
                   const DecodeLimits& limits,
                   const std::function<void(const PictureSize&)>& before_pixels) {
  Header header = read_header(sniffed.format, data, name);
  check_limits(header, name, limits);
  if (static_cast<std::uint64_t>(header.height) > header.max_raw_bytes / header.row_bytes) {
    fail_damaged(name, sniffed.name, "too little data for " + size_text(header));
  }
  if (before_pixels) before_pixels({header.width, header.height});
  try {
    if (sniffed.format == Format::kPnm) return decode_pnm(data, name);
    Image image =
        upright(decode_pixels(sniffed, data, header, name), exif_orientation(header.exif));
    apply_profile(image, std::move(header.icc));
    return image;
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory,
                "'" + name + "' is " + size_text(header) + ", more than fits into memory",
                "scale the picture down first, or raise the limit (ulimit -v)");
  }
}

}  // namespace

void apply_profile(Image& image, std::vector<std::byte> icc) {
  const ColourSpace space = profile_space(icc);
  if (space == ColourSpace::kRgb) {
    image.icc = std::move(icc);
    return;
  }
  if (space != ColourSpace::kGrey || !image.is_grey()) return;
  const auto greys = grey_to_srgb(icc);
  if (!greys) return;
  const auto step = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < image.pixels.size(); i += step)
    image.pixels[i] = (*greys)[image.pixels[i]];
}

Image decode_image(std::span<const std::byte> data, const std::string& name_for_errors,
                   const DecodeLimits& limits,
                   const std::function<void(const PictureSize&)>& before_pixels) {
  if (data.empty()) fail_empty(name_for_errors);
  const Sniffed sniffed = known_format(data, name_for_errors);
  return decode_known(sniffed, data, name_for_errors, limits, before_pixels);
}

Image load_image(const std::filesystem::path& path, const DecodeLimits& limits) {
  const std::vector<std::byte> data = read_file(path, limits.max_file_bytes);
  return decode_image(data, path.string(), limits);
}

}  // namespace u2net::imaging
