// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/image_layout.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/guarded_layout.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {
namespace {

using kernels::Halo;
using kernels::ImageLayout;

ImageLayout random_layout(Random& random, std::int64_t n, std::int64_t c, std::int64_t h,
                          std::int64_t w) {
  constexpr int kBlocks[] = {1, 4, 8, 16};
  const int block = random.one_of(std::span<const int>(kBlocks));
  const Halo halo{random.integer(0, 3), random.integer(0, 3), random.integer(0, 3),
                  random.integer(0, 3)};
  return random.integer(0, 4) == 0 ? ImageLayout::plain(n, c, h, w)
                                   : ImageLayout::with_halo(n, c, h, w, block, halo);
}

TEST(ImageLayouts, PlainIsRowMajor) {
  const ImageLayout l = ImageLayout::plain(2, 3, 5, 7);
  EXPECT_TRUE(l.is_plain());
  EXPECT_EQ(l.offset(1, 2, 4, 6), 2 * 3 * 5 * 7 - 1);
  EXPECT_EQ(l.bytes(), 2U * 3 * 5 * 7 * 4);
}

TEST(ImageLayouts, WithHaloHasRowsOfWholeLines) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    Random random("layout", i);
    constexpr int kBlocks[] = {1, 4, 8, 16};
    const int block = random.one_of(std::span<const int>(kBlocks));
    const Halo halo{random.integer(0, 9), random.integer(0, 9), random.integer(0, 9),
                    random.integer(0, 9)};
    const ImageLayout l =
        ImageLayout::with_halo(random.integer(1, 2), random.integer(1, 40), random.integer(1, 9),
                               random.integer(1, 9), block, halo);
    EXPECT_TRUE(l.halo.covers(halo));
    EXPECT_EQ(l.halo.top, halo.top);
    EXPECT_EQ(l.halo.bottom, halo.bottom);
    for (std::int64_t y = 0; y < l.h; ++y) EXPECT_EQ(l.offset(0, 0, y, 0) % 16, 0);
    EXPECT_EQ(l.offset(l.n - 1, l.channel_blocks() - 1, 0, 0) % 16, 0);
    EXPECT_EQ(l.bytes() % 64, 0U);
    EXPECT_LT(l.halo.left + l.halo.right - halo.left - halo.right, 32 / block + 1)
        << "no more than it takes";
  }
}

TEST(ImageLayouts, CoverAndIncludeHalos) {
  const Halo a{1, 2, 3, 4}, b{4, 3, 2, 1};
  EXPECT_FALSE(a.covers(b));
  EXPECT_TRUE(a.covers(a));
  Halo both = a;
  both.include(b);
  EXPECT_EQ(both, (Halo{4, 3, 3, 4}));
  EXPECT_TRUE(both.covers(a) && both.covers(b));
}

// From any layout to any other and back; what is not the image is zero.
TEST(ImageLayouts, ConvertIntoEachOther) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    Random random("convert", i);
    const std::int64_t n = random.integer(1, 3), c = random.integer(1, 35),
                       h = random.integer(1, 9), w = random.integer(1, 20);
    const ImageLayout plain = ImageLayout::plain(n, c, h, w),
                      from = random_layout(random, n, c, h, w),
                      to = random_layout(random, n, c, h, w);
    std::vector<float> values(static_cast<std::size_t>(n * c * h * w)), back(values.size());
    fill_uniform(random, values, 1, 2);  // never zero
    PageGuarded a = buffer_for(from, PageGuarded::Alignment::kLine),
                b = buffer_for(to, PageGuarded::Alignment::kLine);
    kernels::ThreadPool pool(static_cast<int>(1 + i % 3));
    kernels::convert_layout(plain, values.data(), from, a.data(), pool);
    kernels::convert_layout(from, a.data(), to, b.data(), pool);
    kernels::convert_layout(to, b.data(), plain, back.data(), pool);
    ASSERT_EQ(values, back) << random.repro();
    EXPECT_TRUE(a.canaries_are_intact() && b.canaries_are_intact()) << random.repro();
    const auto zeros = std::count(b.data(), b.data() + to.bytes() / sizeof(float), 0.0F);
    EXPECT_EQ(static_cast<std::size_t>(zeros) + values.size(), to.bytes() / sizeof(float))
        << random.repro();
  }
}

// Parts of any sizes, wherever they begin.
TEST(ImageLayouts, JoinChannels) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    Random random("join", i);
    const std::int64_t n = random.integer(1, 2), h = random.integer(1, 5), w = random.integer(1, 9);
    std::vector<std::int64_t> parts;
    std::int64_t channels = 0;
    for (std::int64_t k = random.integer(1, 4); k > 0; --k) {
      parts.push_back(random.integer(1, 20));
      channels += parts.back();
    }
    const ImageLayout whole = random_layout(random, n, channels, h, w);
    PageGuarded joined = buffer_for(whole, PageGuarded::Alignment::kLine);
    kernels::ThreadPool pool(2);
    kernels::zero_halo(whole, joined.data(), pool);
    std::vector<float> expected(static_cast<std::size_t>(n * channels * h * w));
    std::int64_t first = 0;
    for (std::int64_t c : parts) {
      const ImageLayout layout = random_layout(random, n, c, h, w);
      std::vector<float> values(static_cast<std::size_t>(n * c * h * w));
      fill_uniform(random, values);
      PageGuarded part = buffer_for(layout, PageGuarded::Alignment::kLine);
      kernels::convert_layout(ImageLayout::plain(n, c, h, w), values.data(), layout, part.data(),
                              pool);
      kernels::copy_channels(layout, part.data(), whole, joined.data(), first, pool);
      for (std::int64_t image = 0; image < n; ++image) {
        std::copy_n(values.begin() + image * c * h * w, c * h * w,
                    expected.begin() + (image * channels + first) * h * w);
      }
      first += c;
    }
    std::vector<float> got(expected.size());
    kernels::convert_layout(whole, joined.data(), ImageLayout::plain(n, channels, h, w), got.data(),
                            pool);
    ASSERT_EQ(expected, got) << random.repro();
    EXPECT_TRUE(joined.canaries_are_intact());
    const auto finite = [](float v) { return std::isfinite(v); };
    EXPECT_TRUE(std::all_of(joined.data(), joined.data() + joined.span().size(), finite))
        << random.repro();
  }
}

// The same elements in the same order, in rows of 256 elements or all that a plane has.
TEST(ImageLayout, JoinsShortRows) {
  const auto rows = [](const ImageLayout& l) {
    const ImageLayout joined = with_long_rows(l);
    EXPECT_EQ(joined.h * joined.w, l.h * l.w);
    EXPECT_EQ(joined.bytes(), l.bytes());
    EXPECT_EQ(joined.plane_stride(), l.plane_stride());
    return joined.h;
  };
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 14, 14)), 1);
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 96, 8)), 3);
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 8, 256)), 8);
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 100000, 1)), 250);
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 1000003, 1)), 1000003) << "a prime";
  EXPECT_EQ(rows(ImageLayout::plain(2, 3, 0, 7)), 0);
  EXPECT_EQ(rows(ImageLayout::with_halo(2, 20, 4, 8, 16, {})), 2);
  EXPECT_EQ(rows(ImageLayout::with_halo(2, 20, 4, 8, 16, {1, 1, 1, 1})), 4) << "a halo";
}

}  // namespace
}  // namespace u2net::engine::test
