// SPDX-License-Identifier: Apache-2.0
// The operators of Paddle 2's programs beside those of the engine: what they and their slots are
// called, and what their attributes say. One row an operator; each file here has those of a family,
// with the two functions between attributes and the engine's parameters. Programs of Paddle 3 have
// the same attributes elsewhere: loader/pir/ops.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/graph/op.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

// An output that Paddle's operator has and inference does not need; a written program names a
// variable for it all the same.
struct UnusedOutput {
  std::string_view name;
  int same_as = -1;  // the input whose variable it is, by the engine's number; -1: one of its own
};

// An attribute that a file may also give by a variable, or by one for each of its values: those
// become operands in slots of the engine's that have no names in a file.
struct VariableAttribute {
  std::string_view name;
  int slot, list_slot;
};

struct PaddleOp {
  std::string_view name;                      // "elementwise_add"
  const OpType* type;                         // the engine's
  std::span<const std::string_view> inputs;   // what the engine's slots are called, in its order
  std::span<const std::string_view> outputs;  // alike; others in a file are ignored
  // Applies Paddle's own default to an attribute that is missing. Throws Error, with the operator
  // and the attribute named, for what makes no sense or is not supported.
  std::shared_ptr<const Operator> (*decode)(const AttributeReader&);
  // The attributes from which decode() makes the operator again. An integer stands for an INT, a
  // real for a FLOAT, lists alike: these operators have no others. Throws kInternal for what only a
  // pass could have made.
  Attributes (*encode)(const Operator&);
  std::span<const UnusedOutput> unused_outputs = {};
  std::span<const VariableAttribute> variable_attributes = {};
};

// All of them: what a program may contain.
std::vector<const PaddleOp*> paddle_ops();
// Null for an operator that the engine lacks; `feed` and `fetch` are none: the loader turns them
// into the graph's inputs and outputs.
const PaddleOp* find_paddle_op(std::string_view name);
// Null for what only passes make; of several rows with that type the first.
const PaddleOp* paddle_op_of(const OpType& type);

// Lists of one slot that many operators have.
inline constexpr std::string_view kXSlot[] = {"X"};
inline constexpr std::string_view kYSlot[] = {"Y"};
inline constexpr std::string_view kInputSlot[] = {"Input"};
inline constexpr std::string_view kOutSlot[] = {"Out"};

// The families, each in the file of that name; unary and binary ones in arithmetic.cc,
// comparisons in selection.cc.
std::span<const PaddleOp> arithmetic_ops();
std::span<const PaddleOp> binary_ops();
std::span<const PaddleOp> compare_ops();
std::span<const PaddleOp> creation_ops();
std::span<const PaddleOp> indexing_ops();
std::span<const PaddleOp> interp_ops();
std::span<const PaddleOp> matrix_ops();
std::span<const PaddleOp> movement_ops();
std::span<const PaddleOp> normalization_ops();
std::span<const PaddleOp> quantization_ops();
std::span<const PaddleOp> rearranging_ops();
std::span<const PaddleOp> reduction_ops();
std::span<const PaddleOp> transposed_window_ops();
std::span<const PaddleOp> selection_ops();
std::span<const PaddleOp> unary_ops();
std::span<const PaddleOp> window_ops();

// Fails unless the attribute `name` says NCHW (or the AnyLayout of older files).
void require_nchw(const AttributeReader& attributes, const char* name);

// For encode(): positions beyond any size mean the same when they are cut to what Paddle's
// attribute holds.
std::vector<std::int64_t> as_int32(std::vector<std::int64_t> positions);

// For encode(): the operator as the class that decode() makes.
template <class T>
const T& encoded(const Operator& op) {
  return dynamic_cast<const T&>(op);
}

}  // namespace u2net::engine
