// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/encode.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "engine/error.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace u2net::imaging {
namespace {

// stb_image_write counts in int, and its buffers double.
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

struct Free {
  void operator()(unsigned char* block) const { std::free(block); }
};

void check_encodable(const Image& image) {
  const std::size_t rows = static_cast<std::size_t>(image.height);
  if (image.width < 1 || image.height < 1 || image.channels < 1 || image.channels > 4 ||
      (image.row_bytes() + 1) > kMaxBytes / rows ||
      image.pixels.size() != image.row_bytes() * rows) {
    throw Error(ErrorCode::kOutput, "cannot encode a picture of " + std::to_string(image.width) +
                                        "x" + std::to_string(image.height) + "x" +
                                        std::to_string(image.channels) + " as PNG");
  }
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image) {
  check_encodable(image);
  int length = 0;
  const std::unique_ptr<unsigned char, Free> png(
      stbi_write_png_to_mem(image.pixels.data(), static_cast<int>(image.row_bytes()), image.width,
                            image.height, image.channels, &length));
  if (png == nullptr) throw Error(ErrorCode::kOutput, "not enough memory to encode a PNG");
  const auto* bytes = reinterpret_cast<const std::byte*>(png.get());
  return {bytes, bytes + length};
}

}  // namespace u2net::imaging
