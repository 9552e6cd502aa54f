// SPDX-License-Identifier: Apache-2.0
#include "models/picture/postprocess.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "models/picture/resize.h"

namespace u2net::imaging {
using namespace engine;
namespace {

struct Span {
  float min = 0.0f;
  float max = 0.0f;
  bool usable = false;  // all values finite, and min < max
};

Span value_span(std::span<const float> values) {
  Span span;
  std::size_t finite = 0;
  for (float value : values) {
    if (!std::isfinite(value)) continue;
    span.min = finite == 0 ? value : std::min(span.min, value);
    span.max = finite == 0 ? value : std::max(span.max, value);
    ++finite;
  }
  span.usable =
      finite == values.size() && span.max > span.min && std::isfinite(span.max - span.min);
  return span;
}

std::uint8_t to_level(float unit) {
  return static_cast<std::uint8_t>(std::clamp(unit * 255.0f, 0.0f, 255.0f));
}

}  // namespace

Mask make_mask(std::span<const float> d0, int net_h, int net_w, int width, int height) {
  if (net_h < 1 || net_w < 1 || width < 1 || height < 1 ||
      d0.size() != static_cast<std::size_t>(net_h) * static_cast<std::size_t>(net_w)) {
    throw_error(ErrorCode::kInputShape, "a prediction of ", d0.size(), " values is not ", net_h,
                "x", net_w, ", or the picture of ", width, "x", height, " is empty");
  }
  const Span span = value_span(d0);
  const bool seen = span.usable && span.max >= kSubjectLevel;
  Mask mask{blank_image(width, height, 1), span.min, span.max, !seen};
  if (mask.flat) return mask;

  std::vector<float> unit(d0.begin(), d0.end());
  for (float& value : unit) value = (value - span.min) / (span.max - span.min);
  bilinear_rows(
      net_h, net_w, height, width,
      [&](int y, int x) {
        return unit[static_cast<std::size_t>(y) * static_cast<std::size_t>(net_w) +
                    static_cast<std::size_t>(x)];
      },
      [&](int y, const float* row) {
        std::transform(row, row + width, mask.image.row(y), to_level);
      });
  return mask;
}

}  // namespace u2net::imaging
