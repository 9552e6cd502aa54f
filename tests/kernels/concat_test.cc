// SPDX-License-Identifier: Apache-2.0
#include "kernels/concat/concat.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

constexpr std::byte kCanary{0xA5};

std::vector<std::byte> random_bytes(Random& random, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.next());
  return bytes;
}

TEST(ConcatReference, PutsEveryByteInItsPlace) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    Random random("concat", number);
    const auto outer = random.integer(1, 5);
    std::vector<std::vector<std::byte>> inputs;
    std::vector<const std::byte*> src;
    std::vector<std::size_t> inner;
    std::size_t row = 0;
    for (std::int64_t i = random.integer(1, 6); i > 0; --i) {
      inner.push_back(static_cast<std::size_t>(random.integer(0, 70)));
      inputs.push_back(random_bytes(random, inner.back() * static_cast<std::size_t>(outer)));
      row += inner.back();
    }
    for (const auto& input : inputs) src.push_back(input.data());
    const std::size_t total = row * static_cast<std::size_t>(outer);
    std::vector<std::byte> dst(total + 128, kCanary);
    kernels::concat_reference(outer, src, inner, dst.data() + 64);
    for (std::size_t at = 0; at < total; ++at) {
      std::size_t column = at % row, input = 0;
      while (column >= inner[input]) column -= inner[input++];
      ASSERT_EQ(dst[64 + at], inputs[input][at / row * inner[input] + column])
          << random.repro() << " byte " << at;
    }
    for (std::size_t i = 0; i < 64; ++i) {
      ASSERT_EQ(dst[i], kCanary) << random.repro();
      ASSERT_EQ(dst[64 + total + i], kCanary) << random.repro();
    }
  }
}

TEST(ConcatReference, TakesTheSameTensorTwice) {
  const std::byte x[] = {std::byte{1}, std::byte{2}};
  const std::byte* src[] = {x, x};
  const std::size_t inner[] = {1, 1};
  std::byte dst[4];
  kernels::concat_reference(2, src, inner, dst);
  EXPECT_EQ(std::vector(dst, dst + 4), (std::vector{x[0], x[0], x[1], x[1]}));
}

TEST(ConcatReference, LeavesTheRestOfARowAlone) {
  const std::byte x[] = {std::byte{1}, std::byte{2}};
  std::byte dst[] = {kCanary, kCanary, kCanary, kCanary};
  kernels::concat_part_reference(2, x, 1, dst + 1, 2);
  EXPECT_EQ(std::vector(dst, dst + 4), (std::vector{kCanary, x[0], kCanary, x[1]}));
}

}  // namespace
}  // namespace u2net::engine::test
