// SPDX-License-Identifier: Apache-2.0
#include "kernels/strided_copy/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/graph/tensor.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::StridedCopy;
using Bytes = std::vector<std::byte>;

struct Problem {
  std::vector<StridedCopy::Dimension> dimensions;
  std::int64_t src_offset = 0, src_count = 1, dst_count = 1;
};

// dst is dense; src is dense under a permutation, and some of its dimensions are walked backwards,
// repeated or in steps.
Problem random_problem(Random& random, std::size_t rank, std::int64_t most) {
  Problem p;
  std::vector<std::size_t> order;
  for (std::size_t d = 0; d < rank; ++d) {
    p.dimensions.push_back({random.integer(1, most), 0, 0});
    order.insert(order.begin() + random.integer(0, static_cast<std::int64_t>(d)), d);
  }
  for (std::size_t d = rank; d-- > 0;) {
    p.dimensions[d].dst = p.dst_count;
    p.dst_count *= p.dimensions[d].size;
  }
  for (std::size_t d : order) {
    const std::int64_t size = p.dimensions[d].size, kind = random.integer(0, 9);
    if (kind == 0) continue;  // repeated
    const std::int64_t step = kind == 1 ? 2 : 1;
    p.dimensions[d].src = p.src_count * step;
    if (kind == 2) {
      p.src_offset += (size - 1) * p.src_count;
      p.dimensions[d].src = -p.src_count;
    }
    p.src_count *= size * step;
  }
  return p;
}

Bytes plainly_copied(const Problem& p, std::size_t bytes, const Bytes& src) {
  Bytes dst(static_cast<std::size_t>(p.dst_count) * bytes);
  for (std::int64_t i = 0; i < p.dst_count; ++i) {
    std::int64_t rest = i, from = p.src_offset;
    for (std::size_t d = p.dimensions.size(); d-- > 0;) {
      from += rest % p.dimensions[d].size * p.dimensions[d].src;
      rest /= p.dimensions[d].size;
    }
    std::memcpy(&dst[static_cast<std::size_t>(i) * bytes],
                &src[static_cast<std::size_t>(from) * bytes], bytes);
  }
  return dst;
}

void expect_plainly_copied(const Problem& p, std::size_t bytes, Random& random) {
  constexpr std::byte kCanary{0xA5};
  Bytes src(static_cast<std::size_t>(p.src_count) * bytes);
  for (std::byte& b : src) b = static_cast<std::byte>(random.next());
  StridedCopy copy;
  copy.src_offset = p.src_offset;
  copy.dst_offset = 64;
  for (const StridedCopy::Dimension& d : p.dimensions) copy.add(d.size, d.src, d.dst);
  Bytes expected(64 * bytes, kCanary);
  const Bytes inner = plainly_copied(p, bytes, src);
  expected.insert(expected.end(), inner.begin(), inner.end());
  expected.insert(expected.end(), 64, kCanary);
  for (int threads : {1, 3}) {
    kernels::ThreadPool pool(threads);
    Bytes dst(expected.size(), kCanary);
    kernels::strided_copy(copy, bytes, src.data(), dst.data(), pool);
    ASSERT_TRUE(dst == expected) << random.repro() << " threads " << threads;
  }
}

TEST(StridedCopy, IsThePlainLoop) {
  constexpr std::size_t kElementBytes[] = {1, 2, 4, 8};
  for (std::uint64_t number = 0; number < 600; ++number) {
    Random random("strided_copy", number);
    const std::size_t rank = number % 7;
    const Problem p = random_problem(random, rank, rank > 4 ? 4 : rank > 2 ? 9 : 40);
    expect_plainly_copied(p, kElementBytes[number / 7 % 4], random);
  }
}

// Large enough for tiles, strips that are left over, and several threads.
TEST(StridedCopy, TransposesMatrices) {
  for (std::int64_t rows : {1, 15, 16, 17, 100}) {
    for (std::int64_t columns : {1, 16, 33, 300}) {
      Random random("transpose", static_cast<std::uint64_t>(rows * 1000 + columns));
      Problem p{.dimensions = {
                    {3, rows * columns, rows * columns}, {rows, 1, columns}, {columns, rows, 1}}};
      p.src_count = p.dst_count = 3 * rows * columns;
      expect_plainly_copied(p, 4, random);
    }
  }
}

TEST(StridedCopy, MergesWhatWalksOn) {
  StridedCopy copy;  // [2, 3, 4, 5] with the first of 6 channels left out
  copy.add(2, 80, 60);
  copy.add(3, 20, 20);
  copy.add(1, 777, 3);
  copy.add(4, 5, 5);
  copy.add(5, 1, 1);
  ASSERT_EQ(copy.dimensions().size(), 2U);
  EXPECT_EQ(copy.dimensions()[1].size, 60);
  EXPECT_EQ(copy.dimensions()[0].src, 80);
}

TEST(StridedCopy, OfNothingTouchesNothing) {
  StridedCopy copy;
  copy.add(3, 1, 1);
  copy.add(0, 1, 1);
  kernels::ThreadPool pool(1);
  kernels::strided_copy(copy, 4, nullptr, nullptr, pool);
  EXPECT_TRUE(copy.is_empty());
}

}  // namespace
}  // namespace u2net::engine::test
