// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/encode.h"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "engine/base/error.h"
#include "tools/imaging/png_profile.h"

namespace u2net::imaging {
using namespace engine;
namespace {

// What stb_image_write holds. It looks at some of the memory that it asks for before it knows that
// there is any, and gives none back then: a block that cannot be had is thrown instead, through
// stb's frames, and Blocks gives back all that were had.
struct Block {
  Block *next, **previous;  // previous: what points to this one
  std::size_t padding[2];   // keeps what follows aligned as malloc does
};
static_assert(sizeof(Block) % alignof(std::max_align_t) == 0);

// Not "general-dynamic": reaching such a variable may need memory itself.
[[gnu::tls_model("initial-exec")]] thread_local Block* first_block = nullptr;

void* enter(Block* block) {
  if (block == nullptr) throw std::bad_alloc();
  *block = {first_block, &first_block, {}};
  if (block->next) block->next->previous = &block->next;
  first_block = block;
  return block + 1;
}

Block* leave(void* memory) {
  Block* block = static_cast<Block*>(memory) - 1;
  *block->previous = block->next;
  if (block->next) block->next->previous = block->previous;
  return block;
}

void* stb_allocate(std::size_t bytes) {
  return enter(static_cast<Block*>(std::malloc(sizeof(Block) + bytes)));
}

void stb_free(void* memory) {
  if (memory) std::free(leave(memory));
}

void* stb_reallocate(void* memory, std::size_t bytes) {
  if (memory == nullptr) return stb_allocate(bytes);
  Block* old = leave(memory);
  auto* block = static_cast<Block*>(std::realloc(old, sizeof(Block) + bytes));
  if (block == nullptr) enter(old);
  return enter(block);
}

struct Blocks {
  ~Blocks() {
    while (first_block) stb_free(first_block + 1);
  }
};

}  // namespace
}  // namespace u2net::imaging

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBIW_MALLOC(bytes) u2net::imaging::stb_allocate(bytes)
#define STBIW_REALLOC(memory, bytes) u2net::imaging::stb_reallocate(memory, bytes)
#define STBIW_FREE(memory) u2net::imaging::stb_free(memory)
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace u2net::imaging {
namespace {

// stb_image_write counts in int, and its buffers double.
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

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
  const Blocks blocks;
  const auto* bytes = reinterpret_cast<const std::byte*>(
      stbi_write_png_to_mem(image.pixels.data(), static_cast<int>(image.row_bytes()), image.width,
                            image.height, image.channels, &length));
  std::vector<std::byte> png(bytes, bytes + length);
  if (image.channels >= 3) add_iccp(png, image.icc);
  return png;
}

}  // namespace u2net::imaging
