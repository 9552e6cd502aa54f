// SPDX-License-Identifier: Apache-2.0
// The reductions over dimensions: one operator for all of kernels/reduce/functions.h.
#pragma once

#include <optional>

#include "engine/graph/op.h"
#include "kernels/reduce/reduce.h"

namespace u2net::engine {

// The operator type of a function, under the function's name.
const OpType& reduce_type(kernels::ReduceKind kind);

struct ReduceOptions {
  std::vector<std::int64_t> axes;  // none: all
  bool keep_dims = false;
  std::optional<DType> dtype;  // of the result
  bool keeps_type = false;     // without `dtype`: sums of narrow integers stay as narrow
};

class Reduce : public Operator {
 public:
  enum Input { kX, kAxisTensor, kAxisTensorList };

  Reduce(kernels::ReduceKind kind, ReduceOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  kernels::ReduceKind kind() const { return kind_; }
  const kernels::ReduceFunction& function() const { return kernels::row_of(kind_); }
  const ReduceOptions& options() const { return options_; }

 private:
  std::vector<std::int64_t> axes(const Inference& in) const;
  DType result_type(DType src) const;

  kernels::ReduceKind kind_;
  ReduceOptions options_;
};

}  // namespace u2net::engine
