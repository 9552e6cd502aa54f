// SPDX-License-Identifier: Apache-2.0
// The transform of the filters, once a model: U2Netp's 125,000 take as long as one of its runs if
// they are transformed one by one.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/winograd.h"

namespace u2net::kernels {
namespace {

// Filters that are transformed side by side: a divisor of every width of a vector.
constexpr int kLanes = 4;
constexpr int kMostPoints = 8;  // of an axis

// G of F(m, 3), a row a point.
class FilterTransform {
 public:
  explicit FilterTransform(int m) : a_(m + 2) {
    const double* points = winograd_points(m).data();
    for (int i = 0; i + 1 < a_; ++i) {
      double norm = 1;
      for (int j = 0; j + 1 < a_; ++j) norm *= j == i ? 1 : points[i] - points[j];
      g_[i][0] = 1 / norm;
      g_[i][1] = points[i] / norm;
      g_[i][2] = points[i] * points[i] / norm;
    }
    g_[a_ - 1][2] = 1;
  }

  FilterTransform magnitudes() const {
    FilterTransform result = *this;
    for (double(&row)[3] : result.g_) {
      for (double& g : row) g = std::fabs(g);
    }
    return result;
  }

  // u[(m + 2)^2][N] of filters [9][N]. The same sums for every N.
  template <int N>
  void apply(const double (*filters)[N], double (*u)[N]) const {
    for (int i = 0; i < a_; ++i) {
      double row[3][N] = {};
      for (int k = 0; k < 3; ++k) {
        for (int j = 0; j < 3; ++j) {
          for (int lane = 0; lane < N; ++lane) row[k][lane] += g_[i][j] * filters[j * 3 + k][lane];
        }
      }
      for (int j = 0; j < a_; ++j) {
        for (int lane = 0; lane < N; ++lane) {
          u[i * a_ + j][lane] =
              row[0][lane] * g_[j][0] + row[1][lane] * g_[j][1] + row[2][lane] * g_[j][2];
        }
      }
    }
  }

 private:
  int a_;
  double g_[kMostPoints][3] = {};
};

// A block of a source's channels, as wide as a vector: the unit of work.
struct ChannelBlock {
  std::int64_t first_filter;  // of an output
  std::int64_t channels;
  std::int64_t place;  // among the padded channels
  double scale;
};

std::int64_t block_count(const WinogradPlan& plan) { return plan.ic / plan.width; }

ChannelBlock channel_block(const WinogradPlan& plan, std::int64_t block) {
  ChannelBlock at{0, 0, block * plan.width, 1};
  for (const ConvSource& source : plan.conv.sources) {
    const std::int64_t blocks = divided_up(source.layout.c, plan.width);
    if (block < blocks) {
      at.first_filter += block * plan.width;
      at.channels = std::min<std::int64_t>(source.layout.c - block * plan.width, plan.width);
      at.scale = source.upsample ? kUpsampledFilterScale : 1;
      break;
    }
    block -= blocks;
    at.first_filter += source.layout.c;
  }
  return at;
}

// Where the taps of a group begin.
std::int64_t taps_at(const WinogradPlan& plan, std::int64_t group) {
  return group * 9 * plan.ic * plan.row();
}

// Of a block of channels: f(where a filter's tap is in [oc][ic][3][3], where among the packed ones)
template <class F>
void for_each_tap(const WinogradPlan& plan, std::int64_t block, const F& f) {
  const Conv2dParams& p = plan.conv.params;
  const std::int64_t w = plan.width;
  const ChannelBlock at = channel_block(plan, block);
  for (std::int64_t oc = 0; oc < p.oc; ++oc) {
    const std::int64_t group = oc / plan.row(), row = plan.row_of_group(group);
    for (std::int64_t c = 0; c < at.channels; ++c) {
      const std::int64_t filter = (oc * p.ic + at.first_filter + c) * 9;
      const std::int64_t place = taps_at(plan, group) + (block * 9 * w + c) * row + oc % plan.row();
      for (std::int64_t tap = 0; tap < 9; ++tap) f(filter + tap, place + tap * w * row);
    }
  }
}

}  // namespace

std::span<const double> winograd_points(int m) {
  using P4 = WinogradPoints<4>;
  using P6 = WinogradPoints<6>;
  static constexpr double kPoints4[] = {0, P4::a, -P4::a, P4::b, -P4::b};
  static constexpr double kPoints6[] = {0, P6::a, -P6::a, P6::b, -P6::b, P6::c, -P6::c};
  if (m == 4) return kPoints4;
  return kPoints6;
}

void transform_filter(int m, const float* filter, double* u) {
  double taps[9][1];
  for (int i = 0; i < 9; ++i) taps[i][0] = static_cast<double>(filter[i]);
  FilterTransform(m).apply(taps, reinterpret_cast<double(*)[1]>(u));
}

void transform_filter_magnitudes(int m, const float* filter, double* u) {
  double taps[9][1];
  for (int i = 0; i < 9; ++i) taps[i][0] = std::fabs(static_cast<double>(filter[i]));
  FilterTransform(m).magnitudes().apply(taps, reinterpret_cast<double(*)[1]>(u));
}

void pack_filters(const WinogradPlan& plan, const float* weight, float* packed, ThreadPool& pool) {
  const FilterTransform transform(plan.m);
  const Conv2dParams& p = plan.conv.params;
  const std::int64_t points = plan.points(), blocks = block_count(plan);
  pool.for_each_task(plan.groups * blocks, [&](std::int64_t task, int) {
    const std::int64_t group = task / blocks, row = plan.row_of_group(group);
    const ChannelBlock at = channel_block(plan, task % blocks);
    for (std::int64_t c = 0; c < plan.width; ++c) {
      for (std::int64_t lane = 0; lane < row; lane += kLanes) {
        double taps[9][kLanes] = {}, u[kMostPoints * kMostPoints][kLanes];
        const std::int64_t first = group * plan.row() + lane;
        const std::int64_t outputs =
            c < at.channels ? std::clamp<std::int64_t>(p.oc - first, 0, kLanes) : 0;
        for (std::int64_t o = 0; o < outputs; ++o) {
          const float* filter = weight + ((first + o) * p.ic + at.first_filter + c) * 9;
          for (int i = 0; i < 9; ++i) taps[i][o] = static_cast<double>(filter[i]);
        }
        transform.apply(taps, u);
        float* to = packed + group * points * plan.ic * plan.row() + (at.place + c) * row + lane;
        for (std::int64_t point = 0; point < points; ++point, to += plan.ic * row) {
          for (int o = 0; o < kLanes; ++o) {
            // Not even a negative zero where there is no filter.
            to[o] = o < outputs ? static_cast<float>(at.scale * u[point][o]) : 0.0F;
          }
        }
      }
    }
  });
}

void pack_taps(const WinogradPlan& plan, const float* weight, float* packed, ThreadPool& pool) {
  pool.for_each_task(block_count(plan), [&](std::int64_t block, int) {
    for (std::int64_t group = 0; group < plan.groups; ++group) {
      const std::int64_t floats = 9 * plan.width * plan.row_of_group(group);
      std::fill_n(packed + taps_at(plan, group) + block * floats, floats, 0.0F);
    }
    for_each_tap(plan, block,
                 [&](std::int64_t i, std::int64_t place) { packed[place] = weight[i]; });
  });
}

void unpack_taps(const WinogradPlan& plan, const float* packed, float* weight) {
  for (std::int64_t block = 0; block < block_count(plan); ++block) {
    for_each_tap(plan, block,
                 [&](std::int64_t i, std::int64_t place) { weight[i] = packed[place]; });
  }
}

}  // namespace u2net::kernels
