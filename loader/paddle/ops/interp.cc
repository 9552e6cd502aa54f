// SPDX-License-Identifier: Apache-2.0
// bilinear_interp, nearest_interp and their _v2, bicubic_interp_v2, linear_interp_v2.
#include "engine/ops/interp.h"

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

using kernels::InterpKind;

template <InterpKind kind, bool legacy>
std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  InterpOptions options{.kind = kind,
                        .align_corners = attributes.boolean("align_corners", true),
                        .align_mode = attributes.integer("align_mode", 1) != 0,
                        .legacy = legacy,
                        .out = {attributes.integer("out_h", 0), attributes.integer("out_w", 0)}};
  require_nchw(attributes, "data_layout");
  std::vector<double> scale = attributes.reals("scale", {});
  if (kind == InterpKind::kLinear) {  // of images without rows
    options.out.h = 1;
    if (scale.size() == 1) scale = {1, scale[0]};
  }
  if (!legacy && scale.size() == 1)
    attributes.fail("scale", "has 1 value, expected 2");  // as Paddle
  if (!legacy && scale.size() >= 2) {
    options.scale = {static_cast<float>(scale[0]), static_cast<float>(scale[1])};
    if (!(options.scale->h > 0 && options.scale->w > 0))
      attributes.fail("scale", "must be positive");
  } else if (legacy && !scale.empty() && scale[0] > 0) {  // these write 0 for "not given"
    options.scale = {static_cast<float>(scale[0]), static_cast<float>(scale[0])};
  }
  return make_operator<Interp>(options);
}

constexpr std::string_view kMethods[] = {"bilinear", "nearest", "linear", "bicubic"};  // by kind

Attributes encode(const Operator& op) {
  const Interp& interp = encoded<Interp>(op);
  const InterpOptions& o = interp.options();
  if (interp.size_is_known() && o.scale)
    throw_error(ErrorCode::kInternal,
                "an interp with its size fixed beside a scale cannot be written");
  if (o.lone_at_centre || o.rounding != kernels::NearestRounding::kByAlignment)
    throw_error(ErrorCode::kModelUnsupported, "operator '", op.type().name,
                "' samples in a way that Paddle's operators do not: it cannot be written");
  Attributes all = {{"align_corners", o.align_corners},
                    {"align_mode", std::int64_t{o.align_mode}},
                    {"data_layout", std::string("NCHW")},
                    {"interp_method", std::string(kMethods[static_cast<int>(o.kind)])},
                    {"out_d", std::int64_t{-1}},
                    {"out_h", o.kind == InterpKind::kLinear ? std::int64_t{-1} : o.out.h},
                    {"out_w", o.out.w}};
  std::vector<double> scale;
  if (o.scale) scale = {o.scale->h, o.scale->w};
  if (o.scale && o.kind == InterpKind::kLinear) scale = {o.scale->w};
  if (o.legacy) {
    all["scale"] = scale.empty() ? 0.0 : scale.front();
  } else {
    all["scale"] = scale;
  }
  return all;
}

constexpr std::string_view kInputs[] = {"X", "OutSize", "SizeTensor", "Scale"};

constexpr PaddleOp kOps[] = {
    {"bilinear_interp", &kBilinearInterp, kInputs, kOutSlot, decode<InterpKind::kBilinear, true>,
     encode},
    {"bilinear_interp_v2", &kBilinearInterpV2, kInputs, kOutSlot,
     decode<InterpKind::kBilinear, false>, encode},
    {"bicubic_interp_v2", &kBicubicInterpV2, kInputs, kOutSlot, decode<InterpKind::kCubic, false>,
     encode},
    {"linear_interp_v2", &kLinearInterpV2, kInputs, kOutSlot, decode<InterpKind::kLinear, false>,
     encode},
    {"nearest_interp", &kNearestInterp, kInputs, kOutSlot, decode<InterpKind::kNearest, true>,
     encode},
    {"nearest_interp_v2", &kNearestInterpV2, kInputs, kOutSlot, decode<InterpKind::kNearest, false>,
     encode},
};

}  // namespace

std::span<const PaddleOp> interp_ops() { return kOps; }

}  // namespace u2net::engine
