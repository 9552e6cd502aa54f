// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/orientation.h"

#include <libexif/exif-data.h>
#include <libexif/exif-mem.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace u2net::imaging {
namespace {

constexpr std::size_t kMaxExifBytes = 0xFFFF;  // what a JPEG segment can hold
constexpr char kExifPrefix[6] = {'E', 'x', 'i', 'f', '\0', '\0'};

// libexif takes a tag for which there is no memory for one that is not there: the picture would lie
// on its side. "initial-exec", because reaching another such variable may need memory itself.
[[gnu::tls_model("initial-exec")]] thread_local bool ran_out = false;

void* noted(void* block) {
  if (block == nullptr) ran_out = true;
  return block;
}
void* exif_allocate(ExifLong bytes) { return noted(std::calloc(bytes, 1)); }
void* exif_reallocate(void* old, ExifLong bytes) { return noted(std::realloc(old, bytes)); }
void exif_free(void* block) { std::free(block); }

struct ExifUnref {
  void operator()(ExifData* data) const { exif_data_unref(data); }
  void operator()(ExifMem* memory) const { exif_mem_unref(memory); }
};

using ExifPointer = std::unique_ptr<ExifData, ExifUnref>;

ExifPointer parse_exif(const std::vector<unsigned char>& block) {
  ran_out = false;
  const std::unique_ptr<ExifMem, ExifUnref> memory(
      exif_mem_new(exif_allocate, exif_reallocate, exif_free));
  ExifPointer data(memory ? exif_data_new_mem(memory.get()) : nullptr);
  if (data) exif_data_load_data(data.get(), block.data(), static_cast<unsigned int>(block.size()));
  if (!data || ran_out) throw std::bad_alloc();
  return data;
}

// Where the pixel for output (0, 0) lies in the source, and the steps to its right and lower
// neighbours, in pixels.
struct Walk {
  std::ptrdiff_t start, right, down;
};

Walk source_walk(int orientation, std::ptrdiff_t width, std::ptrdiff_t height) {
  const std::ptrdiff_t last_column = width - 1;
  const std::ptrdiff_t last_row = (height - 1) * width;
  switch (orientation) {
    case 2:
      return {last_column, -1, width};
    case 3:
      return {last_row + last_column, -1, -width};
    case 4:
      return {last_row, 1, -width};
    case 5:
      return {0, width, 1};
    case 6:
      return {last_row, -width, 1};
    case 7:
      return {last_row + last_column, -width, -1};
    case 8:
      return {last_column, width, -1};
    default:
      return {0, 1, width};
  }
}

}  // namespace

int exif_orientation(Bytes exif) {
  if (exif.empty() || exif.size() > kMaxExifBytes) return 1;
  std::vector<unsigned char> block(sizeof kExifPrefix + exif.size());
  std::memcpy(block.data(), kExifPrefix, sizeof kExifPrefix);
  std::memcpy(block.data() + sizeof kExifPrefix, exif.data(), exif.size());
  const ExifPointer data = parse_exif(block);
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->components < 1 ||
      entry->data == nullptr || entry->size < 2) {
    return 1;
  }
  const int value = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return value >= 1 && value <= 8 ? value : 1;
}

Image upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const Walk walk = source_walk(orientation, image.width, image.height);
  const bool turned = orientation >= 5;
  Image out = blank_image(turned ? image.height : image.width, turned ? image.width : image.height,
                          image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  std::uint8_t* dst = out.pixels.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x, dst += channels) {
      const std::ptrdiff_t source = walk.start + x * walk.right + y * walk.down;
      std::memcpy(dst, image.pixels.data() + static_cast<std::size_t>(source) * channels, channels);
    }
  }
  return out;
}

}  // namespace u2net::imaging
