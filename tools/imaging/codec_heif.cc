// SPDX-License-Identifier: Apache-2.0
// HEIF (HEIC) and AVIF by libheif, which turns pictures upright itself.
#ifdef U2NET_HAS_HEIF

#include <dlfcn.h>
#include <libheif/heif.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/imaging/codecs.h"
#include "tools/imaging/colour_profile.h"

namespace u2net::imaging {
namespace {

#define U2NET_HEIF_FUNCTIONS(F)              \
  F(context_alloc)                           \
  F(context_free)                            \
  F(context_read_from_memory_without_copy)   \
  F(context_get_primary_image_handle)        \
  F(image_handle_get_width)                  \
  F(image_handle_get_height)                 \
  F(image_handle_has_alpha_channel)          \
  F(image_handle_get_raw_color_profile_size) \
  F(image_handle_get_raw_color_profile)      \
  F(image_handle_release)                    \
  F(decode_image)                            \
  F(image_get_width)                         \
  F(image_get_height)                        \
  F(image_get_plane_readonly)                \
  F(image_release)

// libheif brings the libraries of four video codecs along: 3.5 ms and 2 MB of every start, whatever
// picture it is for. So it is loaded with the first of its own pictures, and stays.
struct LibHeif {
  // Throws as fail_unsupported() does, for the picture `name`.
  explicit LibHeif(const std::string& name) {
    void* const library = ::dlopen(U2NET_HEIF_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) fail_to_load(name);
#define U2NET_FIND(function)                                                            \
  function = reinterpret_cast<decltype(function)>(::dlsym(library, "heif_" #function)); \
  if (function == nullptr) fail_to_load(name);
    U2NET_HEIF_FUNCTIONS(U2NET_FIND)
#undef U2NET_FIND
  }

#define U2NET_DECLARE(function) decltype(::heif_##function)* function;
  U2NET_HEIF_FUNCTIONS(U2NET_DECLARE)
#undef U2NET_DECLARE

 private:
  [[noreturn]] static void fail_to_load(const std::string& name) {
    fail_unsupported(name, std::string("HEIF and AVIF need ") + ::dlerror());
  }
};

// Loads it for the picture `name`, the first time; what is open by then need not say so. Where that
// failed, the next picture tries again. Safe from many threads.
const LibHeif& libheif(const std::string& name = {}) {
  static const LibHeif library(name);
  return library;
}

struct HeifFree {
  void operator()(heif_context* context) const { libheif().context_free(context); }
  void operator()(heif_image_handle* handle) const { libheif().image_handle_release(handle); }
  void operator()(heif_image* image) const { libheif().image_release(image); }
};
template <typename T>
using Heif = std::unique_ptr<T, HeifFree>;

void check_heif(const heif_error& error, const std::string& name) {
  if (error.code == heif_error_Ok) return;
  const std::string why = error.message ? error.message : "bad data";
  // A file that asks for more than any picture needs is told of as memory that ran out, too.
  if (error.code == heif_error_Memory_allocation_error &&
      error.subcode != heif_suberror_Security_limit_exceeded)
    throw std::bad_alloc();
  if (error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype)
    fail_unsupported(name, "HEIF: " + why);
  fail_damaged(name, "HEIF", why);
}

struct HeifFile {
  Heif<heif_context> context;
  Heif<heif_image_handle> picture;
};

HeifFile open_heif(Bytes data, const std::string& name) {
  HeifFile file{Heif<heif_context>(libheif(name).context_alloc()), nullptr};
  if (!file.context) throw std::bad_alloc();
  check_heif(libheif().context_read_from_memory_without_copy(file.context.get(), data.data(),
                                                             data.size(), nullptr),
             name);
  heif_image_handle* picture = nullptr;
  check_heif(libheif().context_get_primary_image_handle(file.context.get(), &picture), name);
  file.picture.reset(picture);
  return file;
}

std::vector<std::byte> heif_profile(const heif_image_handle* picture) {
  const std::size_t size = libheif().image_handle_get_raw_color_profile_size(picture);
  if (size == 0 || size > kMaxProfileBytes) return {};
  std::vector<std::byte> icc(size);
  if (libheif().image_handle_get_raw_color_profile(picture, icc.data()).code != heif_error_Ok)
    icc.clear();
  return icc;
}

Header read_heif_header(Bytes data, const std::string& name) {
  const HeifFile file = open_heif(data, name);
  Header header = size_only(libheif().image_handle_get_width(file.picture.get()),
                            libheif().image_handle_get_height(file.picture.get()), "HEIF", name);
  header.icc = heif_profile(file.picture.get());
  return header;
}

Image decode_heif(Bytes data, const Header& header, const std::string& name) {
  const HeifFile file = open_heif(data, name);
  const bool alpha = libheif().image_handle_has_alpha_channel(file.picture.get()) != 0;
  heif_image* decoded = nullptr;
  check_heif(libheif().decode_image(
                 file.picture.get(), &decoded, heif_colorspace_RGB,
                 alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr),
             name);
  const Heif<heif_image> pixels(decoded);
  int stride = 0;
  const std::uint8_t* plane =
      libheif().image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  if (plane == nullptr ||
      libheif().image_get_width(decoded, heif_channel_interleaved) != header.width ||
      libheif().image_get_height(decoded, heif_channel_interleaved) != header.height)
    fail_damaged(name, "HEIF", "size differs from the header's");
  Image image =
      blank_image(static_cast<int>(header.width), static_cast<int>(header.height), alpha ? 4 : 3);
  for (int y = 0; y < image.height; ++y)
    std::copy_n(plane + static_cast<std::ptrdiff_t>(y) * stride, image.row_bytes(), image.row(y));
  return image;
}

}  // namespace

const Codec kHeifCodec = {read_heif_header, decode_heif};
const Codec kAvifCodec = {read_heif_header, decode_heif};

}  // namespace u2net::imaging

#endif  // U2NET_HAS_HEIF
