// SPDX-License-Identifier: Apache-2.0
// Winograd's minimal filtering F(m x m, 3 x 3) for 3x3 convolutions of stride 1 (A. Lavin and S.
// Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): the output is cut into m x
// m tiles, and with tiles d of (m + 2) x (m + 2) input samples and filters g
//   dst tile = A^T [ sum over ic of (G g G^T) . (B^T d B) ] A,    . element by element
// so that each of the (m + 2)^2 points is a matrix product of [tiles][ic] and [ic][oc]: (m + 2)^2 /
// m^2 multiplications a result instead of 9. Interpolation points: 0, +-1, +-2, +-1/2, infinity for
// m = 6; 0, +-sqrt(1/2), +-sqrt(2), infinity for m = 4.
//
// A filter of dilation d meets every d-th sample alone: the image falls into d x d images of every
// d-th row and column, its *phases*, which have nothing to do with each other, and each of which is
// a convolution without dilation. So a tile is m x m results that are d apart, of samples that are
// d apart, and nothing is copied; tiles are numbered phase by phase.
//
// Everything happens in blocks of tiles that stay in the second-level cache:
//   v [point][ic / W][tile][W]   transformed input of the block
//   u [oc group][point][ic][C * W]   transformed filters, packed
//   m [point][tile][C * W]   their products, of one group at a time
// with vectors of W floats and C vectors a group of output channels: two, but for the last where
// that leaves one over. A block is transformed, then
// for one group of output channels after the other all points are multiplied and the products of
// the group transformed back and written, with bias, ReLU, residual and pooling on the way: neither
// v nor m ever is in memory. A block reads all filters, so that it should have many tiles; v and m
// share the cache, so that it should have few: block_tiles.
//
// Why it is fast: F(6, 3) makes 64 / 36 multiplications a result, a fifth of 9, in products that
// keep their sums in registers (MatrixTile), and channels as the innermost dimension make the
// transforms additions of whole vectors without a shuffle. What it costs is the transforms, (m +
// 2)^2 values a tile and vector of channels in and out, which many channels on the other side pay
// for, and filters that are 7.1 (m = 6) or 4 times (m = 4) as big, which small images do not pay
// for: hence two m. The compact form keeps the filters as they are, and transforms those of a group
// for every block, some channels at a time: u [point][ic of the part][C * W] stays in the cache.
//
// Where the tiles of all images are few (kMaxWinogradBlock), and the filters of deep layers many, a
// block is not what fits the cache but all tiles: each filter is read once. Then the tasks are
// groups of output channels, and v, which all threads have transformed before, comes from the
// third level once a group.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv_form.h"

namespace u2net::kernels {

// A multiple of every width of a vector.
constexpr std::int64_t kCompactChannels = 64;
// Floats between the points of u, whose addresses must not meet in the same cache sets.
constexpr std::int64_t kUPadding = 16;

struct WinogradPlan : ConvPlan {
  int m = 6;
  std::int64_t phase_tiles_y = 0, phase_tiles_x = 0;
  std::int64_t tiles_y = 0, tiles_x = 0;  // of an image: of all phases of an axis
  std::int64_t tiles = 0;                 // of all images
  std::int64_t block_tiles = 0;           // tiles that are worked on together at most; even
  bool by_groups = false;                 // the threads share one block of all tiles
  bool is_compact = false;                // filters are transformed when they are needed
  std::int64_t ic = 0;                    // input channels, every source filled up to whole vectors
  std::vector<int> block_channels;        // that are not filling, of every vector of them
  std::int64_t v_chunk = 0, v_point = 0;  // strides in floats
  std::int64_t m_point = 0;
  bool prefetches = false;  // filters, while those of the point before are multiplied

  bool is_dilated() const { return conv.params.dilation_h > 1 || conv.params.dilation_w > 1; }
  // The first row and column of dst of a tile.
  std::int64_t row_of(std::int64_t tile_y) const {
    return tile_y % phase_tiles_y * m * conv.params.dilation_h + tile_y / phase_tiles_y;
  }
  std::int64_t column_of(std::int64_t tile_x) const {
    return tile_x % phase_tiles_x * m * conv.params.dilation_w + tile_x / phase_tiles_x;
  }
  std::int64_t points() const { return std::int64_t{m + 2} * (m + 2); }
  std::int64_t v_floats() const { return points() * v_point; }
  std::int64_t m_floats() const { return points() * m_point; }
  // Floats of a result of all outputs of a group; the last one may have fewer than the others.
  std::int64_t row() const { return std::int64_t{group_vectors} * width; }
  int vectors_of(std::int64_t group) const {
    const std::int64_t left = divided_up(conv.params.oc, width) - group * group_vectors;
    return left < group_vectors ? static_cast<int>(left) : group_vectors;
  }
  std::int64_t row_of_group(std::int64_t group) const {
    return std::int64_t{vectors_of(group)} * width;
  }
  // Where the filters of a group are transformed on the way, so many channels at a time.
  std::int64_t part_channels() const { return is_compact ? std::min(kCompactChannels, ic) : ic; }
  std::int64_t u_floats() const {
    return is_compact ? points() * (part_channels() * row() + kUPadding) : 0;
  }
};

// Tiles of one row that are transformed together, and the floats that this takes. Vectors of 4
// floats need 4 of them to fill a line of the cache.
constexpr int winograd_run(int m, int width) { return m == 6 && width > 4 ? 6 : 8; }
constexpr std::int64_t winograd_column_floats(int m, int width) {
  return std::int64_t{winograd_run(m, width) * m + 2} * (m + 2) * width;
}

constexpr std::int64_t kMaxWinogradBlock = 112;  // tiles

// What a thread needs besides v.
inline std::int64_t winograd_thread_floats(const WinogradPlan& plan) {
  return plan.m_floats() + plan.u_floats() + winograd_column_floats(plan.m, plan.width);
}
inline std::int64_t winograd_scratch_floats(const WinogradPlan& plan) {
  return plan.v_floats() + winograd_thread_floats(plan);
}

// The tiles of a task: a block of the plan's, or fewer where some threads would have nothing to do.
// A tile is computed by the same operations in the same order whatever others it shares a block
// with, so this changes no bit.
std::int64_t winograd_task_tiles(const WinogradPlan& plan, int threads);

// The interpolation points of F(m x m, 3 x 3) are 0, infinity and + and - each of these.
template <int M>
struct WinogradPoints;
template <>
struct WinogradPoints<4> {  // square roots of 1/2 and 2
  static constexpr double a = 0.70710678118654752440, b = 1.41421356237309504880;
};
template <>
struct WinogradPoints<6> {
  static constexpr double a = 1, b = 2, c = 0.5;
};

// All but infinity: m + 1 of them.
std::span<const double> winograd_points(int m);

// Resized samples come times 4 in both dimensions, so that their filters are multiplied by this: a
// power of two, nothing is rounded.
constexpr double kUpsampledFilterScale = 1.0 / 16;

// u[(m + 2)^2] = G g G^T, in double precision; and |G| |g| |G|^T.
void transform_filter(int m, const float* filter, double* u);
void transform_filter_magnitudes(int m, const float* filter, double* u);
// The filters [oc][ic][3][3] of a plan, transformed, as
// packed[group][point][channel of the padded sources][output of the group]; zeros where there is no
// channel or no output.
void pack_filters(const WinogradPlan& plan, const float* weight, float* packed, ThreadPool& pool);
// As they are, as packed[group][channel / W][tap][channel % W][output of the group]; and back.
void pack_taps(const WinogradPlan& plan, const float* weight, float* packed, ThreadPool& pool);
void unpack_taps(const WinogradPlan& plan, const float* packed, float* weight);

struct WinogradForm : ConvForm {
  int m;
  bool is_compact;
};

// The functions of a WinogradForm's ConvForm.
std::string winograd_unsupported_reason(const ConvForm& self, const ConvProblem& problem,
                                        int width);
ConvTerms winograd_terms(const ConvForm& self, const ConvProblem& problem, const ConvCode& code);
double winograd_packed_elements(const ConvForm& self, const ConvProblem& problem, int width);
ConvRequirements winograd_requirements(const ConvForm& self, const Conv2dParams& params, int width);
std::unique_ptr<ConvKernel> plan_winograd(const ConvForm& self, const ConvCode& code, ConvRun run,
                                          const FusedConv2d& conv, const ConvMachine& machine);

template <int M, bool IsCompact = false>
struct WinogradOf {
  static constexpr WinogradForm describe() {
    return {
        {IsCompact ? "winograd4_compact" : (M == 6 ? "winograd6" : "winograd4"), ElementType::kF32,
         ElementType::kF32, IsCompact, RoundingModel{M}, winograd_unsupported_reason,
         winograd_terms, winograd_packed_elements, winograd_requirements, plan_winograd},
        M,
        IsCompact};
  }
};

}  // namespace u2net::kernels
