// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/stb_decode.h"

#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <string_view>

namespace u2net::imaging {
namespace {

// A deflate stream may unpack to far more than the picture it belongs to: no single block of
// memory may exceed what the announced size can need. Blocks are zeroed because stb_image hands
// out parts it never wrote when a file lacks data.
//
// "initial-exec", because reaching another such variable may need memory itself.
struct Allocations {
  std::size_t largest_block = 0;
  bool ran_out = false;
};
[[gnu::tls_model("initial-exec")]] thread_local Allocations allocations;

void* noted(void* block) {
  if (block == nullptr) allocations.ran_out = true;
  return block;
}
void* stb_allocate(std::size_t bytes) {
  return bytes <= allocations.largest_block ? noted(std::calloc(1, bytes)) : nullptr;
}
void* stb_reallocate(void* old, std::size_t bytes) {
  return bytes <= allocations.largest_block ? noted(std::realloc(old, bytes)) : nullptr;
}

}  // namespace
}  // namespace u2net::imaging

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_MAX_DIMENSIONS (1 << 20)  // the real limit is DecodeLimits, checked before
#define STBI_MALLOC(bytes) u2net::imaging::stb_allocate(bytes)
#define STBI_REALLOC(old, bytes) u2net::imaging::stb_reallocate(old, bytes)
#define STBI_FREE(block) std::free(block)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // of callbacks that are never used
#endif
#include <stb/stb_image.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace u2net::imaging {
namespace {

struct StbFree {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

std::size_t block_cap(Bytes data, const Header& header) {
  // 8 bytes per pixel for 16-bit RGBA, doubled by a growing buffer; 64: whole JPEG blocks.
  constexpr std::size_t kBytesPerPixel = 16, kMargin = 64, kTables = 1 << 20;
  return kBytesPerPixel * (static_cast<std::size_t>(header.width) + kMargin) *
             (static_cast<std::size_t>(header.height) + kMargin) +
         2 * data.size() + kTables;
}

[[noreturn]] void fail_with_reason(const char* format, const std::string& name) {
  const char* reason = stbi_failure_reason();
  if (reason == nullptr) fail_damaged(name, format, "bad data");
  if (std::string_view(reason) == "outofmem")
    fail_damaged(name, format, "needs more memory than its size explains");
  fail_damaged(name, format, reason);
}

}  // namespace

Image stb_decode(Bytes data, const Header& header, const char* format, const std::string& name) {
  if (data.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    fail_unsupported(name, std::string(format) + " of more than 2 GiB");
  }
  allocations = {block_cap(data, header)};
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, StbFree> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(data.data()),
                            static_cast<int>(data.size()), &width, &height, &channels, 0));
  if (allocations.ran_out) throw std::bad_alloc();
  if (pixels == nullptr) fail_with_reason(format, name);
  if (width != header.width || height != header.height || channels < 1 || channels > 4) {
    fail_damaged(name, format, "size differs from the header's");
  }
  Image image{width, height, channels, {}};
  image.pixels.assign(pixels.get(),
                      pixels.get() + image.row_bytes() * static_cast<std::size_t>(height));
  return image;
}

}  // namespace u2net::imaging
