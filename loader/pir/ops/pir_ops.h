// SPDX-License-Identifier: Apache-2.0
// The operators of Paddle 3's programs (PIR): the same arithmetic as Paddle 2's, with the same
// attributes (loader/paddle/ops decodes and encodes them), but what used to be an attribute may be
// an operand, and the operands come in another order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/op.h"
#include "loader/paddle/attributes.h"

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
// kAbsent: a list that Paddle 2's operator has and this one has not; only an empty one is written.
enum class PirKind { kBool, kInt, kFloat, kDouble, kText, kInts, kLongs, kReals, kDType, kAbsent };

struct PirAttribute {
  std::string_view name;  // in the file
  PirKind kind;
  std::string_view other = {};  // in Paddle 2's operator; empty: the same
  std::string_view paddle_name() const { return other.empty() ? name : other; }
};

// An attribute that the operator's name says.
struct PirFixed {
  std::string_view name;  // in Paddle 2's operator
  std::int64_t value;
};

struct PirOp {
  std::string_view name;    // in the dialect pd_op; one that works in place ends in "_" besides
  std::string_view paddle;  // Paddle 2's operator, which says what the attributes mean
  std::span<const PirOperand> operands;
  std::span<const PirAttribute> attributes;
  std::span<const PirFixed> fixed = {};
  // Where an attribute has another meaning here: makes it of Paddle 2's, before it is written.
  void (*adapt)(const Node&, Attributes&) = nullptr;
  int unused_results = 0;  // that a written program has to have behind those of the engine
};

// Lists that rows of several families have.
inline constexpr PirOperand kOneOperand[] = {{0}};
inline constexpr PirOperand kOneList[] = {{.slot = 0, .list_slot = 0}};
inline constexpr PirAttribute kAxisAttribute[] = {{"axis", PirKind::kInt}};

// `name` as in a file, "1.conv2d" or "pd_op.conv2d". Null for an operator that the engine lacks.
const PirOp* find_pir_op(std::string_view name);
// Those to write for Paddle 2's operator, the better ones first.
std::vector<const PirOp*> pir_ops_of(std::string_view paddle);
std::span<const PirOp> pir_ops();

// The families, each in the file of that name.
std::span<const PirOp> elementwise_pir_ops();
std::span<const PirOp> indexing_pir_ops();
std::span<const PirOp> maths_pir_ops();
std::span<const PirOp> quantizing_pir_ops();
std::span<const PirOp> rearranging_pir_ops();

// "1.conv2d" -> "pd_op.conv2d"; other names as they are.
std::string full_pir_name(std::string_view name);

}  // namespace u2net::engine
