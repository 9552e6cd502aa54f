// SPDX-License-Identifier: Apache-2.0
// From picture to network input, from prediction to mask, and what is made of the two.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/picture/compose.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "models/picture/resize.h"
#include "tests/imaging/expect_error.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/encode.h"

namespace u2net::imaging {
namespace {

Image noise_image(int width, int height, int channels) {
  Image image = blank_image(width, height, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = noise(i + 3);
  return image;
}

// The definition, per pixel and in double.
double bilinear_at(const std::vector<double>& plane, int h, int w, int y, int x, int out_h,
                   int out_w) {
  const double fy = std::min(std::max((y + 0.5) * h / out_h - 0.5, 0.0), h - 1.0);
  const double fx = std::min(std::max((x + 0.5) * w / out_w - 0.5, 0.0), w - 1.0);
  const auto at = [&](double yy, double xx) {
    return plane[static_cast<std::size_t>(std::min(yy, h - 1.0)) * static_cast<std::size_t>(w) +
                 static_cast<std::size_t>(std::min(xx, w - 1.0))];
  };
  const double y0 = std::floor(fy), x0 = std::floor(fx), wy = fy - y0, wx = fx - x0;
  return (1 - wy) * ((1 - wx) * at(y0, x0) + wx * at(y0, x0 + 1)) +
         wy * ((1 - wx) * at(y0 + 1, x0) + wx * at(y0 + 1, x0 + 1));
}

TEST(Resize, AgreesWithTheDefinition) {
  struct Case {
    int h, w, out_h, out_w;
  };
  for (const Case& c :
       {Case{1, 1, 5, 7}, Case{7, 5, 3, 11}, Case{5, 7, 11, 3}, Case{2, 2, 2, 2}, Case{1, 9, 4, 4},
        Case{9, 1, 4, 4}, Case{33, 47, 320, 31}, Case{320, 320, 33, 47}, Case{37, 41, 1, 1}}) {
    std::vector<float> plane(static_cast<std::size_t>(c.h * c.w));
    for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(noise(i)) / 255.0f;
    const std::vector<double> exact(plane.begin(), plane.end());
    const std::vector<float> got = resize_plane(plane, c.h, c.w, c.out_h, c.out_w);
    ASSERT_EQ(got.size(), static_cast<std::size_t>(c.out_h * c.out_w));
    for (int y = 0; y < c.out_h; ++y) {
      for (int x = 0; x < c.out_w; ++x) {
        ASSERT_NEAR(got[static_cast<std::size_t>(y * c.out_w + x)],
                    bilinear_at(exact, c.h, c.w, y, x, c.out_h, c.out_w), 2e-7)
            << c.h << 'x' << c.w << " to " << c.out_h << 'x' << c.out_w << " at " << y << ' ' << x;
      }
    }
  }
}

TEST(Resize, SameSizeChangesNothing) {
  const std::vector<float> plane = {0.1f, -3.0f, 7.5f, 1e-20f, 0.3f, 1e20f};
  EXPECT_EQ(resize_plane(plane, 2, 3, 2, 3), plane);
}

TEST(Resize, RefusesWrongSizes) {
  const std::vector<float> plane(6);
  expect_error(ErrorCode::kInputShape, [&] { resize_plane(plane, 2, 2, 4, 4); });
  expect_error(ErrorCode::kInputShape, [&] { resize_plane(plane, 2, 3, 0, 4); });
  expect_error(ErrorCode::kInputShape, [&] { resize_plane(plane, -2, -3, 4, 4); });
}

TEST(Preprocess, AgreesWithTheDefinition) {
  constexpr int kW = 13, kH = 9, kNet = 7;
  const Image picture = noise_image(kW, kH, 3);
  std::vector<std::vector<double>> resized(3);
  double largest = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> plane;
    for (std::size_t i = c; i < picture.pixels.size(); i += 3) {
      plane.push_back(picture.pixels[i] / 255.0);
    }
    for (int y = 0; y < kNet; ++y) {
      for (int x = 0; x < kNet; ++x) {
        resized[c].push_back(bilinear_at(plane, kH, kW, y, x, kNet, kNet));
        largest = std::max(largest, resized[c].back());
      }
    }
  }
  const double mean[3] = {0.485, 0.456, 0.406}, std[3] = {0.229, 0.224, 0.225};
  const std::vector<float> input = preprocess(picture, kNet, kNet);
  ASSERT_EQ(input.size(), 3u * kNet * kNet);
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::size_t c = i / (kNet * kNet), at = i % (kNet * kNet);
    ASSERT_NEAR(input[i], (resized[c][at] / largest - mean[c]) / std[c], 2e-6) << i;
  }
}

TEST(Preprocess, DividesByTheMaximumOfTheResizedPicture) {
  Image picture = blank_image(2, 2, 3);
  for (int c = 0; c < 3; ++c) picture.row(0)[c] = 255;
  // One white pixel of four: the single output pixel is 0.25, and 1 after the division.
  const std::vector<float> input = preprocess(picture, 1, 1);
  EXPECT_NEAR(input[0], (1 - 0.485) / 0.229, 1e-6);
  Preset plain = kU2netPreset;
  plain.divide_by_max = false;
  EXPECT_NEAR(preprocess(picture, 1, 1, plain)[0], (0.25 - 0.485) / 0.229, 1e-6);
}

TEST(Preprocess, BlackPictureIsNotDivided) {
  for (float value : preprocess(blank_image(5, 4, 3), 3, 3)) {
    ASSERT_TRUE(std::isfinite(value));
    ASSERT_LT(value, -1.7f);  // -mean / std of each channel
  }
}

TEST(Preprocess, GreyIsReplicated) {
  const Image grey = noise_image(6, 5, 1);
  Image grey_alpha = blank_image(6, 5, 2, 255), rgb = blank_image(6, 5, 3),
        rgba = blank_image(6, 5, 4, 255);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    grey_alpha.pixels[2 * i] = grey.pixels[i];
    for (std::size_t c = 0; c < 3; ++c) {
      rgb.pixels[3 * i + c] = rgba.pixels[4 * i + c] = grey.pixels[i];
    }
  }
  const std::vector<float> expected = preprocess(rgb, 4, 4);
  EXPECT_EQ(preprocess(grey, 4, 4), expected);
  EXPECT_EQ(preprocess(grey_alpha, 4, 4), expected);
  EXPECT_EQ(preprocess(rgba, 4, 4), expected);
}

// The same as of the picture that somebody laid on white before, to the bit.
TEST(Preprocess, WhatIsTransparentLiesOnWhite) {
  for (int channels : {2, 4}) {
    const Image picture = noise_image(23, 17, channels);
    Image seen = blank_image(23, 17, channels - 1);
    for (std::size_t i = 0; i < 23 * 17; ++i) {
      const std::uint8_t* pixel = &picture.pixels[i * static_cast<std::size_t>(channels)];
      const double alpha = pixel[channels - 1] / 255.0;
      for (int c = 0; c < channels - 1; ++c)
        seen.pixels[i * static_cast<std::size_t>(channels - 1) + static_cast<std::size_t>(c)] =
            static_cast<std::uint8_t>(std::lround(pixel[c] * alpha + 255 * (1 - alpha)));
    }
    for (int side : {1, 4, 40})
      EXPECT_EQ(preprocess(picture, side, side), preprocess(seen, side, side));
  }
}

TEST(Preprocess, ChannelOrder) {
  Image picture = blank_image(1, 1, 3);
  picture.pixels = {255, 51, 102};
  Preset raw{"raw", {0, 0, 0}, {1, 1, 1}, false, ChannelOrder::kRgb};
  EXPECT_EQ(preprocess(picture, 1, 1, raw), (std::vector<float>{1.0f, 51 / 255.0f, 102 / 255.0f}));
  raw.order = ChannelOrder::kBgr;
  EXPECT_EQ(preprocess(picture, 1, 1, raw), (std::vector<float>{102 / 255.0f, 51 / 255.0f, 1.0f}));
}

TEST(MakeMask, NormalisesAndTruncates) {
  const std::vector<float> d0 = {0.25f, 0.5f, 0.75f, 0.25f, 0.375f, 0.75f};
  const Mask mask = make_mask(d0, 2, 3, 3, 2);
  EXPECT_FALSE(mask.flat);
  EXPECT_EQ(mask.raw_min, 0.25f);
  EXPECT_EQ(mask.raw_max, 0.75f);
  ASSERT_EQ(mask.image.channels, 1);
  // 127.5 and 63.75 are cut, not rounded.
  EXPECT_EQ(mask.image.pixels, (std::vector<std::uint8_t>{0, 127, 255, 0, 63, 255}));
}

TEST(MakeMask, ResizesAfterNormalising) {
  constexpr int kNetH = 5, kNetW = 7, kW = 16, kH = 11;
  std::vector<float> d0;
  for (std::size_t i = 0; i < kNetH * kNetW; ++i) d0.push_back(0.2f + noise(i) / 510.0f);
  const auto [low, high] = std::minmax_element(d0.begin(), d0.end());
  std::vector<double> unit;
  for (float value : d0) unit.push_back((double{value} - *low) / (double{*high} - *low));
  const Mask mask = make_mask(d0, kNetH, kNetW, kW, kH);
  ASSERT_EQ(mask.image.width, kW);
  ASSERT_EQ(mask.image.height, kH);
  for (int y = 0; y < kH; ++y) {
    for (int x = 0; x < kW; ++x) {
      const double level = 255 * bilinear_at(unit, kNetH, kNetW, y, x, kH, kW);
      ASSERT_LE(mask.image.row(y)[x], level + 1e-4);
      ASSERT_GT(mask.image.row(y)[x] + 1, level - 1e-4);
    }
  }
}

TEST(MakeMask, FlatPredictionGivesAnEmptyMask) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float max = std::numeric_limits<float>::max();
  for (const std::vector<float>& d0 :
       {std::vector<float>{0.4f, 0.4f, 0.4f, 0.4f}, std::vector<float>{0.1f, nan, 0.9f, 0.2f},
        std::vector<float>{inf, 0.1f, 0.2f, 0.3f}, std::vector<float>{nan, nan, nan, nan},
        std::vector<float>{-max, max, 0.0f, 0.0f}}) {
    const Mask mask = make_mask(d0, 2, 2, 3, 3);
    EXPECT_TRUE(mask.flat);
    EXPECT_TRUE(std::isfinite(mask.raw_min) && std::isfinite(mask.raw_max));
    EXPECT_EQ(mask.image.pixels, std::vector<std::uint8_t>(9, 0));
  }
  EXPECT_TRUE(make_mask(std::vector<float>{0.7f}, 1, 1, 2, 2).flat);
  EXPECT_EQ(make_mask(std::vector<float>{0.7f}, 1, 1, 2, 2).raw_max, 0.7f);
}

TEST(MakeMask, NoSubjectGivesAnEmptyMask) {
  const float below = std::nextafter(kSubjectLevel, 0.0f);
  const Mask none = make_mask(std::vector<float>{0.0f, 0.1f, 0.05f, below}, 2, 2, 3, 3);
  EXPECT_TRUE(none.flat);
  EXPECT_EQ(none.raw_max, below);
  EXPECT_EQ(none.image.pixels, std::vector<std::uint8_t>(9, 0));
  const Mask some = make_mask(std::vector<float>{0.0f, 0.1f, 0.05f, kSubjectLevel}, 2, 2, 2, 2);
  EXPECT_FALSE(some.flat);
  EXPECT_EQ(some.image.pixels, (std::vector<std::uint8_t>{0, 102, 51, 255}));
}

TEST(MakeMask, RefusesWrongSizes) {
  const std::vector<float> d0(6);
  expect_error(ErrorCode::kInputShape, [&] { make_mask(d0, 2, 2, 4, 4); });
  expect_error(ErrorCode::kInputShape, [&] { make_mask(d0, 2, 3, 0, 4); });
}

TEST(Cutout, KeepsColoursAndMultipliesAlpha) {
  Image mask = noise_image(9, 4, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); i += 3) mask.pixels[i] = 0;
  for (int channels : {1, 2, 3, 4}) {
    const Image picture = noise_image(9, 4, channels);
    const Image out = cutout(picture, mask), kept = cutout(picture, mask, Hidden::kKept);
    int cleared = 0;
    ASSERT_EQ(out.channels, 4);
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      const std::uint8_t* source = &picture.pixels[i * static_cast<std::size_t>(channels)];
      const bool hidden = out.pixels[4 * i + 3] == 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint8_t colour = source[channels < 3 ? 0 : c];
        ASSERT_EQ(out.pixels[4 * i + c], hidden ? 0 : colour);
        ASSERT_EQ(kept.pixels[4 * i + c], colour);
      }
      const double alpha = channels % 2 == 0 ? source[channels - 1] / 255.0 : 1.0;
      ASSERT_NEAR(out.pixels[4 * i + 3], alpha * mask.pixels[i], 0.5 + 1e-9);
      ASSERT_EQ(kept.pixels[4 * i + 3], out.pixels[4 * i + 3]);
      cleared += hidden ? 1 : 0;
    }
    EXPECT_GE(cleared, 12);
  }
}

TEST(OnBackground, IsExactAtBothEnds) {
  const Image picture = noise_image(8, 8, 3);
  EXPECT_EQ(on_background(picture, blank_image(8, 8, 1, 255)).pixels, picture.pixels);
  EXPECT_EQ(on_background(picture, blank_image(8, 8, 1, 0)).pixels,
            std::vector<std::uint8_t>(8 * 8 * 3, 255));
}

TEST(OnBackground, MixesAndTruncates) {
  const std::array<std::uint8_t, 3> background = {10, 200, 255};
  const Image mask = noise_image(16, 16, 1);
  for (int channels : {1, 2, 3, 4}) {
    const Image picture = noise_image(16, 16, channels);
    const Image out = on_background(picture, mask, background);
    ASSERT_EQ(out.channels, 3);
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      const std::uint8_t* source = &picture.pixels[i * static_cast<std::size_t>(channels)];
      const double own = channels % 2 == 0 ? source[channels - 1] / 255.0 : 1.0;
      const double alpha = own * mask.pixels[i] / 255.0;
      for (std::size_t c = 0; c < 3; ++c) {
        const double colour = source[channels < 3 ? 0 : c];
        const double exact = colour * alpha + background[c] * (1 - alpha);
        ASSERT_LE(out.pixels[3 * i + c], exact + 1e-9);
        ASSERT_GT(out.pixels[3 * i + c] + 1, exact - 1e-9);
      }
    }
  }
}

TEST(Panel, ThreePicturesSideBySide) {
  constexpr int kW = 300, kH = 211;
  const Image picture = noise_image(kW, kH, 3), mask = noise_image(kW, kH, 1);
  const Image result = on_background(picture, mask);
  const int gap = panel_gap(kW, kH);
  const Image out = panel(picture, mask, result);
  ASSERT_EQ(out.width, 3 * kW + 2 * gap);
  ASSERT_EQ(out.height, kH);
  ASSERT_EQ(out.channels, 3);
  for (int y = 0; y < kH; ++y) {
    const std::uint8_t* row = out.row(y);
    for (int x = 0; x < 3 * kW; ++x) {
      ASSERT_EQ(row[x], picture.row(y)[x]);
      ASSERT_EQ(row[3 * (kW + gap) + x], mask.row(y)[x / 3]);
      ASSERT_EQ(row[6 * (kW + gap) + x], result.row(y)[x]);
    }
    for (int x = 0; x < 3 * gap; ++x) {
      ASSERT_EQ(row[3 * kW + x], 255);
      ASSERT_EQ(row[3 * (2 * kW + gap) + x], 255);
    }
  }
}

TEST(Panel, GapGrowsWithThePicture) {
  EXPECT_EQ(panel_gap(512, 512), 8);
  EXPECT_EQ(panel_gap(1, 1), 2);
  EXPECT_EQ(panel_gap(4096, 2048), 48);
}

TEST(Panel, TransparentPartsShowWhite) {
  Image picture = blank_image(1, 1, 4);
  picture.pixels = {10, 20, 30, 0};
  const Image out = panel(picture, blank_image(1, 1, 1, 255), picture);
  EXPECT_EQ(std::vector<std::uint8_t>(out.row(0), out.row(0) + 3),
            (std::vector<std::uint8_t>{255, 255, 255}));
}

TEST(Compose, RefusesMasksThatDoNotFit) {
  const Image picture = blank_image(4, 3, 3);
  const Image turned = blank_image(3, 4, 1), colour = blank_image(4, 3, 3);
  expect_error(ErrorCode::kInputShape, [&] { cutout(picture, turned); });
  expect_error(ErrorCode::kInputShape, [&] { cutout(picture, colour); });
  expect_error(ErrorCode::kInputShape, [&] { on_background(picture, turned); });
  expect_error(ErrorCode::kInputShape,
               [&] { panel(picture, blank_image(4, 3, 1), blank_image(4, 4, 3)); });
}

TEST(EncodePng, ComesBackUnchanged) {
  for (int channels : {1, 2, 3, 4}) {
    for (auto [width, height] : {std::pair{1, 1}, std::pair{37, 5}, std::pair{3, 200}}) {
      const Image image = noise_image(width, height, channels);
      const Image back = decode_image(encode_png(image), "a.png");
      EXPECT_EQ(back.width, width);
      EXPECT_EQ(back.height, height);
      EXPECT_EQ(back.channels, channels);
      EXPECT_EQ(back.pixels, image.pixels);
    }
  }
}

TEST(EncodePng, RefusesWhatIsNoPicture) {
  expect_error(ErrorCode::kOutput, [] { encode_png(Image{}); });
  expect_error(ErrorCode::kOutput, [] { encode_png(blank_image(2, 2, 5)); });
  Image short_of_pixels = blank_image(4, 4, 3);
  short_of_pixels.pixels.pop_back();
  expect_error(ErrorCode::kOutput, [&] { encode_png(short_of_pixels); });
  Image huge;
  huge.width = 1 << 16, huge.height = 1 << 15, huge.channels = 1;
  expect_error(ErrorCode::kOutput, [&] { encode_png(huge); });
}

}  // namespace
}  // namespace u2net::imaging
