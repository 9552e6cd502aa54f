// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

using kernels::ResampleCoordinates;
using kernels::ResampleSize;

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "Region", .required = false},
                                {.name = "Scales", .required = false},
                                {.name = "Sizes", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr float kMostPixels = 1e9F;  // along one axis

std::string text_of(const char* what, std::size_t count, std::size_t expected) {
  return str_cat(what, " has ", count, " entries, expected ", expected);
}

// Of axes that are all different, from the front; empty where they are not.
std::vector<std::size_t> axes_from_front(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<std::size_t> all(axes.empty() ? rank : axes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<bool> taken(rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + static_cast<std::int64_t>(rank) : axes[i];
    if (axis < 0 || std::cmp_greater_equal(axis, rank)) return {};
    all[i] = static_cast<std::size_t>(axis);
    if (taken[all[i]]) return {};
    taken[all[i]] = true;
  }
  return all;
}

// One scale for all axes, of which the results are the nearest whole sizes.
void keep_aspect(AspectPolicy policy, std::vector<ResampleSize>& sizes) {
  if (policy == AspectPolicy::kStretch || sizes.empty()) return;
  const auto [least, most] = std::minmax_element(
      sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.scale < b.scale; });
  const float scale = policy == AspectPolicy::kNotLarger ? least->scale : most->scale;
  for (ResampleSize& size : sizes) {
    size.scale = scale;
    const float out = std::round(scale * static_cast<float>(size.in));
    size.out = out < kMostPixels ? static_cast<std::int64_t>(out) : 0;
  }
}

}  // namespace

constexpr OpType kResample{"resample", kInputs, kOutputs};

Resample::Resample(ResampleOptions options) : Operator(kResample), options_(std::move(options)) {}

ResampleOptions Resample::with_operands(const Inference& in) const {
  ResampleOptions o = options_;
  if (o.region.empty() && in.has(kRegion)) o.region = to_floats(in.value(kRegion).view());
  if (!o.sizes.empty() || !o.scales.empty()) return o;
  if (in.has(kSizes)) o.sizes = to_integers(in.value(kSizes).view());
  if (in.has(kScales)) o.scales = to_floats(in.value(kScales).view());
  return o;
}

std::optional<std::vector<ResampleSize>> Resample::sizes_of(const ResampleOptions& o,
                                                            const Shape& shape,
                                                            std::string& why) const {
  const std::vector<std::size_t> axes = axes_from_front(o.axes, shape.size());
  const bool by_sizes = !o.sizes.empty(),
             is_cropped = o.rule.coordinates == ResampleCoordinates::kCropped;
  const std::size_t given = by_sizes ? o.sizes.size() : o.scales.size();
  if (axes.empty()) {
    why = str_cat("the axes do not exist or occur twice, the input is ", shape);
  } else if (given != axes.size()) {
    why = text_of(by_sizes ? "sizes" : "scales", given, axes.size());
  } else if (is_cropped && o.region.size() != 2 * axes.size()) {
    why = text_of("the region", o.region.size(), 2 * axes.size());
  }
  if (!why.empty()) return std::nullopt;
  std::vector<ResampleSize> all;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    ResampleSize size{.axis = axes[i], .in = shape[axes[i]]};
    if (is_cropped) size.start = o.region[i], size.end = o.region[axes.size() + i];
    const auto in = static_cast<float>(size.in);
    if (by_sizes) {
      size.out = o.sizes[i];
      size.scale = static_cast<float>(size.out) / in;
    } else {
      size.scale = o.scales[i];
      const float out = size.scale * in;
      size.out = out < kMostPixels ? static_cast<std::int64_t>(out) : 0;
    }
    if (size.in < 1 || size.out < 1 || !(size.scale > 0) || !(size.scale < kMostPixels)) {
      why = str_cat("axis ", size.axis, " of input ", shape, " becomes ", size.out,
                    " by a scale of ", size.scale);
      return std::nullopt;
    }
    all.push_back(size);
  }
  keep_aspect(o.policy, all);
  // What would be copied is not looked at.
  std::erase_if(all, [is_cropped](const ResampleSize& s) {
    return s.in == s.out && s.scale == 1 && (!is_cropped || (s.start == 0 && s.end == 1));
  });
  return all;
}

void Resample::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  Shape shape = in.input(kX).shape;
  std::string why;
  const auto sizes = sizes_of(with_operands(in), shape, why);
  if (!sizes) in.fail(why);
  for (const ResampleSize& size : *sizes) {
    if (size.out < 1) in.fail("axis ", size.axis, " becomes empty or too large");
    shape[size.axis] = size.out;
  }
  in.set_output(0, {DType::kFloat32, shape});
}

std::shared_ptr<const Operator> Resample::specialized(Inference& in) const {
  if (!in.has(kRegion) && !in.has(kScales) && !in.has(kSizes)) return nullptr;
  return make_operator<Resample>(with_operands(in));
}

bool Resample::specialized_alike(const Operator& other) const {
  const ResampleOptions& o = dynamic_cast<const Resample&>(other).options_;
  return o.sizes == options_.sizes && o.scales == options_.scales && o.region == options_.region;
}

void Resample::run_reference(const Operands& o) const {
  const Shape& shape = o.input(kX).shape;
  if (o.output().size() == 0) return;
  std::string why;
  const auto sizes = sizes_of(options_, shape, why);
  kernels::resample_reference(options_.rule, shape, sizes.value(), options_.extrapolation,
                              o.input(kX).as<const float>(), o.output().as<float>(), *o.pool);
}

// Along every axis as if it were the first and the last.
double Resample::work(const Graph& graph, const Node& node) const {
  const Shape& from = graph.type_of(node.input(kX)).shape;
  const Shape& to = graph.type_of(node.output()).shape;
  const double most = static_cast<double>(std::max(element_count(from), element_count(to)));
  double terms = 1;
  for (std::size_t d = 0; d < from.size() && d < to.size(); ++d) {
    ResampleSize size{.axis = d, .in = from[d], .out = to[d]};
    if (size.in == size.out && options_.rule.coordinates != ResampleCoordinates::kCropped) continue;
    size.scale = static_cast<float>(size.out) / static_cast<float>(size.in);
    // A kernel that is stretched reads no more than `in` for each of its width.
    terms += kernels::resample_taps(options_.rule, size);
  }
  return terms * most;
}

bool Resample::keeps_images_apart(const Graph& graph, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  const std::vector<std::size_t> axes =
      axes_from_front(options_.axes, graph.type_of(node.input(kX)).shape.size());
  return std::find(axes.begin(), axes.end(), std::size_t{0}) == axes.end() &&
         only_images_in(node, roles, {kX}, {kRegion, kScales, kSizes});
}

Description Resample::describe() const {
  constexpr const char* kKinds[] = {"linear", "nearest", "linear", "cubic"};
  Description all = {{"kind", kKinds[static_cast<int>(options_.rule.kind)]}};
  if (options_.rule.antialias) all.add("antialias", "true");
  if (!options_.axes.empty()) all.add("axes", options_.axes);
  if (!options_.sizes.empty()) all.add("sizes", options_.sizes);
  return all;
}

}  // namespace u2net::engine
