// SPDX-License-Identifier: Apache-2.0
// To static: every operation becomes the operators that Paddle 2.6 exports for it, under the names
// that Paddle gives their results.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/op.h"
#include "models/executor.h"

namespace u2net::engine {

class TracingExecutor : public Executor {
 public:
  // The parameters become constants of the graph and must have been loaded.
  explicit TracingExecutor(const ParameterSet& parameters);

  Variable input(std::string name, TensorType type);
  // The graph with these outputs; the executor is done.
  Graph finish(const std::vector<Variable>& outputs);

  Variable conv2d(const Conv2dLayer& layer, const Variable& x) override;
  Variable batch_norm(const BatchNormLayer& layer, const Variable& x) override;
  Variable relu(const Variable& x) override;
  Variable max_pool2d(const Variable& x) override;
  Variable resize_like(const Variable& x, const Variable& like) override;
  Variable concat(std::span<const Variable> parts) override;
  Variable add(const Variable& x, const Variable& y) override;
  Variable sigmoid(const Variable& x) override;

 private:
  // Adds a node and returns its (only) result. `inputs` are by slot; what is left out is absent.
  ValueId node(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
               std::string result);
  Variable of_one(std::shared_ptr<const Operator> op, const Variable& x);
  // "conv2d_4", counting from 0 for every word.
  std::string numbered(std::string_view word);
  std::string unique(std::string name);

  Graph graph_;
  std::map<const ModelParameter*, ValueId> parameters_;
  std::map<std::string, int, std::less<>> counts_;
  std::set<std::string> names_;
};

}  // namespace u2net::engine
