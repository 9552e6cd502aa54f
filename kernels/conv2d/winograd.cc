// SPDX-License-Identifier: Apache-2.0
// What does not depend on the instruction set: block sizes and costs.
#include "kernels/conv2d/winograd.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/base/rounding.h"

namespace u2net::kernels {
namespace {

// The part of the second-level cache that the transformed input of a block and its products may
// fill: the filters pass through the rest. Not for fewer tiles than these, as each block reads all
// filters.
constexpr double kBlockShare = 0.5;
constexpr std::int64_t kFewestTiles = 12;
constexpr std::int64_t kMostBlockTiles = 36;
// Of output channels, for threads to share.
constexpr std::int64_t kFewestGroups = 8;
// By the second-level cache: fewer come from the third fast enough, however often.
constexpr double kManyFilters = 8.5;

// Floats of padding that keep the points of v and m from falling into the same cache sets.
constexpr std::int64_t kLine = 16;

const WinogradForm& winograd(const ConvForm& form) {
  return static_cast<const WinogradForm&>(form);
}
int m_of(const ConvForm& form) { return winograd(form).m; }

std::int64_t filled_up_channels(const std::vector<std::int64_t>& channels, int width) {
  std::int64_t sum = 0;
  for (std::int64_t c : channels) sum += rounded_up(c, width);
  return sum;
}

int group_vectors(std::int64_t oc, int width) { return oc > width ? 2 : 1; }

// `tiles` or fewer, so that all of a plan's tiles make some even blocks for everyone.
std::int64_t even_tiles(std::int64_t all, std::int64_t tiles, std::int64_t threads) {
  if (all < tiles * threads * 4) {
    const std::int64_t blocks = divided_up(all, tiles * threads) * threads;
    tiles = divided_up(all, std::max<std::int64_t>(blocks, 1));
  }
  return std::clamp<std::int64_t>(rounded_up(tiles, 2), 2, kMostBlockTiles);
}

struct Blocking {
  std::int64_t tiles;     // of a block
  bool by_groups;         // the threads share it: all tiles
  double filters, again;  // values that are read: of filters, and of v for more than one group
};

// As many tiles as fit the cache, a multiple of `rows`, which the registers hold. Where filters
// are many and tiles few, all tiles are one block if that is less to read: the filters once, but v
// outside of the cache, once a group.
Blocking blocking(std::int64_t tiles, double points, double ic, double group, std::int64_t groups,
                  std::int64_t rows, std::size_t cache) {
  const double tile_bytes = points * (ic + group) * sizeof(float);
  const auto fitting =
      static_cast<std::int64_t>(kBlockShare * static_cast<double>(cache) / tile_bytes);
  const std::int64_t fewest = rounded_up(kFewestTiles, rows);
  const std::int64_t most = std::max(fewest, kMostBlockTiles / rows * rows);
  const std::int64_t block = even_tiles(tiles, std::clamp(fitting / rows * rows, fewest, most), 1);
  const double filters = points * ic * group * static_cast<double>(groups);
  const double v = points * ic * static_cast<double>(tiles * groups);
  const std::int64_t blocks = divided_up(tiles, block);
  // Each of two threads that share out the tiles reads all filters, too.
  const auto reads = static_cast<double>(std::max<std::int64_t>(blocks, kUsualThreads));
  const bool are_many = filters * sizeof(float) > kManyFilters * static_cast<double>(cache);
  if (are_many && tiles <= kMaxWinogradBlock && groups >= kFewestGroups &&
      filters + v < reads * filters)
    return {rounded_up(tiles, 2), true, filters, blocks > 1 ? v : 0};
  return {block, false, static_cast<double>(blocks) * filters, 0};
}

class WinogradKernel : public ConvKernel {
 public:
  // pooled_apart: the tiles of a dilated convolution have no 2x2 windows.
  WinogradKernel(const ConvCode& code, ConvRun run, WinogradPlan plan,
                 std::optional<ImageLayout> pooled_apart)
      : code_(code), run_(run), plan_(std::move(plan)), pooled_apart_(pooled_apart) {}

  std::string packing() const override {
    std::string name = "winograd" + std::to_string(plan_.m) + (plan_.is_compact ? "c" : "") + "w" +
                       std::to_string(plan_.width) + "g" + std::to_string(plan_.group_vectors);
    for (const ConvSource& source : plan_.conv.sources)
      name += "." + std::to_string(source.layout.c) + (source.upsample ? "^" : "");
    return name;
  }

  std::size_t packed_bytes() const override { return packed_floats() * sizeof(float); }

  void pack(const float* weight, void* packed, ThreadPool& pool) const override {
    if (plan_.is_compact) {
      pack_taps(plan_, weight, static_cast<float*>(packed), pool);
    } else {
      pack_filters(plan_, weight, static_cast<float*>(packed), pool);
    }
  }

  bool can_unpack() const override { return plan_.is_compact; }
  void unpack(const void* packed, float* weight) const override {
    unpack_taps(plan_, static_cast<const float*>(packed), weight);
  }

  std::size_t bias_floats() const override { return static_cast<std::size_t>(bias_count()); }
  std::size_t scratch_floats() const override {
    return static_cast<std::size_t>(winograd_scratch_floats(plan_));
  }

  void run(const ConvOperands& operands, ThreadPool& pool) const override {
    zero_halo(plan_.conv.dst, operands.dst, pool);
    if (plan_.conv.pooled) zero_halo(*plan_.conv.pooled, operands.pooled, pool);
    run_(plan_, operands, pool);
    if (pooled_apart_) {
      const ImageLayout& dst = plan_.conv.dst;
      code_.pool2d(max_pool_2x2(dst.n * dst.c, dst.h, dst.w, pooled_apart_->h, pooled_apart_->w),
                   {&dst, operands.dst}, {&*pooled_apart_, operands.pooled}, pool);
    }
  }

 private:
  std::size_t packed_floats() const {
    return static_cast<std::size_t>((plan_.is_compact ? 9 : plan_.points()) * plan_.ic *
                                    rounded_up(plan_.conv.params.oc, plan_.width));
  }
  std::int64_t bias_count() const { return plan_.groups * plan_.row(); }

  const ConvCode& code_;
  ConvRun run_;
  WinogradPlan plan_;
  std::optional<ImageLayout> pooled_apart_;
};

// Of an axis, of one phase. The first one is the largest.
std::int64_t phase_tiles(std::int64_t out, std::int64_t dilation, int m) {
  return divided_up(divided_up(out, dilation), m);
}

}  // namespace

std::int64_t winograd_task_tiles(const WinogradPlan& plan, int threads) {
  return std::min(plan.block_tiles, even_tiles(plan.tiles, plan.block_tiles, threads));
}

std::string winograd_unsupported_reason(const ConvForm&, const ConvProblem& problem, int) {
  const Conv2dParams& p = problem.params;
  if (p.kh != 3 || p.kw != 3) return "the filter is not 3x3";
  if (p.stride_h != 1 || p.stride_w != 1) return "a stride";
  if (p.groups != 1) return "groups";
  const bool is_dilated = p.dilation_h != 1 || p.dilation_w != 1;
  if (is_dilated && problem.upsamples) return "a resized source and dilation";
  // The phases would be less than a tile, with a halo that is many times the image.
  if (p.dilation_h > std::max<std::int64_t>(p.oh / 2, 1) ||
      p.dilation_w > std::max<std::int64_t>(p.ow / 2, 1))
    return "the dilation is more than half of the image";
  if (problem.upsamples && (p.pad_top != 1 || p.pad_left != 1 || p.oh != p.ih || p.ow != p.iw)) {
    return "a resized source without padding of 1";
  }
  return {};
}

// The products of the points, in steps of rows of tiles; the values of both transforms; and
// filters, which every block of tiles reads.
ConvTerms winograd_terms(const ConvForm& self, const ConvProblem& problem, const ConvCode& code) {
  const int m = m_of(self);
  const Conv2dParams& p = problem.params;
  const double points = (m + 2) * (m + 2), width = code.width;
  const double ic = static_cast<double>(filled_up_channels(problem.source_channels, code.width));
  const double oc = static_cast<double>(rounded_up(p.oc, code.width));
  // In pairs: the last one may be half empty, and leaves the second of two threads idle.
  const std::int64_t tiles =
      rounded_up(p.dilation_h * p.dilation_w * phase_tiles(p.oh, p.dilation_h, m) *
                     phase_tiles(p.ow, p.dilation_w, m),
                 kUsualThreads);
  const double count = static_cast<double>(tiles);
  const double rows = static_cast<double>(divided_up(tiles, code.tile_rows));
  const int vectors = group_vectors(p.oc, code.width);
  const std::int64_t groups = divided_up(p.oc, std::int64_t{vectors} * code.width);
  const double group = vectors * width;
  constexpr std::size_t kUsualCache = 1 << 20;  // of the second level
  const Blocking blocks = blocking(tiles, points, ic, group, groups, code.tile_rows, kUsualCache);
  ConvTerms terms;
  terms.amounts[ConvTerms::kCalls] = 1;
  terms.amounts[ConvTerms::kProducts] = count * points * ic * oc / width;
  terms.amounts[ConvTerms::kSteps] = rows * points * ic * static_cast<double>(groups);
  terms.amounts[ConvTerms::kPieces] = count;
  terms.amounts[ConvTerms::kMoves] = count * points * (ic + oc) / width;
  terms.amounts[ConvTerms::kFilters] = (blocks.filters + blocks.again) / width;
  return terms;
}

double winograd_packed_elements(const ConvForm& self, const ConvProblem& problem, int width) {
  const std::int64_t side = winograd(self).is_compact ? 3 : m_of(self) + 2;
  return static_cast<double>(side * side * filled_up_channels(problem.source_channels, width) *
                             rounded_up(problem.params.oc, width));
}

ConvRequirements winograd_requirements(const ConvForm& self, const Conv2dParams& p, int width) {
  const int m = m_of(self);
  const auto behind = [m](std::int64_t out, std::int64_t in, std::int64_t pad,
                          std::int64_t dilation) {
    return std::max<std::int64_t>((phase_tiles(out, dilation, m) * m + 2) * dilation - pad - in, 0);
  };
  return {.source_block = width,
          .source_halo = {.top = p.pad_top,
                          .left = p.pad_left,
                          .bottom = behind(p.oh, p.ih, p.pad_top, p.dilation_h),
                          .right = behind(p.ow, p.iw, p.pad_left, p.dilation_w)},
          .resized_halo = {},
          .dst_block = width};
}

std::unique_ptr<ConvKernel> plan_winograd(const ConvForm& self, const ConvCode& code, ConvRun run,
                                          const FusedConv2d& conv, const ConvMachine& machine) {
  const Conv2dParams& p = conv.params;
  WinogradPlan plan;
  plan.conv = conv;
  plan.m = m_of(self);
  plan.is_compact = winograd(self).is_compact;
  plan.width = code.width;
  if (conv.activation)
    plan.activate = code.activations[static_cast<std::size_t>(conv.activation->kind)];
  plan.group_vectors = group_vectors(p.oc, code.width);
  plan.groups = divided_up(p.oc, plan.group_vectors * std::int64_t{code.width});
  plan.phase_tiles_y = phase_tiles(p.oh, p.dilation_h, plan.m);
  plan.phase_tiles_x = phase_tiles(p.ow, p.dilation_w, plan.m);
  plan.tiles_y = p.dilation_h * plan.phase_tiles_y;
  plan.tiles_x = p.dilation_w * plan.phase_tiles_x;
  plan.tiles = p.n * plan.tiles_y * plan.tiles_x;
  plan.ic = filled_up_channels(source_channels(conv), code.width);
  for (std::int64_t c : source_channels(conv)) {
    for (; c > 0; c -= code.width)
      plan.block_channels.push_back(static_cast<int>(std::min<std::int64_t>(c, code.width)));
  }
  const Blocking blocks =
      blocking(plan.tiles, static_cast<double>(plan.points()), static_cast<double>(plan.ic),
               static_cast<double>(plan.row()), plan.groups, code.tile_rows, machine.caches.l2);
  plan.block_tiles = blocks.tiles;
  plan.by_groups = blocks.by_groups;
  plan.v_chunk = rounded_up(plan.block_tiles * code.width, kLine);
  plan.v_point = rounded_up(plan.v_chunk * (plan.ic / code.width), kLine) + kLine;
  plan.m_point = rounded_up(plan.block_tiles * plan.row(), kLine) + kLine;
  plan.stream = !conv.residual_in_dst && conv.dst.bytes() > machine.caches.l3 / 2;
  // Filters that the second-level cache would keep anyway need no prefetch; and where many blocks
  // use them, in turn, the processor's own prefetch finds them in the third: ours would only push
  // the samples out (128 to 64 channels at 320x320: 34.8 ms with it, 31.8 without).
  const std::int64_t outputs = plan.groups * plan.row();
  plan.prefetches = !plan.is_compact && plan.tiles <= 4 * plan.block_tiles &&
                    static_cast<std::size_t>(plan.points() * plan.ic * outputs) * sizeof(float) >
                        machine.caches.l2 / 2;
  std::optional<ImageLayout> pooled_apart;
  if (plan.is_dilated()) std::swap(pooled_apart, plan.conv.pooled);
  return std::make_unique<WinogradKernel>(code, run, std::move(plan), pooled_apart);
}

}  // namespace u2net::kernels
