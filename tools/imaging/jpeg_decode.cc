// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/jpeg_decode.h"

#ifdef U2NET_HAS_JPEG
#include "tools/imaging/jpeg_guard.h"
#endif

namespace u2net::imaging {

#ifdef U2NET_HAS_JPEG

namespace {

bool is_plain(const jpeg_decompress_struct& jpeg, const Header& header) {
  const bool known = (jpeg.num_components == 1 && jpeg.jpeg_color_space == JCS_GRAYSCALE) ||
                     (jpeg.num_components == 3 && jpeg.jpeg_color_space == JCS_YCbCr);
  return known && jpeg.image_width == header.width && jpeg.image_height == header.height;
}

}  // namespace

std::optional<Image> decode_plain_jpeg(Bytes data, const Header& header) {
  JpegReader reader;
  jpeg_decompress_struct& jpeg = reader.jpeg;
  if (!read_head(reader, data) || !is_plain(jpeg, header)) return std::nullopt;
  Image image = blank_image(static_cast<int>(header.width), static_cast<int>(header.height),
                            jpeg.num_components);
  const std::size_t row_bytes = image.row_bytes();
  JSAMPROW row = image.pixels.data();
  const bool whole = reader.guard.run([&] {
    ::jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
      const JDIMENSION rows = ::jpeg_read_scanlines(&jpeg, &row, 1);
      row += rows * row_bytes;
    }
    ::jpeg_finish_decompress(&jpeg);
  });
  if (!whole || reader.guard.warned()) return std::nullopt;
  return image;
}

#else

std::optional<Image> decode_plain_jpeg(Bytes, const Header&) { return std::nullopt; }

#endif  // U2NET_HAS_JPEG

}  // namespace u2net::imaging
