// SPDX-License-Identifier: Apache-2.0
// pad, pad2d, pad3d: a border of a value, of the nearest elements, mirrored or wrapped around.
#pragma once

#include "engine/ops/positions.h"
#include "kernels/pad/pad.h"

namespace u2net::engine {

extern const OpType kPad, kPad2d, kPad3d;

// How the numbers of a border are listed.
enum class PadOrder : std::uint8_t {
  kDimensions,  // before and after each dimension, the first one first
  kRows,        // top, bottom, left, right of an image
  kColumns,     // left, right, top, bottom, front, back of a volume
};

struct PadOptions {
  PadOrder order = PadOrder::kDimensions;
  kernels::PadMode mode = kernels::PadMode::kConstant;
  Integers paddings = {};
  double value = 0;
  bool channels_last = false;
};

class Pad : public Operator {
 public:
  enum Input { kX, kPaddings };

  explicit Pad(PadOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const PadOptions& options() const { return options_; }

 private:
  Integers paddings(const Inference& in) const;

  PadOptions options_;
};

}  // namespace u2net::engine
