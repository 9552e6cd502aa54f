// SPDX-License-Identifier: Apache-2.0
// The dynamic mode: every operation allocates its result and runs its reference kernel at once, so
// that memory lives as long as the code holds on to it. Operand shapes are those that the code
// implies.
#pragma once

#include "kernels/base/parallel.h"
#include "models/executor.h"

namespace u2net::engine {

class EagerExecutor : public Executor {
 public:
  explicit EagerExecutor(kernels::ThreadPool& pool) : pool_(pool) {}

  Variable conv2d(const Conv2dLayer& layer, const Variable& x) override;
  Variable batch_norm(const BatchNormLayer& layer, const Variable& x) override;
  Variable relu(const Variable& x) override;
  Variable max_pool2d(const Variable& x) override;
  Variable resize_like(const Variable& x, const Variable& like) override;
  Variable concat(std::span<const Variable> parts) override;
  Variable add(const Variable& x, const Variable& y) override;
  Variable sigmoid(const Variable& x) override;

 private:
  // x + y, y of x's rank with dimensions of 1 repeated.
  Variable add(const Tensor& x, const float* y, const Shape& y_shape);

  kernels::ThreadPool& pool_;
};

}  // namespace u2net::engine
