// SPDX-License-Identifier: Apache-2.0
// Convolutions as sums of the products themselves, in any geometry. The forms differ in where the
// channels lie, and so in what a vector holds:
//   blocked        blocked sources, blocked dst       vectors of output channels, samples broadcast
//   planar_source  planar sources, blocked dst        the same: for images of a few channels
//   depthwise      blocked, a filter a channel        vectors of channels
//   grouped        blocked, groups that share one  vectors of output channels, samples permuted
//   planar_result  blocked sources, planar dst        vectors of input channels, summed at the end
//   planar         planar sources, planar dst         vectors of pixels: what the others cannot do
// A form is one header of this folder, which tells its formula, layouts and blocking: first a class
// with what it says about itself, compiled once; then its code, compiled for every instruction set.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv_form.h"

namespace u2net::kernels {

// The blocks of input channels that a group of output channels is summed over, where groups of the
// convolution begin and end within vectors; `filters`: where its packed filters begin.
struct BlockRange {
  std::int64_t first, blocks, filters;
};

struct DirectPlan : ConvPlan {
  std::int64_t source_blocks = 0;  // blocks of input channels that a result is summed over
  std::int64_t filter_floats = 0;  // of one group
  // Of all groups, where the last one may have a single vector of output channels.
  std::int64_t filter_end = std::numeric_limits<std::int64_t>::max();
  std::vector<BlockRange> ranges;  // by group; empty where all have equal ones of their own
  std::int64_t tap_floats = 0;     // scratch for the addresses of samples or sources
  int tile_rows = 1;               // of ConvCode
  std::int64_t rows = 0;           // of an image, of which a task takes a few
  // An image is worked on as one row, of which `rows` are pieces; and rows of dst or residual do
  // not lie right behind each other.
  bool is_one_row = false, has_rows_apart = false;
  bool activates_later = false;  // in dst, whole rows at once: see DirectForm::activates_rows

  // Where the packed filters of a group begin; of the one behind the last, where they end.
  std::int64_t filters_at(std::int64_t group) const {
    return ranges.empty() ? std::min(group * filter_floats, filter_end)
                          : ranges[static_cast<std::size_t>(group)].filters;
  }
  int vectors_of(std::int64_t group) const {
    return filter_end - filters_at(group) < filter_floats ? 1 : group_vectors;
  }
  std::int64_t taps() const { return conv.params.kh * conv.params.kw; }
  std::int64_t group_ic() const { return conv.params.ic / conv.params.groups; }
};

// A weight: of output channel oc and the tap of the filter; `ic` is where the input channel lies
// within its group when every source is filled up to whole blocks (where the form reads blocks).
struct WeightIndex {
  std::int64_t oc, ic, tap;
};

// What the terms of a form follow from, of one image.
struct DirectWork {
  const ConvProblem& problem;
  const ConvCode& code;
  double group_ic;  // input channels of a group, filled up to whole blocks where the form reads
                    // blocks
  double source_vectors;  // of all channels of a pixel
  double rows, columns;  // pairs of a row (column) of dst and a row (column) of the filter that may
                         // meet a sample inside of src

  const Conv2dParams& params() const { return problem.params; }
  double width() const { return code.width; }
  double oh() const { return static_cast<double>(params().oh); }
  double ow() const { return static_cast<double>(params().ow); }
  double taps() const { return static_cast<double>(params().kh * params().kw); }
  // Pieces of up to `pixels` that the rows of dst are cut into.
  double pieces(int pixels) const {
    return oh() * static_cast<double>(divided_up(params().ow, pixels));
  }
  // Vectors of output channels.
  double result_vectors() const;
};

// Products, steps and pieces; the rest is the same for all forms.
struct DirectTerms {
  double products, steps, pieces;
};

// Does one vector belong to one group alone? Where there are several groups.
bool has_whole_outputs(const Conv2dParams& params, int width);
bool has_whole_inputs(const ConvProblem& problem, int width);

// Vectors of output channels that are computed together: two where that leaves none over.
int direct_group_vectors(const Conv2dParams& params, int width);

struct DirectForm : ConvForm {
  bool reads_blocks, writes_blocks;  // or planes
  // Null, or why not; no form here resizes sources.
  const char* (*unsupported)(const ConvProblem& problem, int width);
  DirectTerms (*terms_of)(const DirectWork& work);
  // Sets group_vectors, groups, filter_floats and tap_floats; may change rows.
  void (*divide)(DirectPlan& plan);
  // Where a weight lies in the packed filters.
  std::int64_t (*place)(const DirectPlan& plan, const WeightIndex& weight);
  // Input channels, filled up to whole blocks, that all output channels together are summed over.
  // Null where that is what the sources have, or a group of them, times the output channels.
  double (*packed_channels)(const ConvProblem& problem, int width);
  // A piece is so little work that an activation takes whole rows at once rather than each piece.
  // Where pieces are long, the next one's products hide what its activation waits for.
  bool activates_rows;
};

// The functions of a DirectForm's ConvForm.
std::string direct_unsupported_reason(const ConvForm& self, const ConvProblem& problem, int width);
ConvTerms direct_terms(const ConvForm& self, const ConvProblem& problem, const ConvCode& code);
double direct_packed_elements(const ConvForm& self, const ConvProblem& problem, int width);
ConvRequirements direct_requirements(const ConvForm& self, const Conv2dParams& params, int width);
std::unique_ptr<ConvKernel> plan_direct(const ConvForm& self, const ConvCode& code, ConvRun run,
                                        const FusedConv2d& conv, const ConvMachine& machine);

template <class Form>
constexpr bool activates_rows_of() {
  return requires { Form::kActivatesRows; };
}
// Form::packed_channels, if it has one.
template <class Form>
constexpr auto packed_channels_of() -> double (*)(const ConvProblem&, int) {
  if constexpr (requires { Form::packed_channels; }) {
    return Form::packed_channels;
  } else {
    return nullptr;
  }
}

// The description of a form whose class has what DirectForm has.
template <class Form>
constexpr DirectForm describe_direct() {
  return {{Form::kName, ElementType::kF32, ElementType::kF32, true, RoundingModel{},
           direct_unsupported_reason, direct_terms, direct_packed_elements, direct_requirements,
           plan_direct},
          Form::kReadsBlocks,
          Form::kWritesBlocks,
          Form::unsupported,
          Form::terms_of,
          Form::divide,
          Form::place,
          packed_channels_of<Form>(),
          activates_rows_of<Form>()};
}

// The rows of dst that a task computes: enough to be worth handing out, few enough to keep every
// thread busy. A row is computed in the same pieces whatever task it belongs to, so this changes no
// bit.
std::int64_t direct_task_rows(const DirectPlan& plan, int threads);

}  // namespace u2net::kernels
