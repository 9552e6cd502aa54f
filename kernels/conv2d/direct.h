// SPDX-License-Identifier: Apache-2.0
// Convolutions as sums of the products themselves, in any geometry. The forms differ in where the
// channels lie, and so in what a vector holds:
//   blocked        blocked sources, blocked dst       vectors of output channels, samples broadcast
//   planar_source  planar sources, blocked dst        the same: for images of a few channels
//   depthwise      blocked, a filter a channel        vectors of channels
//   planar_result  blocked sources, planar dst        vectors of input channels, summed at the end
//   planar         planar sources, planar dst         vectors of pixels: what the others cannot do
// A group of output channels is C vectors of one group of the convolution. Packed filters:
//   blocked        u[group][ic / W][kh][kw][W][C * W]
//   planar_source  u[group][ic][kh][kw][C * W]
//   depthwise      u[channel / W][kh][kw][W]
//   planar_result  u[oc][ic / W][kh][kw][W]
//   planar         as they are
#pragma once

#include <cstdint>

#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::kernels {

enum class DirectForm { kBlocked, kPlanarSource, kDepthwise, kPlanarResult, kPlanar };

struct DirectPlan {
  FusedConv2d conv;
  DirectForm form = DirectForm::kBlocked;
  int width = 8, group_vectors = 2;
  std::int64_t groups = 0;         // of output channels, all groups of the convolution together
  std::int64_t source_blocks = 0;  // blocks of input channels that a result is summed over
  std::int64_t filter_floats = 0;  // of one group
  std::int64_t tap_floats = 0;     // scratch for the addresses of samples or sources
  bool stream = false;
};

// The samples of one source that one row of results reads, first row of the filter, first pixel.
struct SourceRow {
  const float* data;
  std::int64_t blocks, plane, row;  // blocks of channels; strides
};

// The rows of dst that a task computes: enough to be worth handing out, few enough to keep every
// thread busy. A row is computed in the same pieces whatever task it belongs to, so this changes no
// bit.
std::int64_t direct_task_rows(const DirectPlan& plan, int threads);

struct DirectCode {
  DirectForm form;
  int width;
  void (*run)(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool);
};

// The functions of a ConvVariant whose code is a DirectCode.
std::string direct_unsupported_reason(const ConvVariant& self, const ConvProblem& problem);
double direct_cost(const ConvVariant& self, const ConvProblem& problem);
double direct_packed_floats(const ConvVariant& self, const ConvProblem& problem);
ConvRequirements direct_requirements(const ConvVariant& self, const Conv2dParams& params);
std::unique_ptr<ConvKernel> plan_direct(const ConvVariant& self, const FusedConv2d& conv,
                                        const ConvMachine& machine);

}  // namespace u2net::kernels
