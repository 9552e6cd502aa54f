// SPDX-License-Identifier: Apache-2.0
// unfold: the windows of an image as columns, [n, c * kh * kw, windows].
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kUnfold;

struct UnfoldOptions {
  std::array<std::int64_t, 2> kernel{1, 1}, strides{1, 1}, dilations{1, 1};
  std::array<std::int64_t, 4> paddings{};  // top, left, bottom, right
};

class Unfold : public Operator {
 public:
  explicit Unfold(const UnfoldOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const UnfoldOptions& options() const { return options_; }

 private:
  std::int64_t windows(const Shape& src, std::size_t side) const;

  UnfoldOptions options_;
};

}  // namespace u2net::engine
