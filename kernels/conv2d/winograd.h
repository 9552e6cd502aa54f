// SPDX-License-Identifier: Apache-2.0
// Winograd's minimal filtering F(m x m, 3 x 3) for 3x3 convolutions of stride 1 (A. Lavin and S.
// Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): the output is cut into m x
// m tiles, and with tiles d of (m + 2) x (m + 2) input samples and filters g
//   dst tile = A^T [ sum over ic of (G g G^T) . (B^T d B) ] A,    . element by element
// so that each of the (m + 2)^2 points is a matrix product of [tiles][ic] and [ic][oc]: (m + 2)^2 /
// m^2 multiplications a result instead of 9. Interpolation points: 0, +-1, +-2, +-1/2, infinity for
// m = 6; 0, +-sqrt(1/2), +-sqrt(2), infinity for m = 4.
//
// Everything happens in blocks of tiles that stay in the second-level cache:
//   v [point][ic / W][tile][W]   transformed input of the block
//   u [oc group][point][ic][C * W]   transformed filters
//   m [point][tile][C * W]   their products, of one group at a time
// with vectors of W floats and C vectors a group of output channels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv2d/conv_form.h"

namespace u2net::kernels {

struct WinogradPlan : ConvPlan {
  int m = 6;
  std::int64_t tiles_y = 0, tiles_x = 0;  // of an image
  std::int64_t tiles = 0;                 // of all images
  std::int64_t block_tiles = 0;           // tiles that are worked on together at most; even
  std::int64_t ic = 0;                    // input channels, every source filled up to whole vectors
  std::int64_t v_chunk = 0, v_point = 0;  // strides in floats
  std::int64_t m_point = 0;

  std::int64_t points() const { return std::int64_t{m + 2} * (m + 2); }
  std::int64_t v_floats() const { return points() * v_point; }
  std::int64_t m_floats() const { return points() * m_point; }
};

// Tiles of one row that are transformed together, and the floats that this takes.
constexpr int winograd_run(int m) { return m == 6 ? 6 : 8; }
constexpr std::int64_t winograd_column_floats(int m, int width) {
  return std::int64_t{winograd_run(m) * m + 2} * (m + 2) * width;
}

constexpr std::int64_t kMaxWinogradBlock = 36;  // tiles

inline std::int64_t winograd_scratch_floats(const WinogradPlan& plan) {
  return plan.v_floats() + plan.m_floats() + winograd_column_floats(plan.m, plan.width);
}

// The tiles of a task: a block of the plan's, or fewer where some threads would have nothing to do.
// A tile is computed by the same operations in the same order whatever others it shares a block
// with, so this changes no bit.
std::int64_t winograd_task_tiles(const WinogradPlan& plan, int threads);

// The interpolation points but infinity: m + 1 of them.
std::span<const double> winograd_points(int m);

// u[(m + 2)^2] = G g G^T, in double precision.
void transform_filter(int m, const float* filter, double* u);

struct WinogradForm : ConvForm {
  int m;
};

// The functions of a WinogradForm's ConvForm.
std::string winograd_unsupported_reason(const ConvForm& self, const ConvProblem& problem,
                                        int width);
double winograd_cost(const ConvForm& self, const ConvProblem& problem, int width);
double winograd_packed_floats(const ConvForm& self, const ConvProblem& problem, int width);
ConvRequirements winograd_requirements(const ConvForm& self, const Conv2dParams& params, int width);
std::unique_ptr<ConvKernel> plan_winograd(const ConvForm& self, const ConvCode& code, ConvRun run,
                                          const FusedConv2d& conv, const ConvMachine& machine);

template <int M>
struct WinogradOf {
  static constexpr WinogradForm describe() {
    return {{M == 6 ? "winograd6" : "winograd4", /*exact=*/false, winograd_unsupported_reason,
             winograd_cost, winograd_packed_floats, winograd_requirements, plan_winograd},
            M};
  }
};

}  // namespace u2net::kernels
