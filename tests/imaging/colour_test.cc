// SPDX-License-Identifier: Apache-2.0
// ICC profiles: read, kept, written, and what the network sees. The profiles are made here, byte by
// byte, and what they mean is computed by the formulas of their curves and primaries.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/picture/preprocess.h"
#include "tests/imaging/profiles.h"
#include "tests/imaging/sample_files.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/encode.h"
#include "tools/imaging/output_format.h"

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

Image decoded(const File& file) { return decode_image(file, "a"); }

File png_with(const File& icc, int colour_type = 2) {
  const auto sample = [](int x, int y, int c) { return 9u * x + 20u * y + 5u * c; };
  return png_file(9, 5, 8, colour_type, sample, iccp_chunk(icc));
}

File jpeg_with(const File& icc, std::size_t part) {
  return with_profile(jpeg_file(gradient()), icc, part);
}

TEST(Profile, SpaceByItsHeader) {
  EXPECT_EQ(profile_space(rgb_profile()), ColourSpace::kRgb);
  EXPECT_EQ(profile_space(grey_profile(1.0)), ColourSpace::kGrey);
  EXPECT_EQ(profile_space(ink_profile()), ColourSpace::kCmyk);
  EXPECT_EQ(profile_space({}), ColourSpace::kNone);
  for (auto [at, text] : {std::pair{12, "link"}, {16, "HSV "}, {36, "spca"}, {0, "\x7F"}}) {
    File icc = rgb_profile();
    for (std::size_t i = 0; text[i]; ++i)
      icc[static_cast<std::size_t>(at) + i] = static_cast<std::byte>(text[i]);
    EXPECT_EQ(profile_space(icc), ColourSpace::kNone) << text;
  }
}

TEST(Profile, IsKeptFromPngAndJpegToPng) {
  const File icc = rgb_profile();
  for (const File& file : {png_with(icc), png_with(icc, 6), jpeg_with(icc, 60000),
                           jpeg_with(icc, 100), encode_png(decoded(png_with(icc)))}) {
    EXPECT_EQ(decoded(file).icc, icc);
  }
  EXPECT_TRUE(decoded(jpeg_file(gradient())).icc.empty());
}

// Of a size that takes two segments of a JPEG, and that is odd.
TEST(Profile, IsWrittenInEveryFormat) {
  File icc = rgb_profile();
  icc.resize(90001, std::byte{7});
  for (std::string_view name : {"png", "jpeg", "webp"}) {
    if (!can_write(name)) continue;
    for (const std::string& mark : {std::string(), std::string("u2net: result of 0.")}) {
      for (int channels : {3, 4}) {
        if (name == "jpeg" && channels == 4) continue;
        for (int quality : {0, 80}) {
          Image image = blank_image(21, 10, channels, 90);
          image.icc = icc;
          const OutputOptions options{find_output_format(name), quality, 1, mark};
          const File file = encode(rows_of(image), options);
          EXPECT_EQ(decoded(file).icc, icc) << name << channels << quality;
          EXPECT_EQ(decoded(file).channels, channels) << name;
          image.icc.clear();
          EXPECT_TRUE(decoded(encode(rows_of(image), options)).icc.empty()) << name;
        }
      }
    }
  }
}

// Greys are sRGB's.
TEST(Profile, GoesWithNoGrey) {
  Image image = blank_image(4, 4, 1, 90);
  image.icc = rgb_profile();
  EXPECT_TRUE(decoded(encode_png(image)).icc.empty());
}

TEST(Profile, ChangesNoPixelOfRgb) {
  EXPECT_EQ(decoded(png_with(rgb_profile())).pixels, decoded(png_with({})).pixels);
  EXPECT_EQ(decoded(jpeg_with(rgb_profile(), 100)).pixels, decoded(jpeg_file(gradient())).pixels);
}

// Metadata that are damaged spoil no picture.
TEST(Profile, DamagedOnesAreLeftOut) {
  const File icc = rgb_profile();
  File incomplete = jpeg_with(icc, 100);
  const std::string_view name = "ICC_PROFILE"sv;
  const auto* first = reinterpret_cast<const std::byte*>(name.data());
  *std::search(incomplete.begin(), incomplete.end(), first, first + name.size()) = std::byte{'X'};
  File without_end = from_text("name\0\0"sv), method = from_text("name\0\1"sv);
  append(without_end, zlib_stored(icc));
  append(method, zlib_stored(icc));
  without_end.resize(without_end.size() - 20);
  const auto black = [](int, int, int) { return 0u; };
  File bomb = from_text("name\0\0"sv);
  append(bomb, zlib_zeros(kMaxProfileBytes + 1000));
  for (const File& file :
       {incomplete, png_file(2, 2, 8, 2, black, png_chunk("iCCP", without_end)),
        png_file(2, 2, 8, 2, black, png_chunk("iCCP", method)),
        png_file(2, 2, 8, 2, black, png_chunk("iCCP", from_text("name"))),
        png_file(2, 2, 8, 2, black, png_chunk("iCCP", {})),
        png_file(2, 2, 8, 2, black, png_chunk("iCCP", bomb)), png_with(from_text("no profile")),
        png_with(ink_profile()), png_with(grey_profile(1.8))}) {
    EXPECT_TRUE(decoded(file).icc.empty());
  }
}

// Whatever it is worth: a file with many is not unpacked many times.
TEST(Profile, IsTheFirstOfPng) {
  const auto black = [](int, int, int) { return 0u; };
  const File good = iccp_chunk(rgb_profile());
  File damaged_first = png_chunk("iCCP", from_text("name")), good_first = good;
  append(damaged_first, good);
  append(good_first, iccp_chunk(grey_profile(1.8)));
  EXPECT_TRUE(decoded(png_file(2, 2, 8, 2, black, damaged_first)).icc.empty());
  EXPECT_EQ(decoded(png_file(2, 2, 8, 2, black, good_first)).icc, rgb_profile());
}

TEST(Profile, EveryChangedByteIsAProfileOrNone) {
  const std::vector<std::uint8_t> white(3 * 4, 255);
  // A transform of inks takes long to make.
  for (const auto& [good, step] :
       {std::pair{rgb_profile(), 7}, {grey_profile(2.2), 3}, {ink_profile(), 37}}) {
    for (std::size_t at = 0; at < good.size(); at += static_cast<std::size_t>(step)) {
      for (std::byte value : {std::byte{0}, good[at] ^ std::byte{0x80}}) {
        File icc = good;
        icc[at] = value;
        std::vector<std::uint8_t> pixels = white;
        if (const ToSrgb convert = to_srgb(icc)) convert(pixels.data(), pixels.size() / 3);
        grey_to_srgb(icc);
        cmyk_to_srgb(icc, white.data(), pixels.data(), white.size() / 4);
      }
    }
  }
}

TEST(ToSrgb, FollowsCurvesAndPrimaries) {
  if (!has_colour_management()) GTEST_SKIP() << "built without Little CMS";
  const ToSrgb convert = to_srgb(rgb_profile());
  ASSERT_TRUE(convert);
  for (const std::array<std::uint8_t, 3>& colour : {std::array<std::uint8_t, 3>{0, 0, 0},
                                                    {255, 255, 255},
                                                    {128, 128, 128},
                                                    {120, 160, 90},
                                                    {200, 150, 140},
                                                    {60, 70, 90}}) {
    std::array<std::uint8_t, 3> got = colour;
    convert(got.data(), 1);
    const std::array<double, 3> expected = srgb_of_rgb_profile(colour);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(got[c], expected[c], 1.5) << int{colour[c]};
  }
}

TEST(ToSrgb, IsNothingForSrgbItself) {
  if (!has_colour_management()) GTEST_SKIP() << "built without Little CMS";
  EXPECT_FALSE(to_srgb(srgb_profile()));
  EXPECT_FALSE(to_srgb({}));
  EXPECT_FALSE(to_srgb(grey_profile(1.0)));
}

TEST(Preprocess, SeesSrgb) {
  if (!has_colour_management()) GTEST_SKIP() << "built without Little CMS";
  Image picture = decoded(png_with(rgb_profile(), 6));
  const ToSrgb convert = to_srgb(picture.icc);
  const std::vector<float> got = preprocess(picture, 7, 4, kU2netPreset, convert);
  std::vector<std::uint8_t> rgb;
  for (std::size_t i = 0; i < picture.pixels.size(); i += 4)
    rgb.insert(rgb.end(), &picture.pixels[i], &picture.pixels[i] + 3);
  convert(rgb.data(), rgb.size() / 3);
  Image converted = picture;
  for (std::size_t i = 0; i < rgb.size(); ++i) converted.pixels[i / 3 * 4 + i % 3] = rgb[i];
  EXPECT_EQ(got, preprocess(converted, 7, 4));
  EXPECT_NE(got, preprocess(picture, 7, 4));
}

TEST(Grey, BecomesThatOfSrgb) {
  if (!has_colour_management()) GTEST_SKIP() << "built without Little CMS";
  const Image linear = decoded(png_with(grey_profile(1.0), 0)), plain = decoded(png_with({}, 0));
  EXPECT_TRUE(linear.icc.empty());
  ASSERT_EQ(linear.channels, 1);
  for (std::size_t i = 0; i < plain.pixels.size(); ++i)
    EXPECT_NEAR(linear.pixels[i], srgb_level(plain.pixels[i] / 255.0), 1.5);
  const Image with_alpha = decoded(png_with(grey_profile(1.0), 4));
  for (std::size_t i = 0; i < linear.pixels.size(); ++i) {
    EXPECT_EQ(with_alpha.pixels[2 * i], linear.pixels[i]);
    EXPECT_EQ(with_alpha.pixels[2 * i + 1], plain.pixels[i] + 5);
  }
}

// Cyan, paper, black, and cyan with magenta; the profile's inks are not those that are assumed.
TEST(Ink, FollowsItsProfile) {
  const File plain = data_file("inks.jpg");
  const Image assumed = decoded(plain), image = decoded(with_profile(plain, ink_profile()));
  ASSERT_EQ(image.channels, 3);
  EXPECT_TRUE(image.icc.empty());
  const auto expect = [](const Image& picture, int x, std::array<int, 3> colour) {
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(picture.row(8)[3 * static_cast<std::size_t>(x) + c], colour[c], 3) << x;
  };
  expect(assumed, 8, {0, 255, 255});
  expect(assumed, 24, {255, 255, 255});
  expect(assumed, 40, {0, 0, 0});
  expect(assumed, 56, {0, 0, 255});
  if (!has_colour_management()) GTEST_SKIP() << "built without Little CMS";
  expect(image, 8, {0, 110, 200});
  expect(image, 24, {255, 255, 255});
  expect(image, 40, {0, 0, 0});
  expect(image, 56, {0, 0, 200});
}

}  // namespace
}  // namespace u2net::imaging
