// SPDX-License-Identifier: Apache-2.0
// Elements and parts by their places, and shapes: slices, gathers, scatters, splits, borders,
// triangles.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/concat.h"
#include "engine/ops/gather.h"
#include "engine/ops/pad.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scatter.h"
#include "engine/ops/shape.h"
#include "engine/ops/slice.h"
#include "engine/ops/split.h"
#include "engine/ops/strided_slice.h"
#include "engine/ops/transpose.h"
#include "engine/ops/triangle.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

SliceOptions along(std::int64_t axis, std::int64_t start, std::int64_t end, bool removed = false) {
  return {.axes = {axis},
          .starts = {start},
          .ends = {end},
          .decrease_axis = removed ? Integers{axis} : Integers{},
          .infer_flags = {1}};
}

void shape(OnnxNode& n) {
  const std::int64_t start = n.attributes.integer("start", 0);
  const std::int64_t end = n.attributes.integer("end", kToTheEnd);
  const auto whole = make_operator<ShapeOf>(DType::kInt64);
  if (start == 0 && end == kToTheEnd) return n.finish(whole, {{n.input(0)}}, 1);
  n.finish(make_operator<Slice>(along(0, start, end)), {{n.add(whole, {{n.input(0)}}, 1)}}, 1);
}

// What a slice is told, and which of it the graph computes.
struct SliceParts {
  Integers axes, starts, ends, steps;
  bool known, steps_known = true;
};

SliceParts read_slice(const OnnxNode& n) {
  const bool as_attributes = n.opset() < 10;
  SliceParts p{.axes = {},
               .starts = {},
               .ends = {},
               .steps = {},
               .known = as_attributes || (n.known(1) && n.known(2))};
  if (p.known) {
    p.starts = n.list("starts", 1, 10);
    p.ends = n.list("ends", 2, 10);
  }
  const bool has_axes = n.has_list("axes", 3, 10);
  if (has_axes) p.axes = n.list("axes", 3, 10);
  if (!has_axes && !p.known)
    n.fail_unsupported("axes that are left out beside starts that the graph computes");
  for (std::size_t i = 0; !has_axes && i < p.starts.size(); ++i)
    p.axes.push_back(static_cast<std::int64_t>(i));
  if (!as_attributes && n.has(4)) {
    p.steps_known = n.known(4) != nullptr;
    if (p.steps_known) p.steps = n.integers(4, "steps");
  }
  if (p.axes.empty() || p.axes.size() > kMaxRank) n.fail("it has ", p.axes.size(), " axes");
  for (std::int64_t& axis : p.axes) axis = n.axis(axis, n.rank(0));
  return p;
}

void slice(OnnxNode& n) {
  SliceParts p = read_slice(n);
  const bool walks =
      std::any_of(p.steps.begin(), p.steps.end(), [](std::int64_t step) { return step != 1; });
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}};
  if (!p.known) inputs.insert(inputs.end(), {{n.input(1)}, {n.input(2)}});
  if (!walks && p.steps_known) {
    const Integers flags(p.axes.size(), 1);
    return n.finish(make_operator<Slice>(SliceOptions{.axes = std::move(p.axes),
                                                      .starts = std::move(p.starts),
                                                      .ends = std::move(p.ends),
                                                      .decrease_axis = {},
                                                      .infer_flags = flags}),
                    std::move(inputs), n.rank(0));
  }
  inputs.resize(4);
  if (!p.steps_known) inputs[StridedSlice::kStridesTensor] = {n.input(4)};
  n.finish(make_operator<StridedSlice>(StridedSliceOptions{.axes = std::move(p.axes),
                                                           .starts = std::move(p.starts),
                                                           .ends = std::move(p.ends),
                                                           .strides = std::move(p.steps),
                                                           .decrease_axis = {}}),
           std::move(inputs), n.rank(0));
}

// With indices of a list, or of numbers in several dimensions, which become the result's.
void gather_by(OnnxNode& n, std::int64_t axis) {
  const int rank = n.rank(0), index_rank = n.rank(1);
  if (index_rank == 0 || index_rank == 1) {
    const int result = rank == kUnknownRank ? kUnknownRank : rank + index_rank - 1;
    return n.finish(make_operator<Gather>(kGather, axis), {{n.input(0)}, {n.input(1)}}, result);
  }
  const int known = n.known_rank(0);
  const int result = known + n.known_rank(1) - 1;
  const ValueId list = n.add(make_operator<Reshape2>(Shape{-1}), {{n.input(1)}}, 1),
                taken = n.add(make_operator<Gather>(kGather, axis), {{n.input(0)}, {list}}, known);
  const auto sizes_of = [&](ValueId x) {
    return n.add(make_operator<ShapeOf>(DType::kInt64), {{x}}, 1);
  };
  const ValueId sizes = sizes_of(n.input(0));
  std::vector<ValueId> parts;
  if (axis > 0) parts.push_back(n.add(make_operator<Slice>(along(0, 0, axis)), {{sizes}}, 1));
  parts.push_back(sizes_of(n.input(1)));
  if (axis + 1 < known)
    parts.push_back(n.add(make_operator<Slice>(along(0, axis + 1, kToTheEnd)), {{sizes}}, 1));
  const ValueId shape = n.add(make_operator<Concat>(0), {parts}, 1);
  n.finish(make_operator<Reshape2>(Shape{}), {{taken}, {shape}}, result);
}

// One index that is known, or several in a row, are a slice: no step where memory can be shared.
void gather(OnnxNode& n) {
  const std::int64_t axis = n.axis(n.attributes.integer("axis", 0), n.rank(0));
  const Tensor* known = n.known(1);
  constexpr std::int64_t kMostIndices = 64, kMost = std::numeric_limits<std::int32_t>::max();
  if (!known || known->shape().size() > 1 || known->size() == 0 || known->size() > kMostIndices)
    return gather_by(n, axis);
  const Integers indices = n.integers(1, "indices");
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < -kMost || indices[i] > kMost) n.fail("index ", indices[i]);
    const bool goes_on = i == 0 || (indices[i] == indices[i - 1] + 1 && indices[i] != 0);
    if (!goes_on) return gather_by(n, axis);
  }
  const std::int64_t end = indices.back() == -1 ? kToTheEnd : indices.back() + 1;
  const bool is_number = known->shape().empty();
  const int rank = n.rank(0) == kUnknownRank ? kUnknownRank : n.rank(0) - (is_number ? 1 : 0);
  n.finish(make_operator<Slice>(along(axis, indices[0], end, is_number)), {{n.input(0)}}, rank);
}

void gather_elements(OnnxNode& n) {
  n.finish(make_operator<TakeAlongAxis>(kTakeAlongAxis, n.attributes.integer("axis", 0)),
           {{n.input(0)}, {n.input(1)}}, n.rank(1));
}

void gather_nd(OnnxNode& n) {
  n.finish(make_operator<GatherNd>(n.attributes.integer("batch_dims", 0)),
           {{n.input(0)}, {n.input(1)}}, kUnknownRank);
}

ScatterMode read_reduction(const OnnxNode& n) {
  constexpr std::pair<std::string_view, ScatterMode> kModes[] = {{"none", ScatterMode::kAssign},
                                                                 {"add", ScatterMode::kAdd},
                                                                 {"mul", ScatterMode::kMultiply},
                                                                 {"min", ScatterMode::kMinimum},
                                                                 {"max", ScatterMode::kMaximum}};
  const std::string word = n.attributes.text("reduction", "none");
  for (const auto& [name, mode] : kModes) {
    if (name == word) return mode;
  }
  n.attributes.fail("reduction", "is '", word, "', expected none, add, mul, min or max");
}

void scatter_elements(OnnxNode& n) {
  n.finish(make_operator<Scatter>(
               kPutAlongAxis,
               ScatterOptions{.mode = read_reduction(n), .axis = n.attributes.integer("axis", 0)}),
           {{n.input(0)}, {n.input(1)}, {n.input(2)}}, n.rank(0));
}

void scatter_nd(OnnxNode& n) {
  n.finish(make_operator<Scatter>(kScatterNd, ScatterOptions{.mode = read_reduction(n)}),
           {{n.input(0)}, {n.input(1)}, {n.input(2)}}, n.rank(0));
}

// By sizes, or into so many parts as there are outputs, the last of which may be smaller.
void split(OnnxNode& n) {
  SplitOptions options{.axis = n.attributes.integer("axis", 0)};
  if (n.has_list("split", 1, 13)) {
    options.sections = n.list("split", 1, 13);
  } else {
    options.num = n.output_count();
    options.last_is_rest = true;
    if (n.attributes.integer("num_outputs", options.num) != options.num)
      n.attributes.fail("num_outputs", "is not the number of outputs");
  }
  n.finish_all(make_operator<Split>(std::move(options)), {{n.input(0)}}, n.rank(0));
}

kernels::PadMode read_pad_mode(const OnnxNode& n) {
  const std::string mode = n.attributes.text("mode", "constant");
  if (mode == "constant") return kernels::PadMode::kConstant;
  if (mode == "reflect") return kernels::PadMode::kReflect;
  if (mode == "edge") return kernels::PadMode::kReplicate;
  if (mode == "wrap") return kernels::PadMode::kCircular;
  n.fail_unsupported("mode '", mode, "'");
}

// Pads of all axes that the graph computes: begins and ends become pairs.
void finish_with_pads(OnnxNode& n, PadOptions options) {
  const int rank = n.known_rank(0);
  const ValueId sides = n.add(make_operator<Reshape2>(Shape{2, rank}), {{n.input(1)}}, 2),
                axes = n.add(make_operator<Transpose>(Integers{1, 0}), {{sides}}, 2),
                pairs = n.add(make_operator<Reshape2>(Shape{-1}), {{axes}}, 1);
  n.finish(make_operator<Pad>(std::move(options)), {{n.input(0)}, {pairs}}, rank);
}

void read_pad_value(const OnnxNode& n, PadOptions& options) {
  if (n.opset() < 11) {
    options.value = n.attributes.real("value", 0);
  } else if (n.has(2)) {
    const std::optional<double> value = n.known_number(2);
    if (!value) n.fail_unsupported("a value that the graph computes");
    options.value = *value;
  }
}

// All begins, then all ends, of all axes or of those that are named.
void pad(OnnxNode& n) {
  PadOptions options{.mode = read_pad_mode(n)};
  read_pad_value(n, options);
  const bool names_axes = n.opset() >= 18 && n.has(3);
  if (n.opset() >= 11 && n.known(1) == nullptr && !names_axes)
    return finish_with_pads(n, std::move(options));
  const Integers pads = n.list("pads", 1, 11);
  const auto rank = static_cast<std::size_t>(n.known_rank(0));
  Integers axes;
  if (names_axes) {
    axes = n.integers(3, "axes");
  } else {
    for (std::size_t d = 0; d < rank; ++d) axes.push_back(static_cast<std::int64_t>(d));
  }
  if (pads.size() != 2 * axes.size()) n.fail(pads.size(), " pads for ", axes.size(), " axes");
  options.paddings.assign(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto d = static_cast<std::size_t>(n.axis(axes[i], n.rank(0)));
    options.paddings[2 * d] = pads[i];
    options.paddings[2 * d + 1] = pads[i + axes.size()];
  }
  n.finish(make_operator<Pad>(std::move(options)), {{n.input(0)}}, n.rank(0));
}

void trilu(OnnxNode& n) {
  const std::optional<double> k = n.has(1) ? n.known_number(1) : 0;
  if (!k) n.fail_unsupported("a diagonal that the graph computes");
  constexpr double kMost = 1 << 30;
  if (!(std::fabs(*k) <= kMost)) n.fail("diagonal ", *k);
  n.finish(
      make_operator<Triangle>(static_cast<std::int64_t>(*k), !n.attributes.boolean("upper", true)),
      {{n.input(0)}}, n.rank(0));
}

constexpr OnnxOp kOps[] = {
    {"Gather", gather},
    {"GatherElements", gather_elements},
    {"GatherND", gather_nd},
    {"Pad", pad},
    {"Scatter", scatter_elements},
    {"ScatterElements", scatter_elements},
    {"ScatterND", scatter_nd},
    {"Shape", shape},
    {"Slice", slice},
    {"Split", split},
    {"Trilu", trilu},
};

}  // namespace

std::span<const OnnxOp> onnx_indexing_ops() { return kOps; }

}  // namespace u2net::engine
