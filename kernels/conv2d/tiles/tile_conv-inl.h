// SPDX-License-Identifier: Apache-2.0
// The code of tile_conv.h, for one instruction set.
#pragma once

#include <cstring>

#include "kernels/conv2d/tiles/tile_conv.h"
#include "kernels/interp/bf16-inl.h"
#include "kernels/simd/tiles.h"

namespace u2net::kernels::U2NET_ISA {

constexpr int kBlockFloats = kTileRowsOfBlock * kTilePixels * kTileOutputs;

// A block of dst: what was summed, and where it belongs.
struct TileBlock {
  const float* sums = nullptr;  // [4 rows][16 pixels][16 outputs]
  std::int64_t image, y, x, tile;
  std::int64_t rows, columns;  // of them in dst
};

// The outputs of a tile in an image of results, at a pixel: of bf16, or of two a number, as
// vectors, as their blocks are tile_block(); of f32 in blocks of any size, as few channels of the
// last convolutions have.
class TileImage {
 public:
  static constexpr int kOutputs = kTileOutputs;
  using V = Vec<kOutputs>;

  TileImage(const ImageLayout& layout, void* data)
      : l_(layout), data_(data), low_(halves_apart(layout)) {}
  // Of what is only read.
  TileImage(const ImageLayout& layout, const void* data)
      : TileImage(layout, const_cast<void*>(data)) {}

  // Those that the image has; what fills up its last block is zero.
  U2NET_INLINE void put(const TileBlock& b, std::int64_t y, std::int64_t x, V v) const {
    if (l_.element == ElementType::kF32) return put_floats(b, y, x, v);
    Bf16* to = pixel(b, y, x);
    if (l_.block < kOutputs) {
      Bf16 all[kOutputs], low[kOutputs];
      store_parts(all, low, v);
      std::memcpy(to, all, static_cast<std::size_t>(l_.block) * sizeof(Bf16));
      if (low_) std::memcpy(to + low_, low, static_cast<std::size_t>(l_.block) * sizeof(Bf16));
      return;
    }
    store_parts(to, to + low_, v);
    const std::int64_t next = (b.tile + 1) * kOutputs;
    if (next < l_.c || next % l_.block == 0) return;
    store_bf16<kOutputs>(to + kOutputs, V{});
    if (low_) store_bf16<kOutputs>(to + low_ + kOutputs, V{});
  }

  U2NET_INLINE V get(const TileBlock& b, std::int64_t y, std::int64_t x) const {
    if (l_.element == ElementType::kF32) return get_floats(b, y, x);
    const Bf16* from = pixel(b, y, x);
    return low_ ? get_part(from) + get_part(from + low_) : get_part(from);
  }

 private:
  U2NET_INLINE void store_parts(Bf16* high, Bf16* low, V v) const {
    low_ ? store_halves<kOutputs>(high, low, v) : store_bf16<kOutputs>(high, v);
  }
  U2NET_INLINE V get_part(const Bf16* from) const {
    if (l_.block >= kOutputs) return load_bf16<kOutputs>(from);
    Bf16 all[kOutputs] = {};
    std::memcpy(all, from, static_cast<std::size_t>(l_.block) * sizeof(Bf16));
    return load_bf16<kOutputs>(all);
  }
  Bf16* pixel(const TileBlock& b, std::int64_t y, std::int64_t x) const {
    const std::int64_t channel = b.tile * kOutputs;
    return static_cast<Bf16*>(data_) + l_.offset(b.image, channel / l_.block, y, x) +
           channel % l_.block;
  }

  // f(lane, where it is) for every output that the image has room for.
  template <class F>
  void each_float(const TileBlock& b, std::int64_t y, std::int64_t x, const F& f) const {
    const std::int64_t first = b.tile * kOutputs, room = rounded_up(l_.c, l_.block) - first;
    for (std::int64_t lane = 0; lane < kOutputs && lane < room; ++lane) {
      const std::int64_t channel = first + lane;
      f(lane, static_cast<float*>(data_) + l_.offset(b.image, channel / l_.block, y, x) +
                  channel % l_.block);
    }
  }
  void put_floats(const TileBlock& b, std::int64_t y, std::int64_t x, V v) const {
    each_float(b, y, x, [&](std::int64_t lane, float* to) { *to = v[lane]; });
  }
  V get_floats(const TileBlock& b, std::int64_t y, std::int64_t x) const {
    V v{};
    each_float(b, y, x, [&](std::int64_t lane, const float* from) { v[lane] = *from; });
    return v;
  }

  const ImageLayout& l_;
  void* data_;
  std::int64_t low_;  // from the upper halves to the lower ones; 0 where there are none
};

// What is done with a block once it is summed, 2x2 pixels at a time: the quads 0 to 15.
class TileEpilogue {
 public:
  static constexpr int kQuads = kTileRowsOfBlock * kTilePixels / 4;

  TileEpilogue(const TilePlan& plan, const ConvOperands& operands)
      : conv_(plan.conv), operands_(operands), list_(plan.output_tiles * kTileOutputs) {}

  // The next quads of the block that waits, if any.
  U2NET_INLINE void work(int quads) {
    for (; quads > 0 && next_ < kQuads; --quads) quad(next_++);
  }
  void finish() { work(kQuads); }
  // The block before it has to be finished.
  void take(const TileBlock& block) {
    block_ = block;
    next_ = 0;
  }

 private:
  using V = Vec<kTileOutputs>;

  void quad(int index) {
    const std::int64_t y0 = index / (kTilePixels / 2) * 2, x0 = index % (kTilePixels / 2) * 2;
    if (y0 >= block_.rows || x0 >= block_.columns) return;
    V best = splat<kTileOutputs>(kLowest);
    for (std::int64_t y = y0; y < y0 + 2 && y < block_.rows; ++y) {
      for (std::int64_t x = x0; x < x0 + 2 && x < block_.columns; ++x)
        best = max<kTileOutputs>(best, pixel(y, x));
    }
    if (!conv_.pooled) return;
    const std::int64_t y = (block_.y + y0) / 2, x = (block_.x + x0) / 2;
    if (y < conv_.pooled->h && x < conv_.pooled->w)
      TileImage(*conv_.pooled, operands_.pooled).put(block_, y, x, best);
  }

  U2NET_INLINE V pixel(std::int64_t row, std::int64_t column) {
    const std::int64_t y = block_.y + row, x = block_.x + column;
    V v = load<kTileOutputs>(block_.sums + (row * kTilePixels + column) * kTileOutputs) +
          listed(kTileSumBias);
    if (conv_.relu) v = max<kTileOutputs>(v, listed(kTileReluFloor));
    if (conv_.residual) v += TileImage(*conv_.residual, operands_.residual).get(block_, y, x);
    if (conv_.relu_after_residual) v = max<kTileOutputs>(v, V{} - listed(kTileCentre));
    TileImage(conv_.dst, operands_.dst).put(block_, y, x, v);
    return v;
  }

  U2NET_INLINE V listed(TileBias list) const {
    return load_loose<kTileOutputs>(operands_.bias + list * list_ + block_.tile * kTileOutputs);
  }

  const FusedConv2d& conv_;
  const ConvOperands& operands_;
  std::int64_t list_;  // the length of one
  TileBlock block_ = {};
  int next_ = kQuads;
};

// A row of a band: `y` of the source resized. Outside of it, pixels of the source's halo.
inline void make_band_row(const TileBand& band, const ImageLayout& from, const Bf16* src,
                          std::int64_t y, std::int64_t block, Bf16* row) {
  const ImageLayout& to = band.layout;
  const std::int64_t left = to.halo.left, all = left + to.w + to.halo.right;
  const bool is_inside = y >= 0 && y < 2 * from.h, split = halves_apart(to) != 0;
  const std::int64_t from_low = halves_apart(from), to_low = halves_apart(to);
  const Bf16* plane = src + from.offset(0, block, 0, 0);
  const auto surround = [&](std::int64_t begin, std::int64_t end) {
    for (int half = 0; half < (split ? 2 : 1); ++half) {
      const Bf16* pixel = plane + half * from_low - from.block;
      for (std::int64_t x = begin; x < end; ++x) {
        std::memcpy(row + half * to_low + x * to.block, pixel,
                    static_cast<std::size_t>(to.block) * sizeof(Bf16));
      }
    }
  };
  if (!is_inside) return surround(0, all);
  surround(0, left);
  surround(left + to.w, all);
  const InterpTap& tap = band.taps.rows[static_cast<std::size_t>(y)];
  const HalvedRow<const Bf16> top{plane + tap.lo * from.row_stride(), from_low},
      bottom{plane + tap.hi * from.row_stride(), from_low};
  const HalvedRow<Bf16> out{row + left * to.block, to_low};
  (split ? interp_bf16_row<true> : interp_bf16_row<false>)(band.taps, tap, top, bottom, out,
                                                           to.block);
}

// What the four rows of results from y on read of sources that are resized.
inline void make_bands(const TilePlan& plan, const ConvOperands& operands, std::int64_t image,
                       std::int64_t y, Bf16* bands) {
  for (const TileBand& band : plan.bands) {
    const ImageLayout& from = plan.conv.sources[band.source].layout;
    const Bf16* src =
        static_cast<const Bf16*>(operands.sources[band.source]) + image * from.image_stride();
    for (std::int64_t block = 0; block < band.layout.channel_blocks(); ++block) {
      for (std::int64_t row = 0; row < band.layout.h; ++row) {
        make_band_row(band, from, src, y - 1 + row, block,
                      bands + band.at + band.layout.offset(0, block, row, -band.layout.halo.left));
      }
    }
  }
}

// The sums of a block, from zero. `between` does a part of other work.
class TileSums {
 public:
  // `bands`: of the rows that are made now.
  TileSums(const TilePlan& plan, const ConvOperands& operands, const Bf16* bands)
      : plan_(plan), operands_(operands), bands_(bands) {}

  template <class Between>
  U2NET_INLINE void make(const TileBlock& b, float* sums, const Between& between) const {
    Tiles::zero<0>(), Tiles::zero<1>(), Tiles::zero<2>(), Tiles::zero<3>();
    const auto* weights = static_cast<const std::byte*>(operands_.weights) +
                          b.tile * plan_.tiles_of_output * kTileBytes;
    for (const TileStep& step : plan_.steps) {
      const std::byte* of_step = weights + step.weights * kTileBytes;
      if (plan_.three_rows) {
        three_rows(b, step, of_step, between);
      } else {
        any_rows(b, step, of_step, between);
      }
    }
    constexpr int kRow = kTilePixels * kTileOutputs;
    Tiles::store<0>(sums, kTileLineBytes), Tiles::store<1>(sums + kRow, kTileLineBytes);
    Tiles::store<2>(sums + 2 * kRow, kTileLineBytes),
        Tiles::store<3>(sums + 3 * kRow, kTileLineBytes);
  }

 private:
  // Of what a step reads.
  const ImageLayout& layout_of(const TileStep& step) const {
    return step.band >= 0 ? plan_.bands[static_cast<std::size_t>(step.band)].layout
                          : plan_.conv.sources[static_cast<std::size_t>(step.source)].layout;
  }
  // Of it, under the top left of the filter of the block's first result.
  const Bf16* first_sample(const TileBlock& b, const TileStep& step) const {
    const Conv2dParams& c = plan_.conv.params;
    const ImageLayout& l = layout_of(step);
    const std::int64_t x = b.x * c.stride_w - c.pad_left;
    if (step.band >= 0) {
      return bands_ + plan_.bands[static_cast<std::size_t>(step.band)].at + step.offset +
             l.offset(0, 0, 0, x);
    }
    return static_cast<const Bf16*>(operands_.sources[static_cast<std::size_t>(step.source)]) +
           step.offset + l.offset(b.image, 0, b.y * c.stride_h - c.pad_top, x);
  }
  std::int64_t row_stride(const TileStep& step) const { return layout_of(step).row_stride(); }

  // Tiles 0 to 3: sums; 4 to 6: weights; 7: samples. Between most two products into the same sums
  // there are three others: a product takes 52 cycles, and one can begin every 16.
  template <class Between>
  U2NET_INLINE void three_rows(const TileBlock& b, const TileStep& step, const std::byte* weights,
                               const Between& between) const {
    const Bf16* first = first_sample(b, step);
    const std::int64_t row = row_stride(step), last = b.rows + 1;
    const std::int64_t line = step.stride * static_cast<std::int64_t>(sizeof(Bf16));
    const auto load_row = [&](std::int64_t i) __attribute__((always_inline)) {
      Tiles::load<7>(first + (i < last ? i : last) * row, line);
    };
    Tiles::load<4>(weights, kTileLineBytes), Tiles::load<5>(weights + kTileBytes, kTileLineBytes);
    Tiles::load<6>(weights + 2 * kTileBytes, kTileLineBytes);
    load_row(1), Tiles::dot<1, 7, 4>(), Tiles::dot<0, 7, 5>();
    between();
    load_row(4), Tiles::dot<3, 7, 5>(), Tiles::dot<2, 7, 6>();
    between();
    load_row(2), Tiles::dot<1, 7, 5>(), Tiles::dot<0, 7, 6>(), Tiles::dot<2, 7, 4>();
    between();
    load_row(3), Tiles::dot<3, 7, 4>(), Tiles::dot<1, 7, 6>(), Tiles::dot<2, 7, 5>();
    between();
    load_row(0), Tiles::dot<0, 7, 4>();
    load_row(5), Tiles::dot<3, 7, 6>();
  }

  // Tiles 0 to 3: sums; 4: weights; 5 to 7: samples.
  template <class Between>
  U2NET_INLINE void any_rows(const TileBlock& b, const TileStep& step, const std::byte* weights,
                             const Between& between) const {
    const Conv2dParams& c = plan_.conv.params;
    const Bf16* first = first_sample(b, step);
    const std::int64_t row = row_stride(step), last = b.rows - 1;
    const std::int64_t line = step.stride * static_cast<std::int64_t>(sizeof(Bf16));
    const std::int64_t result_row = c.stride_h * row;  // of src, from one row of dst to the next
    for (std::int64_t ky = 0; ky < c.kh; ++ky, weights += kTileBytes) {
      const Bf16* samples = first + ky * c.dilation_h * row;
      const auto at = [&](std::int64_t i) __attribute__((always_inline)) {
        return samples + (i < last ? i : last) * result_row;
      };
      Tiles::load<4>(weights, kTileLineBytes);
      Tiles::load<5>(at(0), line), Tiles::dot<0, 5, 4>();
      Tiles::load<6>(at(1), line), Tiles::dot<1, 6, 4>();
      Tiles::load<7>(at(2), line), Tiles::dot<2, 7, 4>();
      Tiles::load<5>(at(3), line), Tiles::dot<3, 5, 4>();
      between();
    }
  }

  const TilePlan& plan_;
  const ConvOperands& operands_;
  const Bf16* bands_;
};

// The tiles of outputs [first, last) of the four rows from y on.
inline void tile_rows(const TilePlan& plan, const ConvOperands& operands, std::int64_t image,
                      std::int64_t y, std::int64_t first, std::int64_t last, float* scratch) {
  const ImageLayout& dst = plan.conv.dst;
  auto* bands = reinterpret_cast<Bf16*>(scratch + kTileBlocks * kBlockFloats);
  make_bands(plan, operands, image, y, bands);
  const TileSums sums(plan, operands, bands);
  TileEpilogue epilogue(plan, operands);
  const std::int64_t calls =
      static_cast<std::int64_t>(plan.steps.size()) * (plan.three_rows ? 4 : plan.conv.params.kh);
  const int quads = static_cast<int>(divided_up(TileEpilogue::kQuads, calls));
  TileBlock made = {};  // last; its tiles may not have reached the memory yet
  int turn = 0;
  const Tiles::Scope tiles;
  for (std::int64_t x = 0; x < dst.w; x += kTilePixels) {
    for (std::int64_t tile = first; tile < last; ++tile, turn = (turn + 1) % kTileBlocks) {
      float* to = scratch + turn * kBlockFloats;
      const std::int64_t rows = dst.h - y, columns = dst.w - x;
      const TileBlock block{.sums = to,
                            .image = image,
                            .y = y,
                            .x = x,
                            .tile = tile,
                            .rows = rows < kTileRowsOfBlock ? rows : kTileRowsOfBlock,
                            .columns = columns < kTilePixels ? columns : kTilePixels};
      sums.make(
          block, to, [&]() __attribute__((always_inline)) { epilogue.work(quads); });
      epilogue.finish();
      if (made.sums) epilogue.take(made);
      made = block;
    }
  }
  epilogue.finish();
  epilogue.take(made);
  epilogue.finish();
}

template <>
struct FormCode<TileConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& operands, ThreadPool& pool) {
    const auto& plan = static_cast<const TilePlan&>(any_plan);
    // Small images: the outputs are shared out, too. Every block is the same whoever makes it.
    const std::int64_t groups = plan.conv.dst.n * plan.row_groups;
    const std::int64_t parts = groups < 4 * pool.threads() ? plan.output_tiles : 1;
    const std::int64_t tiles = plan.output_tiles / parts;
    pool.for_each_task(groups * parts, [&](std::int64_t task, int worker) {
      const std::int64_t group = task / parts, first = task % parts * tiles;
      tile_rows(plan, operands, group / plan.row_groups, group % plan.row_groups * kTileRowsOfBlock,
                first, first + tiles,
                operands.scratch + worker * static_cast<std::int64_t>(plan.scratch_floats));
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
