// SPDX-License-Identifier: Apache-2.0
// The operators of Paddle 3's programs (PIR): the same arithmetic as Paddle 2's, with the same
// attributes (loader/paddle/ops decodes and encodes them), but what used to be an attribute may be
// an operand, and the operands come in another order.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace u2net::engine {

// One operand, by position.
struct PirOperand {
  int slot;  // of the engine's operator; kNone: it has to be a constant
  std::string_view attribute =
      {};                 // what a constant operand is instead; empty: it stays an operand
  bool scalar = false;    // of the attribute: one value, not a list
  int list_slot = kNone;  // where several tensors in place of one go
  static constexpr int kNone = -1;
};

// How an attribute is written; any that holds the same is read.
enum class PirKind { kBool, kInt, kFloat, kDouble, kText, kInts, kLongs, kReals, kDType };

struct PirAttribute {
  std::string_view name;  // in the file
  PirKind kind;
  std::string_view other = {};  // in Paddle 2's operator; empty: the same
  std::string_view paddle_name() const { return other.empty() ? name : other; }
};

struct PirOp {
  std::string_view name;    // in the dialect pd_op; one that works in place ends in "_" besides
  std::string_view paddle;  // Paddle 2's operator, which says what the attributes mean
  std::span<const PirOperand> operands;
  std::span<const PirAttribute> attributes;
};

// `name` as in a file, "1.conv2d" or "pd_op.conv2d". Null for an operator that the engine lacks.
const PirOp* find_pir_op(std::string_view name);
// The one to write for Paddle 2's operator; null where there is none.
const PirOp* pir_op_of(std::string_view paddle);
std::span<const PirOp> pir_ops();

// Families of them, each in the file of that name.
std::span<const PirOp> pir_elementwise_ops();

// "1.conv2d" -> "pd_op.conv2d"; other names as they are.
std::string full_pir_name(std::string_view name);

}  // namespace u2net::engine
