// SPDX-License-Identifier: Apache-2.0
// arg_max and arg_min: the position of the first largest or smallest element along an axis, or in
// the whole tensor.
#pragma once

#include "engine/graph/op.h"
#include "kernels/arg_extreme/arg_extreme.h"

namespace u2net::engine {

extern const OpType kArgMax, kArgMin;

struct ArgExtremeOptions {
  kernels::Extreme extreme;
  std::int64_t axis = -1;
  bool flatten = false;
  bool keep_dims = false;
  DType dtype = DType::kInt64;  // of the result, or kInt32
};

class ArgExtreme : public Operator {
 public:
  explicit ArgExtreme(const ArgExtremeOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const ArgExtremeOptions& options() const { return options_; }
  kernels::AxisShape lines(const Shape& src) const;

 private:
  ArgExtremeOptions options_;
};

}  // namespace u2net::engine
