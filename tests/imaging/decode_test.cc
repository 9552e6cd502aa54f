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

// Headers of versions 2 and 3 hold the masks themselves.
TEST(Bmp, HeadersWithMasks) {
  const auto file_of = [](std::uint32_t info, std::array<std::uint32_t, 4> masks,
                          std::uint32_t pixel, std::uint32_t compression) {
    File file = from_text("BM");
    for (std::uint32_t word : {14 + info + 4, 0u, 14 + info, info, 1u, 1u, 32u << 16 | 1u,
                               compression, 4u, 0u, 0u, 0u, 0u})
      append_le32(file, word);
    for (std::uint32_t mask : masks) append_le32(file, mask);
    file.resize(14 + info);
    append_le32(file, pixel);
    return file;
  };
  const std::vector<std::uint8_t> rgb = {0x22, 0x33, 0x44}, rgba = {0x22, 0x33, 0x44, 0x11};
  const auto pixels = [](const File& file) { return decode_image(file, "a.bmp").pixels; };
  EXPECT_EQ(pixels(file_of(52, {0xFF0000, 0xFF00, 0xFF}, 0x11223344, 3)), rgb);
  EXPECT_EQ(pixels(file_of(52, {0xFF, 0xFF00, 0xFF0000}, 0x11443322, 3)), rgb);
  EXPECT_EQ(pixels(file_of(56, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, 0x11223344, 3)), rgba);
  EXPECT_EQ(pixels(file_of(56, {0xFF000000, 0xFF0000, 0xFF00, 0xFF}, 0x22334411, 3)), rgba);
  EXPECT_EQ(pixels(file_of(56, {0xFF000000, 0xFF0000, 0xFF00, 0}, 0x22334411, 3)), rgb);
  EXPECT_EQ(pixels(file_of(52, {}, 0x00223344, 0)),
            (std::vector<std::uint8_t>{0x22, 0x33, 0x44, 0xFF}));
  File cut = file_of(56, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, 0x11223344, 3);
  cut.resize(60);
  EXPECT_NE(decode_failure(cut).find("truncated header"), std::string::npos);
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

// Where no Adobe segment says so, four components are taken for the same inverted ink.
TEST(Jpeg, CmykWithoutAnAdobeSegment) {
  const File said = data_file("cmyk.jpg");
  const std::array<std::byte, 2> adobe = {std::byte{0xFF}, std::byte{0xEE}};
  const auto at = std::search(said.begin(), said.end(), adobe.begin(), adobe.end()) - said.begin();
  ASSERT_LT(static_cast<std::size_t>(at) + 16, said.size());
  File other = said, none = said;
  other[static_cast<std::size_t>(at) + 1] = std::byte{0xED};
  none.erase(none.begin() + at, none.begin() + at + 16);
  const Image expected = decode_image(said, "a.jpg");
  EXPECT_EQ(decode_image(other, "a.jpg").pixels, expected.pixels);
  EXPECT_EQ(decode_image(none, "a.jpg").pixels, expected.pixels);
}

// What cameras and mail programs leave before and behind the end marker.
TEST(Jpeg, PaddingAndJunkAroundTheEnd) {
  for (const File& good : {jpeg_file(gradient()), data_file("progressive.jpg"),
                           data_file("restart.jpg"), data_file("cmyk.jpg")}) {
    const Image expected = decode_image(good, "a.jpg");
    for (std::size_t zeros : {1, 2, 3, 1000, 70000}) {
      File padded = good, trailed = good;
      padded.insert(padded.end() - 2, zeros, std::byte{0});
      trailed.resize(trailed.size() + zeros);
      EXPECT_EQ(decode_image(padded, "a.jpg").pixels, expected.pixels) << zeros;
      EXPECT_EQ(decode_image(trailed, "a.jpg").pixels, expected.pixels) << zeros;
    }
    File filled = good, twice = good;
    filled.insert(filled.end() - 2, 7, std::byte{0xFF});
    append(twice, good);
    EXPECT_EQ(decode_image(filled, "a.jpg").pixels, expected.pixels);
    EXPECT_EQ(decode_image(twice, "a.jpg").pixels, expected.pixels);
  }
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

}  // namespace
}  // namespace u2net::imaging
