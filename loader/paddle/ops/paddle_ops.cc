// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/ops/paddle_ops.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr std::span<const PaddleOp> (*kFamilies[])() = {
    arithmetic_ops,     //
    binary_ops,         //
    compare_ops,        //
    creation_ops,       //
    indexing_ops,       //
    interp_ops,         //
    matrix_ops,         //
    movement_ops,       //
    normalization_ops,  //
    rearranging_ops,    //
    reduction_ops,      //
    selection_ops,      //
    transposed_window_ops,
    unary_ops,
    window_ops,
    quantization_ops,  // behind assign, which one of its names is read as
};

template <class Fits>
const PaddleOp* find_if(const Fits& fits) {
  for (const auto family : kFamilies) {
    for (const PaddleOp& op : family()) {
      if (fits(op)) return &op;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<const PaddleOp*> paddle_ops() {
  std::vector<const PaddleOp*> all;
  for (const auto family : kFamilies) {
    for (const PaddleOp& op : family()) all.push_back(&op);
  }
  return all;
}

const PaddleOp* find_paddle_op(std::string_view name) {
  return find_if([&](const PaddleOp& op) { return op.name == name; });
}

const PaddleOp* paddle_op_of(const OpType& type) {
  return find_if([&](const PaddleOp& op) { return op.type == &type; });
}

std::vector<std::int64_t> as_int32(std::vector<std::int64_t> positions) {
  using Limits = std::numeric_limits<std::int32_t>;
  for (std::int64_t& p : positions) p = std::clamp<std::int64_t>(p, Limits::min(), Limits::max());
  return positions;
}

void require_nchw(const AttributeReader& attributes, const char* name) {
  const std::string layout = attributes.text(name, "NCHW");
  if (layout == "NCHW" || layout == "AnyLayout") return;
  throw_error(ErrorCode::kModelUnsupported, "operator '", attributes.op_type(), "': ", name, " '",
              layout, "' is not supported, only NCHW");
}

}  // namespace u2net::engine
