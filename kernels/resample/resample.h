// SPDX-License-Identifier: Apache-2.0
// Resizing along any axes by any of the coordinates of ONNX's Resize, one axis after the other:
// every result along an axis is a sum of neighbouring samples of that axis. The common forms for
// images have kernels of their own (kernels/interp).
//   nearest    the sample that coordinate s is rounded to
//   linear     1 - |s - i| for the samples i around s
//   cubic      Keys' kernel with parameter a (cubic_a) for four samples, two on either side of s
//   antialias  of linear and cubic, where the axis becomes smaller: the kernel as wide as a result
// Samples beyond the edge are the one at the edge, or left out, and the other weights then divided
// by their sum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/parallel.h"
#include "kernels/interp/interp.h"

namespace u2net::kernels {

// With x the number of the result, "in" and "out" the sizes, and the scale, which is out/in or,
// where that is not whole, a little more:
enum class ResampleCoordinates : std::uint8_t {
  kAsymmetric,          // x / scale
  kHalfPixel,           // (x + 1/2) / scale - 1/2
  kPytorchHalfPixel,    // the same, but 0 where out is 1
  kHalfPixelSymmetric,  // the same about the middle: + in/2 * (1 - out / (scale * in))
  kAlignCorners,        // x * (in - 1) / (out - 1), 0 where out is 1
  kCropped,             // start * (in-1) + x * (end - start) * (in-1) / (out-1); the middle of that
};

struct ResampleRule {
  InterpKind kind = InterpKind::kNearest;  // kNearest, kLinear or kCubic
  ResampleCoordinates coordinates = ResampleCoordinates::kHalfPixel;
  NearestRounding rounding = NearestRounding::kHalfDown;  // not kByAlignment
  float cubic_a = -0.75F;
  bool antialias = false;
  bool excludes_outside = false;
};

// What becomes of an axis.
struct ResampleSize {
  std::size_t axis = 0;
  std::int64_t in = 1, out = 1;  // at least 1
  float scale = 1;               // > 0
  float start = 0, end = 1;      // of kCropped: the first and the last sample are 0 and 1
};

// Of how many samples a result is, at most.
double resample_taps(const ResampleRule& rule, const ResampleSize& size);

// `shape` of src; dst has the sizes' "out" in place of their "in". Those that become smallest are
// done first, so that nothing between them is larger than both src and dst. Of kCropped, where one
// of the coordinates is outside the result is `extrapolation`.
void resample_reference(const ResampleRule& rule, std::span<const std::int64_t> shape,
                        std::vector<ResampleSize> sizes, float extrapolation, const float* src,
                        float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
