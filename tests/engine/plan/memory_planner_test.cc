// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/memory_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

bool alive_together(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

std::size_t padded(std::size_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

void expect_valid(const std::vector<Lifetime>& buffers, std::size_t total,
                  const std::string& repro) {
  EXPECT_GE(total, live_bytes_bound(buffers)) << repro;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const Lifetime& a = buffers[i];
    ASSERT_EQ(a.offset % kArenaAlignment, 0U) << repro;
    ASSERT_LE(a.offset + a.bytes, total) << repro;
    for (std::size_t j = 0; j < i; ++j) {
      const Lifetime& b = buffers[j];
      if (!alive_together(a, b)) continue;
      ASSERT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
          << repro << ": " << i << " and " << j << " overlap";
    }
  }
}

std::vector<Lifetime> random_lifetimes(Random& random) {
  std::vector<Lifetime> buffers(static_cast<std::size_t>(random.integer(1, 60)));
  for (Lifetime& b : buffers) {
    b.bytes = static_cast<std::size_t>(random.integer(0, random.integer(0, 1) ? 100 : 100000));
    b.first = static_cast<int>(random.integer(0, 40));
    b.last = b.first + static_cast<int>(random.integer(0, random.integer(0, 3) ? 3 : 30));
  }
  return buffers;
}

TEST(MemoryPlanner, NeverOverlapsWhatIsAliveTogether) {
  for (std::uint64_t number = 0; number < 500; ++number) {
    Random random("lifetimes", number);
    std::vector<Lifetime> buffers = random_lifetimes(random);
    const std::size_t total = place_buffers(buffers);
    expect_valid(buffers, total, random.repro());
  }
}

// The bound, step by step instead of buffer by buffer.
TEST(MemoryPlanner, BoundIsTheLargestSumOfAStep) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    Random random("lifetimes", number);
    const std::vector<Lifetime> buffers = random_lifetimes(random);
    std::size_t bound = 0;
    for (int step = 0; step <= 80; ++step) {
      std::size_t live = 0;
      for (const Lifetime& b : buffers)
        live += b.first <= step && step <= b.last ? padded(b.bytes) : 0;
      bound = std::max(bound, live);
    }
    EXPECT_EQ(live_bytes_bound(buffers), bound) << random.repro();
  }
}

// What the header says, buffer by buffer: largest first, each as low as it goes.
std::size_t place_one_by_one(std::vector<Lifetime>& buffers) {
  std::vector<Lifetime*> order;
  for (Lifetime& b : buffers) order.push_back(&b);
  std::stable_sort(order.begin(), order.end(),
                   [](const Lifetime* a, const Lifetime* b) { return a->bytes > b->bytes; });
  std::size_t total = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Lifetime& b = *order[i];
    std::vector<std::size_t> candidates = {0};
    for (std::size_t j = 0; j < i; ++j)
      candidates.push_back(order[j]->offset + padded(order[j]->bytes));
    std::sort(candidates.begin(), candidates.end());
    const auto is_free = [&](std::size_t offset) {
      return std::all_of(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const Lifetime* o) {
                           return !alive_together(b, *o) || offset + padded(b.bytes) <= o->offset ||
                                  o->offset + padded(o->bytes) <= offset;
                         });
    };
    b.offset = *std::find_if(candidates.begin(), candidates.end(), is_free);
    total = std::max(total, b.offset + padded(b.bytes));
  }
  return total;
}

// Short lives and long ones, in networks of many steps.
TEST(MemoryPlanner, IsGreedy) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    Random random("long lifetimes", number);
    std::vector<Lifetime> buffers(static_cast<std::size_t>(random.integer(1, 150)));
    const std::int64_t steps = random.integer(1, 600);
    for (Lifetime& b : buffers) {
      b.bytes = static_cast<std::size_t>(random.integer(1, random.integer(0, 1) ? 300 : 20000));
      b.first = static_cast<int>(random.integer(0, steps));
      b.last = b.first + static_cast<int>(random.integer(0, random.integer(0, 3) ? 4 : steps));
    }
    std::vector<Lifetime> expected = buffers;
    EXPECT_EQ(place_buffers(buffers), place_one_by_one(expected)) << random.repro();
    for (std::size_t i = 0; i < buffers.size(); ++i)
      ASSERT_EQ(buffers[i].offset, expected[i].offset) << random.repro() << ": " << i;
  }
}

// As many as a file may name, each alive at step 10: the square of their number would take minutes.
TEST(MemoryPlanner, PlacesAHundredThousandAtOnce) {
  for (const int spread : {2, 90}) {  // short lives, and both kinds
    Random random("crowd", static_cast<std::uint64_t>(spread));
    std::vector<Lifetime> buffers(100'000);
    std::size_t all = 0;
    for (Lifetime& b : buffers) {
      b.bytes = static_cast<std::size_t>(random.integer(0, 20000));
      b.first = 10 - static_cast<int>(random.integer(0, 10));
      b.last = 10 + static_cast<int>(random.integer(0, spread));
      all += padded(b.bytes);
    }
    const std::size_t total = place_buffers(buffers);
    EXPECT_GE(total, all) << random.repro();
    EXPECT_LE(total, 2 * all) << random.repro();
    std::ranges::sort(buffers, {}, &Lifetime::offset);
    std::size_t end = 0;
    for (const Lifetime& b : buffers) {
      if (b.bytes == 0) continue;
      ASSERT_EQ(b.offset % kArenaAlignment, 0U) << random.repro();
      ASSERT_GE(b.offset, end) << random.repro();
      end = b.offset + padded(b.bytes);
    }
    EXPECT_LE(end, total) << random.repro();
  }
}

// One after the other in the crowd's rows, too.
TEST(MemoryPlanner, RowsOfACrowdAreUsedAgain) {
  std::vector<Lifetime> buffers(90'000);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const int step = static_cast<int>(i % 3);
    buffers[i] = {.bytes = 64, .first = step, .last = step};
  }
  EXPECT_LE(place_buffers(buffers), 30'001 * padded(64));  // one more where the rows begin
}

TEST(MemoryPlanner, ReusesAChainInTwoBuffers) {
  std::vector<Lifetime> chain;
  for (int i = 0; i < 20; ++i) chain.push_back({.bytes = 1000, .first = i, .last = i + 1});
  EXPECT_EQ(place_buffers(chain), 2 * padded(1000));
}

// An encoder that keeps its stages for a decoder, as every U-net does: within a tenth of the bound.
TEST(MemoryPlanner, IsNearlyTightOnAUNet) {
  std::vector<Lifetime> buffers;
  constexpr int kStages = 6, kEnd = 4 * kStages;
  int step = 0;
  std::size_t bytes = 64 * 320 * 320 * 4;
  for (int stage = 0; stage < kStages; ++stage, bytes /= 4) {
    const int mirrored = kEnd - 2 * stage;
    buffers.push_back({.bytes = bytes, .first = step, .last = mirrored});  // kept for the decoder
    buffers.push_back({.bytes = bytes / 4, .first = step + 1, .last = step + 2});  // pooled
    step += 2;
  }
  for (int stage = kStages; stage-- > 0; step += 2) {
    bytes *= 4;
    buffers.push_back({.bytes = bytes, .first = step, .last = step + 1});          // resized
    buffers.push_back({.bytes = 2 * bytes, .first = step + 1, .last = step + 2});  // joined
  }
  const std::size_t total = place_buffers(buffers);
  expect_valid(buffers, total, "u-net");
  EXPECT_LE(static_cast<double>(total), 1.1 * static_cast<double>(live_bytes_bound(buffers)));
}

TEST(MemoryPlanner, PlacesNothing) {
  EXPECT_EQ(place_buffers({}), 0U);
  EXPECT_EQ(live_bytes_bound({}), 0U);
  std::vector<Lifetime> empty = {{.bytes = 0, .first = 0, .last = 5},
                                 {.bytes = 64, .first = 0, .last = 5}};
  EXPECT_EQ(place_buffers(empty), 64U);
}

TEST(MemoryPlanner, RefusesSizesThatOverflow) {
  for (std::size_t bytes : {(std::size_t{1} << 50) + 1, ~std::size_t{0}, ~std::size_t{0} - 62}) {
    std::vector<Lifetime> buffers = {{.bytes = bytes, .first = 0, .last = 1}};
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"2^50"}, [&] { place_buffers(buffers); }));
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"2^50"}, [&] { live_bytes_bound(buffers); }));
  }
}

}  // namespace
}  // namespace u2net::engine::test
