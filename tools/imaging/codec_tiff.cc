// SPDX-License-Identifier: Apache-2.0
// TIFF by libtiff: the first page, as colours of 8 bits, upright. libtiff may allocate no block
// larger than such a picture needs.
#ifdef U2NET_HAS_TIFF

#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/imaging/codecs.h"
#include "tools/imaging/colour_profile.h"

namespace u2net::imaging {
namespace {

// A file in memory, with libtiff's functions for it.
struct TiffSource {
  Bytes data;
  std::size_t at = 0;

  static TiffSource& of(thandle_t handle) { return *static_cast<TiffSource*>(handle); }
  static tmsize_t read(thandle_t handle, void* out, tmsize_t wanted) {
    TiffSource& file = of(handle);
    const std::size_t left = file.data.size() - std::min(file.at, file.data.size());
    const std::size_t count =
        std::min(left, static_cast<std::size_t>(std::max<tmsize_t>(wanted, 0)));
    if (count > 0) std::memcpy(out, file.data.data() + file.at, count);
    file.at += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int from) {
    TiffSource& file = of(handle);
    const toff_t base = from == SEEK_CUR ? file.at : from == SEEK_END ? file.data.size() : 0;
    file.at = static_cast<std::size_t>(base + offset);
    return file.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).data.size(); }
};

struct TiffClose {
  void operator()(TIFF* tiff) const { ::TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const { ::TIFFOpenOptionsFree(options); }
};
using Tiff = std::unique_ptr<TIFF, TiffClose>;

int be_silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

Tiff open_tiff(TiffSource& source, std::int64_t largest_block, const std::string& name) {
  const std::unique_ptr<TIFFOpenOptions, TiffClose> options(::TIFFOpenOptionsAlloc());
  ::TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), largest_block);
  ::TIFFOpenOptionsSetErrorHandlerExtR(options.get(), be_silent, nullptr);
  ::TIFFOpenOptionsSetWarningHandlerExtR(options.get(), be_silent, nullptr);
  Tiff tiff(::TIFFClientOpenExt("", "rm", &source, TiffSource::read, TiffSource::write,
                                TiffSource::seek, TiffSource::close, TiffSource::size, nullptr,
                                nullptr, options.get()));
  if (!tiff) fail_damaged(name, "TIFF", "bad header");
  return tiff;
}

constexpr std::int64_t kTables = std::int64_t{64} << 20;  // of strips, of at most so many bytes

bool is_turned(TIFF* tiff) {
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  ::TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  return orientation >= ORIENTATION_LEFTTOP && orientation <= ORIENTATION_LEFTBOT;
}

// Of RGB: it means what libtiff gives. Profiles of what that makes RGB of are of no use any more.
std::vector<std::byte> tiff_profile(TIFF* tiff) {
  std::uint32_t size = 0;
  const void* profile = nullptr;
  if (!::TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &profile) || size > kMaxProfileBytes)
    return {};
  const auto* bytes = static_cast<const std::byte*>(profile);
  return {bytes, bytes + size};
}

Header read_tiff_header(Bytes data, const std::string& name) {
  TiffSource source{data};
  const Tiff tiff = open_tiff(source, kTables, name);
  std::uint32_t width = 0, height = 0;
  ::TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  ::TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  Header header = size_only(width, height, "TIFF", name);
  header.icc = tiff_profile(tiff.get());
  return header;
}

bool has_tiff_alpha(TIFF* tiff) {
  std::uint16_t extras = 0, *kinds = nullptr;
  ::TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds);
  return extras > 0 && kinds != nullptr && kinds[0] != EXTRASAMPLE_UNSPECIFIED;
}

// libtiff gives colours that alpha was multiplied into.
std::uint8_t straight(std::uint32_t colour, std::uint32_t alpha) {
  if (alpha == 0) return 0;
  return static_cast<std::uint8_t>(
      std::min<std::uint32_t>((colour * 255 + alpha / 2) / alpha, 255));
}

Image decode_tiff(Bytes data, const Header& header, const std::string& name) {
  TiffSource source{data};
  const std::int64_t pixels = header.width * header.height;
  const Tiff tiff = open_tiff(source, kTables + 32 * pixels, name);
  char why[1024] = "";
  if (!::TIFFRGBAImageOK(tiff.get(), why)) fail_unsupported(name, "TIFF: " + std::string(why));
  if (is_turned(tiff.get())) fail_unsupported(name, "TIFF of a turned page");
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(pixels));
  if (!::TIFFReadRGBAImageOriented(tiff.get(), static_cast<std::uint32_t>(header.width),
                                   static_cast<std::uint32_t>(header.height), raster.data(),
                                   ORIENTATION_TOPLEFT, 1))
    fail_damaged(name, "TIFF", "bad data");
  const bool alpha = has_tiff_alpha(tiff.get());
  Image image =
      blank_image(static_cast<int>(header.width), static_cast<int>(header.height), alpha ? 4 : 3);
  std::uint8_t* out = image.pixels.data();
  for (const std::uint32_t pixel : raster) {
    const std::uint32_t a = alpha ? TIFFGetA(pixel) : 255;
    *out++ = straight(TIFFGetR(pixel), a);
    *out++ = straight(TIFFGetG(pixel), a);
    *out++ = straight(TIFFGetB(pixel), a);
    if (alpha) *out++ = static_cast<std::uint8_t>(a);
  }
  return image;
}

}  // namespace

const Codec kTiffCodec = {read_tiff_header, decode_tiff};

}  // namespace u2net::imaging

#endif  // U2NET_HAS_TIFF
