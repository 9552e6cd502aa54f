// SPDX-License-Identifier: Apache-2.0
// What the code of a network is written against. EagerExecutor computes every operation as it is
// called, TracingExecutor writes it down as a node of a Graph.
#pragma once

#include <memory>
#include <span>

#include "engine/graph/graph.h"
#include "engine/graph/tensor.h"
#include "models/parameters.h"

namespace u2net::engine {

// What operations take and give; copies are cheap and share. Opaque to the code of a network: each
// executor uses the member that it works with.
struct Variable {
  std::shared_ptr<Tensor> tensor = nullptr;  // eager: the elements, freed with the last copy
  ValueId id = kNoValue;                     // tracing
};

class Executor {
 public:
  virtual ~Executor() = default;

  virtual Variable conv2d(const Conv2dLayer& layer, const Variable& x) = 0;  // stride 1
  virtual Variable batch_norm(const BatchNormLayer& layer, const Variable& x) = 0;
  virtual Variable relu(const Variable& x) = 0;
  virtual Variable max_pool2d(const Variable& x) = 0;  // 2x2, stride 2, sizes rounded up
  // Bilinear, half-pixel centres, to the height and width of `like`.
  virtual Variable resize_like(const Variable& x, const Variable& like) = 0;
  virtual Variable concat(std::span<const Variable> parts) = 0;  // along the channels
  virtual Variable add(const Variable& x, const Variable& y) = 0;
  virtual Variable sigmoid(const Variable& x) = 0;
};

}  // namespace u2net::engine
