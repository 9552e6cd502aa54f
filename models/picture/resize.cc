// SPDX-License-Identifier: Apache-2.0
#include "models/picture/resize.h"

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::imaging {
using namespace engine;

std::vector<Tap> bilinear_taps(int src_size, int dst_size) {
  if (src_size < 1 || dst_size < 1) {
    throw_error(ErrorCode::kInputShape, "cannot resize from ", src_size, " to ", dst_size,
                " pixels");
  }
  std::vector<Tap> taps(static_cast<std::size_t>(dst_size));
  const double last = src_size - 1;
  for (int i = 0; i < dst_size; ++i) {
    const double centre = std::clamp((i + 0.5) * src_size / dst_size - 0.5, 0.0, last);
    const int low = static_cast<int>(centre);
    taps[static_cast<std::size_t>(i)] = {low, std::min(low + 1, src_size - 1),
                                         static_cast<float>(centre - low)};
  }
  return taps;
}

std::vector<float> resize_plane(std::span<const float> plane, int src_h, int src_w, int dst_h,
                                int dst_w) {
  if (src_h < 1 || src_w < 1 ||
      plane.size() != static_cast<std::size_t>(src_h) * static_cast<std::size_t>(src_w)) {
    throw_error(ErrorCode::kInputShape, "a plane of ", plane.size(), " values is not ", src_h, "x",
                src_w);
  }
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(dst_h) * static_cast<std::size_t>(dst_w));
  bilinear_rows(
      src_h, src_w, dst_h, dst_w,
      [&](int y, int x) {
        return plane[static_cast<std::size_t>(y) * static_cast<std::size_t>(src_w) +
                     static_cast<std::size_t>(x)];
      },
      [&](int, const float* row) { out.insert(out.end(), row, row + dst_w); });
  return out;
}

}  // namespace u2net::imaging
