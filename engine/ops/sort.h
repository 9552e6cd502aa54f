// SPDX-License-Identifier: Apache-2.0
// top_k_v2 and argsort: the first elements along an axis in order, or all, and where they were.
#pragma once

#include "engine/graph/op.h"
#include "kernels/sort/sort.h"

namespace u2net::engine {

extern const OpType kTopK, kArgsort;

struct SortOptions {
  std::int64_t axis = -1;
  bool descending = false;
  bool all = true;        // argsort
  std::int64_t kept = 1;  // top_k_v2
};

class Sort : public Operator {
 public:
  enum Input { kX, kK };
  enum Output { kOut, kIndices };

  explicit Sort(const SortOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const SortOptions& options() const { return options_; }

 private:
  std::int64_t kept(const Inference& in) const;

  SortOptions options_;
};

}  // namespace u2net::engine
