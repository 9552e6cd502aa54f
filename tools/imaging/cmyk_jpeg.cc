// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/cmyk_jpeg.h"

#include <string_view>

#include "tools/imaging/colour_profile.h"

#ifdef U2NET_HAS_JPEG
#include <new>

#include "tools/imaging/jpeg_guard.h"
#endif

namespace u2net::imaging {

std::vector<std::byte> with_clear_inks(Bytes data, const Header& header) {
  using namespace std::string_view_literals;
  constexpr std::string_view kCmyk =
      "\xFF\xEE\0\x0E"
      "Adobe\0\x64\0\0\0\0\0"sv;
  constexpr std::byte kYcck{2};
  if (header.inks == Inks::kClear) return {};
  std::vector<std::byte> file(data.begin(), data.end());
  if (header.inks == Inks::kUnknown) {
    file[header.adobe_transform_at] = kYcck;
  } else {
    const auto* segment = reinterpret_cast<const std::byte*>(kCmyk.data());
    file.insert(file.begin() + 2, segment, segment + kCmyk.size());
  }
  return file;
}

#ifndef U2NET_HAS_JPEG

std::optional<Image> decode_cmyk_jpeg(Bytes, const Header&, const std::string&) { return {}; }

#else

namespace {

// Whether `out`, which has memory for header.height rows, was filled.
bool read_rows(JpegReader& reader, Bytes data, const Header& header, std::uint8_t* out) {
  if (!read_head(reader, data)) return false;
  jpeg_decompress_struct& info = reader.jpeg;
  bool fits = false;
  const bool whole = reader.guard.run([&] {
    info.out_color_space = JCS_CMYK;
    ::jpeg_start_decompress(&info);
    fits = info.output_width == header.width && info.output_height == header.height &&
           info.output_components == 4;
    while (fits && info.output_scanline < info.output_height) {
      JSAMPROW row = out + std::size_t{info.output_scanline} * info.output_width * 4;
      ::jpeg_read_scanlines(&info, &row, 1);
    }
  });
  return whole && fits;
}

}  // namespace

std::optional<Image> decode_cmyk_jpeg(Bytes data, const Header& header, const std::string& name) {
  if (!has_colour_management() || profile_space(header.icc) != ColourSpace::kCmyk) return {};
  const int width = static_cast<int>(header.width), height = static_cast<int>(header.height);
  const Image inks = [&] {
    Image image = blank_image(width, height, 4);
    JpegReader reader;
    if (!read_rows(reader, data, header, image.pixels.data())) {
      if (reader.guard.ran_out_of_memory()) throw std::bad_alloc();
      fail_damaged(name, "JPEG", "bad data");
    }
    return image;
  }();
  Image image = blank_image(width, height, 3);
  if (!cmyk_to_srgb(header.icc, inks.pixels.data(), image.pixels.data(), inks.pixels.size() / 4))
    return {};
  return image;
}

#endif

}  // namespace u2net::imaging
