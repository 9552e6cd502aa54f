// SPDX-License-Identifier: Apache-2.0
// The convolution of images in bf16 on tiles (simd/tiles.h), in any geometry without groups; and
// with two bfloat16 a number.
//   dst = epilogue(sum over sources, channels, ky, kx of weight * src), rounded to bf16; or left in
// float32 or in bf16x2, with residual and maxima, where the layout of dst says so: what a model
// gives out.
//
// Halves. A source in bf16x2 is multiplied with weights in two halves, too: upper by upper, lower
// by upper, upper by lower, three steps for one. What is left out, lower by lower, is as small as
// what rounding to two halves leaves over.
//
// Layout. An image has its channels in blocks of tile_block(channels): 32, as many as a tile of A
// is deep, or of 4, 8 or 16 where it has no more. So 16 neighbouring pixels of a row are a tile of
// A where they lie: no copy is made for the filter's taps (no im2col), a tap is an address. Where a
// pixel is shorter than a line of A, a line holds the pixel and its right neighbours, and so
// several horizontal taps at once, as long as the dilation is 1: a picture's three channels take
// one product for all three columns of a filter.
//
// Steps. What is summed is cut into steps: a source, a block of its channels, the horizontal taps
// that one line of A holds. Of every step there is a tile of B for each row of the filter:
//   b[oc / 16][step][ky][16 pairs of channels][16 outputs][2]
// and behind the tiles of a step, where its source is in bf16x2, those of the lower halves; with
// zeros for what a line of A holds besides. So an infinite sample, or a NaN, makes NaN of the
// results whose lines hold it, too: those up to 7 pixels to its left, where blocks are below 32.
//
// Blocks. A block is 4 rows of 16 pixels by 16 outputs: four tiles of C. For the commonest filter,
// three rows of stride and dilation 1, the tiles of B of all three stay while the six rows of src
// stream past, each of which serves up to three rows of dst: 9 loads for 12 products, of which a
// core can do twice as many loads. Otherwise the four rows of dst share a tile of B.
//
// Epilogue. Bias, ReLU, residual, rounding and 2x2 maximum of a block are done by vectors between
// the products of the next but one, in the shadow of the tiles. Not of the next: the block's own
// tiles are still on their way to memory then, and a load that has to wait for them stops
// everything. So three blocks lie in scratch memory and take turns.
//
// Centring. Images in bf16 may be stored minus a number a channel, their centre (centred_image.h).
// So the operand `bias` is three lists of output_tiles * 16 numbers each, zeros where nothing is
// centred:
//   the bias, with what the centres of the sources add up to, less the centre of dst and plus that
//   of the residual;   what ReLU cuts off below (0, stored so);   the centre of dst.
// Maxima have the centre of dst, of whose type they are where it has one.
//
// Resized sources. Twice the height and width, for a 3x3 filter that keeps the size: what four rows
// of results read of it, six rows, is made in scratch memory, rounded as the stored image would be.
// Around it lies what the halo of the source holds.
//
// Rows end at a multiple of 16 pixels for the tiles: sources have a halo as wide (requirements()),
// and what is computed beyond dst is not stored. Rows below the last one read it again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv_form.h"
#include "kernels/interp/taps.h"

namespace u2net::kernels {

// The channels of a block of an image in bf16.
[[gnu::always_inline]] constexpr int tile_block(std::int64_t channels) {
  return channels <= 4 ? 4 : channels <= 8 ? 8 : channels <= 16 ? 16 : 32;
}

inline constexpr int kTileRowsOfBlock = 4, kTilePixels = 16;
inline constexpr int kTileBlocks = 3;  // in scratch memory

// The lists of the operand `bias`.
enum TileBias { kTileSumBias, kTileReluFloor, kTileCentre, kTileBiasLists };

// One tile of A for every row of the filter.
struct TileStep {
  std::int32_t source;
  std::int32_t band;     // in TilePlan::bands, of a source that is resized; else -1
  std::int64_t weights;  // the first of its tiles of B, one for each row of the filter
  std::int64_t offset;   // in elements, from the pixel of the source under the filter's left column
  std::int64_t stride;   // in elements, from line to line of A
};

// Six rows of a source that is resized, in scratch memory.
struct TileBand {
  std::size_t source;
  ImageLayout layout;  // of the rows
  std::int64_t at;     // in scratch memory behind the blocks, in elements of bf16
  InterpTaps taps;     // of the whole image
};

// Where a weight is: of so many output channels the tile, the step, the depth in it.
struct TilePlan : ConvPlan {
  std::vector<TileStep> steps;
  std::vector<TileBand> bands;
  std::int64_t output_tiles = 0;     // of 16 channels
  std::int64_t tiles_of_output = 0;  // of B, for each of them
  bool three_rows = false;           // a filter of three rows, stride and dilation 1
  std::int64_t row_groups = 0;       // of 4 rows, of an image
  std::size_t scratch_floats = 0;
};

struct TileConv {
  static constexpr std::string_view kName = "tiles";
  static std::string unsupported_reason(const ConvForm& self, const ConvProblem& problem,
                                        int width);
  static ConvTerms terms(const ConvForm& self, const ConvProblem& problem, const ConvCode& code);
  static double packed_elements(const ConvForm& self, const ConvProblem& problem, int width);
  static ConvRequirements requirements(const ConvForm& self, const Conv2dParams& params, int width);
  static std::unique_ptr<ConvKernel> plan(const ConvForm& self, const ConvCode& code, ConvRun run,
                                          const FusedConv2d& conv, const ConvMachine& machine);
  static constexpr ConvForm describe() {
    return {kName,
            ElementType::kBf16,
            ElementType::kBf16,
            false,
            RoundingModel{.element = ElementType::kBf16},
            unsupported_reason,
            terms,
            packed_elements,
            requirements,
            plan};
  }
};

// The same with sources in bf16x2; others may be in bf16.
struct SplitTileConv {
  static constexpr std::string_view kName = "tilesx3";
  static constexpr ConvForm describe() {
    ConvForm form = TileConv::describe();
    form.name = kName;
    form.element = ElementType::kBf16x2;
    form.rounding.element = ElementType::kBf16x2;
    return form;
  }
};

}  // namespace u2net::kernels
