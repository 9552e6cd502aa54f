// SPDX-License-Identifier: Apache-2.0
// Builds small picture files byte by byte for the imaging tests, independent of the code under
// test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/picture/image.h"

namespace u2net::imaging {

using File = std::vector<std::byte>;

File from_text(std::string_view text);
void append(File& file, std::string_view text);
void append(File& file, std::span<const std::byte> more);
void append_be32(File& file, std::uint32_t value);
void append_le32(File& file, std::uint32_t value);

// A PNG chunk with its CRC, and the eight bytes before the first one.
File png_chunk(std::string_view type, std::span<const std::byte> body);
inline constexpr std::string_view kPngSignature{"\x89PNG\r\n\x1A\n", 8};
File png_ihdr(int width, int height, int depth, int colour_type);
// zlib stream of stored blocks.
File zlib_stored(std::span<const std::byte> raw);
// zlib stream that unpacks to about `bytes` zeros at 158:1.
File zlib_zeros(std::size_t bytes);

// `sample(x, y, channel)` gives values of `depth` bits. `before_data` are whole chunks.
using Sample = std::function<std::uint32_t(int x, int y, int channel)>;
File png_file(int width, int height, int depth, int colour_type, const Sample& sample,
              std::span<const std::byte> before_data = {});

// 24 bits per pixel.
File bmp_file(const Image& rgb, bool top_down);

// Grey or RGB; quality 100 unless told.
File jpeg_file(const Image& image, int quality = 100);
// The JPEG with a segment right behind its start marker.
File with_segment(const File& jpeg, std::uint8_t marker, std::span<const std::byte> body);
// "Exif\0\0" and a TIFF structure that holds the orientation and nothing else.
File exif_block(std::uint32_t orientation, bool big_endian);

// The picture that the files of tests/data/images show.
Image gradient(int width = 40, int height = 24);
// Of those files. Throws where there is none of that name.
File data_file(const char* name);
// One of many levels that follow no order; the same for the same number.
inline std::uint8_t noise(std::size_t i) {
  return static_cast<std::uint8_t>((i * 2654435761u) >> 11);
}
// Between two samples; 256 for pictures of different sizes.
int largest_difference(const Image& a, const Image& b);

// Whether this build writes pictures of the format.
bool can_write(std::string_view format);

// A folder that is removed with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write_plainly(const std::filesystem::path& path, std::span<const std::byte> data);
File read_plainly(const std::filesystem::path& path);

}  // namespace u2net::imaging
