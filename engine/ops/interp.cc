// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/interp.h"

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

using kernels::InterpKind;

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "OutSize", .required = false},
                                {.name = "SizeTensor", .required = false, .list = true},
                                {.name = "Scale", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// Source samples per output sample along one axis.
float ratio(std::int64_t in, std::int64_t out, const InterpOptions& o, std::optional<float> scale) {
  if (out <= 1 && o.lone_on_first) return 1.0F;  // (0 + 1/2) * 1 - 1/2
  if (out <= 1 && (o.align_corners || o.align_mode || !o.lone_at_centre)) return 0.0F;
  if (o.align_corners) return static_cast<float>(in - 1) / static_cast<float>(out - 1);
  if (scale) return static_cast<float>(1.0 / static_cast<double>(*scale));
  return static_cast<float>(in) / static_cast<float>(out);
}

// What an operand says of all four dimensions of images, without what it says of the first two;
// those are `stay`, which keeps them.
template <class T>
std::vector<T> without_batch(const Inference& in, std::vector<T> all, const std::vector<T>& stay) {
  if (all.size() != 4) return all;
  if (!std::equal(stay.begin(), stay.end(), all.begin()))
    in.fail_unsupported("resizing of batch or channels by what the program computes");
  all.erase(all.begin(), all.begin() + 2);
  return all;
}

const OpType& type_of(InterpKind kind, bool legacy) {
  if (kind == InterpKind::kLinear) return kLinearInterpV2;
  if (kind == InterpKind::kCubic) return kBicubicInterpV2;
  if (kind == InterpKind::kBilinear) return legacy ? kBilinearInterp : kBilinearInterpV2;
  return legacy ? kNearestInterp : kNearestInterpV2;
}

}  // namespace

constexpr OpType kBilinearInterp{"bilinear_interp", kInputs, kOutputs};
constexpr OpType kBilinearInterpV2{"bilinear_interp_v2", kInputs, kOutputs};
constexpr OpType kNearestInterp{"nearest_interp", kInputs, kOutputs};
constexpr OpType kNearestInterpV2{"nearest_interp_v2", kInputs, kOutputs};
constexpr OpType kLinearInterpV2{"linear_interp_v2", kInputs, kOutputs};
constexpr OpType kBicubicInterpV2{"bicubic_interp_v2", kInputs, kOutputs};

Interp::Interp(const InterpOptions& options)
    : Operator(type_of(options.kind, options.legacy)), options_(options) {}

InterpScale Interp::checked_scale(const Inference& in) const {
  const std::vector<float> values =
      without_batch(in, to_floats(in.value(kScale).view()), std::vector<float>{1, 1});
  if (values.empty()) in.fail("Scale has no element");
  InterpScale scale{values[0], values.size() > 1 && !options_.legacy ? values[1] : values[0]};
  if (extents() == 1) scale = {1, values[0]};
  if (!(scale.h > 0 && scale.w > 0)) {
    in.fail("Scale is ", scale.h, " x ", scale.w, ", expected > 0");
  }
  return scale;
}

// Height and width of images; of those without rows 1 and the width.
InterpSize Interp::size_of(const Shape& shape) const {
  return {extents() == 1 ? 1 : shape[2], shape.back()};
}

InterpSize Interp::output_size(const Inference& in) const {
  if (in.has(kSizeTensor)) {
    if (in.count(kSizeTensor) != static_cast<int>(extents())) {
      in.fail("SizeTensor has ", in.count(kSizeTensor), " entries, expected ", extents());
    }
    const auto one = [&](int i) {
      const std::vector<std::int64_t> v = to_integers(in.value(kSizeTensor, i).view());
      if (v.size() != 1) in.fail("an entry of SizeTensor has ", v.size(), " elements");
      return v.front();
    };
    return extents() == 1 ? InterpSize{1, one(0)} : InterpSize{one(0), one(1)};
  }
  if (in.has(kOutSize)) {
    const Shape& src = in.input(kX).shape;
    const std::vector<std::int64_t> v =
        without_batch(in, to_integers(in.value(kOutSize).view()), Shape{src[0], src[1]});
    if (v.size() != extents()) {
      in.fail("OutSize has ", v.size(), " elements, expected ", extents());
    }
    return {extents() == 1 ? 1 : v[0], v.back()};
  }
  if (size_is_known_ && !in.has(kScale)) return options_.out;
  const std::optional<InterpScale> scale = in.has(kScale) ? checked_scale(in) : options_.scale;
  if (scale) {
    const InterpSize src = size_of(in.input(kX).shape);
    const float h = static_cast<float>(src.h) * scale->h, w = static_cast<float>(src.w) * scale->w;
    if (!(h < 1e9F && w < 1e9F))
      in.fail("the scale gives an output of more than 1e9 pixels a side");
    return {static_cast<std::int64_t>(h), static_cast<std::int64_t>(w)};
  }
  return options_.out;
}

void Interp::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  const Shape& src = in.input(kX).shape;
  if (src.size() != 2 + extents()) {
    in.fail("input ", src, " must have ", 2 + extents(), " dimensions");
  }
  if (size_of(src).h < 1 || size_of(src).w < 1) in.fail("input ", src, " is empty");
  const InterpSize out = output_size(in);
  if (out.h < 1 || out.w < 1) {
    in.fail("output size ", out.h, " x ", out.w, ", expected at least 1 x 1");
  }
  Shape dst{src[0], src[1]};
  if (extents() == 2) dst.push_back(out.h);
  dst.push_back(out.w);
  in.set_output(0, {DType::kFloat32, dst});
}

std::shared_ptr<const Operator> Interp::specialized(Inference& in) const {
  if (!in.has(kOutSize) && !in.has(kSizeTensor) && !in.has(kScale)) return nullptr;
  auto op = make_mutable_operator<Interp>(*this);
  const InterpSize out = output_size(in);
  if (in.has(kSizeTensor)) {
    op->ratio_from_scale_ = false;
  } else if (in.has(kScale)) {
    op->options_.scale = checked_scale(in);
  }
  op->options_.out = out;
  op->size_is_known_ = true;
  return op;
}

kernels::InterpParams Interp::params(const Shape& src, const Shape& dst) const {
  std::optional<float> scale_h, scale_w;
  const InterpOptions& o = options_;
  if (!o.legacy && o.scale && ratio_from_scale_) scale_h = o.scale->h, scale_w = o.scale->w;
  const InterpSize from = size_of(src), to = size_of(dst);
  return {.kind = o.kind,
          .planes = src[0] * src[1],
          .ih = from.h,
          .iw = from.w,
          .oh = to.h,
          .ow = to.w,
          .ratio_h = ratio(from.h, to.h, o, scale_h),
          .ratio_w = ratio(from.w, to.w, o, scale_w),
          .align_corners = o.align_corners,
          .half_pixel = !o.align_corners && !o.align_mode,
          .double_coordinates = o.legacy,
          .rounding = o.rounding,
          .from_corner = o.from_corner};
}

void Interp::run_reference(const Operands& o) const {
  kernels::interp_reference(params(o.input(kX).shape, o.output().shape),
                            o.input(kX).as<const float>(), o.output().as<float>(), *o.pool);
}

bool Interp::specialized_alike(const Operator& other) const {
  const auto& interp = dynamic_cast<const Interp&>(other);
  return interp.options_.out == options_.out && interp.options_.scale == options_.scale &&
         interp.ratio_from_scale_ == ratio_from_scale_;
}

double Interp::work(const Graph& graph, const Node& node) const {
  // Where it lies, and four products; or twenty, and weights.
  const double one_element = options_.kind == InterpKind::kCubic ? 50 : 8;
  return one_element * static_cast<double>(element_count(graph.type_of(node.output()).shape));
}

Description Interp::describe() const {
  const InterpOptions& o = options_;
  Description all = {{"align_corners", o.align_corners ? "true" : "false"},
                     {"align_mode", o.align_mode ? "1" : "0"}};
  if (o.out.h > 0) all.add("out", str_cat(o.out.h, "x", o.out.w));
  if (o.scale) all.add("scale", str_cat(o.scale->h, ",", o.scale->w));
  return all;
}

bool Interp::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX}, {kOutSize, kSizeTensor});
}

}  // namespace u2net::engine
