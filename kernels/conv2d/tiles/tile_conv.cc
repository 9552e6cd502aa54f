// SPDX-License-Identifier: Apache-2.0
// The steps of a convolution on tiles, and how its weights are packed for them.
#include "kernels/conv2d/tiles/tile_conv.h"

#include <algorithm>
#include <utility>

#include "kernels/base/bf16.h"
#include "kernels/base/centred_image.h"
#include "kernels/conv2d/tiles/tap_rounding.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kDepth = 32, kOutputs = 16;
constexpr std::int64_t kTileElements = kDepth * kOutputs;  // of B
// A line of A may reach so many pixels beyond the one that it begins with: blocks of 4 channels.
constexpr std::int64_t kMostReach = kDepth / 4 - 1;

// The channels [first, first + count) of all sources, of the taps [tap, tap + taps) of a row, which
// lie in a line of A block by block.
struct StepWeights {
  std::int64_t first, count, tap, taps, block;
};

// A source of a convolution on tiles.
struct TileSource {
  std::int64_t channels;
  bool split;  // in bf16x2

  // Of tiles of B for those of one in bf16, and of steps.
  std::int64_t parts() const { return split ? 2 : 1; }
  std::int64_t products() const { return split ? 3 : 1; }
};

std::vector<TileSource> tile_sources(const FusedConv2d& conv) {
  std::vector<TileSource> sources;
  for (const ConvSource& source : conv.sources)
    sources.push_back({source.layout.c, source.layout.element == ElementType::kBf16x2});
  return sources;
}
std::vector<TileSource> tile_sources(const ConvProblem& problem) {
  std::vector<TileSource> sources;
  for (std::int64_t c : problem.source_channels)
    sources.push_back({c, problem.element == ElementType::kBf16x2});
  return sources;
}

// How many horizontal taps a line of A holds.
std::int64_t taps_in_line(const Conv2dParams& p, std::int64_t block) {
  return p.dilation_w == 1 ? std::min(kDepth / block, p.kw) : 1;
}

// f(source, first channel of the source, StepWeights) for every step, in their order: the taps of a
// block of channels one after another, as their tiles overlap.
template <class F>
void for_each_step(const Conv2dParams& p, std::span<const TileSource> sources, const F& f) {
  std::int64_t base = 0;
  for (std::size_t s = 0; s < sources.size(); base += sources[s++].channels) {
    const std::int64_t channels = sources[s].channels, block = tile_block(channels),
                       line = taps_in_line(p, block);
    for (std::int64_t c = 0; c < channels; c += block) {
      for (std::int64_t tap = 0; tap < p.kw; tap += line) {
        f(s, c,
          StepWeights{base + c, std::min(block, channels - c), tap, std::min(line, p.kw - tap),
                      block});
      }
    }
  }
}

// The tiles of B for 16 outputs.
std::int64_t count_tiles(const Conv2dParams& p, std::span<const TileSource> sources) {
  std::int64_t tiles = 0;
  for_each_step(p, sources, [&](std::size_t s, auto...) { tiles += sources[s].parts() * p.kh; });
  return tiles;
}

class TileKernel : public ConvKernel {
 public:
  TileKernel(ConvRun run, TilePlan plan)
      : run_(run), plan_(std::move(plan)), sources_(tile_sources(plan_.conv)) {}

  std::string packing() const override {
    const Conv2dParams& p = plan_.conv.params;
    std::string name = "tiles.by.taps" + std::to_string(taps_in_line(p, 4));
    for (const TileSource& s : sources_) name += (s.split ? "x" : ".") + std::to_string(s.channels);
    return name;
  }

  std::size_t packed_bytes() const override { return elements() * sizeof(Bf16); }

  void pack(const float* weight, void* packed, ThreadPool& pool) const override {
    const Conv2dParams& p = plan_.conv.params;
    const std::vector<Bf16> high = upper_halves(weight, pool);
    auto* to = static_cast<Bf16*>(packed);
    std::fill_n(to, elements(), Bf16{0});
    for (std::int64_t n = 0; n < plan_.output_tiles; ++n) {
      for_each_step(p, sources_, [&](std::size_t s, std::int64_t, const StepWeights& step) {
        for (int part = 0; part < sources_[s].parts(); ++part) {
          for (std::int64_t ky = 0; ky < p.kh; ++ky, to += kTileElements)
            pack_tile(n * kOutputs, ky, step, to, [&](std::size_t at) {
              return part == 0 ? high[at] : to_halves(weight[at]).low;
            });
        }
      });
    }
  }

  std::size_t bias_floats() const override {
    return static_cast<std::size_t>(kTileBiasLists * plan_.output_tiles * kOutputs);
  }
  std::size_t scratch_floats() const override { return plan_.scratch_floats; }

  void run(const ConvOperands& operands, ThreadPool& pool) const override {
    const FusedConv2d& p = plan_.conv;
    const float* centre = operands.bias + kTileCentre * plan_.output_tiles * kOutputs;
    fill_halo(p.dst, operands.dst, centre, pool);
    if (p.pooled) fill_halo(*p.pooled, operands.pooled, centre, pool);
    run_(plan_, operands, pool);
  }

 private:
  std::size_t elements() const {
    return static_cast<std::size_t>(plan_.output_tiles * plan_.tiles_of_output * kTileElements);
  }

  // Of all weights. What stands alone is rounded tap by tap with a view to its neighbours.
  std::vector<Bf16> upper_halves(const float* weight, ThreadPool& pool) const {
    const Conv2dParams& p = plan_.conv.params;
    const std::int64_t taps = p.kh * p.kw;
    std::vector<Bf16> high(static_cast<std::size_t>(p.oc * p.ic * taps));
    pool.parallel_for(p.oc, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o) {
        std::int64_t at = o * p.ic * taps;
        for (const TileSource& source : sources_) {
          for (std::int64_t c = 0; c < source.channels; ++c, at += taps) {
            if (!source.split) {
              round_taps(weight + at, taps, &high[static_cast<std::size_t>(at)]);
            } else {
              std::transform(weight + at, weight + at + taps, &high[static_cast<std::size_t>(at)],
                             [](float w) { return to_bf16(w); });
            }
          }
        }
      }
    });
    return high;
  }

  template <class Weight>
  void pack_tile(std::int64_t first_output, std::int64_t ky, const StepWeights& step, Bf16* to,
                 const Weight& weight) const {
    const Conv2dParams& p = plan_.conv.params;
    const std::int64_t outputs = std::min(kOutputs, p.oc - first_output);
    for (std::int64_t t = 0; t < step.taps; ++t) {
      for (std::int64_t c = 0; c < step.count; ++c) {
        const std::int64_t depth = t * step.block + c;
        for (std::int64_t o = 0; o < outputs; ++o) {
          const std::int64_t channel = (first_output + o) * p.ic + step.first + c;
          to[(depth / 2 * kOutputs + o) * 2 + depth % 2] =
              weight(static_cast<std::size_t>((channel * p.kh + ky) * p.kw + step.tap + t));
        }
      }
    }
  }

  ConvRun run_;
  TilePlan plan_;
  std::vector<TileSource> sources_;
};

// What four rows of results read of a source that is resized.
TileBand make_band(const FusedConv2d& conv, std::size_t source, const Halo& around,
                   std::int64_t at) {
  const Conv2dParams& p = conv.params;
  const ImageLayout& from = conv.sources[source].layout;
  const InterpParams resize = bilinear_doubled(1, from.h, from.w);
  return {source,
          ImageLayout::with_halo(1, from.c, kTileRowsOfBlock + p.kh - 1, p.iw, from.block,
                                 {.left = around.left, .right = around.right}, from.element),
          at,
          {interp_rows(resize), interp_columns(resize), false}};
}

// Behind the blocks in scratch memory.
void add_bands(const Halo& around, TilePlan& plan) {
  std::int64_t bytes = 0;
  for (std::size_t s = 0; s < plan.conv.sources.size(); ++s) {
    if (!plan.conv.sources[s].upsample) continue;
    plan.bands.push_back(
        make_band(plan.conv, s, around, bytes / static_cast<std::int64_t>(sizeof(Bf16))));
    bytes += rounded_up(static_cast<std::int64_t>(plan.bands.back().layout.bytes()), 64);
  }
  plan.scratch_floats += static_cast<std::size_t>(bytes) / sizeof(float);
}

}  // namespace

std::string TileConv::unsupported_reason(const ConvForm&, const ConvProblem& problem, int) {
  const Conv2dParams& p = problem.params;
  if (p.groups != 1) return "groups";
  if (!problem.upsamples) return {};
  const bool keeps_size = p.kh == 3 && p.kw == 3 && p.stride_h == 1 && p.stride_w == 1 &&
                          p.dilation_h == 1 && p.dilation_w == 1 && p.pad_top == 1 &&
                          p.pad_left == 1 && p.oh == p.ih && p.ow == p.iw;
  if (!keeps_size) return "a resized source for another size";
  // Those that come in two halves in an image in bf16.
  const bool has_few = std::any_of(problem.source_channels.begin(), problem.source_channels.end(),
                                   [](std::int64_t c) { return c < 4; });
  return has_few ? "a resized source beside few channels" : "";
}

// Products: of tiles, so that a price is that of one TDPBF16PS.
ConvTerms TileConv::terms(const ConvForm&, const ConvProblem& problem, const ConvCode&) {
  const Conv2dParams& p = problem.params;
  const std::vector<TileSource> sources = tile_sources(problem);
  double steps = 0;
  for_each_step(p, sources, [&](std::size_t s, auto...) {
    steps += static_cast<double>(sources[s].products() * p.kh);
  });
  const auto tiles = static_cast<double>(divided_up(p.oc, kOutputs));
  const double blocks = static_cast<double>(divided_up(p.oh, kTileRowsOfBlock)) *
                        static_cast<double>(divided_up(p.ow, kTilePixels));
  ConvTerms terms;
  terms.amounts[ConvTerms::kCalls] = 1;
  terms.amounts[ConvTerms::kProducts] = blocks * tiles * steps * kTileRowsOfBlock;
  terms.amounts[ConvTerms::kSteps] = blocks * tiles * steps;
  terms.amounts[ConvTerms::kPieces] = blocks * tiles;
  terms.amounts[ConvTerms::kMoves] =
      static_cast<double>(p.oh) * static_cast<double>(p.ow) * tiles +
      static_cast<double>(p.ih) * static_cast<double>(p.iw) * static_cast<double>(p.ic) / kOutputs;
  terms.amounts[ConvTerms::kFilters] = tiles * steps;
  return terms;
}

double TileConv::packed_elements(const ConvForm&, const ConvProblem& problem, int) {
  const Conv2dParams& p = problem.params;
  return static_cast<double>(divided_up(p.oc, kOutputs) * kTileElements) *
         static_cast<double>(count_tiles(p, tile_sources(problem)));
}

ConvRequirements TileConv::requirements(const ConvForm&, const Conv2dParams& p, int) {
  const std::int64_t columns = rounded_up(p.ow, kTilePixels);
  return {.source_block = kBlockOfChannels,
          .source_halo = {.top = p.pad_top,
                          .left = p.pad_left,
                          .bottom = halo_behind(p.oh, p.stride_h, (p.kh - 1) * p.dilation_h,
                                                p.pad_top, p.ih),
                          .right = halo_behind(columns, p.stride_w,
                                               (p.kw - 1) * p.dilation_w + kMostReach, p.pad_left,
                                               p.iw)},
          .resized_halo = {.left = 1},
          .dst_block = kBlockOfChannels};
}

std::unique_ptr<ConvKernel> TileConv::plan(const ConvForm& self, const ConvCode& code, ConvRun run,
                                           const FusedConv2d& conv, const ConvMachine&) {
  const Conv2dParams& p = conv.params;
  TilePlan plan;
  plan.conv = conv;
  plan.width = code.width;
  plan.output_tiles = divided_up(p.oc, kOutputs);
  plan.three_rows = p.kh == 3 && p.stride_h == 1 && p.dilation_h == 1;
  plan.row_groups = divided_up(p.oh, kTileRowsOfBlock);
  // One block in the making, one in its epilogue, and the one between them.
  plan.scratch_floats = std::size_t{kTileBlocks} * kTileRowsOfBlock * kTilePixels * kOutputs;
  add_bands(requirements(self, p, code.width).source_halo, plan);
  const std::vector<TileSource> sources = tile_sources(conv);
  for_each_step(p, sources, [&](std::size_t s, std::int64_t c, const StepWeights& step) {
    const auto found = std::ranges::find(plan.bands, s, &TileBand::source);
    const bool resizes = found != plan.bands.end();
    const ImageLayout& l = resizes ? found->layout : conv.sources[s].layout;
    const TileStep upper{
        static_cast<std::int32_t>(s),
        resizes ? static_cast<std::int32_t>(found - plan.bands.begin()) : -1, plan.tiles_of_output,
        c / l.block * l.plane_stride() + step.tap * p.dilation_w * l.block, p.stride_w * l.block};
    plan.steps.push_back(upper);
    if (sources[s].split) {
      TileStep lower = upper, by_lower = upper;
      lower.offset += halves_apart(l);
      by_lower.weights += p.kh;
      plan.steps.insert(plan.steps.end(), {lower, by_lower});
    }
    plan.tiles_of_output += sources[s].parts() * p.kh;
  });
  return std::make_unique<TileKernel>(run, std::move(plan));
}

}  // namespace u2net::kernels
