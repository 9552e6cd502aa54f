// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/decode.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "tests/imaging/expect_error.h"
#include "tests/imaging/sample_files.h"

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

std::uint32_t sample_value(int x, int y, int c, int depth) {
  const std::uint32_t mixed = static_cast<std::uint32_t>(x * 7919 + y * 10007 + c * 4241 + 1);
  return (mixed * 2654435761u >> 13) & ((1u << depth) - 1);
}

std::uint8_t to_8_bits(std::uint32_t value, int depth) {
  if (depth == 16) return static_cast<std::uint8_t>(value >> 8);
  return static_cast<std::uint8_t>(value * 255 / ((1u << depth) - 1));
}

// The gradient of tests/data/images.
Image gradient(int width = 40, int height = 24) {
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
  EXPECT_FALSE(file.empty()) << name;
  return file;
}

std::string decode_failure(const File& file) {
  return expect_error(ErrorCode::kInputFormat, [&] { decode_image(file, "a.bin"); }).what();
}

// ---- PNG

struct PngKind {
  int depth;
  int colour_type;
};

class PngKinds : public testing::TestWithParam<PngKind> {};

TEST_P(PngKinds, GiveTheirSamples) {
  const auto [depth, colour_type] = GetParam();
  constexpr int kWidth = 11, kHeight = 5;  // no multiple of 8 pixels
  const auto sample = [depth = depth](int x, int y, int c) { return sample_value(x, y, c, depth); };
  const Image image = decode_image(png_file(kWidth, kHeight, depth, colour_type, sample), "a.png");
  const int channels = colour_type == 0 ? 1 : colour_type == 4 ? 2 : colour_type == 2 ? 3 : 4;
  ASSERT_EQ(image.width, kWidth);
  ASSERT_EQ(image.height, kHeight);
  ASSERT_EQ(image.channels, channels);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < channels; ++c) {
        ASSERT_EQ(image.row(y)[x * channels + c], to_8_bits(sample(x, y, c), depth))
            << x << ' ' << y << ' ' << c;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Png, PngKinds,
                         testing::Values(PngKind{1, 0}, PngKind{2, 0}, PngKind{4, 0}, PngKind{8, 0},
                                         PngKind{16, 0}, PngKind{8, 2}, PngKind{16, 2},
                                         PngKind{8, 4}, PngKind{16, 4}, PngKind{8, 6},
                                         PngKind{16, 6}));

TEST(Png, PaletteGivesItsColours) {
  const File palette = from_text("\x0A\x14\x1E\x28\x32\x3C\x46\x50\x5A\x64\x6E\x78"sv);
  for (int depth : {2, 4, 8}) {
    const auto index = [](int x, int y, int) { return static_cast<std::uint32_t>((x + y) % 4); };
    const Image image =
        decode_image(png_file(5, 3, depth, 3, index, png_chunk("PLTE", palette)), "a.png");
    ASSERT_EQ(image.channels, 3);
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 5; ++x) {
        for (int c = 0; c < 3; ++c) {
          ASSERT_EQ(image.row(y)[3 * x + c], 10 * (3 * ((x + y) % 4) + c + 1)) << depth;
        }
      }
    }
  }
}

TEST(Png, PaletteTransparencyBecomesAlpha) {
  File chunks = png_chunk("PLTE", from_text("\x0A\x14\x1E\x28\x32\x3C"sv));
  append(chunks, png_chunk("tRNS", from_text("\x40"sv)));
  const auto index = [](int x, int, int) { return static_cast<std::uint32_t>(x); };
  const Image image = decode_image(png_file(2, 1, 8, 3, index, chunks), "a.png");
  ASSERT_EQ(image.channels, 4);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{10, 20, 30, 64, 40, 50, 60, 255}));
}

TEST(Png, TransparentGreyBecomesAlpha) {
  const auto sample = [](int x, int, int) { return static_cast<std::uint32_t>(x * 50); };
  const File key = png_chunk("tRNS", from_text("\0\x32"sv));  // grey 50
  const Image image = decode_image(png_file(3, 1, 8, 0, sample, key), "a.png");
  ASSERT_EQ(image.channels, 2);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{0, 255, 50, 0, 100, 255}));
}

TEST(Png, OnePixel) {
  const Image image =
      decode_image(png_file(1, 1, 8, 2, [](int, int, int c) { return 7u + c; }), "a.png");
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{7, 8, 9}));
}

TEST(Png, Interlaced) {
  EXPECT_EQ(largest_difference(decode_image(data_file("interlaced.png"), "a.png"), gradient()), 0);
}

TEST(Png, ExifChunkTurnsThePicture) {
  File exif = exif_block(6, true);
  exif.erase(exif.begin(), exif.begin() + 6);
  const auto sample = [](int x, int, int) { return static_cast<std::uint32_t>(x); };
  const Image image = decode_image(png_file(3, 1, 8, 0, sample, png_chunk("eXIf", exif)), "a.png");
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.height, 3);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{0, 1, 2}));
}

TEST(Png, DamageIsNamed) {
  const File good = png_file(9, 9, 8, 2, [](int x, int, int) { return 20u + x; });
  File flipped = good;
  flipped[60] ^= std::byte{1};  // a pixel
  EXPECT_EQ(decode_failure(flipped), "cannot read 'a.bin': damaged PNG (checksum mismatch)");
  const auto pixel = [](int, int, int) { return 0u; };
  EXPECT_NE(decode_failure(png_file(1, 1, 8, 0, pixel, png_chunk("ABCD", {}))).find("unknown"),
            std::string::npos);
  EXPECT_NE(decode_failure(png_file(1, 1, 8, 0, pixel, png_chunk("CgBI", {}))).find("CgBI"),
            std::string::npos);
  EXPECT_EQ(decode_image(png_file(1, 1, 8, 0, pixel, png_chunk("abCd", {})), "a.png").width, 1);
}

// ---- BMP and PNM

TEST(Bmp, BothRowOrders) {
  const Image source = gradient(7, 5);  // rows need padding
  EXPECT_EQ(largest_difference(decode_image(bmp_file(source, false), "a.bmp"), source), 0);
  EXPECT_EQ(largest_difference(decode_image(bmp_file(source, true), "a.bmp"), source), 0);
}

TEST(Bmp, HostileHeaders) {
  const File good = bmp_file(gradient(7, 5), false);
  const auto with = [&](std::size_t at, std::uint32_t value) {
    File bytes;
    append_le32(bytes, value);
    File file = good;
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
    return decode_failure(file);
  };
  EXPECT_NE(with(22, 0x80000000u).find("bad size"), std::string::npos);  // -INT_MIN
  EXPECT_NE(with(18, 0).find("bad size"), std::string::npos);
  EXPECT_NE(with(22, 6).find("too little data"), std::string::npos);
  EXPECT_NE(with(30, 1).find("compressed BMP"), std::string::npos);
  EXPECT_NE(with(10, 0xFFFFFFFFu).find("offset"), std::string::npos);
  EXPECT_NE(with(14, 12).find("OS/2 BMP"), std::string::npos);
  EXPECT_NE(with(26, 25u << 16 | 1).find("bad pixel size"), std::string::npos);
}

TEST(Pnm, GreyAndColour) {
  const Image grey =
      decode_image(from_text("P5\n# a comment\n3 1 # another\n255\n\x01\x80\xFF"sv), "a.pgm");
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.pixels, (std::vector<std::uint8_t>{1, 128, 255}));
  const Image colour = decode_image(from_text("P6 1 2 255\nabcdef"sv), "a.ppm");
  EXPECT_EQ(colour.channels, 3);
  EXPECT_EQ(colour.height, 2);
  EXPECT_EQ(colour.pixels, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST(Pnm, MaximumValueIsFullScale) {
  const Image low = decode_image(from_text("P5 4 1 15\n\x00\x03\x0F\x20"sv), "a.pgm");
  EXPECT_EQ(low.pixels, (std::vector<std::uint8_t>{0, 51, 255, 255}));
  // 16 bits, most significant byte first.
  const Image wide = decode_image(from_text("P5 3 1 65535\n\xFF\xFF\x80\x00\x01\x01"sv), "a.pgm");
  EXPECT_EQ(wide.pixels, (std::vector<std::uint8_t>{255, 128, 1}));
}

TEST(Pnm, HostileHeaders) {
  EXPECT_NE(decode_failure(from_text("P5 99999999999 1 255\n"sv)).find("range"), std::string::npos);
  EXPECT_NE(decode_failure(from_text("P5 0 1 255\n"sv)).find("width"), std::string::npos);
  EXPECT_NE(decode_failure(from_text("P5 1 1 0\na"sv)).find("maximum"), std::string::npos);
  EXPECT_NE(decode_failure(from_text("P5 1 1 65536\nab"sv)).find("maximum"), std::string::npos);
  EXPECT_NE(decode_failure(from_text("P5 -1 1 255\na"sv)).find("header"), std::string::npos);
  EXPECT_NE(decode_failure(from_text("P5 2 1 255\na"sv)).find("too little"), std::string::npos);
}

// ---- JPEG

TEST(Jpeg, GreyAndColour) {
  Image grey = blank_image(17, 9, 1);  // no whole blocks
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 17; ++x) grey.row(y)[x] = static_cast<std::uint8_t>(40 + 8 * x + 5 * y);
  }
  // stb_image_write makes three components of it, all alike.
  const Image back = decode_image(jpeg_file(grey), "a.jpg");
  ASSERT_EQ(back.channels, 3);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 17; ++x) ASSERT_NEAR(back.row(y)[3 * x], grey.row(y)[x], 2);
  }
  EXPECT_LE(largest_difference(decode_image(jpeg_file(gradient()), "a.jpg"), gradient()), 4);
}

TEST(Jpeg, ProgressiveAndRestartsAndSubsampling) {
  EXPECT_LE(largest_difference(decode_image(data_file("progressive.jpg"), "a.jpg"), gradient()),
            12);
  EXPECT_LE(largest_difference(decode_image(data_file("restart.jpg"), "a.jpg"), gradient()), 12);
}

TEST(Jpeg, CmykBecomesRgb) {
  const Image image = decode_image(data_file("cmyk.jpg"), "a.jpg");
  EXPECT_LE(largest_difference(image, gradient()), 12);
}

TEST(Jpeg, CmykOfUnknownMeaningIsRefused) {
  File file = data_file("cmyk.jpg");
  const std::array<std::byte, 2> adobe = {std::byte{0xFF}, std::byte{0xEE}};
  const auto at = std::search(file.begin(), file.end(), adobe.begin(), adobe.end());
  ASSERT_NE(at, file.end());
  *(at + 1) = std::byte{0xED};
  EXPECT_NE(decode_failure(file).find("unsupported format (CMYK JPEG"), std::string::npos);
}

TEST(Jpeg, VariantsOfTheFrame) {
  const File good = jpeg_file(gradient());
  const std::array<std::byte, 2> frame = {std::byte{0xFF}, std::byte{0xC0}};
  const auto at = std::search(good.begin(), good.end(), frame.begin(), frame.end()) - good.begin();
  const auto with = [&](std::ptrdiff_t offset, std::uint8_t value) {
    File file = good;
    file[static_cast<std::size_t>(at + offset)] = std::byte{value};
    return decode_failure(file);
  };
  EXPECT_NE(with(1, 0xC9).find("unsupported format (arithmetic JPEG)"), std::string::npos);
  EXPECT_NE(with(1, 0xC3).find("unsupported format (lossless JPEG)"), std::string::npos);
  EXPECT_NE(with(4, 12).find("unsupported format (12-bit JPEG)"), std::string::npos);
  EXPECT_NE(with(9, 2).find("component count"), std::string::npos);
}

TEST(Jpeg, OverfullHuffmanTableIsRefused) {
  // 2 * 255 symbols for a table that holds 256.
  File table(17 + 510);
  table[1] = table[2] = std::byte{255};
  const File file = with_segment(jpeg_file(gradient()), 0xC4, table);
  EXPECT_EQ(decode_failure(file), "cannot read 'a.bin': damaged JPEG (bad Huffman table)");
}

TEST(Jpeg, TooManyScansAreRefused) {
  File file = jpeg_file(gradient());
  file.resize(file.size() - 2);
  for (int i = 0; i < 100; ++i) {
    append(file, "\xFF\xDA\x00\x0C\x03\x01\x00\x02\x11\x03\x11\x00\x3F\x00"sv);
  }
  append(file, "\xFF\xD9"sv);
  EXPECT_NE(decode_failure(file).find("too many scans"), std::string::npos);
}

// ---- Orientation

constexpr int kTile = 16;  // what one MCU of a subsampled JPEG covers

Image tiles(const std::vector<std::string>& rows) {
  const int tile_columns = static_cast<int>(rows[0].size());
  Image image = blank_image(tile_columns * kTile, static_cast<int>(rows.size()) * kTile, 3);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const char tile =
          rows[static_cast<std::size_t>(y / kTile)][static_cast<std::size_t>(x / kTile)];
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] = static_cast<std::uint8_t>(20 + 40 * (tile - 'A'));
      }
    }
  }
  return image;
}

TEST(Orientation, AllEightValues) {
  const std::vector<std::vector<std::string>> upright = {
      {"AB", "CD", "EF"},  // 1: as stored
      {"BA", "DC", "FE"},  // 2: mirrored
      {"FE", "DC", "BA"},  // 3: upside down
      {"EF", "CD", "AB"},  // 4: mirrored, upside down
      {"ACE", "BDF"},      // 5: rows and columns exchanged
      {"ECA", "FDB"},      // 6: to be turned clockwise
      {"FDB", "ECA"},      // 7: exchanged along the other diagonal
      {"BDF", "ACE"},      // 8: to be turned counter-clockwise
  };
  const File stored = jpeg_file(tiles({"AB", "CD", "EF"}));
  for (std::uint32_t value = 1; value <= 8; ++value) {
    for (bool big_endian : {false, true}) {
      const Image image =
          decode_image(with_segment(stored, 0xE1, exif_block(value, big_endian)), "a.jpg");
      EXPECT_LE(largest_difference(image, tiles(upright[value - 1])), 2) << value << big_endian;
    }
  }
}

TEST(Orientation, DamagedMetadataDoNotSpoilThePicture) {
  const Image source = tiles({"AB", "CD", "EF"});
  const File stored = jpeg_file(source);
  for (std::uint32_t value : {0u, 9u, 65535u}) {
    const File file = with_segment(stored, 0xE1, exif_block(value, false));
    EXPECT_LE(largest_difference(decode_image(file, "a.jpg"), source), 2) << value;
  }
  const File block = exif_block(6, true);
  for (std::size_t length = 6; length + 6 < block.size(); ++length) {
    const File cut(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NO_THROW(decode_image(with_segment(stored, 0xE1, cut), "a.jpg")) << length;
  }
}

// ---- Limits

TEST(Limits, PixelsAtTheLimitAndOneBeyond) {
  const File file = png_file(20, 10, 8, 0, [](int, int, int) { return 1u; });
  DecodeLimits limits;
  limits.max_pixels = 200;
  EXPECT_EQ(decode_image(file, "x.png", limits).width, 20);
  limits.max_pixels = 199;
  const Error error =
      expect_error(ErrorCode::kInputLimit, [&] { decode_image(file, "x.png", limits); });
  EXPECT_EQ(error.hint(), "--max-pixels raises the limit");
}

TEST(Limits, SideAtTheLimitAndOneBeyond) {
  DecodeLimits limits;
  limits.max_side = 20;
  for (auto [width, height] : {std::pair{20, 3}, std::pair{3, 20}}) {
    const auto black = [](int, int, int) { return 0u; };
    EXPECT_NO_THROW(decode_image(png_file(width, height, 8, 0, black), "x.png", limits));
    const int wider = width == 20 ? 21 : width, taller = height == 20 ? 21 : height;
    const Error error = expect_error(ErrorCode::kInputLimit, [&] {
      decode_image(png_file(wider, taller, 8, 0, black), "x.png", limits);
    });
    EXPECT_EQ(std::string(error.what()), "'x.png' is " + std::to_string(wider) + "x" +
                                             std::to_string(taller) + " pixels, limit 20 per side");
  }
}

TEST(Limits, FileSizeAtTheLimitAndOneBeyond) {
  const TempDir folder;
  const File file = png_file(4, 4, 8, 0, [](int, int, int) { return 1u; });
  write_plainly(folder / "x.png", file);
  DecodeLimits limits;
  limits.max_file_bytes = static_cast<std::int64_t>(file.size());
  EXPECT_EQ(load_image(folder / "x.png", limits).width, 4);
  --limits.max_file_bytes;
  expect_error(ErrorCode::kInputLimit, [&] { load_image(folder / "x.png", limits); });
}

TEST(Limits, FileLargerThanItsSizeSays) {
  // Files of /proc are regular and claim to be empty.
  const std::filesystem::path growing = "/proc/self/status";
  if (!std::filesystem::is_regular_file(growing)) GTEST_SKIP() << "no /proc";
  DecodeLimits limits;
  expect_error(ErrorCode::kInputFormat, [&] { load_image(growing, limits); });
  limits.max_file_bytes = 10;
  expect_error(ErrorCode::kInputLimit, [&] { load_image(growing, limits); });
}

TEST(Limits, EveryFormatIsCheckedBeforeDecoding) {
  DecodeLimits limits;
  limits.max_pixels = 40 * 24 - 1;
  for (const File& file :
       {jpeg_file(gradient()), bmp_file(gradient(), false), data_file("progressive.jpg"),
        data_file("interlaced.png"), from_text("P6 40 24 255\n" + std::string(40 * 24 * 3, 'x'))}) {
    EXPECT_EQ(decode_image(file, "x").width, 40);
    expect_error(ErrorCode::kInputLimit, [&] { decode_image(file, "x", limits); });
  }
}

File header_only_png(int width, int height) {
  File file = from_text(kPngSignature);
  append(file, png_ihdr(width, height, 8, 6));
  append(file, png_chunk("IDAT", zlib_zeros(1000)));
  append(file, png_chunk("IEND", {}));
  return file;
}

TEST(Limits, MessageNamesBothSizes) {
  const Error error = expect_error(ErrorCode::kInputLimit,
                                   [] { decode_image(header_only_png(30000, 30000), "x.png"); });
  EXPECT_STREQ(error.what(), "'x.png' is 30000x30000 pixels (900.0 Mpx), limit 100 Mpx");
  const Error largest = expect_error(ErrorCode::kInputLimit, [] {
    decode_image(header_only_png(0x7FFFFFFF, 0x7FFFFFFF), "x.png");
  });
  EXPECT_NE(std::string(largest.what()).find("2147483647x2147483647"), std::string::npos);
}

TEST(Limits, HeaderWithoutPixelsIsNoReasonToAllocate) {
  EXPECT_NE(decode_failure(header_only_png(9000, 9000)).find("too little data"), std::string::npos);
  File jpeg = jpeg_file(blank_image(8, 8, 3));
  const std::array<std::byte, 2> frame = {std::byte{0xFF}, std::byte{0xC0}};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  for (int i = 5; i <= 8; i += 2) *(at + i) = std::byte{0x26};  // 9736 pixels
  EXPECT_NE(decode_failure(jpeg).find("too little data"), std::string::npos);
}

TEST(Limits, DeflateBombIsStopped) {
  File file = from_text(kPngSignature);
  append(file, png_ihdr(1, 1, 8, 0));
  append(file, png_chunk("IDAT", zlib_zeros(64 << 20)));
  append(file, png_chunk("IEND", {}));
  EXPECT_NE(decode_failure(file).find("memory"), std::string::npos);
}

// ---- Damage

std::vector<File> small_files() {
  const Image source = gradient(9, 5);
  return {png_file(9, 5, 8, 2, [](int x, int y, int c) { return 9u * x + 20u * y + c; }),
          jpeg_file(source, 80),
          with_segment(jpeg_file(source, 80), 0xE1, exif_block(6, false)),
          data_file("progressive.jpg"),
          bmp_file(source, false),
          from_text("P6 3 2 255\nabcdefghijklmnopqr"sv)};
}

TEST(Damage, EveryTruncationIsAnError) {
  for (const File& file : small_files()) {
    EXPECT_NO_THROW(decode_image(file, "a"));
    for (std::size_t length = 0; length < file.size(); ++length) {
      const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_NE(decode_failure(cut).find("cannot read 'a.bin': "), std::string::npos) << length;
    }
  }
}

TEST(Damage, EveryChangedByteIsAnErrorOrAPicture) {
  DecodeLimits limits;
  limits.max_pixels = 1 << 16;
  int errors = 0, pictures = 0;
  for (const File& file : small_files()) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (std::byte value : {std::byte{0}, std::byte{0xFF}, file[at] ^ std::byte{0x80}}) {
        File changed = file;
        changed[at] = value;
        try {
          const Image image = decode_image(changed, "a", limits);
          ASSERT_GE(image.width, 1);
          ASSERT_EQ(image.pixels.size(),
                    image.row_bytes() * static_cast<std::size_t>(image.height));
          ++pictures;
        } catch (const Error& error) {
          ASSERT_NE(error.code(), ErrorCode::kInternal) << error.what();
          ++errors;
        }
      }
    }
  }
  EXPECT_GT(errors, 500);
  EXPECT_GT(pictures, 500);
}

// ---- Formats that are not supported

struct Foreign {
  std::string_view bytes;
  const char* name;
};

class ForeignFormats : public testing::TestWithParam<Foreign> {};

TEST_P(ForeignFormats, AreNamed) {
  EXPECT_EQ(decode_failure(from_text(GetParam().bytes)),
            std::string("cannot read 'a.bin': unsupported format (") + GetParam().name +
                "); supported: JPEG, PNG, BMP, PNM");
}

INSTANTIATE_TEST_SUITE_P(
    Names, ForeignFormats,
    testing::Values(Foreign{"\0\0\0\x18"
                            "ftypheic\0\0\0\0"sv,
                            "HEIF"},
                    Foreign{"\0\0\0\x18"
                            "ftypmif1\0\0\0\0"sv,
                            "HEIF"},
                    Foreign{"\0\0\0\x1C"
                            "ftypavif\0\0\0\0"sv,
                            "AVIF"},
                    Foreign{"\0\0\0\x1C"
                            "ftypisom\0\0\0\0"sv,
                            "MP4"},
                    Foreign{"RIFF\x10\0\0\0WEBPVP8 "sv, "WebP"}, Foreign{"GIF89a\1\0\1\0"sv, "GIF"},
                    Foreign{"GIF87a\1\0\1\0"sv, "GIF"}, Foreign{"II*\0\x08\0\0\0"sv, "TIFF"},
                    Foreign{"MM\0*\0\0\0\x08"sv, "TIFF"}, Foreign{"%PDF-1.7\n"sv, "PDF"},
                    Foreign{"<svg xmlns='http://www.w3.org/2000/svg'/>"sv, "SVG"},
                    Foreign{"\xEF\xBB\xBF<?xml version='1.0'?>\n<svg/>"sv, "SVG"},
                    Foreign{"\n <!DOCTYPE HTML><html></html>"sv, "HTML"},
                    Foreign{"<HTML><body>404</body>"sv, "HTML"},
                    Foreign{"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"sv,
                            "Git LFS pointer"},
                    Foreign{"P3 1 1 255 1 2 3"sv, "plain-text PPM"}, Foreign{"P4 8 1\nx"sv, "PBM"},
                    Foreign{"8BPS\0\1"sv, "PSD"}, Foreign{"\xFF\x0A\0\0"sv, "JPEG XL"}));

TEST(UnknownFormats, AreRefused) {
  EXPECT_EQ(decode_failure(from_text("hello"sv)),
            "cannot read 'a.bin': unknown format; supported: JPEG, PNG, BMP, PNM");
  EXPECT_EQ(decode_failure({}), "cannot read 'a.bin': empty file");
  const Error lfs = expect_error(ErrorCode::kInputFormat, [] {
    decode_image(from_text("version https://git-lfs.github.com/spec/v1\n"sv), "a.png");
  });
  EXPECT_NE(lfs.hint().find("git lfs pull"), std::string::npos);
}

// ---- Files

TEST(LoadImage, ReadsAFileWhateverItsExtension) {
  const TempDir folder;
  write_plainly(folder / "x.jpg", bmp_file(gradient(), false));
  EXPECT_EQ(largest_difference(load_image(folder / "x.jpg"), gradient()), 0);
}

TEST(LoadImage, RefusesWhatIsNoFile) {
  const TempDir folder;
  const std::string missing = (folder / "x.png").string();
  EXPECT_EQ(
      std::string(expect_error(ErrorCode::kInputNotFound, [&] { load_image(missing); }).what()),
      "cannot read '" + missing + "': No such file or directory");
  EXPECT_NE(std::string(
                expect_error(ErrorCode::kInputNotFound, [&] { load_image(folder.path()); }).what())
                .find("Is a directory"),
            std::string::npos);
  // Nobody writes into it: an implementation that waits hangs here.
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_NE(
      std::string(
          expect_error(ErrorCode::kInputNotFound, [&] { load_image(folder / "fifo"); }).what())
          .find("not a regular file"),
      std::string::npos);
}

TEST(LoadImage, NamesTheFileInFormatErrors) {
  const TempDir folder;
  write_plainly(folder / "empty.png", {});
  const std::string path = (folder / "empty.png").string();
  EXPECT_EQ(std::string(expect_error(ErrorCode::kInputFormat, [&] { load_image(path); }).what()),
            "cannot read '" + path + "': empty file");
}

}  // namespace
}  // namespace u2net::imaging
