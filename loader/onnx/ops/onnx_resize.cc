// SPDX-License-Identifier: Apache-2.0
// Resize and the older Upsample, of images and of rows: nearest neighbour, linear and cubic along
// height and width.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "engine/ops/concat.h"
#include "engine/ops/interp.h"
#include "engine/ops/renaming.h"
#include "engine/ops/slice.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

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
  if (mode == "cubic") return InterpKind::kCubic;
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
  // The same where the sizes are what the scales make them.
  if (name == "half_pixel_symmetric") name = "half_pixel";
  const Mode& mode = find(n, kModes, kCoordinates, name);
  options.align_corners = mode.align_corners;
  options.align_mode = !mode.half_pixel;
  options.lone_at_centre = mode.lone_at_centre;
  if (options.kind == InterpKind::kCubic) {
    options.from_corner = name == "asymmetric";
    options.lone_on_first = name == "pytorch_half_pixel";
    if (n.attributes.real("cubic_coeff_a", -0.75) != -0.75) n.fail_unsupported("cubic_coeff_a");
  }
  if (options.kind == InterpKind::kNearest)
    options.rounding = find(n, kRoundings, "nearest_mode", rounding).rounding;
  for (const char* name_of_flag : {"antialias", "exclude_outside"}) {
    if (n.attributes.boolean(name_of_flag, false)) n.fail_unsupported(name_of_flag);
  }
  const std::string policy = n.attributes.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch") n.fail_unsupported("keep_aspect_ratio_policy '" + policy + "'");
  return options;
}

// Which entries of scales or sizes are those of height and width; of rows there is no height.
struct Places {
  std::size_t count = 4, h = 2, w = 3;
  bool is_row = false;
};

Places read_places(const OnnxNode& n) {
  const int rank = n.rank(0) == kUnknownRank ? 4 : n.rank(0);
  if (rank != 3 && rank != 4) n.fail_unsupported("an operand of rank " + std::to_string(rank));
  const bool is_row = rank == 3;
  const Places all = is_row ? Places{3, 3, 2, true} : Places{};
  if (!n.attributes.has("axes")) return all;
  Integers axes = n.attributes.integers("axes", {});
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  if (is_row && axes == Integers{2}) return {1, 1, 0, true};
  if (!is_row && axes == Integers{2, 3}) return {2, 0, 1};
  if (!is_row && axes == Integers{3, 2}) return {2, 1, 0};
  if (axes.size() == all.count && std::is_sorted(axes.begin(), axes.end())) return all;
  n.fail_unsupported("resizing of other axes than height and width");
}

void check_count(const OnnxNode& n, std::size_t count, const Places& places) {
  if (count != places.count)
    n.fail_unsupported(std::to_string(count) + " sizes, of other than images,");
}

// Of height and width what the graph computes; `row` stands for the height of rows.
ValueId of_image(OnnxNode& n, ValueId all, const Places& places, Tensor row) {
  if (!places.is_row && places.h > places.w)
    n.fail_unsupported("width before height in sizes that the graph computes");
  ValueId own = all;
  if (places.count > 2)
    own = n.add(
        std::make_shared<Slice>(SliceOptions{
            .axes = {0}, .starts = {2}, .ends = {4}, .decrease_axis = {}, .infer_flags = {1}}),
        {{all}}, 1);
  if (!places.is_row) return own;
  return n.add(std::make_shared<Concat>(0), {{n.constant(std::move(row)), own}}, 1);
}

// `slot` of the operator is `value`, if there is one.
void finish(OnnxNode& n, const InterpOptions& options, const Places& places, int slot = 0,
            ValueId value = kNoValue) {
  ValueId x = n.input(0);
  if (places.is_row) x = n.add(std::make_shared<Unsqueeze>(Integers{2}), {{x}}, 4);
  std::vector<std::vector<ValueId>> all(static_cast<std::size_t>(slot) + 1);
  if (value != kNoValue) all[static_cast<std::size_t>(slot)] = {value};
  all[Interp::kX] = {x};
  const auto op = std::make_shared<Interp>(options);
  if (!places.is_row) return n.finish(op, std::move(all), 4);
  n.finish(std::make_shared<Squeeze>(Integers{2}), {{n.add(op, std::move(all), 4)}}, 3);
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
  options.scale = {places.is_row ? 1 : static_cast<float>(scales[places.h]),
                   static_cast<float>(scales[places.w])};
  finish(n, options, places);
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
  finish(n, options, places, Interp::kScale,
         of_image(n, n.input(i), places, Tensor::from<float>({1}, std::vector<float>{1})));
}

void by_sizes(OnnxNode& n, InterpOptions options, int i, const Places& places) {
  if (!n.known(i)) {
    Tensor one = Tensor::from<std::int64_t>({1}, Integers{1});
    return finish(n, options, places, Interp::kOutSize,
                  of_image(n, n.input(i), places, std::move(one)));
  }
  const Integers sizes = n.integers(i, "sizes");
  check_count(n, sizes.size(), places);
  options.out = {places.is_row ? 1 : sizes[places.h], sizes[places.w]};
  finish(n, options, places);
}

bool is_given(const OnnxNode& n, int i) {
  const Tensor* known = n.known(i);
  return n.has(i) && (known == nullptr || known->size() > 0);
}

// Of operator sets 7 to 10: corners of pixels on each other, and the sample before.
InterpOptions older_modes(const OnnxNode& n) {
  return {.kind = read_kind(n),
          .align_corners = false,
          .align_mode = true,
          .rounding = NearestRounding::kFloor};
}

void upsample(OnnxNode& n) {
  const Places places = read_places(n);
  if (n.opset() < 9)
    return finish_by_scales(n, older_modes(n), n.attributes.reals("scales", {}), places);
  by_scales(n, older_modes(n), 1, places);
}

// Scales that give a size which is theirs to the pixel, whatever the operand's.
void check_whole(const OnnxNode& n, int i) {
  const Tensor* scales = n.known(i);
  bool is_whole = scales != nullptr;
  for (double scale : scales ? reals_of(*scales) : std::vector<double>{})
    is_whole = is_whole && scale == std::floor(scale);
  if (!is_whole)
    n.fail_unsupported("coordinate_transformation_mode 'half_pixel_symmetric' with such scales");
}

void resize(OnnxNode& n) {
  const Places places = read_places(n);
  if (n.opset() < 11) {
    const InterpOptions options = older_modes(n);
    const Tensor* scales = n.known(1);
    for (double scale : scales ? reals_of(*scales) : std::vector<double>{}) {
      // There the rounding was that of an implementation, upwards.
      if (scale < 1 && options.kind == InterpKind::kNearest)
        n.fail_unsupported("making smaller by nearest neighbours in operator set 10");
    }
    return by_scales(n, options, 1, places);
  }
  const InterpOptions options = read_modes(n);
  if (is_given(n, 3)) return by_sizes(n, options, 3, places);
  if (!is_given(n, 2)) n.fail("neither scales nor sizes are given");
  if (n.attributes.text("coordinate_transformation_mode", "") == "half_pixel_symmetric")
    check_whole(n, 2);
  by_scales(n, options, 2, places);
}

constexpr OnnxOp kOps[] = {{"Resize", resize}, {"Upsample", upsample}};

}  // namespace

std::span<const OnnxOp> onnx_resize_ops() { return kOps; }

}  // namespace u2net::engine
