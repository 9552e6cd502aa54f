// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/interp.h"

#include <cmath>

#include "engine/base/error.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/op_list.h"

namespace u2net {
namespace {

using kernels::InterpKind;

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "OutSize", .required = false},
                                {.name = "SizeTensor", .required = false, .list = true},
                                {.name = "Scale", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

template <InterpKind kind, bool v2, const OpType& type>
std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  return std::make_shared<Interp>(attributes, type, kind, v2);
}

// Source samples per output sample along one axis.
float ratio(std::int64_t in, std::int64_t out, bool align_corners, std::optional<float> scale) {
  if (out <= 1) return 0.0F;
  if (align_corners) return static_cast<float>(in - 1) / static_cast<float>(out - 1);
  if (scale) return static_cast<float>(1.0 / static_cast<double>(*scale));
  return static_cast<float>(in) / static_cast<float>(out);
}

}  // namespace

constexpr OpType kBilinearInterp{"bilinear_interp", kInputs, kOutputs,
                                 decode<InterpKind::kBilinear, false, kBilinearInterp>};
constexpr OpType kBilinearInterpV2{"bilinear_interp_v2", kInputs, kOutputs,
                                   decode<InterpKind::kBilinear, true, kBilinearInterpV2>};
constexpr OpType kNearestInterp{"nearest_interp", kInputs, kOutputs,
                                decode<InterpKind::kNearest, false, kNearestInterp>};
constexpr OpType kNearestInterpV2{"nearest_interp_v2", kInputs, kOutputs,
                                  decode<InterpKind::kNearest, true, kNearestInterpV2>};

Interp::Interp(const AttributeReader& attributes, const OpType& type, InterpKind kind, bool v2)
    : Operator(type),
      kind_(kind),
      v2_(v2),
      align_corners_(attributes.boolean("align_corners", true)),
      align_mode_(attributes.integer("align_mode", 1) != 0),
      out_h_(attributes.integer("out_h", 0)),
      out_w_(attributes.integer("out_w", 0)) {
  require_nchw(attributes, "data_layout");
  const std::vector<double> scale = attributes.reals("scale", {});
  if (v2 && scale.size() == 1) attributes.fail("scale", "has 1 value, expected 2");  // as Paddle
  if (v2 && scale.size() >= 2) {
    scale_ = Pair{static_cast<float>(scale[0]), static_cast<float>(scale[1])};
    if (!(scale_->h > 0 && scale_->w > 0)) attributes.fail("scale", "must be positive");
  } else if (!v2 && !scale.empty() && scale[0] > 0) {  // v1 writes 0 for "not given"
    scale_ = Pair{static_cast<float>(scale[0]), static_cast<float>(scale[0])};
  }
}

Interp::Pair Interp::checked_scale(const Inference& in) const {
  const std::vector<float> values = to_floats(in.value(kScale).view());
  if (values.empty()) in.fail("Scale has no element");
  const Pair scale{values[0], values.size() > 1 && v2_ ? values[1] : values[0]};
  if (!(scale.h > 0 && scale.w > 0)) {
    in.fail("Scale is " + std::to_string(scale.h) + " x " + std::to_string(scale.w) +
            ", expected > 0");
  }
  return scale;
}

Interp::Size Interp::output_size(const Inference& in) const {
  if (in.has(kSizeTensor)) {
    if (in.count(kSizeTensor) != 2)
      in.fail("SizeTensor has " + std::to_string(in.count(kSizeTensor)) + " entries, expected 2");
    const auto one = [&](int i) {
      const std::vector<std::int64_t> v = to_integers(in.value(kSizeTensor, i).view());
      if (v.size() != 1)
        in.fail("an entry of SizeTensor has " + std::to_string(v.size()) + " elements");
      return v.front();
    };
    return {one(0), one(1)};
  }
  if (in.has(kOutSize)) {
    const std::vector<std::int64_t> v = to_integers(in.value(kOutSize).view());
    if (v.size() != 2) in.fail("OutSize has " + std::to_string(v.size()) + " elements, expected 2");
    return {v[0], v[1]};
  }
  if (size_is_known_ && !in.has(kScale)) return {out_h_, out_w_};
  const std::optional<Pair> scale = in.has(kScale) ? checked_scale(in) : scale_;
  if (scale) {
    const Shape& src = in.input(kX).shape;
    const float h = static_cast<float>(src[2]) * scale->h,
                w = static_cast<float>(src[3]) * scale->w;
    if (!(h < 1e9F && w < 1e9F))
      in.fail("the scale gives an output of more than 1e9 pixels a side");
    return {static_cast<std::int64_t>(h), static_cast<std::int64_t>(w)};
  }
  return {out_h_, out_w_};
}

void Interp::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  const Shape& src = in.input(kX).shape;
  if (src.size() != 4) in.fail("input " + to_string(src) + " must have 4 dimensions");
  if (src[2] < 1 || src[3] < 1) in.fail("input " + to_string(src) + " is empty");
  const Size out = output_size(in);
  if (out.h < 1 || out.w < 1) {
    in.fail("output size " + std::to_string(out.h) + " x " + std::to_string(out.w) +
            ", expected at least 1 x 1");
  }
  in.set_output(0, {DType::kFloat32, {src[0], src[1], out.h, out.w}});
}

std::shared_ptr<const Operator> Interp::specialized(Inference& in) const {
  if (!in.has(kOutSize) && !in.has(kSizeTensor) && !in.has(kScale)) return nullptr;
  auto op = std::make_shared<Interp>(*this);
  const Size out = output_size(in);
  if (in.has(kSizeTensor)) {
    op->ratio_from_scale_ = false;
  } else if (in.has(kScale)) {
    op->scale_ = checked_scale(in);
  }
  op->out_h_ = out.h;
  op->out_w_ = out.w;
  op->size_is_known_ = true;
  return op;
}

kernels::InterpParams Interp::params(const Shape& src, const Shape& dst) const {
  std::optional<float> scale_h, scale_w;
  if (v2_ && scale_ && ratio_from_scale_) scale_h = scale_->h, scale_w = scale_->w;
  return {.kind = kind_,
          .planes = src[0] * src[1],
          .ih = src[2],
          .iw = src[3],
          .oh = dst[2],
          .ow = dst[3],
          .ratio_h = ratio(src[2], dst[2], align_corners_, scale_h),
          .ratio_w = ratio(src[3], dst[3], align_corners_, scale_w),
          .align_corners = align_corners_,
          .half_pixel = !align_corners_ && !align_mode_,
          .double_coordinates = !v2_};
}

void Interp::run_reference(const Operands& o) const {
  kernels::interp_reference(params(o.input(kX).shape, o.output().shape),
                            o.input(kX).as<const float>(), o.output().as<float>(), *o.pool);
}

bool Interp::specialized_alike(const Operator& other) const {
  const auto& interp = dynamic_cast<const Interp&>(other);
  const auto scale = [](const Interp& i) {
    return i.scale_ ? std::pair(i.scale_->h, i.scale_->w) : std::pair(0.0F, 0.0F);
  };
  return interp.out_h_ == out_h_ && interp.out_w_ == out_w_ && scale(interp) == scale(*this) &&
         interp.ratio_from_scale_ == ratio_from_scale_;
}

double Interp::work(const Graph& graph, const Node& node) const {
  constexpr double kOneElement = 8;  // where it lies, and four products
  return kOneElement * static_cast<double>(element_count(graph.type_of(node.output()).shape));
}

Attributes Interp::attributes() const {
  if (size_is_known_ && scale_)
    throw Error(ErrorCode::kInternal,
                "an interp with its size fixed beside a scale cannot be written");
  Attributes all = {
      {"align_corners", align_corners_},
      {"align_mode", std::int64_t{align_mode_}},
      {"data_layout", std::string("NCHW")},
      {"interp_method", std::string(kind_ == InterpKind::kBilinear ? "bilinear" : "nearest")},
      {"out_d", std::int64_t{-1}},
      {"out_h", out_h_},
      {"out_w", out_w_}};
  std::vector<double> scale;
  if (scale_) scale = {scale_->h, scale_->w};
  if (v2_) {
    all["scale"] = scale;
  } else {
    all["scale"] = scale.empty() ? 0.0 : scale.front();
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> Interp::describe() const {
  std::vector<std::pair<std::string, std::string>> all = {
      {"align_corners", align_corners_ ? "true" : "false"},
      {"align_mode", align_mode_ ? "1" : "0"}};
  if (out_h_ > 0) all.emplace_back("out", std::to_string(out_h_) + "x" + std::to_string(out_w_));
  if (scale_)
    all.emplace_back("scale", std::to_string(scale_->h) + "," + std::to_string(scale_->w));
  return all;
}

bool Interp::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX}, {kOutSize, kSizeTensor});
}

}  // namespace u2net
