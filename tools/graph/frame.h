// SPDX-License-Identifier: Apache-2.0
// Inside of the margin of an open block: the way from where a line reaches its border to where the
// tensor enters the layout within.
#pragma once

#include <vector>

#include "tools/graph/graphviz.h"

namespace u2net::drawing {

struct Rectangle {
  double left = 0, top = 0, right = 0, bottom = 0;
};

// The corners of the way from `border` to `port` along `lane`, the shorter way round, both
// included.
std::vector<Point> way_along(const Rectangle& lane, Point border, Point port);

}  // namespace u2net::drawing
