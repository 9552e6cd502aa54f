// SPDX-License-Identifier: Apache-2.0
// bilinear_interp, nearest_interp (legacy) and their _v2, bicubic_interp_v2, and linear_interp_v2,
// whose images have one row and no dimension for it: output size from SizeTensor, else
// OutSize, else a scale (tensor, then parameter), else `out`. The versions differ in what a scale
// does to the sampling ratio: v2 samples at 1/scale whenever a scale was given, the legacy ones
// always at in/out. OutSize and Scale may also have four elements, for batch and channels too,
// which then have to stay as they are.
#pragma once

#include <optional>

#include "engine/graph/op.h"
#include "kernels/interp/interp.h"

namespace u2net::engine {

extern const OpType kBilinearInterp, kBilinearInterpV2, kNearestInterp, kNearestInterpV2,
    kLinearInterpV2, kBicubicInterpV2;

struct InterpScale {
  float h, w;
  bool operator==(const InterpScale&) const = default;
};
struct InterpSize {
  std::int64_t h, w;
  bool operator==(const InterpSize&) const = default;
};

struct InterpOptions {
  kernels::InterpKind kind;
  bool align_corners = true;
  bool align_mode = true;  // without align_corners: corners of pixels, not their centres, lie on
                           // each other
  bool legacy = false;     // of one scale for both axes, with coordinates in double
  InterpSize out = {0, 0};
  std::optional<InterpScale> scale = {};
  // Not of Paddle's operators. A result of one pixel a side lies at the centre of the image where
  // centres of pixels lie on each other, not on its first pixel:
  bool lone_at_centre = false;
  kernels::NearestRounding rounding = kernels::NearestRounding::kByAlignment;
  // Of bicubic, which knows no align_mode and puts such a pixel half a pixel in front of the first:
  bool from_corner = false, lone_on_first = false;
};

class Interp : public Operator {
 public:
  enum Input { kX, kOutSize, kSizeTensor, kScale };

  explicit Interp(const InterpOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const InterpOptions& options() const { return options_; }
  // Of the dimensions behind the channels: 1 or 2.
  std::size_t extents() const { return options_.kind == kernels::InterpKind::kLinear ? 1 : 2; }
  bool size_is_known() const { return size_is_known_; }  // specialized() made it
  // The problem for given shapes of a specialized operator.
  kernels::InterpParams params(const Shape& src, const Shape& dst) const;

 private:
  InterpScale checked_scale(const Inference& in) const;
  InterpSize size_of(const Shape& shape) const;
  InterpSize output_size(const Inference& in) const;

  InterpOptions options_;         // once specialized with the scale that the tensor gave
  bool ratio_from_scale_ = true;  // false once a SizeTensor decided: then a scale has no say
  bool size_is_known_ = false;    // specialized: the size wins over the scale
};

}  // namespace u2net::engine
