// SPDX-License-Identifier: Apache-2.0
// Products of matrices: matmul_v2, matmul, bmm, mv, mul, addmm, dot and einsum.
#include <cmath>
#include <string>

#include "engine/base/error.h"
#include "engine/ops/addmm.h"
#include "engine/ops/einsum.h"
#include "engine/ops/matmul.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

std::shared_ptr<const Operator> decode_matmul_v2(const AttributeReader& attributes) {
  return make_operator<MatMul>(MatMulOptions{.transpose_x = attributes.boolean("trans_x", false),
                                             .transpose_y = attributes.boolean("trans_y", false)});
}

Attributes encode_matmul_v2(const Operator& op) {
  const MatMulOptions& o = encoded<MatMul>(op).options();
  return {{"trans_x", o.transpose_x}, {"trans_y", o.transpose_y}};
}

std::shared_ptr<const Operator> decode_matmul(const AttributeReader& attributes) {
  const double alpha = attributes.real("alpha", 1.0);
  if (!std::isfinite(alpha)) attributes.fail("alpha", "is not finite");
  if (attributes.integer("head_number", 1) > 1) attributes.fail("head_number", "is more than 1");
  return make_operator<MatMul>(
      MatMulOptions{.legacy = true,
                    .transpose_x = attributes.boolean("transpose_X", false),
                    .transpose_y = attributes.boolean("transpose_Y", false),
                    .alpha = alpha});
}

Attributes encode_matmul(const Operator& op) {
  const MatMulOptions& o = encoded<MatMul>(op).options();
  return {{"alpha", o.alpha}, {"transpose_X", o.transpose_x}, {"transpose_Y", o.transpose_y}};
}

// Both have no attributes: three dimensions, or a matrix and a vector, are what matmul_v2 takes
// too.
std::shared_ptr<const Operator> decode_plain(const AttributeReader&) {
  return make_operator<MatMul>(MatMulOptions{});
}

std::shared_ptr<const Operator> decode_mul(const AttributeReader& attributes) {
  return make_operator<Mul>(attributes.integer("x_num_col_dims", 1),
                            attributes.integer("y_num_col_dims", 1));
}

Attributes encode_mul(const Operator& op) {
  const Mul& mul = encoded<Mul>(op);
  return {{"x_num_col_dims", mul.x_dims()}, {"y_num_col_dims", mul.y_dims()}};
}

std::shared_ptr<const Operator> decode_addmm(const AttributeReader& attributes) {
  const auto factor = [&](const char* name) {
    const auto value = static_cast<float>(attributes.real(name, 1.0));
    if (!std::isfinite(value)) attributes.fail(name, "is not finite");
    return value;
  };
  return make_operator<Addmm>(factor("Alpha"), factor("Beta"));
}

Attributes encode_addmm(const Operator& op) {
  const Addmm& addmm = encoded<Addmm>(op);
  return {{"Alpha", double{addmm.alpha()}}, {"Beta", double{addmm.beta()}}};
}

std::shared_ptr<const Operator> decode_dot(const AttributeReader&) { return make_operator<Dot>(); }

Attributes encode_dot(const Operator&) { return {}; }

std::shared_ptr<const Operator> decode_einsum(const AttributeReader& attributes) {
  if (!attributes.has("equation")) attributes.fail("equation", "is missing");
  return make_operator<Einsum>(attributes.text("equation", {}));
}

Attributes encode_einsum(const Operator& op) {
  return {{"equation", encoded<Einsum>(op).equation()}};
}

constexpr std::string_view kAddmmInputs[] = {"Input", "X", "Y"};
constexpr std::string_view kEinsumInputs[] = {"Operands"};
constexpr std::string_view kInputs[] = {"X", "Y"};
constexpr std::string_view kVectorInputs[] = {"X", "Vec"};

// Of two rows for one operator of the engine, the first is written.
constexpr PaddleOp kOps[] = {
    {"matmul_v2", &kMatMulV2, kInputs, kOutSlot, decode_matmul_v2, encode_matmul_v2},
    {"bmm", &kMatMulV2, kInputs, kOutSlot, decode_plain, encode_matmul_v2},
    {"mv", &kMatMulV2, kVectorInputs, kOutSlot, decode_plain, encode_matmul_v2},
    {"matmul", &kMatMul, kInputs, kOutSlot, decode_matmul, encode_matmul},
    {"addmm", &kAddmm, kAddmmInputs, kOutSlot, decode_addmm, encode_addmm},
    {"dot", &kDot, kInputs, kOutSlot, decode_dot, encode_dot},
    {"einsum", &kEinsum, kEinsumInputs, kOutSlot, decode_einsum, encode_einsum},
    {"mul", &kMul, kInputs, kOutSlot, decode_mul, encode_mul},
};

}  // namespace

std::span<const PaddleOp> matrix_ops() { return kOps; }

}  // namespace u2net::engine
