// SPDX-License-Identifier: Apache-2.0
// What goes along axes: reductions, extremes and their places, running sums.
#include <string>

#include "engine/base/text.h"
#include "engine/ops/arg_extreme.h"
#include "engine/ops/cumsum.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/gather.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/reduce.h"
#include "engine/ops/renaming.h"
#include "engine/ops/scale.h"
#include "engine/ops/shape.h"
#include "engine/ops/sort.h"
#include "engine/ops/strided_slice.h"
#include "engine/ops/unary.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::ReduceKind;
using kernels::UnaryKind;

constexpr int kAlwaysInput = 1;  // an operator set before all

constexpr int kAxesAreInput = 18;  // since this one; of ReduceSum since 13

int reduced_rank(int rank, const ReduceOptions& o) {
  if (rank == kUnknownRank || o.keep_dims) return rank;
  return o.axes.empty() ? 0 : rank - static_cast<int>(o.axes.size());
}

// A mean over height and width, which is what networks that look at a whole image write it for, is
// a pool.
bool finish_as_pool(OnnxNode& n, ReduceKind kind, const ReduceOptions& o) {
  const bool is_image = o.axes == Integers{2, 3} || o.axes == Integers{3, 2};
  if (kind != ReduceKind::kMean || !is_image || n.rank(0) != 4) return false;
  const auto pool = make_operator<Pool2d>(
      Pool2dOptions{.kind = kernels::PoolKind::kAverage, .kernel = {1, 1}, .global = true});
  if (o.keep_dims) {
    n.finish(pool, {{n.input(0)}}, 4);
  } else {
    n.finish(make_operator<Squeeze>(o.axes), {{n.add(pool, {{n.input(0)}}, 4)}}, 2);
  }
  return true;
}

// before(x), reduced, behind(result).
void reduce_with(OnnxNode& n, ReduceKind kind, int since, std::optional<UnaryKind> before,
                 std::optional<UnaryKind> behind) {
  const bool is_input = n.opset() >= since;
  ReduceOptions options{.axes = {},
                        .keep_dims = n.attributes.boolean("keepdims", true),
                        .dtype = {},
                        .keeps_type = true};
  std::vector<std::vector<ValueId>> inputs(3);
  const bool is_open = is_input && n.has(1) && n.known(1) == nullptr;
  if (is_open) {
    inputs[Reduce::kAxisTensor] = {n.input(1)};
  } else if (n.has_list("axes", 1, since)) {
    options.axes = n.list("axes", 1, since);
    for (std::int64_t& axis : options.axes) axis = n.axis(axis, n.rank(0));
  }
  const bool is_nothing =
      !is_open && options.axes.empty() && n.attributes.boolean("noop_with_empty_axes", false);
  const int rank = is_nothing ? n.rank(0)
                   : is_open  ? kUnknownRank
                              : reduced_rank(n.rank(0), options);
  if (!is_open && !is_nothing && !before && !behind && finish_as_pool(n, kind, options)) return;
  ValueId x = n.input(0);
  if (before) x = n.add(make_operator<Unary>(*before), {{x}}, n.rank(0));
  if (is_nothing) {
    if (kind == ReduceKind::kFrobenius || kind == ReduceKind::kLogSumExp)
      n.fail_unsupported("noop_with_empty_axes");
  } else {
    inputs[Reduce::kX] = {x};
    x = n.add(make_operator<Reduce>(kind, options), std::move(inputs), rank);
  }
  if (behind) x = n.add(make_operator<Unary>(*behind), {{x}}, rank);
  n.finish_as(x);
}

template <ReduceKind kind>
void reduce(OnnxNode& n) {
  reduce_with(n, kind, kind == ReduceKind::kSum ? 13 : kAxesAreInput, {}, {});
}

void reduce_l1(OnnxNode& n) {
  reduce_with(n, ReduceKind::kSum, kAxesAreInput, UnaryKind::kAbs, {});
}

void reduce_log_sum(OnnxNode& n) {
  reduce_with(n, ReduceKind::kSum, kAxesAreInput, {}, UnaryKind::kLog);
}

void reduce_sum_square(OnnxNode& n) {
  reduce_with(n, ReduceKind::kSum, kAxesAreInput, UnaryKind::kSquare, {});
}

// The last one of several: the first of what is flipped, counted from the end.
void finish_with_last(OnnxNode& n, const ArgExtremeOptions& options, int rank) {
  const std::int64_t axis = n.axis(options.axis, n.rank(0));
  const ValueId x = n.input(0),
                flipped = n.add(make_operator<Flip>(Integers{axis}), {{x}}, n.rank(0)),
                place = n.add(make_operator<ArgExtreme>(options), {{flipped}}, rank),
                sizes = n.add(make_operator<ShapeOf>(DType::kInt64), {{x}}, 1),
                number = n.number(axis),
                size = n.add(make_operator<Gather>(kGather, 0), {{sizes}, {number}}, 0),
                last = n.add(make_operator<Scale>(ScaleOptions{.bias = -1}), {{size}}, 0);
  n.finish(make_operator<Elementwise>(kernels::BinaryKind::kSubtract), {{last}, {place}}, rank);
}

template <kernels::Extreme extreme>
void arg_extreme(OnnxNode& n) {
  const ArgExtremeOptions options{.extreme = extreme,
                                  .axis = n.attributes.integer("axis", 0),
                                  .keep_dims = n.attributes.boolean("keepdims", true)};
  const int rank = n.rank(0) == kUnknownRank || options.keep_dims ? n.rank(0) : n.rank(0) - 1;
  if (n.attributes.boolean("select_last_index", false)) return finish_with_last(n, options, rank);
  n.finish(make_operator<ArgExtreme>(options), {{n.input(0)}}, rank);
}

void top_k(OnnxNode& n) {
  SortOptions options{.axis = n.attributes.integer("axis", -1),
                      .descending = n.attributes.boolean("largest", true),
                      .all = false};
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}};
  if (n.opset() < 10) {
    options.kept = n.attributes.integer("k", 0);
  } else {
    inputs.push_back({n.input(1)});
  }
  n.finish_all(make_operator<Sort>(options), std::move(inputs), n.rank(0), 2);
}

void cumsum(OnnxNode& n) {
  const Integers axis = n.list("axis", 1, kAlwaysInput);
  if (axis.size() != 1) n.fail("the axis has ", axis.size(), " elements");
  n.finish(
      make_operator<Cumsum>(CumsumOptions{.axis = axis.front(),
                                          .exclusive = n.attributes.boolean("exclusive", false),
                                          .reverse = n.attributes.boolean("reverse", false)}),
      {{n.input(0)}}, n.rank(0));
}

constexpr OnnxOp kOps[] = {
    {"ArgMax", arg_extreme<kernels::Extreme::kLargest>},
    {"ArgMin", arg_extreme<kernels::Extreme::kSmallest>},
    {"CumSum", cumsum},
    {"ReduceL1", reduce_l1},
    {"ReduceL2", reduce<ReduceKind::kFrobenius>},
    {"ReduceLogSum", reduce_log_sum},
    {"ReduceLogSumExp", reduce<ReduceKind::kLogSumExp>},
    {"ReduceMax", reduce<ReduceKind::kMax>},
    {"ReduceMean", reduce<ReduceKind::kMean>},
    {"ReduceMin", reduce<ReduceKind::kMin>},
    {"ReduceProd", reduce<ReduceKind::kProduct>},
    {"ReduceSum", reduce<ReduceKind::kSum>},
    {"ReduceSumSquare", reduce_sum_square},
    {"TopK", top_k},
};

}  // namespace

std::span<const OnnxOp> onnx_reduction_ops() { return kOps; }

}  // namespace u2net::engine
