// SPDX-License-Identifier: Apache-2.0
// Random problems for the native convolutions, their operands between guard pages, and what the
// reference kernels make of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv2d/fused_conv2d.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

class NativeConvProblem {
 public:
  // One that the variant can do, of at most about 2^19 products.
  NativeConvProblem(const kernels::ConvVariant& variant, Random& random);

  const kernels::FusedConv2d& problem() const { return problem_; }
  std::string text() const;

  struct Results {
    PageGuarded dst;
    std::optional<PageGuarded> pooled;
  };
  // Outputs and scratch start as NaN. Expects that nothing else is written. Block sizes, and
  // whether results go past the caches, follow from `caches`.
  Results run(int threads, const kernels::CacheSizes& caches = kernels::cache_sizes()) const;

  // Of dst and pooled in plain layout, by the reference kernels.
  struct Expected {
    std::vector<float> dst, pooled;
    // How far each element may be off: 0 everywhere for exact variants, whose operands are
    // integers.
    std::vector<double> dst_bound, pooled_bound;
  };
  Expected expected() const;

  std::vector<float> plain_dst(const Results& results) const;
  std::vector<float> plain_pooled(const Results& results) const;

 private:
  void draw_shape(Random& random);
  bool draw_layouts(Random& random);
  void draw_activation(Random& random);
  void fill(Random& random);
  kernels::Conv2dEpilogue epilogue() const;
  void add_activation_bound(const std::vector<float>& joined, Expected& e) const;
  std::vector<float> joined_sources() const;

  const kernels::ConvVariant& variant_;
  kernels::FusedConv2d problem_;
  std::vector<std::int64_t> channels_;
  std::vector<bool> upsampled_;
  std::vector<std::vector<float>> plain_sources_;
  std::vector<PageGuarded> sources_;
  std::vector<float> weights_, bias_, plain_residual_;
};

// Of each window of 2x2, those over the edge of what is there: results in plain layout, or how far
// each of them may be off.
template <typename T>
std::vector<T> maxima_2x2(const kernels::Conv2dParams& p, const kernels::ImageLayout& pooled,
                          const std::vector<T>& results) {
  std::vector<T> maxima;
  for (std::int64_t plane = 0; plane < p.n * p.oc; ++plane) {
    for (std::int64_t y = 0; y < pooled.h; ++y) {
      for (std::int64_t x = 0; x < pooled.w; ++x) {
        T best = -std::numeric_limits<T>::infinity();
        for (std::int64_t i = 2 * y; i < std::min(2 * y + 2, p.oh); ++i) {
          for (std::int64_t j = 2 * x; j < std::min(2 * x + 2, p.ow); ++j)
            best = std::max(best, results[static_cast<std::size_t>((plane * p.oh + i) * p.ow + j)]);
        }
        maxima.push_back(best);
      }
    }
  }
  return maxima;
}

// What the tests of a variant are called.
std::string test_name_of(const testing::TestParamInfo<const kernels::ConvVariant*>& info);

// Those of the list and those that only tests run.
std::vector<const kernels::ConvVariant*> all_variants();

}  // namespace u2net::engine::test
