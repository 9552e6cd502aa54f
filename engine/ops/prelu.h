// SPDX-License-Identifier: Apache-2.0
// prelu: x where it is positive, else Alpha * x. Alpha has one element for all, one a channel, or
// one an element of an image.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kPrelu;

enum class PreluMode { kAll, kChannel, kElement };

struct PreluOptions {
  PreluMode mode = PreluMode::kAll;
  bool channels_last = false;
};

class Prelu : public Operator {
 public:
  enum Input { kX, kAlpha };

  explicit Prelu(const PreluOptions& options) : Operator(kPrelu), options_(options) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  int in_place_slot() const override { return kX; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const PreluOptions& options() const { return options_; }
  // Alpha at the rank of x, of which its elements stand for all where a dimension is 1.
  std::array<std::int64_t, kMaxRank> alpha_dims(const Shape& x) const;

 private:
  PreluOptions options_;
};

}  // namespace u2net::engine
