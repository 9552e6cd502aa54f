// SPDX-License-Identifier: Apache-2.0
// The direct convolution of many channels to many: sources and dst in blocks of W channels.
//   dst[oc][y][x] = sum over ic, ky, kx of u[oc][ic][ky][kx] *
//                   src[ic][y * stride_h - pad_top + ky * dilation_h][... x alike]
// Seen along a row of dst it is, for every tap of the filter and every block of input channels, a
// matrix product: N pixels times C * W output channels, summed over W input channels. The sums stay
// in registers (MatrixTile: N * C vectors) from the first tap to the last; every step loads C
// vectors of filters, which all N pixels share, and broadcasts N samples, which C vectors share: C
// * N multiplications for C + N loads. So that the loads run straight on, filters are packed in the
// order of the loops,
//   u[group][ic / W][ky][kx][ic % W][C * W]     a group: C vectors of output channels, C = 1 or 2
// (2, but for the last where that leaves one over), and the samples of a block of channels lie side
// by side anyway. Of the last block of a source only the channels that there are count. With blocks
// there is no code for borders: samples outside of src are zeros of its halo. Taps that meet
// nothing else are left out, row by row and, for dilated filters, piece by piece of a row: with a
// dilation of half the image, that is more than half of them. A task is a few rows of one group,
// whose filters stay in the second-level cache while the rows go by.
//
// Where the filter is 1x1 and rows of src lie right behind each other, an image is one long row for
// it: 49 pixels of a 7x7 image fill the N rows of sums as well as those of a large one. If dst's
// rows do not lie alike, because others want a halo around them, the pieces go through the stack,
// if that is little beside their sums.
//
// Several groups of channels work where each is whole blocks: a group of filters then reads the
// blocks of its own group alone. Where groups begin and end within blocks, as those of 40 channels
// do, a group of filters reads the blocks of all groups that it has output channels of, and the
// weights of a channel that is none of its group are zeros.
//
// While a group of filters is at work, those of the task that this thread will come to are brought
// into the second-level cache, a few lines between the steps: on small images each filter is used
// for so few pixels that waiting for the next would take as long as the products.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

// The samples of one source that one row of results reads: of the first tap and pixel.
struct SourceRow {
  const float* data;
  std::int64_t blocks, plane, row;  // blocks of channels; strides, `row` from tap to tap
  int last_channels;                // of the last block
};

struct BlockedConv {
  static constexpr std::string_view kName = "blocked";
  static constexpr bool kReadsBlocks = true, kWritesBlocks = true;

  static const char* unsupported(const ConvProblem& problem, int width) {
    if (has_whole_groups(problem, width)) return nullptr;
    if (problem.source_channels.size() != 1)
      return "groups of several sources that are not whole vectors";
    // Each group of filters has a range of its own, in every formula.
    constexpr std::int64_t kMostChannels = 1 << 16;
    const bool can = problem.params.oc <= kMostChannels && problem.params.ic <= kMostChannels;
    return can ? nullptr : "more than 65536 channels, in groups that are not whole vectors";
  }
  static bool has_whole_groups(const ConvProblem& problem, int width) {
    return has_whole_inputs(problem, width) && has_whole_outputs(problem.params, width);
  }
  // Of `row` output channels from `first` on, but for where their filters begin.
  static BlockRange range_of(const Conv2dParams& p, std::int64_t width, std::int64_t row,
                             std::int64_t first) {
    const std::int64_t group_ic = p.ic / p.groups, group_oc = p.oc / p.groups;
    const std::int64_t last = std::min(first + row, p.oc) - 1,
                       begin = first / group_oc * group_ic / width;
    return {begin, divided_up((last / group_oc + 1) * group_ic, width) - begin, 0};
  }
  // Of all groups, and the end.
  static std::vector<BlockRange> ranges_of(const Conv2dParams& p, std::int64_t width, int vectors) {
    std::vector<BlockRange> ranges;
    std::int64_t filters = 0, row = vectors * width;
    for (std::int64_t first = 0; first < p.oc; first += row) {
      ranges.push_back(range_of(p, width, row, first));
      ranges.back().filters = filters;
      filters += ranges.back().blocks * width * row * p.kh * p.kw;
    }
    ranges.push_back({0, 0, filters});
    return ranges;
  }
  static double packed_floats(const Conv2dParams& p, std::int64_t width, int vectors) {
    return static_cast<double>(ranges_of(p, width, vectors).back().filters);
  }
  static int group_vectors_of(const Conv2dParams& p, int width) {
    return p.groups == 1 && p.oc > width ? 2 : direct_group_vectors(p, width);
  }
  // Two vectors that read the blocks of either are not worth it where those are many more.
  static int uneven_group_vectors(const Conv2dParams& p, int width) {
    if (divided_up(p.oc, width) % 2 != 0) return 1;
    constexpr double kGain = 1.1;
    return packed_floats(p, width, 2) < kGain * packed_floats(p, width, 1) ? 2 : 1;
  }
  static double packed_channels(const ConvProblem& problem, int width) {
    if (has_whole_groups(problem, width)) return 0;
    const Conv2dParams& p = problem.params;
    return packed_floats(p, width, uneven_group_vectors(p, width)) /
           static_cast<double>(p.kh * p.kw);
  }
  static DirectTerms terms_of(const DirectWork& work) {
    const Conv2dParams& p = work.params();
    const bool is_uneven = !has_whole_groups(work.problem, work.code.width);
    const double group_vectors =
        is_uneven ? uneven_group_vectors(p, work.code.width) : group_vectors_of(p, work.code.width);
    const double groups = std::ceil(work.result_vectors() / group_vectors);
    // Input channels, of all vectors of output channels and of all groups of these.
    const double products = is_uneven
                                ? packed_channels(work.problem, work.code.width) / work.width()
                                : static_cast<double>(p.ic / p.groups) * work.result_vectors();
    const double channels = is_uneven ? products / group_vectors : work.group_ic * groups;
    const double pieces = is_pointwise(p) ? std::ceil(work.oh() * work.ow() / work.code.tile_rows)
                                          : work.pieces(work.code.tile_rows);
    // A piece walks a column of the filter if any of its pixels meets a sample there.
    const double rows = work.rows / std::max(work.oh(), 1.0);
    const double columns = p.dilation_w > 1
                               ? std::min(work.columns / std::max(work.ow(), 1.0) +
                                              work.code.tile_rows / std::max(2 * work.ow(), 1.0),
                                          static_cast<double>(p.kw))
                               : static_cast<double>(p.kw);
    const double steps = pieces * rows * columns * channels;
    return {work.oh() * work.ow() * rows * columns * products, steps,
            pieces * (groups + rows * columns * channels / work.width())};
  }
  static void divide(DirectPlan& plan) {
    const Conv2dParams& p = plan.conv.params;
    const bool is_whole =
        p.groups == 1 || (plan.group_ic() % plan.width == 0 && p.oc / p.groups % plan.width == 0);
    if (is_whole) {
      plan.group_vectors = group_vectors_of(p, plan.width);
      const std::int64_t row = std::int64_t{plan.group_vectors} * plan.width;
      plan.groups = p.groups * divided_up(p.oc / p.groups, row);
      plan.filter_floats = plan.taps() * row * (plan.source_blocks * plan.width);
      plan.filter_end = p.groups * divided_up(p.oc / p.groups, plan.width) *
                        (plan.filter_floats / plan.group_vectors);
    } else {
      plan.group_vectors = uneven_group_vectors(p, plan.width);
      plan.ranges = ranges_of(p, plan.width, plan.group_vectors);
      plan.groups = static_cast<std::int64_t>(plan.ranges.size()) - 1;
      for (const BlockRange& range : plan.ranges)
        plan.source_blocks = std::max(plan.source_blocks, range.blocks);
    }
    constexpr std::int64_t kRowFloats = sizeof(SourceRow) / sizeof(float), kLine = 16;
    plan.tap_floats =
        rounded_up(static_cast<std::int64_t>(plan.conv.sources.size()) * kRowFloats, kLine);
    find_one_row(plan);
  }
  static bool is_pointwise(const Conv2dParams& p) {
    return p.kh == 1 && p.kw == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
           p.pad_left == 0 && p.oh == p.ih && p.ow == p.iw;
  }
  // Are the pixels of an image one row for it?
  static void find_one_row(DirectPlan& plan) {
    const Conv2dParams& p = plan.conv.params;
    const auto joins_rows = [&](const ImageLayout& l) {
      return l.row_stride() == l.w * plan.width;
    };
    if (!is_pointwise(p)) return;
    for (const ConvSource& source : plan.conv.sources) {
      if (!joins_rows(source.layout)) return;
    }
    plan.has_rows_apart =
        !joins_rows(plan.conv.dst) || (plan.conv.residual && !joins_rows(*plan.conv.residual));
    // Pieces of rows that nearly fill the registers are as good; and the way through the stack has
    // to be little beside the sums.
    const double filled = static_cast<double>(p.ow) /
                          static_cast<double>(divided_up(p.ow, plan.tile_rows) * plan.tile_rows);
    constexpr double kFilled = 0.9, kNearlyFilled = 0.75;
    constexpr std::int64_t kFewestBlocks = 4;
    if (filled > (plan.source_blocks < kFewestBlocks ? kNearlyFilled : kFilled)) return;
    if (plan.has_rows_apart && plan.source_blocks < kFewestBlocks) return;
    plan.is_one_row = true;
    plan.rows = divided_up(p.oh * p.ow, plan.tile_rows);
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t w = plan.width, all = w * plan.group_vectors, group = i.oc / all,
                       row = w * plan.vectors_of(group);
    std::int64_t ic = i.ic;
    if (!plan.ranges.empty()) {  // from the first block on that its output channels read
      const Conv2dParams& p = plan.conv.params;
      ic += i.oc / (p.oc / p.groups) * plan.group_ic() -
            plan.ranges[static_cast<std::size_t>(group)].first * w;
    }
    return plan.filters_at(group) + ((ic / w * plan.taps() + i.tap) * w + ic % w) * row +
           i.oc % all;
  }
  static constexpr DirectForm describe() { return describe_direct<BlockedConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

// The taps of a filter that are walked, and strides in floats.
struct TapWalk {
  std::int64_t rows, columns;
  std::int64_t filter_row, filter_block;  // of packed filters: of its rows, of blocks of channels
  std::int64_t tap, pixel;  // of samples: from tap to tap of a row, from pixel to pixel
  // Of the filters of a later task, which lie `ahead` of these: the lines [line, end_line) behind
  // the begin of every row of taps are brought into the second level.
  std::int64_t ahead = 0;
  int line = 0, end_line = 0;
};

// What the inner loops know beforehand: nothing, a stride of 1, or that and filters of 1x1.
enum class BlockedKind { kAny, kStride1, kPointwise };

// The taps along one axis that may meet a sample inside of src: they are at first + k * dilation to
// last + k * dilation, for the first and the last pixel of a piece.
inline void find_taps(std::int64_t first, std::int64_t last, std::int64_t kernel,
                      std::int64_t dilation, std::int64_t size, std::int64_t& begin,
                      std::int64_t& end) {
  begin = std::min(last < 0 ? divided_up(-last, dilation) : 0, kernel);
  end = std::min(first < size ? divided_up(size - first, dilation) : 0, kernel);
}

U2NET_INLINE void prefetch_ahead(const TapWalk& walk, const float* u) {
  for (int line = walk.line; line < walk.end_line; ++line) prefetch(u + walk.ahead + line * 16);
}

// u: the filters, from the first tap on that is walked; `at`: where that tap meets the sample of
// the first pixel, from sources[...].data on.
template <int W, int C, BlockedKind Kind, int N>
__attribute__((noinline)) void blocked_pixels(const TapWalk& walk, const SourceRow* sources,
                                              std::int64_t count, std::int64_t at, const float* u,
                                              const float* bias, const RowTarget& target) {
  constexpr std::int64_t kTap = std::int64_t{W} * C * W;
  const std::int64_t pixel = Kind == BlockedKind::kAny ? walk.pixel : W;
  MatrixTile<W, N, C> tile;
  tile.set(bias);
  for (const SourceRow* s = sources; s != sources + count; ++s) {
    const float* plane = s->data + at;
    for (std::int64_t b = s->blocks; b > 0; --b, plane += s->plane) {
      const int channels = b > 1 ? W : s->last_channels;
      if constexpr (Kind == BlockedKind::kPointwise) {
        prefetch_ahead(walk, u);
        tile.chunk(u, plane, W, channels);
        u += kTap;
      } else {
        const float *row = plane, *filter_row = u;
        for (std::int64_t ky = walk.rows; ky > 0; --ky) {
          const float *in = row, *filter = filter_row;
          prefetch_ahead(walk, filter);
          for (std::int64_t kx = walk.columns; kx > 0; --kx) {
            tile.chunk(filter, in, pixel, channels);
            filter += kTap;
            in += walk.tap;
          }
          row += s->row;
          filter_row += walk.filter_row;
        }
        u += walk.filter_block;
      }
    }
  }
  write_pixels<W, N, C>(tile, target);
}

// blocked_pixels() of 1 to N pixels, with the rest of its arguments known beforehand.
using BlockedPixels = void (*)(const TapWalk&, const SourceRow*, std::int64_t, std::int64_t,
                               const float*, const float*, const RowTarget&);
// One pixel alone has code of its own, for the layers behind global pools.
constexpr BlockedKind blocked_kind(BlockedKind kind, int pixels, int most) {
  const bool is_one = kind == BlockedKind::kPointwise && pixels == 1;
  return is_one ? kind : kind_of_piece(kind, BlockedKind::kAny, pixels, most);
}
template <int W, int C, BlockedKind Kind, int... N>
constexpr std::array<BlockedPixels, sizeof...(N)> blocked_pixels_of(
    std::integer_sequence<int, N...>) {
  return {blocked_pixels<W, C, blocked_kind(Kind, N + 1, sizeof...(N)), N + 1>...};
}
template <int W, int C, BlockedKind Kind, int N>
inline constexpr auto kBlockedPixels =
    blocked_pixels_of<W, C, Kind>(std::make_integer_sequence<int, N>{});

// The rows of a task, in pieces of up to N pixels.
template <int W, int N>
class BlockedRows {
 public:
  BlockedRows(const DirectPlan& plan, const F32Operands& operands, int vectors,
              const BlockedPixels* pixels, SourceRow* rows)
      : plan_(plan),
        p_(plan.conv),
        operands_(operands),
        vectors_(vectors),
        pixels_(pixels),
        rows_(rows),
        tap_(std::int64_t{W} * W * vectors) {
    const Conv2dParams& c = p_.params;
    walk_ = {c.kh, c.kw, c.kw * tap_, c.kh * c.kw * tap_, c.dilation_w * W, c.stride_w * W};
  }

  void run(const DirectTask& task) {
    const Conv2dParams& c = p_.params;
    const std::int64_t row_pieces = plan_.is_one_row ? 1 : divided_up(p_.dst.w, N);
    start_prefetch(task, (task.last_row - task.first_row) * row_pieces);
    if (plan_.is_one_row) return run_one_row(task);
    for (std::int64_t y = task.first_row; y < task.last_row; ++y) {
      const std::int64_t top = y * c.stride_h - c.pad_top;
      std::int64_t first_ky = 0, last_ky = 0;
      find_taps(top, top, c.kh, c.dilation_h, c.ih, first_ky, last_ky);
      walk_.rows = last_ky - first_ky;
      point_at(task, top + first_ky * c.dilation_h, -c.pad_left);
      for_each_piece<W, N>(p_.dst.w, row_target(plan_, operands_, task.image, task.group, y),
                           [&](std::int64_t n, std::int64_t x, const RowTarget& target) {
                             std::int64_t first_kx = 0, last_kx = c.kw;
                             if (c.dilation_w > 1) {
                               const std::int64_t left = x * c.stride_w - c.pad_left;
                               find_taps(left, left + (n - 1) * c.stride_w, c.kw, c.dilation_w,
                                         c.iw, first_kx, last_kx);
                               walk_.columns = last_kx - first_kx;
                             }
                             pixels(task, n, x * walk_.pixel + first_kx * walk_.tap,
                                    (first_ky * c.kw + first_kx) * tap_, target);
                           });
    }
  }

 private:
  // The filters of a row of taps in even parts, one for each of the pieces of the task. Where the
  // pieces are many, so are the products for each filter.
  void start_prefetch(const DirectTask& task, std::int64_t pieces) {
    constexpr std::int64_t kMostPieces = 32, kLine = 16;
    walk_.line = walk_.end_line = 0;
    const std::int64_t lines = walk_.filter_row / kLine;
    if (task.next_group == task.group || pieces > std::min(kMostPieces, lines)) return;
    walk_.ahead = plan_.filters_at(task.next_group) - plan_.filters_at(task.group);
    part_lines_ = static_cast<int>(divided_up(lines, pieces));
    most_lines_ = static_cast<int>(lines);
    walk_.end_line = part_lines_;
  }
  void next_part() {
    walk_.line = walk_.end_line;
    walk_.end_line = std::min(walk_.end_line + part_lines_, most_lines_);
  }

  // The samples of the first pixel of a row.
  void point_at(const DirectTask& task, std::int64_t y, std::int64_t x) {
    // With several groups there is one source, of which a group reads its own blocks.
    const std::int64_t groups = p_.params.groups;
    std::int64_t first = groups == 1 ? 0 : task.group * groups / plan_.groups * plan_.source_blocks;
    std::int64_t blocks = plan_.source_blocks;
    if (!plan_.ranges.empty()) {
      first = plan_.ranges[static_cast<std::size_t>(task.group)].first;
      blocks = plan_.ranges[static_cast<std::size_t>(task.group)].blocks;
    }
    for (std::size_t s = 0; s < p_.sources.size(); ++s) {
      const ImageLayout& l = p_.sources[s].layout;
      rows_[s] = {operands_.source(s) + l.offset(task.image, first, y, x),
                  groups == 1 ? l.channel_blocks() : blocks, l.plane_stride(),
                  p_.params.dilation_h * l.row_stride(),
                  groups == 1 ? static_cast<int>((l.c - 1) % W) + 1 : W};
    }
  }

  void pixels(const DirectTask& task, std::int64_t n, std::int64_t at, std::int64_t first_weight,
              const RowTarget& target) {
    pixels_[n - 1](walk_, rows_, static_cast<std::int64_t>(p_.sources.size()), at,
                   operands_.weights + plan_.filters_at(task.group) + first_weight,
                   operands_.bias + task.group * plan_.group_vectors * W, target);
    next_part();
  }

  // The rows of the task are pieces of the whole image.
  void run_one_row(const DirectTask& task) {
    point_at(task, 0, 0);
    const std::int64_t count = p_.dst.h * p_.dst.w, size = count / plan_.rows,
                       longer = count % plan_.rows, width = p_.dst.w;
    const RowTarget first = row_target(plan_, operands_, task.image, task.group, 0);
    std::int64_t x = task.first_row * size + std::min(task.first_row, longer);
    std::int64_t y = x / width, column = x % width;
    for (std::int64_t i = task.first_row; i < task.last_row; ++i) {
      const std::int64_t n = size + (i < longer ? 1 : 0);
      RowTarget target = first;
      target.dst += y * p_.dst.row_stride() + column * W;
      if (target.residual) target.residual += y * p_.residual->row_stride() + column * W;
      if (plan_.has_rows_apart && column + n > width) {
        run_apart(task, n, x, column, target);
      } else {
        pixels(task, n, x * W, 0, target);
      }
      x += n;
      for (column += n; column >= width; column -= width) ++y;
    }
  }

  // A piece that begins in this column of dst and goes on in the next rows.
  void run_apart(const DirectTask& task, std::int64_t n, std::int64_t x, std::int64_t column,
                 RowTarget target) {
    alignas(64) float sums[2 * N * W];  // of one or two vectors
    pixels(task, n, x * W, 0, {sums, nullptr, N * W, 0, false, false, false});
    const std::int64_t width = p_.dst.w;
    for (std::int64_t done = 0; done < n; column = 0) {
      const std::int64_t part = std::min(n - done, width - column);
      finish_pixels<W>(target, vectors_, part, N * W, sums + done * W);
      done += part;
      target.dst += p_.dst.row_stride() - column * W;
      if (target.residual) target.residual += p_.residual->row_stride() - column * W;
    }
  }

  const DirectPlan& plan_;
  const FusedConv2d& p_;
  const F32Operands& operands_;
  int vectors_;                  // of output channels, of the group
  const BlockedPixels* pixels_;  // by their number, less 1
  SourceRow* rows_;
  std::int64_t tap_;  // floats of the filters of a tap and a block of channels
  TapWalk walk_;
  int part_lines_ = 0, most_lines_ = 0;  // of the prefetch
};

template <>
struct FormCode<BlockedConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    constexpr auto kAny = BlockedKind::kAny, kStride1 = BlockedKind::kStride1,
                   kPointwise = BlockedKind::kPointwise;
    // One vector alone at a stride of 1 is too rare for code of its own.
    static constexpr const BlockedPixels* kPixels[3][2] = {
        {kBlockedPixels<W, 1, kAny, N>.data(), kBlockedPixels<W, 2, kAny, N>.data()},
        {kBlockedPixels<W, 1, kAny, N>.data(), kBlockedPixels<W, 2, kStride1, N>.data()},
        {kBlockedPixels<W, 1, kPointwise, N>.data(), kBlockedPixels<W, 2, kPointwise, N>.data()}};
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const F32Operands operands(any_operands);
    const auto& pixels = kPixels[static_cast<int>(kind_of(plan.conv.params))];
    for_each_direct_task<W>(plan, pool, [&](const DirectTask& task, int worker) {
      auto* rows = reinterpret_cast<SourceRow*>(operands.scratch + worker * plan.tap_floats);
      const int vectors = plan.vectors_of(task.group);
      BlockedRows<W, N>(plan, operands, vectors, pixels[vectors - 1], rows).run(task);
    });
  }

 private:
  // A filter of 1x1 that may lie outside of src is not: taps may be left out of the others.
  static BlockedKind kind_of(const Conv2dParams& c) {
    if (c.stride_w != 1) return BlockedKind::kAny;
    const bool is_inside = c.oh <= c.ih && c.pad_top == 0 && c.stride_h == 1 && c.dilation_w == 1;
    return c.kh == 1 && c.kw == 1 && is_inside ? BlockedKind::kPointwise : BlockedKind::kStride1;
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
