// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/centred_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/base/bf16.h"
#include "tests/kernels/centred_layout.h"
#include "tests/kernels/guarded_layout.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::ElementType;
using kernels::Halo;
using kernels::ImageLayout;

ImageLayout random_layout(Random& random, const ImageLayout& plain, ElementType element) {
  constexpr int kBlocks[] = {4, 8, 16, 32};
  const Halo halo{random.integer(0, 3), random.integer(0, 3), random.integer(0, 3),
                  random.integer(0, 3)};
  return ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w,
                                random.one_of(std::span<const int>(kBlocks)), halo, element);
}

float element_at(const ImageLayout& l, const PageGuarded& buffer, std::int64_t index) {
  const auto* data = reinterpret_cast<const std::byte*>(buffer.data());
  if (l.element == ElementType::kF32) return buffer.data()[index];
  const auto half = [&](std::int64_t at) {
    kernels::Bf16 value;
    std::memcpy(&value, data + at * static_cast<std::int64_t>(sizeof value), sizeof value);
    return to_f32(value);
  };
  return halves_apart(l) ? half(index) + half(index + halves_apart(l)) : half(index);
}

struct Images {
  ImageLayout plain;
  std::vector<float> values, centre;  // of [n][c][h][w], and of channels

  explicit Images(Random& random)
      : plain(ImageLayout::plain(random.integer(1, 2), random.integer(1, 40), random.integer(1, 7),
                                 random.integer(1, 9))),
        values(static_cast<std::size_t>(plain.n * plain.c * plain.h * plain.w)),
        centre(static_cast<std::size_t>(plain.c)) {
    fill_uniform(random, values);
    fill_uniform(random, centre, -300, 300);
    for (float& c : centre) c = to_f32(kernels::to_bf16(c));
  }

  // Every element, halo and filling channels included: sample(image, channel, y, x) inside,
  // border(channel) in the halo, zero behind the channels.
  template <class Sample, class Border>
  void expect_all(const ImageLayout& l, const PageGuarded& buffer, const Sample& sample,
                  const Border& border) const {
    for (std::int64_t plane = 0; plane < l.n * l.channel_blocks(); ++plane) {
      const std::int64_t image = plane / l.channel_blocks(), block = plane % l.channel_blocks();
      for (std::int64_t y = -l.halo.top; y < l.h + l.halo.bottom; ++y) {
        for (std::int64_t x = -l.halo.left; x < l.w + l.halo.right; ++x) {
          for (std::int64_t lane = 0; lane < l.block; ++lane) {
            const std::int64_t c = block * l.block + lane;
            const bool inside = y >= 0 && y < l.h && x >= 0 && x < l.w;
            const float wanted = c >= l.c ? 0 : inside ? sample(image, c, y, x) : border(c);
            const float got = element_at(l, buffer, l.offset(image, block, y, x) + lane);
            ASSERT_EQ(got, wanted) << c << " " << y << " " << x;
            ASSERT_FALSE(got == 0 && std::signbit(got) && !inside);
          }
        }
      }
    }
  }
  float at(std::int64_t image, std::int64_t c, std::int64_t y, std::int64_t x) const {
    return values[static_cast<std::size_t>(plain.offset(image, c, y, x))];
  }
};

TEST(CentredImage, IsStoredMinusItsCentresAndReadBack) {
  kernels::ThreadPool pool(2);
  constexpr ElementType kElements[] = {ElementType::kBf16, ElementType::kBf16x2};
  for (std::uint64_t i = 0; i < 120; ++i) {
    Random random("centred image", i);
    const ElementType element = kElements[i % 2], other = kElements[(i + 1) % 2];
    const Images images(random);
    const float* centre = images.centre.data();
    const auto of = [&](std::int64_t c) { return centre[c]; };
    const ImageLayout stored = random_layout(random, images.plain, element);
    PageGuarded buffer = buffer_for(stored);
    kernels::convert_centred(images.plain, images.values.data(), stored, buffer.data(), centre,
                             pool);
    const auto sample = [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
      return stored_as(element, images.at(n, c, y, x) - of(c));
    };
    images.expect_all(stored, buffer, sample, [&](std::int64_t c) { return -of(c); });

    const ImageLayout back = random_layout(random, images.plain, ElementType::kF32);
    PageGuarded floats = buffer_for(back);
    kernels::convert_centred(stored, buffer.data(), back, floats.data(), centre, pool);
    images.expect_all(
        back, floats, [&](auto n, auto c, auto y, auto x) { return sample(n, c, y, x) + of(c); },
        [](std::int64_t) { return 0.0F; });

    // In another layout the same numbers, though a sum with the centre would be rounded.
    const ImageLayout moved = random_layout(random, images.plain, element);
    PageGuarded again = buffer_for(moved);
    kernels::convert_centred(stored, buffer.data(), moved, again.data(), centre, pool);
    images.expect_all(moved, again, sample, [&](std::int64_t c) { return -of(c); });

    // In the other of the two types the upper halves.
    const ImageLayout turned = random_layout(random, images.plain, other);
    PageGuarded halves = buffer_for(turned);
    kernels::convert_centred(stored, buffer.data(), turned, halves.data(), centre, pool);
    images.expect_all(
        turned, halves,
        [&](auto n, auto c, auto y, auto x) {
          return to_f32(kernels::to_bf16(images.at(n, c, y, x) - of(c)));
        },
        [&](std::int64_t c) { return -of(c); });
    for (PageGuarded* b : {&buffer, &floats, &again, &halves})
      EXPECT_TRUE(b->canaries_are_intact());
  }
}

TEST(CentredImage, HasZerosInItsHaloWithoutCentres) {
  kernels::ThreadPool pool(1);
  Random random("no centres");
  const Images images(random);
  const std::vector<float> zeros(images.centre.size(), 0.0F);
  for (const float* centre : {static_cast<const float*>(nullptr), zeros.data()}) {
    const ImageLayout stored =
        ImageLayout::with_halo(images.plain.n, images.plain.c, images.plain.h, images.plain.w, 8,
                               {1, 2, 3, 4}, ElementType::kBf16);
    PageGuarded buffer = buffer_for(stored);
    kernels::convert_centred(images.plain, images.values.data(), stored, buffer.data(), centre,
                             pool);
    images.expect_all(
        stored, buffer,
        [&](auto n, auto c, auto y, auto x) {
          return to_f32(kernels::to_bf16(images.at(n, c, y, x)));
        },
        [](std::int64_t) { return 0.0F; });
  }
}

TEST(CentredImage, KeepsSixteenBitsInTwoHalves) {
  kernels::ThreadPool pool(2);
  Random random("halves");
  Images images(random);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  images.values.front() = kInfinity;
  images.values.back() = 3.4e38F;  // rounded it is infinite
  const ImageLayout& plain = images.plain;
  const ImageLayout halves = ImageLayout::with_halo(plain.n, 2 * plain.c, plain.h, plain.w, 8,
                                                    {1, 2, 3, 4}, ElementType::kBf16);
  PageGuarded buffer = buffer_for(halves);
  kernels::convert_to_halves(plain, images.values.data(), halves, buffer.data(), pool);
  const auto sample = [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    const float value = images.at(n, c % plain.c, y, x);
    const float high = to_f32(kernels::to_bf16(value));
    if (c < plain.c) return high;
    return std::isfinite(value - high) ? to_f32(kernels::to_bf16(value - high)) : 0.0F;
  };
  images.expect_all(halves, buffer, sample, [](std::int64_t) { return 0.0F; });
  for (std::int64_t i = 1; i + 1 < plain.c * plain.h * plain.w; ++i) {
    const std::int64_t c = i / (plain.h * plain.w), y = i / plain.w % plain.h, x = i % plain.w;
    const double value = images.at(0, c, y, x), off = unit_of(ElementType::kBf16);
    ASSERT_NEAR(double{sample(0, c, y, x)} + double{sample(0, plain.c + c, y, x)}, value,
                off * off * std::fabs(value));
  }
}

}  // namespace
}  // namespace u2net::engine::test
