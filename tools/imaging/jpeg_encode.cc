// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/jpeg_encode.h"

#ifdef U2NET_HAS_JPEG

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "engine/base/error.h"
#include "tools/imaging/jpeg_guard.h"

namespace u2net::imaging {
using namespace engine;
namespace {

constexpr int kDefaultQuality = 92;

struct Writer {
  JpegGuard guard;
  jpeg_compress_struct jpeg{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  Writer() = default;
  ~Writer() {
    ::jpeg_destroy_compress(&jpeg);
    std::free(bytes);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

void check_jpeg_size(const PictureRows& picture) {
  const bool fits = picture.width >= 1 && picture.height >= 1 &&
                    picture.width <= JPEG_MAX_DIMENSION && picture.height <= JPEG_MAX_DIMENSION;
  if (fits && (picture.channels == 1 || picture.channels == 3)) return;
  throw Error(ErrorCode::kOutput, "cannot encode a picture of " + std::to_string(picture.width) +
                                      "x" + std::to_string(picture.height) + "x" +
                                      std::to_string(picture.channels) + " as JPEG");
}

bool begin(Writer& writer, const PictureRows& picture, const OutputOptions& options) {
  jpeg_compress_struct& jpeg = writer.jpeg;
  jpeg.err = writer.guard.manager();
  const char* mark = options.mark.c_str();
  const auto mark_size = static_cast<unsigned>(options.mark.size());
  const auto* icc = reinterpret_cast<const JOCTET*>(picture.icc.data());
  const auto icc_size = static_cast<unsigned>(picture.icc.size());
  return writer.guard.run([&] {
    jpeg_create_compress(&jpeg);
    ::jpeg_mem_dest(&jpeg, &writer.bytes, &writer.size);
    jpeg.image_width = static_cast<JDIMENSION>(picture.width);
    jpeg.image_height = static_cast<JDIMENSION>(picture.height);
    jpeg.input_components = picture.channels;
    jpeg.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    ::jpeg_set_defaults(&jpeg);
    ::jpeg_set_quality(&jpeg, options.quality > 0 ? options.quality : kDefaultQuality, TRUE);
    jpeg.optimize_coding = TRUE;
    ::jpeg_start_compress(&jpeg, TRUE);
    if (mark_size > 0)
      ::jpeg_write_marker(&jpeg, JPEG_COM, reinterpret_cast<const JOCTET*>(mark), mark_size);
    if (icc_size > 0) ::jpeg_write_icc_profile(&jpeg, icc, icc_size);
  });
}

}  // namespace

std::vector<std::byte> encode_jpeg(const PictureRows& picture, const OutputOptions& options) {
  check_jpeg_size(picture);
  Writer writer;
  if (!begin(writer, picture, options)) throw std::bad_alloc();
  constexpr int kRows = 64;
  const std::size_t row_bytes =
      static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.channels);
  std::vector<std::uint8_t> rows(kRows * row_bytes);
  for (int y = 0; y < picture.height; y += kRows) {
    const int count = std::min(kRows, picture.height - y);
    picture.make(y, count, rows.data());
    const bool written = writer.guard.run([&] {
      for (int i = 0; i < count; ++i) {
        JSAMPROW row = rows.data() + static_cast<std::size_t>(i) * row_bytes;
        ::jpeg_write_scanlines(&writer.jpeg, &row, 1);
      }
    });
    if (!written) throw std::bad_alloc();
  }
  if (!writer.guard.run([&] { ::jpeg_finish_compress(&writer.jpeg); })) throw std::bad_alloc();
  const auto* bytes = reinterpret_cast<const std::byte*>(writer.bytes);
  return {bytes, bytes + writer.size};
}

}  // namespace u2net::imaging

#endif  // U2NET_HAS_JPEG
