// SPDX-License-Identifier: Apache-2.0
// Pictures to files: PNG by bands and threads, JPEG, WebP, and what a result says of itself.
#include "tools/imaging/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/imaging/expect_error.h"
#include "tests/imaging/sample_files.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/header.h"
#include "tools/imaging/in_order.h"
#include "tools/imaging/jpeg_decode.h"
#include "tools/imaging/output_format.h"
#include "tools/imaging/result_mark.h"
#include "tools/imaging/stb_decode.h"

namespace u2net::imaging {
namespace {

// A photo's kind of content: slopes, an edge, and noise of a few levels.
Image photo(int width, int height, int channels) {
  Image image = blank_image(width, height, channels);
  std::uint32_t state = 1;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        state = state * 1664525u + 1013904223u;
        const int slope = x / 5 + y / 7 + 40 * c + ((x + y) % 300 < 150 ? 60 : 0);
        image.row(y)[x * channels + c] = static_cast<std::uint8_t>(slope + (state >> 29));
      }
    }
  }
  return image;
}

// Lines of letters: few colours, hard edges.
Image text_page(int width, int height) {
  Image image = blank_image(width, height, 3, 255);
  std::uint32_t state = 7;
  for (int y = 0; y < height; y += 11) {
    for (int x = 4; x + 6 < width; x += 6) {
      state = state * 1664525u + 1013904223u;
      for (int bit = 0; bit < 15; ++bit) {
        const int px = x + bit % 3, py = y + 2 + bit / 3;
        if (py >= height || (state >> (8 + bit) & 1) == 0) continue;
        for (int c = 0; c < 3; ++c) image.row(py)[3 * px + c] = 0;
      }
    }
  }
  return image;
}

std::vector<Image> pictures() {
  std::vector<Image> all = {photo(1, 1, 4),      photo(2000, 1, 3),    photo(1, 3000, 1),
                            photo(701, 1203, 1), photo(701, 1203, 2),  photo(701, 1203, 3),
                            photo(701, 1203, 4), text_page(900, 1400), blank_image(1500, 900, 4)};
  return all;
}

TEST(EncodePng, BandsComeBackAndThreadsChangeNothing) {
  for (const Image& image : pictures()) {
    const auto one = encode_png(image);
    const Image back = decode_image(one, "a.png");
    EXPECT_EQ(back.width, image.width);
    EXPECT_EQ(back.channels, image.channels);
    EXPECT_EQ(back.pixels, image.pixels);
    for (int threads : {2, 3, 8}) {
      EXPECT_TRUE(encode_png(image, {.threads = threads}) == one)
          << threads << " threads, " << image.width << 'x' << image.height;
    }
  }
}

TEST(EncodePng, RowsAreAskedForAsTheyAreNeeded) {
  const Image image = photo(1000, 1500, 3);
  std::atomic<int> most = 0;
  const PictureRows rows{image.width, image.height, 3,
                         [&](int first, int count, std::uint8_t* out) {
                           EXPECT_GE(first, 0);
                           EXPECT_LE(first + count, image.height);
                           most = std::max(most.load(), count);
                           rows_of(image).make(first, count, out);
                         }};
  EXPECT_EQ(encode_png(rows, {.threads = 2}), encode_png(image));
  EXPECT_LT(most, image.height / 3);
}

TEST(EncodePng, SmallerThanPlainFilters) {
  // What an unfiltered stream of the fastest kind makes of slopes with noise is most of them.
  const Image image = photo(1200, 1000, 3);
  EXPECT_LT(encode_png(image).size(), image.pixels.size() * 6 / 10);
  const Image flat = blank_image(4000, 3000, 1);
  EXPECT_LT(encode_png(flat).size(), flat.pixels.size() / 200);
}

TEST(EncodePng, FailureOfARowIsThrown) {
  const PictureRows rows{3000, 3000, 1, [](int first, int, std::uint8_t*) {
                           if (first > 1000) throw std::runtime_error("row");
                         }};
  for (int threads : {1, 4})
    EXPECT_THROW(encode_png(rows, {.threads = threads}), std::runtime_error);
}

TEST(InOrder, TakesInOrderAndNeverRunsFarAhead) {
  for (int threads : {1, 2, 5}) {
    std::atomic<int> begun = 0;
    std::size_t taken = 0;
    in_order(
        200, threads, 7,
        [&](std::size_t i, int worker) {
          EXPECT_LT(worker, threads);
          ++begun;
          if (i % 3 == 0) std::this_thread::yield();
        },
        [&](std::size_t i) {
          EXPECT_EQ(i, taken++);
          EXPECT_LE(static_cast<std::size_t>(begun), i + 7 + 1);
        });
    EXPECT_EQ(taken, 200u);
    EXPECT_EQ(begun, 200);
  }
}

TEST(InOrder, TheFirstFailureEndsIt) {
  for (int threads : {1, 4}) {
    std::size_t taken = 0;
    const auto make = [](std::size_t i, int) {
      if (i == 5 || i == 6) throw std::runtime_error(std::to_string(i));
    };
    try {
      in_order(100, threads, 4, make, [&](std::size_t) { ++taken; });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "5");
    }
    EXPECT_EQ(taken, 5u);
  }
}

TEST(OutputFormat, JpegIsNear) {
  if (!can_write("jpeg")) GTEST_SKIP() << "no libjpeg in this build";
  const Image image = gradient();
  const OutputOptions options{.format = find_output_format("jpg"), .quality = 100, .mark = "mark"};
  const Image back = decode_image(encode(rows_of(image), options), "a.jpg");
  EXPECT_LE(largest_difference(back, image), 24);
  expect_error(ErrorCode::kOutput, [&] { encode(rows_of(blank_image(3, 3, 4)), options); });
  expect_error(ErrorCode::kOutput, [&] { encode(rows_of(blank_image(70000, 1, 3)), options); });
}

TEST(OutputFormat, WebpWithoutLossComesBack) {
  if (!can_write("webp")) GTEST_SKIP() << "no libwebp in this build";
  const OutputOptions options{.format = find_output_format("webp"), .mark = "a mark"};
  for (int channels : {3, 4}) {
    Image image = photo(61, 43, channels);
    for (std::size_t i = 3; channels == 4 && i < image.pixels.size(); i += 4)
      image.pixels[i] = static_cast<std::uint8_t>(i / 4 % 256);
    const Image back = decode_image(encode(rows_of(image), options), "a.webp");
    EXPECT_EQ(back.channels, channels);
    EXPECT_EQ(back.pixels, image.pixels);
  }
  expect_error(ErrorCode::kOutput, [&] { encode(rows_of(blank_image(16384, 1, 3)), options); });
}

TEST(OutputFormat, UnknownOnesAreRefused) {
  expect_error(ErrorCode::kUsage, [] { find_output_format("bmp"); });
  expect_error(ErrorCode::kUsage, [] { find_output_format(""); });
}

TEST(ResultMark, TellsOwnResultsFromOthers) {
  const TempDir folder;
  const File input = from_text("a picture's bytes"), other = from_text("others");
  const std::string mark = result_mark(input);
  EXPECT_EQ(mark, result_mark(input));
  EXPECT_NE(mark, result_mark(other));
  for (const char* format : {"png", "jpeg", "webp"}) {
    if (!can_write(format)) continue;
    const OutputOptions options{.format = find_output_format(format), .mark = mark};
    write_plainly(folder / format, encode(rows_of(photo(400, 300, 3)), options));
    EXPECT_EQ(standing_at(folder / format, mark), Standing::kResult) << format;
    EXPECT_EQ(standing_at(folder / format, result_mark(other)), Standing::kOther) << format;
    EXPECT_TRUE(is_result(folder / format));
  }
  write_plainly(folder / "drawn.png", encode_png(photo(40, 30, 3)));
  EXPECT_EQ(standing_at(folder / "drawn.png", mark), Standing::kOther);
  EXPECT_FALSE(is_result(folder / "drawn.png"));
  write_plainly(folder / "empty", {});
  EXPECT_EQ(standing_at(folder / "empty", mark), Standing::kNothing);
  EXPECT_EQ(standing_at(folder / "nowhere", mark), Standing::kNothing);
  EXPECT_EQ(standing_at(folder.path(), mark), Standing::kDirectory);
}

// Each of the three planes may differ by one, of which conversion to RGB makes up to three; hardly
// anywhere does it.
TEST(PlainJpeg, EqualsStbButForRoundings) {
  for (int quality : {30, 75, 90, 91, 100}) {
    for (const Image& image : {photo(333, 222, 3), photo(64, 64, 1), gradient(17, 9)}) {
      const File file = jpeg_file(image, quality);
      const Header header = read_jpeg_header(file, "a");
      const auto fast = decode_plain_jpeg(file, header);
      if (!fast) GTEST_SKIP() << "no libjpeg in this build";
      const Image plain = stb_decode(file, header, "JPEG", "a");
      ASSERT_EQ(fast->channels, plain.channels);
      EXPECT_LE(largest_difference(*fast, plain), image.channels == 1 ? 1 : 3) << quality;
      std::size_t beyond_one = 0;
      for (std::size_t i = 0; i < plain.pixels.size(); ++i)
        beyond_one += std::abs(fast->pixels[i] - plain.pixels[i]) > 1 ? 1 : 0;
      EXPECT_LE(beyond_one, plain.pixels.size() / 20) << quality;
    }
  }
}

TEST(PlainJpeg, LeavesOddFilesToStb) {
  File cut = jpeg_file(photo(99, 99, 3), 90);
  const Header header = read_jpeg_header(cut, "a");
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(decode_plain_jpeg(cut, header));
  const File inks = data_file("cmyk.jpg");
  EXPECT_FALSE(decode_plain_jpeg(inks, read_jpeg_header(inks, "a")));
}

}  // namespace
}  // namespace u2net::imaging
