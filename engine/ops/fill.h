// SPDX-License-Identifier: Apache-2.0
// Tensors of one value: fill_constant, whose shape is a parameter or computed; fill_any_like and
// fill_constant_batch_size_like, whose shape follows from that of an operand.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kFillConstant;
extern const OpType kFillAnyLike;
extern const OpType kFillConstantBatchSizeLike;

struct FillOptions {
  DType dtype = DType::kFloat32;
  double value = 0;
  Shape shape = {};
};

class FillConstant : public Operator {
 public:
  enum Input { kValueTensor, kShapeTensor, kShapeTensorList };

  explicit FillConstant(FillOptions options)
      : Operator(kFillConstant), options_(std::move(options)) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  Description describe() const override;

  const FillOptions& options() const { return options_; }

 private:
  Shape wanted(const Inference& in) const;

  FillOptions options_;
};

class FillAnyLike : public Operator {
 public:
  // Without a type the operand's.
  FillAnyLike(std::optional<DType> dtype, double value)
      : Operator(kFillAnyLike), dtype_(dtype), value_(value) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool reads_shape_only() const override { return true; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  std::optional<DType> dtype() const { return dtype_; }
  double value() const { return value_; }

 private:
  std::optional<DType> dtype_;
  double value_;
};

// The shape of the parameters, but for dimension `to`, which is dimension `from` of the operand.
class FillConstantBatchSizeLike : public Operator {
 public:
  FillConstantBatchSizeLike(FillOptions options, std::int64_t from, std::int64_t to)
      : Operator(kFillConstantBatchSizeLike), options_(std::move(options)), from_(from), to_(to) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool reads_shape_only() const override { return true; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const FillOptions& options() const { return options_; }
  std::int64_t from() const { return from_; }
  std::int64_t to() const { return to_; }

 private:
  FillOptions options_;
  std::int64_t from_, to_;
};

}  // namespace u2net::engine
