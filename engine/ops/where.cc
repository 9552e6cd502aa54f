// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/where.h"

#include <algorithm>

#include "engine/base/text.h"
#include "kernels/where/where.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Condition"}, {"X"}, {"Y"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

using Dims = std::array<std::int64_t, kMaxRank>;

// `shape` at the rank of the result: ones in front.
Dims at_rank(const Shape& shape, std::size_t rank) {
  Dims dims;
  std::fill(dims.begin(), dims.end(), 1);
  std::copy(shape.begin(), shape.end(), dims.begin() + (rank - shape.size()));
  return dims;
}

}  // namespace

constexpr OpType kWhere{"where", kInputs, kOutputs};

void Where::infer(Inference& in) const {
  in.require_dtype(kCondition, {DType::kBool});
  const TensorType &x = in.input(kX), &y = in.input(kY);
  if (x.dtype != y.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Y is ", dtype_name(y.dtype));
  }
  std::size_t rank = 0;
  for (int slot : {kCondition, kX, kY}) rank = std::max(rank, in.input(slot).shape.size());
  Shape dst(rank, 1);
  for (int slot : {kCondition, kX, kY}) {
    const Shape& own = in.input(slot).shape;
    for (std::size_t i = 0; i < own.size(); ++i) {
      std::int64_t& size = dst[rank - own.size() + i];
      if (size == 1) size = own[i];
      if (own[i] != 1 && own[i] != size) {
        in.fail("Condition ", in.input(kCondition).shape, ", X ", x.shape, " and Y ", y.shape,
                " do not broadcast");
      }
    }
  }
  in.set_output(0, {x.dtype, dst});
}

void Where::run_reference(const Operands& o) const {
  const std::size_t rank = o.output().shape.size();
  const Dims condition = at_rank(o.input(kCondition).shape, rank),
             x = at_rank(o.input(kX).shape, rank), y = at_rank(o.input(kY).shape, rank);
  const kernels::WhereShape shape{std::span(condition).first(rank), std::span(x).first(rank),
                                  std::span(y).first(rank), o.output().shape};
  visit_dtype(o.output().dtype, [&]<class T>(T) {
    kernels::where_reference(shape, o.input(kCondition).as<const bool>(), o.input(kX).as<const T>(),
                             o.input(kY).as<const T>(), o.output().as<T>(), *o.pool);
  });
}

bool Where::keeps_images_apart(const Graph& graph, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  return only_images_or_repeated(graph, node, roles);
}

}  // namespace u2net::engine
