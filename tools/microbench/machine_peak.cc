// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/machine_peak.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "engine/plan/tile_kernels.h"
#include "kernels/base/parallel.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::size_t kBlockFloats = std::size_t{64} << 20;  // 256 MiB
constexpr int kRepeats = 5;

// The best rate of a few tries of work(), which returns an amount.
template <class Work>
double best_rate(const Work& work) {
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double amount = work();
    best = std::max(
        best,
        amount / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

// Of a loop in all threads at once.
double flops_of(double (*loop)(std::int64_t rounds), std::int64_t rounds, int threads,
                kernels::ThreadPool& pool) {
  return best_rate([&] {
    std::vector<double> flops(static_cast<std::size_t>(threads));
    pool.for_each_task(threads, [&](std::int64_t task, int) {
      flops[static_cast<std::size_t>(task)] = loop(rounds);
    });
    return std::accumulate(flops.begin(), flops.end(), 0.0);
  });
}

double tile_flops(Precision precision, int threads, kernels::ThreadPool& pool) {
  const TileKernels tiles = tile_kernels(precision, usable_features());
  if (tiles.variants.empty()) return 0;
  const auto& code = kernels::best_code<TilePeakCode, kernels::AllTileSets>(
      tiles.variants.front().required_features());
  return flops_of(code.dots, tiles.emulated ? 50 : 50'000, threads, pool);
}

}  // namespace

MachinePeak measure_peak(int threads, Precision precision) {
  kernels::ThreadPool pool(threads);
  const auto& code = kernels::best_code<PeakCode>(usable_features());
  const std::vector<float> block(kBlockFloats, 1.0F);
  std::vector<float> sums(static_cast<std::size_t>(threads));
  const auto read = [&] {
    const std::int64_t share = static_cast<std::int64_t>(kBlockFloats) / threads / 64 * 64;
    pool.for_each_task(threads, [&](std::int64_t task, int) {
      sums[static_cast<std::size_t>(task)] = code.sum(block.data() + task * share, share);
    });
    return static_cast<double>(share * threads) * sizeof(float);
  };
  return {.flops = flops_of(code.multiply_add, 200'000, threads, pool),
          .bytes = best_rate(read),
          .tile_flops = tile_flops(precision, threads, pool)};
}

}  // namespace u2net::bench
