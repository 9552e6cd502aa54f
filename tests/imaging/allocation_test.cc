// SPDX-License-Identifier: Apache-2.0
// Pictures where memory runs out inside of the libraries in C: the linker leads their allocations
// (and those of ours in this program, but for operator new) through here (--wrap).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "tests/imaging/profiles.h"
#include "tests/imaging/sample_files.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/encode.h"
#include "tools/imaging/header.h"
#include "tools/imaging/stb_decode.h"

namespace {

std::atomic<long> until_failure{0};  // 0: none

bool fails() { return until_failure > 0 && --until_failure == 0; }

}  // namespace

extern "C" {
void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* block, std::size_t bytes);
void* __wrap_malloc(std::size_t bytes) { return fails() ? nullptr : __real_malloc(bytes); }
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return fails() ? nullptr : __real_calloc(count, bytes);
}
void* __wrap_realloc(void* block, std::size_t bytes) {
  return fails() ? nullptr : __real_realloc(block, bytes);
}
}

namespace u2net::imaging {
using namespace engine;
namespace {

// Calls action() while its n-th allocation fails, for every n that there is; how many there are.
// It must throw kOutOfMemory or std::bad_alloc, or return what is right.
template <class Action>
long for_each_failure(Action action) {
  for (long n = 1;; ++n) {
    until_failure = n;
    try {
      action();
    } catch (const std::bad_alloc&) {
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory) << n << ": " << error.what();
    }
    if (until_failure.exchange(0) > 0) return n - 1;
  }
}

Image picture() {
  Image image = blank_image(40, 24, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(i * i / 7);
  return image;
}

TEST(FailedAllocation, WhileAPictureIsDecoded) {
  for (const File& file :
       {encode_png(picture()), data_file("interlaced.png"), bmp_file(picture(), false)}) {
    const Image right = decode_image(file, "x");
    EXPECT_GT(for_each_failure([&] {
                const Image image = decode_image(file, "x");
                EXPECT_EQ(image.pixels, right.pixels);
              }),
              0);
  }
}

// Those that libjpeg does not take over.
TEST(FailedAllocation, WhileStbDecodesAJpeg) {
  for (const File& file : {jpeg_file(picture()), data_file("progressive.jpg")}) {
    const Header header = read_jpeg_header(file, "x");
    const Image right = stb_decode(file, header, "JPEG", "x");
    EXPECT_GT(for_each_failure(
                  [&] { EXPECT_EQ(stb_decode(file, header, "JPEG", "x").pixels, right.pixels); }),
              0);
  }
}

// A tag that there is no memory for is not taken for one that is not there.
TEST(FailedAllocation, WhileExifIsRead) {
  const File file = with_segment(jpeg_file(picture()), 0xE1, exif_block(6, false));
  ASSERT_EQ(decode_image(file, "x").width, 24);
  const long without = for_each_failure([&] { decode_image(jpeg_file(picture()), "x"); });
  EXPECT_GT(for_each_failure([&] { EXPECT_EQ(decode_image(file, "x").width, 24); }), without + 5);
}

// A profile that there is no memory for is not taken for a bad one.
TEST(FailedAllocation, WhileProfilesAreReadAndUsed) {
  const auto black = [](int x, int, int) { return 3u * x; };
  const File rgb = png_file(40, 24, 8, 2, black, iccp_chunk(rgb_profile()));
  const File grey = png_file(40, 24, 8, 0, black, iccp_chunk(grey_profile(1.0)));
  const File cmyk = with_profile(data_file("inks.jpg"), ink_profile());
  for (const File& file : {rgb, grey, cmyk}) {
    const Image right = decode_image(file, "x");
    const auto convert = [&right] {
      Image image = right;
      if (const ToSrgb to = to_srgb(right.icc)) to(image.pixels.data(), image.pixels.size() / 3);
      return image.pixels;
    };
    const std::vector<std::uint8_t> seen = convert();
    EXPECT_GT(for_each_failure([&] {
                const Image image = decode_image(file, "x");
                EXPECT_EQ(image.pixels, right.pixels);
                EXPECT_EQ(image.icc, right.icc);
                EXPECT_EQ(convert(), seen);
                if (image.icc.empty()) return;
                EXPECT_EQ(decode_image(encode_png(image), "x").icc, right.icc);
              }),
              0);
  }
}

}  // namespace
}  // namespace u2net::imaging
