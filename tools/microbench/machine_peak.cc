// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/machine_peak.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "kernels/base/parallel.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::size_t kBlockFloats = std::size_t{64} << 20;  // 256 MiB
constexpr int kRepeats = 5;

const PeakCode& code() {
  const kernels::CpuFeatures usable = usable_features();
  static constexpr auto kCodes = kernels::codes_for<PeakCode>(kernels::InstructionSets{});
  for (const kernels::CodeOfSet<PeakCode>& code : kCodes) {
    if (usable.contains(code.set->features)) return code.code();
  }
  return kCodes.back().code();
}

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

}  // namespace

MachinePeak measure_peak(int threads) {
  kernels::ThreadPool pool(threads);
  constexpr std::int64_t kRounds = 200'000;
  const auto multiply = [&] {
    std::vector<double> flops(static_cast<std::size_t>(threads));
    pool.for_each_task(threads, [&](std::int64_t task, int) {
      flops[static_cast<std::size_t>(task)] = code().multiply_add(kRounds);
    });
    double sum = 0;
    for (double f : flops) sum += f;
    return sum;
  };
  const std::vector<float> block(kBlockFloats, 1.0F);
  std::vector<float> sums(static_cast<std::size_t>(threads));
  const auto read = [&] {
    const std::int64_t share = static_cast<std::int64_t>(kBlockFloats) / threads / 64 * 64;
    pool.for_each_task(threads, [&](std::int64_t task, int) {
      sums[static_cast<std::size_t>(task)] = code().sum(block.data() + task * share, share);
    });
    return static_cast<double>(share * threads) * sizeof(float);
  };
  return {.flops = best_rate(multiply), .bytes = best_rate(read)};
}

}  // namespace u2net::bench
