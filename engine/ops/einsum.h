// SPDX-License-Identifier: Apache-2.0
// Einstein's summation, "bqc,bchw->bqhw": a letter is an axis, and those that the result lacks are
// summed. Letters that an operand has twice are its diagonal; "..." stands for all axes that have
// no letter, aligned at their ends. Without "->" the result has what "..." stands for and the
// letters that occur once, in the order of the alphabet.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "kernels/einsum/einsum.h"
#include "kernels/matmul/matmul.h"

namespace u2net::engine {

extern const OpType kEinsum;

class Einsum : public Operator {
 public:
  // Throws kModelFormat for what is no such equation.
  explicit Einsum(std::string equation);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const std::string& equation() const { return equation_; }
  // Nothing where "..." is in the result.
  std::optional<int> result_rank() const;
  // The problem for shapes that fit.
  kernels::EinsumParams params(std::span<const Shape* const> shapes) const;

 private:
  // A letter, or kEllipsis; once axes are looked at, a number for each that "..." stands for.
  using Label = std::int8_t;
  using Labels = std::vector<Label>;

  Labels read_labels(std::string_view term) const;
  void read_result(std::string_view term);
  void imply_result();
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelFormat, "operator 'einsum': equation '", equation_, "' ", why...);
  }

  static Label label_at(const Labels& labels, std::size_t dimension, std::size_t rank);
  // Why the shapes do not fit; nothing, and the problem, where they do.
  std::string fit(std::span<const Shape* const> shapes, kernels::EinsumParams& p) const;

  std::string equation_;
  std::vector<Labels> operands_;
  Labels result_;
};

// The same as a product of matrices, where it is one: the operands it takes as X and Y, and the
// problem.
struct EinsumProduct {
  int x, y;
  kernels::MatMulParams params;
};
std::optional<EinsumProduct> product_of(const kernels::EinsumParams& p);

}  // namespace u2net::engine
