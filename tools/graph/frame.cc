// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/frame.h"

#include <algorithm>
#include <cmath>

namespace u2net::drawing {
namespace {

// A place on the lane, clockwise from its upper left corner.
class Lane {
 public:
  explicit Lane(const Rectangle& r) : r_(r), width_(r.right - r.left), height_(r.bottom - r.top) {}

  double length() const { return 2 * (width_ + height_); }

  // On the side that the point lies beyond; of a point within, on the nearest.
  double place(Point p) const {
    const double x = std::clamp(p.x, r_.left, r_.right), y = std::clamp(p.y, r_.top, r_.bottom);
    const double above = r_.top - p.y, below = p.y - r_.bottom;
    const double left = r_.left - p.x, right = p.x - r_.right;
    const double most = std::max({above, below, left, right});
    if (most == above) return x - r_.left;
    if (most == right) return width_ + y - r_.top;
    if (most == below) return width_ + height_ + r_.right - x;
    return 2 * width_ + height_ + r_.bottom - y;
  }

  Point at(double place) const {
    if (place <= width_) return {r_.left + place, r_.top};
    if (place <= width_ + height_) return {r_.right, r_.top + place - width_};
    if (place <= 2 * width_ + height_) return {r_.right - (place - width_ - height_), r_.bottom};
    return {r_.left, r_.bottom - (place - 2 * width_ - height_)};
  }

  std::vector<double> corners() const {
    return {0, width_, width_ + height_, 2 * width_ + height_};
  }

 private:
  Rectangle r_;
  double width_, height_;
};

}  // namespace

std::vector<Point> way_along(const Rectangle& lane_of, Point border, Point port) {
  const Lane lane(lane_of);
  const double from = lane.place(border), to = lane.place(port);
  double ahead = to - from;
  if (ahead < 0) ahead += lane.length();
  const bool clockwise = ahead <= lane.length() / 2;
  const double distance = clockwise ? ahead : lane.length() - ahead;
  std::vector<double> steps;
  for (double corner : lane.corners()) {
    double step = clockwise ? corner - from : from - corner;
    if (step < 0) step += lane.length();
    if (step > 0 && step < distance) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  std::vector<Point> way{border, lane.at(from)};
  for (double step : steps) {
    const double place = clockwise ? from + step : from - step + lane.length();
    way.push_back(lane.at(std::fmod(place, lane.length())));
  }
  way.push_back(lane.at(to));
  way.push_back(port);
  return way;
}

}  // namespace u2net::drawing
