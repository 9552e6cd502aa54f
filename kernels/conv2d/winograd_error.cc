// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d/winograd_error.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/winograd.h"

namespace u2net::kernels {
namespace {

constexpr int kMost = 8;  // of m + 2

// |B|^T [m + 2][m + 2] and |A|^T [m][m + 2] for the points of transform_filter(): row i of B^T has
// the coefficients of the product of all (x - point) but the i-th, the last row those of all;
// column j of A^T the powers of point j, the last one that of infinity.
struct Magnitudes {
  float bt[kMost][kMost] = {};
  float at[kMost][kMost] = {};
};

std::vector<double> coefficients(const std::vector<double>& roots) {
  std::vector<double> c{1};
  for (double root : roots) {
    c.insert(c.begin(), 0);
    for (std::size_t k = 0; k + 1 < c.size(); ++k) c[k] -= root * c[k + 1];
  }
  return c;
}

Magnitudes transform_magnitudes(int m) {
  const std::span<const double> points = winograd_points(m);
  Magnitudes result;
  for (int i = 0; i < m + 2; ++i) {
    std::vector<double> roots(points.begin(), points.end());
    if (i < m + 1) roots.erase(roots.begin() + i);
    const std::vector<double> c = coefficients(roots);
    for (std::size_t k = 0; k < c.size(); ++k)
      result.bt[i][k] = static_cast<float>(std::fabs(c[k]));
  }
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m + 1; ++j) {
      result.at[i][j] =
          static_cast<float>(std::fabs(std::pow(points[static_cast<std::size_t>(j)], i)));
    }
  }
  result.at[m - 1][m + 1] = 1;
  return result;
}

// out[rows][rows] = left[rows][n] in[n][n] left[rows][n]^T
void transform(const float (&left)[kMost][kMost], const float* in, int rows, int n, float* out) {
  float half[kMost * kMost];
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int k = 0; k < n; ++k) sum += left[i][k] * in[k * n + j];
      half[i * n + j] = sum;
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < rows; ++j) {
      float sum = 0;
      for (int k = 0; k < n; ++k) sum += half[i * n + k] * left[j][k];
      out[i * rows + j] = sum;
    }
  }
}

}  // namespace

void winograd_magnitudes(int m, const Conv2dParams& p, const float* src, const float* weight,
                         const Conv2dEpilogue& epilogue, float* dst, ThreadPool& pool) {
  const Magnitudes magnitudes = transform_magnitudes(m);
  const int a = m + 2;
  const std::int64_t points = std::int64_t{a} * a;
  std::vector<float> u(static_cast<std::size_t>(p.oc * p.ic * points));
  for (std::int64_t i = 0; i < p.oc * p.ic; ++i) {
    double transformed[kMost * kMost];
    transform_filter_magnitudes(m, weight + i * 9, transformed);
    for (std::int64_t k = 0; k < points; ++k)
      u[static_cast<std::size_t>(i * points + k)] = static_cast<float>(transformed[k]);
  }
  // Of every phase, that is of every dilation-th row and column.
  const std::int64_t phase_y = divided_up(divided_up(p.oh, p.dilation_h), m),
                     phase_x = divided_up(divided_up(p.ow, p.dilation_w), m);
  const std::int64_t tiles_y = phase_y * p.dilation_h, tiles_x = phase_x * p.dilation_w;
  pool.parallel_for(p.n * tiles_y * tiles_x, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> v(static_cast<std::size_t>(p.ic * points)),
        sums(static_cast<std::size_t>(points));
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t image = tile / (tiles_y * tiles_x);
      const std::int64_t ty = tile / tiles_x % tiles_y, tx = tile % tiles_x;
      const std::int64_t y0 = ty % phase_y * m * p.dilation_h + ty / phase_y,
                         x0 = tx % phase_x * m * p.dilation_w + tx / phase_x;
      for (std::int64_t ic = 0; ic < p.ic; ++ic) {
        float d[kMost * kMost] = {};
        for (std::int64_t i = 0; i < points; ++i) {
          const std::int64_t y = y0 - p.pad_top + i / a * p.dilation_h,
                             x = x0 - p.pad_left + i % a * p.dilation_w;
          if (y < 0 || y >= p.ih || x < 0 || x >= p.iw) continue;
          d[i] = std::fabs(src[((image * p.ic + ic) * p.ih + y) * p.iw + x]);
        }
        transform(magnitudes.bt, d, a, a, v.data() + ic * points);
      }
      for (std::int64_t oc = 0; oc < p.oc; ++oc) {
        std::fill(sums.begin(), sums.end(), 0.0F);
        for (std::int64_t ic = 0; ic < p.ic; ++ic) {
          const float* uk = u.data() + (oc * p.ic + ic) * points;
          const float* vk = v.data() + ic * points;
          for (std::int64_t k = 0; k < points; ++k)
            sums[static_cast<std::size_t>(k)] += uk[k] * vk[k];
        }
        float results[kMost * kMost];
        transform(magnitudes.at, sums.data(), m, a, results);
        for (std::int64_t i = 0; i < m && y0 + i * p.dilation_h < p.oh; ++i) {
          for (std::int64_t j = 0; j < m && x0 + j * p.dilation_w < p.ow; ++j) {
            const std::int64_t y = y0 + i * p.dilation_h, x = x0 + j * p.dilation_w;
            const std::int64_t at = ((image * p.oc + oc) * p.oh + y) * p.ow + x;
            dst[at] = results[i * m + j] + (epilogue.bias ? epilogue.bias[oc] : 0.0F) +
                      (epilogue.residual ? epilogue.residual[at] : 0.0F);
          }
        }
      }
    }
  });
}

}  // namespace u2net::kernels
