// SPDX-License-Identifier: Apache-2.0
#include "tests/imaging/sample_files.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#include "tools/imaging/output_format.h"

namespace u2net::imaging {
namespace {

std::byte byte(std::uint32_t value) { return static_cast<std::byte>(value & 0xFF); }

void append_le16(File& file, std::uint32_t value) {
  file.push_back(byte(value));
  file.push_back(byte(value >> 8));
}

std::uint32_t crc_of(std::span<const std::byte> data) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::byte b : data) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  }
  return ~crc;
}

std::uint32_t adler32(std::span<const std::byte> data) {
  std::uint32_t a = 1, b = 0;
  for (std::byte value : data) {
    a = (a + std::to_integer<std::uint32_t>(value)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

// Deflate's order: from the lowest bit of each byte upwards.
class BitWriter {
 public:
  explicit BitWriter(File& file) : file_(file) {}
  void bits(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bit((value >> i) & 1);
  }
  void huffman(std::uint32_t code, int count) {
    for (int i = count - 1; i >= 0; --i) bit((code >> i) & 1);
  }

 private:
  void bit(std::uint32_t value) {
    if (used_ == 0) file_.push_back(std::byte{0});
    file_.back() |= byte(value << used_);
    used_ = (used_ + 1) % 8;
  }
  File& file_;
  int used_ = 0;
};

}  // namespace

File from_text(std::string_view text) {
  File file;
  append(file, text);
  return file;
}

void append(File& file, std::span<const std::byte> more) {
  const std::size_t old_size = file.size();
  file.resize(old_size + more.size());
  std::copy(more.begin(), more.end(), file.begin() + static_cast<std::ptrdiff_t>(old_size));
}

void append(File& file, std::string_view text) {
  append(file, std::as_bytes(std::span(text.data(), text.size())));
}

void append_be32(File& file, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.push_back(byte(value >> shift));
}

void append_le32(File& file, std::uint32_t value) {
  append_le16(file, value);
  append_le16(file, value >> 16);
}

File png_chunk(std::string_view type, std::span<const std::byte> body) {
  File covered = from_text(type);
  append(covered, body);
  File chunk;
  append_be32(chunk, static_cast<std::uint32_t>(body.size()));
  append(chunk, covered);
  append_be32(chunk, crc_of(covered));
  return chunk;
}

File png_ihdr(int width, int height, int depth, int colour_type) {
  File body;
  append_be32(body, static_cast<std::uint32_t>(width));
  append_be32(body, static_cast<std::uint32_t>(height));
  for (int value : {depth, colour_type, 0, 0, 0}) {
    body.push_back(byte(static_cast<std::uint32_t>(value)));
  }
  return png_chunk("IHDR", body);
}

File zlib_stored(std::span<const std::byte> raw) {
  File out = from_text("\x78\x01");
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t count = std::min<std::size_t>(raw.size() - at, 0xFFFF);
    out.push_back(byte(at + count == raw.size() ? 1 : 0));
    append_le16(out, static_cast<std::uint32_t>(count));
    append_le16(out, ~static_cast<std::uint32_t>(count));
    append(out, raw.subspan(at, count));
    at += count;
  }
  append_be32(out, adler32(raw));
  return out;
}

File zlib_zeros(std::size_t bytes) {
  File out = from_text("\x78\x01");
  BitWriter writer(out);
  writer.bits(1, 1);              // last block
  writer.bits(1, 2);              // fixed codes
  writer.huffman(0b00110000, 8);  // one zero
  for (std::size_t i = 0; i < bytes / 258; ++i) {
    writer.huffman(0b11000101, 8);  // 258 bytes ...
    writer.huffman(0, 5);           // ... from distance 1
  }
  writer.huffman(0, 7);
  append_be32(out, 0);  // stb_image does not look at it
  return out;
}

File png_file(int width, int height, int depth, int colour_type, const Sample& sample,
              std::span<const std::byte> before_data) {
  const int channels = colour_type == 2 ? 3 : colour_type == 4 ? 2 : colour_type == 6 ? 4 : 1;
  File raw;
  for (int y = 0; y < height; ++y) {
    raw.push_back(std::byte{0});  // no filter
    std::uint32_t pending = 0;
    int bits = 0;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        pending = pending << depth | sample(x, y, c);
        for (bits += depth; bits >= 8; bits -= 8) raw.push_back(byte(pending >> (bits - 8)));
      }
    }
    if (bits > 0) raw.push_back(byte(pending << (8 - bits)));
  }
  File file = from_text(kPngSignature);
  append(file, png_ihdr(width, height, depth, colour_type));
  append(file, before_data);
  append(file, png_chunk("IDAT", zlib_stored(raw)));
  append(file, png_chunk("IEND", {}));
  return file;
}

File bmp_file(const Image& rgb, bool top_down) {
  const std::size_t padding = (4 - rgb.row_bytes() % 4) % 4;
  File file = from_text("BM");
  append_le32(file, static_cast<std::uint32_t>(54 + (rgb.row_bytes() + padding) *
                                                        static_cast<std::size_t>(rgb.height)));
  append_le32(file, 0);
  append_le32(file, 54);
  append_le32(file, 40);
  append_le32(file, static_cast<std::uint32_t>(rgb.width));
  append_le32(file, static_cast<std::uint32_t>(top_down ? -rgb.height : rgb.height));
  append_le32(file, 24u << 16 | 1);
  for (int i = 0; i < 6; ++i) append_le32(file, 0);
  for (int i = 0; i < rgb.height; ++i) {
    const std::uint8_t* row = rgb.row(top_down ? i : rgb.height - 1 - i);
    for (int x = 0; x < rgb.width; ++x) {
      for (int c = 2; c >= 0; --c) file.push_back(byte(row[3 * x + c]));
    }
    file.resize(file.size() + padding);
  }
  return file;
}

File jpeg_file(const Image& image, int quality) {
  File file;
  const auto append_block = [](void* context, void* data, int size) {
    append(*static_cast<File*>(context),
           std::span(static_cast<const std::byte*>(data), static_cast<std::size_t>(size)));
  };
  if (stbi_write_jpg_to_func(append_block, &file, image.width, image.height, image.channels,
                             image.pixels.data(), quality) == 0) {
    throw std::runtime_error("stb_image_write made no JPEG");
  }
  return file;
}

File with_segment(const File& jpeg, std::uint8_t marker, std::span<const std::byte> body) {
  const std::size_t length = body.size() + 2;
  File segment = {std::byte{0xFF}, std::byte{marker}, byte(static_cast<std::uint32_t>(length >> 8)),
                  byte(static_cast<std::uint32_t>(length))};
  append(segment, body);
  File file = jpeg;
  file.insert(file.begin() + 2, segment.begin(), segment.end());
  return file;
}

File exif_block(std::uint32_t orientation, bool big_endian) {
  File file = from_text({"Exif\0\0", 6});
  const auto u16 = [&](std::uint32_t value) {
    file.push_back(byte(big_endian ? value >> 8 : value));
    file.push_back(byte(big_endian ? value : value >> 8));
  };
  const auto u32 = [&](std::uint32_t value) {
    u16(big_endian ? value >> 16 : value);
    u16(big_endian ? value : value >> 16);
  };
  append(file, big_endian ? "MM" : "II");
  u16(42);
  u32(8);       // the first directory follows at once
  u16(1);       // one entry:
  u16(0x0112);  // orientation,
  u16(3);       // a 16-bit number,
  u32(1);       // one of them
  u16(orientation);
  u16(0);
  u32(0);  // no further directory
  return file;
}

bool can_write(std::string_view format) {
  return output_format_names().find(format) != std::string::npos;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "u2net-imaging-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_plainly(const std::filesystem::path& path, std::span<const std::byte> data) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
}

File read_plainly(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return from_text(text);
}

Image gradient(int width, int height) {
  Image image = blank_image(width, height, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::array<int, 3> rgb = {x * 6, y * 10, (x + y) * 4};
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] = static_cast<std::uint8_t>(rgb[static_cast<std::size_t>(c)]);
      }
    }
  }
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

File data_file(const char* name) {
  File file = read_plainly(std::filesystem::path(U2NET_TEST_IMAGES) / name);
  if (file.empty()) throw std::runtime_error(std::string("there is no tests/data/images/") + name);
  return file;
}

}  // namespace u2net::imaging
