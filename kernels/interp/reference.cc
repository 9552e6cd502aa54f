// SPDX-License-Identifier: Apache-2.0
#include "kernels/interp/interp.h"
#include "kernels/interp/taps.h"

namespace u2net::kernels {
namespace {

// Each computes row oh of a plane.
void copied_row(const InterpParams& p, const float* plane, std::int64_t oh, float* out) {
  const float* row = plane + interp_row(p, oh).lo * p.iw;
  for (std::int64_t ow = 0; ow < p.ow; ++ow) out[ow] = row[interp_column(p, ow).lo];
}

void bilinear_row(const InterpParams& p, const float* plane, std::int64_t oh, float* out) {
  const InterpTap y = interp_row(p, oh);
  const float* top = plane + y.lo * p.iw;
  const float* bottom = plane + y.hi * p.iw;
  for (std::int64_t ow = 0; ow < p.ow; ++ow) {
    const InterpTap x = interp_column(p, ow);
    out[ow] = top[x.lo] * y.weight_lo * x.weight_lo + bottom[x.lo] * y.weight_hi * x.weight_lo +
              top[x.hi] * y.weight_lo * x.weight_hi + bottom[x.hi] * y.weight_hi * x.weight_hi;
  }
}

void linear_row(const InterpParams& p, const float* plane, std::int64_t oh, float* out) {
  const float* row = plane + oh * p.iw;
  for (std::int64_t ow = 0; ow < p.ow; ++ow) {
    const InterpTap x = interp_column(p, ow);
    out[ow] = row[x.lo] * x.weight_lo + row[x.hi] * x.weight_hi;
  }
}

float sum_of_four(const float* values, const float* weights) {
  return values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2] +
         values[3] * weights[3];
}

void cubic_row(const InterpParams& p, const float* plane, std::int64_t oh, float* out) {
  const CubicTap y = cubic_tap(p, oh, p.ih, p.ratio_h);
  for (std::int64_t ow = 0; ow < p.ow; ++ow) {
    const CubicTap x = cubic_tap(p, ow, p.iw, p.ratio_w);
    float rows[4];
    for (int i = 0; i < 4; ++i) {
      const float* row = plane + y.at[i] * p.iw;
      const float values[] = {row[x.at[0]], row[x.at[1]], row[x.at[2]], row[x.at[3]]};
      rows[i] = sum_of_four(values, x.weight);
    }
    out[ow] = sum_of_four(rows, y.weight);
  }
}

}  // namespace

void interp_reference(const InterpParams& p, const float* src, float* dst, ThreadPool& pool) {
  constexpr decltype(&copied_row) kRows[] = {bilinear_row, copied_row, linear_row, cubic_row};
  const auto row = interp_only_moves(p) ? copied_row : kRows[static_cast<int>(p.kind)];
  pool.parallel_for(p.planes * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index)
      row(p, src + index / p.oh * p.ih * p.iw, index % p.oh, dst + index * p.ow);
  });
}

}  // namespace u2net::kernels
