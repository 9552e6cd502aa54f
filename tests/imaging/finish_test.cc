// SPDX-License-Identifier: Apache-2.0
// Masks and colours between the network and the files: refined, cleaned, decontaminated.
#include "models/picture/finish.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/picture/foreground.h"
#include "models/picture/refine.h"
#include "tests/imaging/sample_files.h"

namespace u2net::imaging {
namespace {

std::uint8_t rounded(double level) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0, 255.0)));
}

// A disc of stripes on a ground of other stripes, and the share of the disc in each pixel.
struct Scene {
  Image picture, front, mask;

  Scene(int width, int height, double softness, int channels = 3)
      : picture(blank_image(width, height, channels, 255)),
        front(blank_image(width, height, 3)),
        mask(blank_image(width, height, 1)) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double distance = std::hypot(x - width / 2.0, y - height / 2.0) - height / 4.0;
        const double share = std::clamp(0.5 - distance / softness, 0.0, 1.0);
        mask.row(y)[x] = rounded(255 * share);
        const double shade = 10 * std::sin(x * 0.1 + y * 0.07), m = mask.row(y)[x] / 255.0;
        const double in[3] = {200 + shade, 120 + shade, 60 + shade}, out[3] = {30 - shade, 90, 180};
        for (int c = 0; c < 3; ++c) {
          front.row(y)[3 * x + c] = rounded(in[c]);
          picture.row(y)[channels * x + c] = rounded(in[c] * m + out[c] * (1 - m));
        }
      }
    }
  }
};

// Of the colours where the mask is neither 0 nor 255.
double colour_error(const Image& colours, const Scene& scene) {
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < scene.mask.pixels.size(); ++i) {
    const int mask = scene.mask.pixels[i];
    if (mask < 20 || mask == 255) continue;
    for (std::size_t c = 0; c < 3; ++c, ++count)
      sum += std::abs(colours.pixels[i * static_cast<std::size_t>(colours.channels) + c] -
                      scene.front.pixels[3 * i + c]);
  }
  return sum / count;
}

TEST(Foreground, HasNoBackgroundInIt) {
  for (auto [width, height] : {std::pair{300, 200}, {1999, 1501}}) {
    const Scene scene(width, height, height / 10.0);
    const double before = colour_error(scene.picture, scene);
    const double after = colour_error(foreground(scene.picture, scene.mask), scene);
    EXPECT_GT(before, 40);
    EXPECT_LT(after, before * 0.65) << width;
  }
}

// Hair that the mask hardly sees is farther from the ground's colours than the subject is: it is
// left as it was. The ground between, under the same mask, gets the subject's colours.
TEST(Foreground, KeepsHairThatTheMaskMisses) {
  Scene scene(300, 200, 20);
  constexpr std::uint8_t kFaint = 10, kHair[] = {250, 180, 20};
  const auto is_hair = [](int x) { return x % 16 == 0; };
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 300; ++x) {
      const double from_disc = std::hypot(x - 150.0, y - 100.0) - 50;
      if (from_disc < 10 || from_disc > 30) continue;
      scene.mask.row(y)[x] = kFaint;
      if (is_hair(x)) std::copy_n(kHair, 3, scene.picture.row(y) + 3 * x);
    }
  }
  const Image out = foreground(scene.picture, scene.mask);
  int hairs = 0;
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 300; ++x) {
      if (scene.mask.row(y)[x] != kFaint) continue;
      const std::uint8_t* got = out.row(y) + 3 * x;
      if (std::equal(kHair, kHair + 3, scene.picture.row(y) + 3 * x)) {
        EXPECT_TRUE(std::equal(kHair, kHair + 3, got)) << x << " " << y << ": " << int{got[0]};
        ++hairs;
      } else {
        // Nearer to the subject (190 at least) than to the ground (40 at most).
        EXPECT_GT(got[0], 115) << x << " " << y;
      }
    }
  }
  EXPECT_GT(hairs, 100);
}

TEST(Foreground, TouchesSoftPixelsAlone) {
  const Scene scene(120, 90, 12);
  const Image out = foreground(scene.picture, scene.mask);
  ASSERT_EQ(out.channels, 3);
  for (std::size_t i = 0; i < scene.mask.pixels.size(); ++i) {
    if (scene.mask.pixels[i] != 0 && scene.mask.pixels[i] != 255) continue;
    for (std::size_t c = 0; c < 3; ++c)
      ASSERT_EQ(out.pixels[3 * i + c], scene.picture.pixels[3 * i + c]);
  }
}

TEST(Foreground, OfEveryKindOfPicture) {
  const Scene opaque(64, 48, 10), with_alpha(64, 48, 10, 4);
  const Image expected = foreground(opaque.picture, opaque.mask);
  const Image out = foreground(with_alpha.picture, with_alpha.mask);
  ASSERT_EQ(out.channels, 4);
  Image swapped = opaque.picture;
  for (std::size_t i = 0; i < swapped.pixels.size(); i += 3)
    std::swap(swapped.pixels[i], swapped.pixels[i + 2]);
  const PixelView view(swapped.pixels.data(), 64, 48, 3, swapped.row_bytes(), true);
  EXPECT_EQ(foreground(view, opaque.mask).pixels, expected.pixels);
  for (std::size_t i = 0; i < 64 * 48; ++i) {
    EXPECT_EQ(out.pixels[4 * i + 3], 255);
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_EQ(out.pixels[4 * i + c], expected.pixels[3 * i + c]);
  }
  for (int channels : {1, 2, 3, 4}) {
    for (auto [width, height] : {std::pair{1, 1}, {2, 7}, {5, 1}, {3000, 2}}) {
      Image picture = blank_image(width, height, channels), mask = blank_image(width, height, 1);
      for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = noise(i);
      for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] = noise(3 * i + 1);
      EXPECT_EQ(foreground(picture, mask).channels, channels % 2 == 0 ? 4 : 3);
      EXPECT_EQ(refine_mask(picture, mask).pixels.size(), mask.pixels.size());
    }
  }
}

// Colours that nobody sees say nothing of the subject.
TEST(Foreground, HiddenColoursDoNotCount) {
  Scene scene(120, 90, 12, 4), other(120, 90, 12, 4);
  for (std::size_t i = 0; i < 120 * 20; ++i) {
    scene.picture.pixels[4 * i + 3] = other.picture.pixels[4 * i + 3] = 0;
    for (std::size_t c = 0; c < 3; ++c) other.picture.pixels[4 * i + c] = noise(i + c);
  }
  const Image a = foreground(scene.picture, scene.mask), b = foreground(other.picture, scene.mask);
  EXPECT_TRUE(
      std::equal(a.pixels.begin() + 4 * 120 * 20, a.pixels.end(), b.pixels.begin() + 4 * 120 * 20));
}

// A sharp disc whose mask is a blur of it: less of the blur is left.
TEST(Refine, FollowsTheEdgesOfThePicture) {
  for (auto [width, height] : {std::pair{960, 720}, {640, 480}}) {
    const Scene sharp(width, height, 1), soft(width, height, height / 40.0);
    const auto error = [&](const Image& mask) {
      double sum = 0;
      for (std::size_t i = 0; i < mask.pixels.size(); ++i)
        sum += std::abs(mask.pixels[i] - sharp.mask.pixels[i]);
      return sum;
    };
    EXPECT_LT(error(refine_mask(sharp.picture, soft.mask)), 0.8 * error(soft.mask));
  }
}

TEST(Refine, LeavesWhatIsSure) {
  const Scene scene(500, 400, 8);
  for (std::uint8_t level : {0, 255}) {
    const Image sure = blank_image(500, 400, 1, level);
    EXPECT_EQ(refine_mask(scene.picture, sure).pixels, sure.pixels);
  }
}

// What OpenCV 5.0's morphologyEx (an ellipse of 3x3), GaussianBlur and a threshold make of it.
TEST(PostProcess, RemovesSpecksAndHalfTones) {
  Image mask = blank_image(16, 12, 1);
  for (int y = 3; y < 10; ++y) {
    for (int x = 4; x < 13; ++x) mask.row(y)[x] = static_cast<std::uint8_t>(x < 8 ? 60 : 200);
  }
  mask.row(1)[1] = 255;  // a speck
  mask.row(6)[10] = 0;   // a hole
  post_process(mask);
  const char* expected[12] = {
      "", "", "", "", "         ##", "        ####", "        ####", "        ####", "         ##",
      "", "", ""};
  for (int y = 0; y < 12; ++y) {
    std::string row;
    for (int x = 0; x < 16; ++x) {
      ASSERT_TRUE(mask.row(y)[x] == 0 || mask.row(y)[x] == 255);
      row += mask.row(y)[x] == 0 ? ' ' : '#';
    }
    row.erase(row.find_last_not_of(' ') + 1);
    EXPECT_EQ(row, expected[y]) << y;
  }
  for (auto [width, height] : {std::pair{1, 1}, {1, 9}, {3, 2}}) {
    Image tiny = blank_image(width, height, 1, 255);
    post_process(tiny);
    EXPECT_EQ(tiny.pixels, blank_image(width, height, 1, 255).pixels);
  }
}

}  // namespace
}  // namespace u2net::imaging
