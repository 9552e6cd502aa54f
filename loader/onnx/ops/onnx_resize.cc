// SPDX-License-Identifier: Apache-2.0
// Resize and the older Upsample. Images and rows that are resized along height and width, as nearly
// all are, have operators of their own with fast kernels; one operator does the rest.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/ops/concat.h"
#include "engine/ops/interp.h"
#include "engine/ops/renaming.h"
#include "engine/ops/resample.h"
#include "engine/ops/slice.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::InterpKind;
using kernels::NearestRounding;
using kernels::ResampleCoordinates;

constexpr const char* kCoordinates = "coordinate_transformation_mode";

// Where a result lies between the samples.
struct Mode {
  std::string_view name;
  ResampleCoordinates coordinates;
  bool align_corners, half_pixel;
  bool lone_at_centre = false;  // a single result lies in the middle, not on the first sample
};
// "half_pixel_symmetric" is "half_pixel" where sizes are given, or scales that are whole.
constexpr Mode kModes[] = {
    {"half_pixel", ResampleCoordinates::kHalfPixel, false, true, true},
    {"half_pixel_symmetric", ResampleCoordinates::kHalfPixelSymmetric, false, true, true},
    {"pytorch_half_pixel", ResampleCoordinates::kPytorchHalfPixel, false, true},
    {"align_corners", ResampleCoordinates::kAlignCorners, true, false},
    {"asymmetric", ResampleCoordinates::kAsymmetric, false, false},
    {"tf_crop_and_resize", ResampleCoordinates::kCropped, false, false}};

struct Rounding {
  std::string_view name;
  NearestRounding rounding;
};
constexpr Rounding kRoundings[] = {{"round_prefer_floor", NearestRounding::kHalfDown},
                                   {"round_prefer_ceil", NearestRounding::kHalfUp},
                                   {"floor", NearestRounding::kFloor},
                                   {"ceil", NearestRounding::kCeil}};

struct Policy {
  std::string_view name;
  AspectPolicy policy;
};
constexpr Policy kPolicies[] = {{"stretch", AspectPolicy::kStretch},
                                {"not_larger", AspectPolicy::kNotLarger},
                                {"not_smaller", AspectPolicy::kNotSmaller}};

template <class Row, std::size_t N>
const Row& find(const OnnxNode& n, const Row (&rows)[N], const char* attribute,
                const std::string& name) {
  for (const Row& row : rows) {
    if (row.name == name) return row;
  }
  n.fail_unsupported(attribute, " '", name, "'");
}

InterpKind read_kind(const OnnxNode& n) {
  const std::string mode = n.attributes.text("mode", "nearest");
  if (mode == "nearest") return InterpKind::kNearest;
  if (mode == "linear" || mode == "bilinear") return InterpKind::kBilinear;
  if (mode == "cubic") return InterpKind::kCubic;
  n.fail_unsupported("mode '", mode, "'");
}

struct Modes {
  Mode mode;
  NearestRounding rounding;
};

Modes read_modes(const OnnxNode& n) {
  std::string name = n.attributes.text(kCoordinates, "half_pixel");
  std::string rounding = n.attributes.text("nearest_mode", "round_prefer_floor");
  if (name == "tf_half_pixel_for_nn" && rounding == "floor") {
    // floor((k + 0.5) * ratio) is the coordinate between centres, rounded with halves up.
    name = "half_pixel";
    rounding = "round_prefer_ceil";
  }
  const bool rounds = read_kind(n) == InterpKind::kNearest;  // others do not look at it
  return {
      find(n, kModes, kCoordinates, name),
      rounds ? find(n, kRoundings, "nearest_mode", rounding).rounding : NearestRounding::kFloor};
}

InterpOptions interp_options(const OnnxNode& n) {
  const auto [mode, rounding] = read_modes(n);
  InterpOptions options{.kind = read_kind(n),
                        .align_corners = mode.align_corners,
                        .align_mode = !mode.half_pixel,
                        .lone_at_centre = mode.lone_at_centre};
  if (options.kind == InterpKind::kCubic) {
    options.from_corner = mode.coordinates == ResampleCoordinates::kAsymmetric;
    options.lone_on_first = mode.coordinates == ResampleCoordinates::kPytorchHalfPixel;
  }
  if (options.kind == InterpKind::kNearest) options.rounding = rounding;
  return options;
}

ResampleOptions resample_options(const OnnxNode& n) {
  const auto [mode, rounding] = read_modes(n);
  ResampleOptions options{
      .rule = {.kind = read_kind(n),
               .coordinates = mode.coordinates,
               .rounding = rounding,
               .cubic_a = static_cast<float>(n.attributes.real("cubic_coeff_a", -0.75)),
               .antialias = n.attributes.boolean("antialias", false),
               .excludes_outside = n.attributes.boolean("exclude_outside", false)},
      .extrapolation = static_cast<float>(n.attributes.real("extrapolation_value", 0)),
      .policy = find(n, kPolicies, "keep_aspect_ratio_policy",
                     n.attributes.text("keep_aspect_ratio_policy", "stretch"))
                    .policy,
      .axes = n.attributes.integers("axes", {})};
  if (options.rule.kind == InterpKind::kBilinear) options.rule.kind = InterpKind::kLinear;
  if (options.rule.kind == InterpKind::kNearest) options.rule.antialias = false;
  return options;
}

// Which entries of scales or sizes are those of height and width; of rows there is no height.
struct Places {
  std::size_t count = 4, h = 2, w = 3;
  bool is_row = false;
};

// Nothing where other axes than those are resized.
std::optional<Places> read_places(const OnnxNode& n) {
  const int rank = n.rank(0) == kUnknownRank ? 4 : n.rank(0);
  if (rank != 3 && rank != 4) return std::nullopt;
  const bool is_row = rank == 3;
  const Places all = is_row ? Places{3, 3, 2, true} : Places{};
  if (!n.attributes.has("axes")) return all;
  Integers axes = n.attributes.integers("axes", {});
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  if (is_row && axes == Integers{2}) return Places{1, 1, 0, true};
  if (!is_row && axes == Integers{2, 3}) return Places{2, 0, 1};
  if (!is_row && axes == Integers{3, 2}) return Places{2, 1, 0};
  if (axes.size() == all.count && std::is_sorted(axes.begin(), axes.end())) return all;
  return std::nullopt;
}

// What there is of all dimensions, for the operator to see that batch and channels stay, or of
// height and width; of rows with `row` for the height that they lack.
ValueId of_image(OnnxNode& n, ValueId all, const Places& places, Tensor row) {
  if (!places.is_row) return all;
  const auto slice = [&](std::int64_t begin, std::int64_t end) {
    return n.add(make_operator<Slice>(SliceOptions{.axes = {0},
                                                   .starts = {begin},
                                                   .ends = {end},
                                                   .decrease_axis = {},
                                                   .infer_flags = {1}}),
                 {{all}}, 1);
  };
  const ValueId height = n.constant(std::move(row));
  const auto concat = make_operator<Concat>(0);
  if (places.count == 1) return n.add(concat, {{height, all}}, 1);
  return n.add(concat, {{slice(0, 2), height, slice(2, 3)}}, 1);
}

// `slot` of the operator is `value`, if there is one.
void finish(OnnxNode& n, const InterpOptions& options, const Places& places, int slot = 0,
            ValueId value = kNoValue) {
  ValueId x = n.input(0);
  if (places.is_row) x = n.add(make_operator<Unsqueeze>(Integers{2}), {{x}}, 4);
  std::vector<std::vector<ValueId>> all(static_cast<std::size_t>(slot) + 1);
  if (value != kNoValue) all[static_cast<std::size_t>(slot)] = {value};
  all[Interp::kX] = {x};
  const auto op = make_operator<Interp>(options);
  if (!places.is_row) return n.finish(op, std::move(all), 4);
  n.finish(make_operator<Squeeze>(Integers{2}), {{n.add(op, std::move(all), 4)}}, 3);
}

std::vector<double> reals_of(const Tensor& tensor) {
  const std::vector<float> values = to_floats(tensor.view());
  return {values.begin(), values.end()};
}

// What the scales are, or where: they are known, or input `i`.
struct Scales {
  std::optional<std::vector<double>> known;
  int i = 0;
};

Scales scales_of(const OnnxNode& n, int i) {
  const Tensor* known = n.known(i);
  return {known ? std::optional(reals_of(*known)) : std::nullopt, i};
}

void check_scales(const OnnxNode& n, const Scales& scales) {
  for (double scale : scales.known.value_or(std::vector<double>{})) {
    if (!(scale > 0) || !std::isfinite(scale)) n.fail("a scale is ", scale, ", expected > 0");
  }
}

// Whether batch and channels stay as they are.
bool scale_images(const Scales& scales, const Places& places) {
  if (!scales.known) return true;
  const std::vector<double>& all = *scales.known;
  bool stay = all.size() == places.count;
  for (std::size_t i = 0; stay && i < all.size(); ++i)
    stay = i == places.h || i == places.w || all[i] == 1;
  return stay;
}

void finish_by_scales(OnnxNode& n, InterpOptions options, const Scales& scales,
                      const Places& places) {
  if (!scales.known) {
    return finish(
        n, options, places, Interp::kScale,
        of_image(n, n.input(scales.i), places, Tensor::from<float>({1}, std::vector<float>{1})));
  }
  options.scale = {places.is_row ? 1 : static_cast<float>((*scales.known)[places.h]),
                   static_cast<float>((*scales.known)[places.w])};
  finish(n, options, places);
}

// Whether batch and channels stay as they are, as far as that is known; of what is not, planning
// sees it.
bool size_images(const OnnxNode& n, int i, const Places& places) {
  if (!n.known(i)) return places.is_row || places.h < places.w;
  const Integers sizes = n.integers(i, "sizes");
  if (sizes.size() != places.count) return false;
  const Integers* shape = n.known_shape(0);
  return places.count < 3 || !shape || (sizes[0] == (*shape)[0] && sizes[1] == (*shape)[1]);
}

void finish_by_sizes(OnnxNode& n, InterpOptions options, int i, const Places& places) {
  if (!n.known(i) || (places.count > 2 && !n.known_shape(0))) {
    Tensor one = Tensor::from<std::int64_t>({1}, Integers{1});
    return finish(n, options, places, Interp::kOutSize,
                  of_image(n, n.input(i), places, std::move(one)));
  }
  const Integers sizes = n.integers(i, "sizes");
  options.out = {places.is_row ? 1 : sizes[places.h], sizes[places.w]};
  finish(n, options, places);
}

bool is_given(const OnnxNode& n, int i) {
  const Tensor* known = n.known(i);
  return n.has(i) && (known == nullptr || known->size() > 0);
}

// Any form: `scales`, or input `sizes` where there are none; `region` is an input too, or none.
void finish_any(OnnxNode& n, ResampleOptions options, const Scales* scales, int sizes, int region) {
  std::vector<std::vector<ValueId>> inputs(Resample::kSizes + 1);
  inputs[Resample::kX] = {n.input(0)};
  if (options.rule.coordinates == ResampleCoordinates::kCropped) {
    if (!is_given(n, region)) n.fail("there is no region of interest");
    if (const Tensor* known = n.known(region))
      options.region = to_floats(known->view());
    else
      inputs[Resample::kRegion] = {n.input(region)};
  }
  if (scales && scales->known) {
    options.scales.assign(scales->known->begin(), scales->known->end());
  } else if (scales) {
    inputs[Resample::kScales] = {n.input(scales->i)};
  } else if (n.known(sizes)) {
    options.sizes = n.integers(sizes, "sizes");
  } else {
    inputs[Resample::kSizes] = {n.input(sizes)};
  }
  if (options.scales.empty() && options.sizes.empty() && inputs[Resample::kScales].empty() &&
      inputs[Resample::kSizes].empty())
    n.fail("neither scales nor sizes are given");
  n.finish(make_operator<Resample>(std::move(options)), std::move(inputs), n.rank(0));
}

// Of operator sets 7 to 10: corners of pixels on each other, and the sample before.
void older(OnnxNode& n, const Scales& scales) {
  const InterpOptions options{.kind = read_kind(n),
                              .align_corners = false,
                              .align_mode = true,
                              .rounding = NearestRounding::kFloor};
  check_scales(n, scales);
  const std::optional<Places> places = read_places(n);
  if (places && scale_images(scales, *places)) return finish_by_scales(n, options, scales, *places);
  const bool is_nearest = options.kind == InterpKind::kNearest;
  finish_any(n,
             {.rule = {.kind = is_nearest ? InterpKind::kNearest : InterpKind::kLinear,
                       .coordinates = ResampleCoordinates::kAsymmetric,
                       .rounding = NearestRounding::kFloor}},
             &scales, 0, 0);
}

void upsample(OnnxNode& n) {
  if (n.opset() >= 9) return older(n, scales_of(n, 1));
  older(n, {n.attributes.reals("scales", {}), 0});
}

// Whether the operators for images have all that is asked for.
bool is_plain(const ResampleOptions& o, const Scales* scales) {
  const bool is_whole =
      !scales || (scales->known &&
                  std::ranges::all_of(*scales->known, [](double s) { return s == std::floor(s); }));
  return o.rule.coordinates != ResampleCoordinates::kCropped &&
         (o.rule.coordinates != ResampleCoordinates::kHalfPixelSymmetric || is_whole) &&
         (o.rule.kind != InterpKind::kCubic || o.rule.cubic_a == -0.75F) && !o.rule.antialias &&
         !o.rule.excludes_outside && o.policy == AspectPolicy::kStretch;
}

void resize(OnnxNode& n) {
  if (n.opset() < 11) {
    const Scales scales = scales_of(n, 1);
    for (double scale : scales.known.value_or(std::vector<double>{})) {
      // There the rounding was that of an implementation, upwards.
      if (scale < 1 && read_kind(n) == InterpKind::kNearest)
        n.fail_unsupported("making smaller by nearest neighbours in operator set 10");
    }
    return older(n, scales);
  }
  ResampleOptions all = resample_options(n);
  const std::optional<Places> places = read_places(n);
  if (is_given(n, 3)) {
    if (places && size_images(n, 3, *places) && is_plain(all, nullptr))
      return finish_by_sizes(n, interp_options(n), 3, *places);
    return finish_any(n, std::move(all), nullptr, 3, 1);
  }
  if (!is_given(n, 2)) n.fail("neither scales nor sizes are given");
  const Scales scales = scales_of(n, 2);
  check_scales(n, scales);
  const bool is_of_image = places && scale_images(scales, *places) &&
                           (scales.known || places->is_row || places->h < places->w);
  if (is_of_image && is_plain(all, &scales))
    return finish_by_scales(n, interp_options(n), scales, *places);
  all.policy = AspectPolicy::kStretch;  // it is of sizes
  finish_any(n, std::move(all), &scales, 0, 1);
}

constexpr OnnxOp kOps[] = {{"Resize", resize}, {"Upsample", upsample}};

}  // namespace

std::span<const OnnxOp> onnx_resize_ops() { return kOps; }

}  // namespace u2net::engine
