// SPDX-License-Identifier: Apache-2.0
// Resize and the older Upsample, of images: nearest neighbour and linear along height and width.
#include <array>
#include <cmath>
#include <string>

#include "engine/ops/interp.h"
#include "engine/ops/slice.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using Integers = std::vector<std::int64_t>;
using kernels::InterpKind;
using kernels::NearestRounding;

// Where a result lies between the samples.
struct Mode {
  std::string_view name;
  bool align_corners, half_pixel;
  bool lone_at_centre = false;  // a single result lies in the middle, not on the first sample
};
constexpr Mode kModes[] = {{"half_pixel", false, true, true},
                           {"pytorch_half_pixel", false, true},
                           {"align_corners", true, false},
                           {"asymmetric", false, false}};

struct Rounding {
  std::string_view name;
  NearestRounding rounding;
};
constexpr Rounding kRoundings[] = {{"round_prefer_floor", NearestRounding::kHalfDown},
                                   {"round_prefer_ceil", NearestRounding::kHalfUp},
                                   {"floor", NearestRounding::kFloor},
                                   {"ceil", NearestRounding::kCeil}};

template <class Row, std::size_t N>
const Row& find(const OnnxNode& n, const Row (&rows)[N], std::string_view attribute,
                const std::string& name) {
  for (const Row& row : rows) {
    if (row.name == name) return row;
  }
  n.fail_unsupported(std::string(attribute) + " '" + name + "'");
}

InterpKind read_kind(const OnnxNode& n) {
  const std::string mode = n.attributes.text("mode", "nearest");
  if (mode == "nearest") return InterpKind::kNearest;
  if (mode == "linear" || mode == "bilinear") return InterpKind::kBilinear;
  n.fail_unsupported("mode '" + mode + "'");
}

InterpOptions read_modes(const OnnxNode& n) {
  constexpr std::string_view kCoordinates = "coordinate_transformation_mode";
  InterpOptions options{.kind = read_kind(n)};
  std::string name = n.attributes.text(kCoordinates, "half_pixel");
  std::string rounding = n.attributes.text("nearest_mode", "round_prefer_floor");
  if (name == "tf_half_pixel_for_nn" && rounding == "floor") {
    // floor((k + 0.5) * ratio) is the coordinate between centres, rounded with halves up.
    name = "half_pixel";
    rounding = "round_prefer_ceil";
  }
  const Mode& mode = find(n, kModes, kCoordinates, name);
  options.align_corners = mode.align_corners;
  options.align_mode = !mode.half_pixel;
  options.lone_at_centre = mode.lone_at_centre;
  if (options.kind == InterpKind::kNearest)
    options.rounding = find(n, kRoundings, "nearest_mode", rounding).rounding;
  for (const char* name_of_flag : {"antialias", "exclude_outside"}) {
    if (n.attributes.boolean(name_of_flag, false)) n.fail_unsupported(name_of_flag);
  }
  const std::string policy = n.attributes.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch") n.fail_unsupported("keep_aspect_ratio_policy '" + policy + "'");
  return options;
}

// Which entries of scales or sizes are those of height and width.
struct Places {
  std::size_t count = 4, h = 2, w = 3;
};

Places read_places(const OnnxNode& n) {
  if (!n.attributes.has("axes")) return {};
  Integers axes = n.attributes.integers("axes", {});
  for (std::int64_t& axis : axes) axis = n.axis(axis, 4);
  if (axes == Integers{2, 3}) return {2, 0, 1};
  if (axes == Integers{3, 2}) return {2, 1, 0};
  if (axes == Integers{0, 1, 2, 3}) return {};
  n.fail_unsupported("resizing of other axes than height and width");
}

void check_count(const OnnxNode& n, std::size_t count, const Places& places) {
  if (count != places.count)
    n.fail_unsupported(std::to_string(count) + " sizes, of other than images,");
}

// What the graph computes, without the sizes of batch and channels.
ValueId of_image(OnnxNode& n, ValueId all, const Places& places) {
  if (places.h > places.w)
    n.fail_unsupported("width before height in sizes that the graph computes");
  if (places.count == 2) return all;
  return n.add(
      std::make_shared<Slice>(SliceOptions{
          .axes = {0}, .starts = {2}, .ends = {4}, .decrease_axis = {}, .infer_flags = {1}}),
      {{all}}, 1);
}

std::vector<std::vector<ValueId>> slots(ValueId x, int slot, ValueId value) {
  std::vector<std::vector<ValueId>> all(static_cast<std::size_t>(slot) + 1);
  all[Interp::kX] = {x};
  all[static_cast<std::size_t>(slot)] = {value};
  return all;
}

void finish_by_scales(OnnxNode& n, InterpOptions options, const std::vector<double>& scales,
                      const Places& places) {
  check_count(n, scales.size(), places);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    if (i != places.h && i != places.w && scales[i] != 1)
      n.fail_unsupported("resizing of batch or channels");
    if (!(scales[i] > 0) || !std::isfinite(scales[i]))
      n.fail("a scale is " + std::to_string(scales[i]) + ", expected > 0");
  }
  options.scale = {static_cast<float>(scales[places.h]), static_cast<float>(scales[places.w])};
  n.finish(std::make_shared<Interp>(options), {{n.input(0)}}, 4);
}

std::vector<double> reals_of(const Tensor& tensor) {
  const std::vector<float> values = to_floats(tensor.view());
  return {values.begin(), values.end()};
}

void by_scales(OnnxNode& n, const InterpOptions& options, int i, const Places& places) {
  if (const Tensor* scales = n.known(i)) {
    check_count(n, static_cast<std::size_t>(scales->size()), places);
    return finish_by_scales(n, options, reals_of(*scales), places);
  }
  n.finish(std::make_shared<Interp>(options),
           slots(n.input(0), Interp::kScale, of_image(n, n.input(i), places)), 4);
}

void by_sizes(OnnxNode& n, InterpOptions options, int i, const Places& places) {
  if (!n.known(i)) {
    return n.finish(std::make_shared<Interp>(options),
                    slots(n.input(0), Interp::kOutSize, of_image(n, n.input(i), places)), 4);
  }
  const Integers sizes = n.integers(i, "sizes");
  check_count(n, sizes.size(), places);
  options.out = {sizes[places.h], sizes[places.w]};
  n.finish(std::make_shared<Interp>(options), {{n.input(0)}}, 4);
}

bool is_given(const OnnxNode& n, int i) {
  const Tensor* known = n.known(i);
  return n.has(i) && (known == nullptr || known->size() > 0);
}

void check_rank(const OnnxNode& n) {
  if (n.rank(0) != kUnknownRank && n.rank(0) != 4)
    n.fail_unsupported("an operand of rank " + std::to_string(n.rank(0)));
}

// Of operator sets 7 to 10: corners of pixels on each other, and the sample before.
InterpOptions older_modes(const OnnxNode& n) {
  return {.kind = read_kind(n),
          .align_corners = false,
          .align_mode = true,
          .rounding = NearestRounding::kFloor};
}

void upsample(OnnxNode& n) {
  check_rank(n);
  if (n.opset() < 9)
    return finish_by_scales(n, older_modes(n), n.attributes.reals("scales", {}), {});
  by_scales(n, older_modes(n), 1, {});
}

void resize(OnnxNode& n) {
  check_rank(n);
  if (n.opset() < 11) {
    const InterpOptions options = older_modes(n);
    const Tensor* scales = n.known(1);
    for (double scale : scales ? reals_of(*scales) : std::vector<double>{}) {
      // There the rounding was that of an implementation, upwards.
      if (scale < 1 && options.kind == InterpKind::kNearest)
        n.fail_unsupported("making smaller by nearest neighbours in operator set 10");
    }
    return by_scales(n, options, 1, {});
  }
  const InterpOptions options = read_modes(n);
  const Places places = read_places(n);
  if (is_given(n, 3)) return by_sizes(n, options, 3, places);
  if (!is_given(n, 2)) n.fail("neither scales nor sizes are given");
  by_scales(n, options, 2, places);
}

constexpr OnnxOp kOps[] = {{"Resize", resize}, {"Upsample", upsample}};

}  // namespace

std::span<const OnnxOp> onnx_resize_ops() { return kOps; }

}  // namespace u2net::engine
