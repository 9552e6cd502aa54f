// SPDX-License-Identifier: Apache-2.0
#include "kernels/slice/slice.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "engine/graph/tensor.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

constexpr std::byte kSliceCanary{0xA5};

TEST(SliceReference, CopiesThePart) {
  constexpr std::size_t kElementBytes[] = {1, 2, 4, 8};
  for (std::uint64_t number = 0; number < 400; ++number) {
    Random random("slice", number);
    const std::size_t bytes = kElementBytes[number % 4];
    Shape src, start, dst;
    for (std::uint64_t i = 0; i < number % 6; ++i) {
      src.push_back(random.integer(1, 6));
      start.push_back(random.integer(0, src.back()));
      dst.push_back(random.integer(0, src.back() - start.back()));
    }
    std::vector<std::byte> from(static_cast<std::size_t>(element_count(src)) * bytes);
    for (std::byte& b : from) b = static_cast<std::byte>(random.next());
    const std::size_t total = static_cast<std::size_t>(element_count(dst)) * bytes;
    std::vector<std::byte> to(total + 128, kSliceCanary);
    kernels::slice_reference({src, start, dst}, bytes, from.data(), to.data() + 64);
    for (std::int64_t i = 0; i < element_count(dst); ++i) {
      std::int64_t rest = i, flat = 0, stride = 1;
      for (std::size_t d = dst.size(); d-- > 0;) {
        flat += (start[d] + rest % dst[d]) * stride;
        rest /= dst[d];
        stride *= src[d];
      }
      ASSERT_EQ(std::memcmp(&to[64 + static_cast<std::size_t>(i) * bytes],
                            &from[static_cast<std::size_t>(flat) * bytes], bytes),
                0)
          << to_string(dst) << " at " << to_string(start) << " of " << to_string(src) << " "
          << random.repro();
    }
    for (std::size_t i = 0; i < 64; ++i) {
      ASSERT_EQ(to[i], kSliceCanary) << random.repro();
      ASSERT_EQ(to[64 + total + i], kSliceCanary) << random.repro();
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
