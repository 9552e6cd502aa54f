// SPDX-License-Identifier: Apache-2.0
// One tensor becomes several along an axis: split into parts of equal or given sizes, unbind and
// unstack into parts of one that lose the axis.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kSplit, kUnbind, kUnstack;

// What they share: part i is what lies behind the parts before it.
class Parts : public Operator {
 public:
  using Operator::Operator;

  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  std::int64_t axis() const { return axis_; }

 protected:
  Parts(const OpType& type, std::int64_t axis) : Operator(type), axis_(axis) {}
  std::int64_t axis_;
};

struct SplitOptions {
  std::int64_t axis = 0, num = 0;  // num > 0: so many parts of one size
  Integers sections = {};          // else their sizes; one may be -1
  bool last_is_rest = false;       // of the `num` parts, rounded up, the last takes what is left
};

class Split : public Parts {
 public:
  enum Input { kX, kAxisTensor, kSectionsTensorList };

  explicit Split(SplitOptions options);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  Description describe() const override;
  SplitOptions options() const { return {axis_, num_, sections_, last_is_rest_}; }

 private:
  std::int64_t axis_in(const Inference& in) const;
  Integers sizes(const Inference& in, std::int64_t size) const;

  std::int64_t num_;
  Integers sections_;
  bool last_is_rest_;
};

class Unbind : public Parts {
 public:
  // `type`: kUnbind or kUnstack, which have but the name to themselves.
  // `num`: a note of the exporter's, for who writes it again.
  Unbind(const OpType& type, std::int64_t axis, std::int64_t num = 0);

  void infer(Inference& in) const override;
  Description describe() const override;
  std::int64_t num() const { return num_; }

 private:
  std::int64_t num_;
};

}  // namespace u2net::engine
