// SPDX-License-Identifier: Apache-2.0
// What moves elements and tells shapes.
#include <algorithm>
#include <limits>
#include <string>

#include "engine/ops/cast.h"
#include "engine/ops/concat.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/shape.h"
#include "engine/ops/slice.h"
#include "loader/onnx/onnx_tensor.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxParts = 16;  // that a gather is made of

void identity(OnnxNode& n) { n.finish_as(n.input(0)); }

// While running a network, not training it.
void dropout(OnnxNode& n) {
  const Tensor* training = n.known(2);
  if (n.has(2) && (training == nullptr || training->size() != 1 ||
                   to_integers(training->view()).front() != 0)) {
    n.fail_unsupported("training_mode");
  }
  identity(n);
}

void cast(OnnxNode& n) {
  const std::int64_t to = n.attributes.integer("to", 0);
  const OnnxElement* element =
      find_onnx_element(static_cast<int>(std::clamp<std::int64_t>(to, 0, 99)));
  if (!element) n.fail_unsupported("a cast to " + onnx_element_name(static_cast<int>(to)));
  n.finish(std::make_shared<Cast>(CastOptions{.to = element->dtype, .from = element->dtype}),
           {{n.input(0)}}, n.rank(0));
}

void concat(OnnxNode& n) {
  if (!n.attributes.has("axis")) n.attributes.fail("axis", "is missing");
  std::vector<ValueId> parts;
  for (int i = 0; i < n.count(); ++i) parts.push_back(n.input(i));
  if (parts.empty()) n.fail("it has no input");
  n.finish(std::make_shared<Concat>(n.attributes.integer("axis", 0)), {parts}, n.rank(0));
}

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
  const auto whole = std::make_shared<ShapeOf>(DType::kInt64);
  if (start == 0 && end == kToTheEnd) return n.finish(whole, {{n.input(0)}}, 1);
  n.finish(std::make_shared<Slice>(along(0, start, end)), {{n.add(whole, {{n.input(0)}}, 1)}}, 1);
}

void slice(OnnxNode& n) {
  const bool as_attributes = n.opset() < 10;
  SliceOptions options{
      .axes = {}, .starts = {}, .ends = {}, .decrease_axis = {}, .infer_flags = {}};
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}};
  const bool known = as_attributes || (n.known(1) && n.known(2));
  if (known) {
    options.starts = n.list("starts", 1, 10);
    options.ends = n.list("ends", 2, 10);
  } else {
    inputs.push_back({n.input(1)});
    inputs.push_back({n.input(2)});
  }
  if (n.has_list("axes", 3, 10)) {
    options.axes = n.list("axes", 3, 10);
  } else if (!known) {
    n.fail_unsupported("axes that are left out beside starts that the graph computes");
  }
  for (std::size_t i = 0; options.axes.size() < options.starts.size() && !n.has_list("axes", 3, 10);
       ++i)
    options.axes.push_back(static_cast<std::int64_t>(i));
  if (!as_attributes && n.has(4)) {
    for (std::int64_t step : n.integers(4, "steps")) {
      if (step != 1) n.fail_unsupported("a step of " + std::to_string(step));
    }
  }
  if (options.axes.empty() || options.axes.size() > kMaxRank)
    n.fail("it has " + std::to_string(options.axes.size()) + " axes");
  for (std::int64_t& axis : options.axes) axis = n.axis(axis, n.rank(0));
  options.infer_flags = Integers(options.axes.size(), 1);
  n.finish(std::make_shared<Slice>(std::move(options)), std::move(inputs), n.rank(0));
}

// With indices that are known: parts of the operand, one behind the other.
void gather(OnnxNode& n) {
  const std::int64_t axis = n.axis(n.attributes.integer("axis", 0), n.rank(0));
  const Tensor* known = n.known(1);
  if (!known || known->shape().size() > 1)
    n.fail_unsupported("indices that the graph computes, or of a rank over 1,");
  const Integers indices = n.integers(1, "indices");
  for (std::int64_t index : indices) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (index < -kMost || index > kMost) n.fail("index " + std::to_string(index));
  }
  const auto end_of = [](std::int64_t last) { return last == -1 ? kToTheEnd : last + 1; };
  if (known->shape().empty()) {
    const int rank = n.rank(0) == kUnknownRank ? kUnknownRank : n.rank(0) - 1;
    return n.finish(std::make_shared<Slice>(along(axis, indices[0], end_of(indices[0]), true)),
                    {{n.input(0)}}, rank);
  }
  std::vector<ValueId> parts;
  for (std::size_t i = 0; i < indices.size();) {
    std::size_t last = i;
    while (last + 1 < indices.size() && indices[last + 1] == indices[last] + 1 &&
           indices[last] != -1)
      ++last;
    if (parts.size() == kMaxParts)
      n.fail_unsupported("a gather of more than " + std::to_string(kMaxParts) + " parts");
    parts.push_back(n.add(std::make_shared<Slice>(along(axis, indices[i], end_of(indices[last]))),
                          {{n.input(0)}}, n.rank(0)));
    i = last + 1;
  }
  if (parts.empty()) n.fail_unsupported("a gather of nothing");
  if (parts.size() == 1) return n.finish_as(parts.front());
  n.finish(std::make_shared<Concat>(axis), {parts}, n.rank(0));
}

// The operand under another shape: dimension i is that number `from[i]` of the operand, or 1 where
// it is negative.
void rename(OnnxNode& n, const std::vector<int>& from) {
  Shape shape;
  int moved = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool is_in_place = from[i] == static_cast<int>(i);
    moved += from[i] >= 0 && !is_in_place;
    shape.push_back(from[i] < 0 ? 1 : is_in_place ? 0 : -1);
  }
  if (from.size() > kMaxRank) n.fail_unsupported("a result of rank " + std::to_string(from.size()));
  const int rank = static_cast<int>(from.size());
  if (moved <= 1)
    return n.finish(std::make_shared<Reshape2>(std::move(shape)), {{n.input(0)}}, rank);
  // Several sizes that are not known: they are taken from the operand when they are.
  const ValueId sizes = n.add(std::make_shared<ShapeOf>(DType::kInt64), {{n.input(0)}}, 1);
  std::vector<ValueId> parts;
  for (int dim : from) {
    if (dim < 0) {
      parts.push_back(n.constant(Tensor::from<std::int64_t>({1}, Integers{1})));
    } else {
      parts.push_back(n.add(std::make_shared<Slice>(along(0, dim, dim + 1)), {{sizes}}, 1));
    }
  }
  const ValueId joined = n.add(std::make_shared<Concat>(0), {parts}, 1);
  n.finish(std::make_shared<Reshape2>(Shape{}), {{n.input(0)}, {joined}}, rank);
}

int known_rank(const OnnxNode& n) {
  if (n.rank(0) == kUnknownRank) n.fail_unsupported("an operand of open rank");
  return n.rank(0);
}

void unsqueeze(OnnxNode& n) {
  Integers axes = n.list("axes", 1, 13);
  if (axes.size() > kMaxRank) n.fail("it has " + std::to_string(axes.size()) + " axes");
  const int rank = known_rank(n) + static_cast<int>(axes.size());
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  std::vector<int> from;
  int next = 0;
  for (int i = 0; i < rank; ++i) {
    const bool is_new = std::find(axes.begin(), axes.end(), i) != axes.end();
    from.push_back(is_new ? -1 : next++);
  }
  if (next != known_rank(n)) n.fail("it names an axis twice");
  rename(n, from);
}

void squeeze(OnnxNode& n) {
  if (!n.has_list("axes", 1, 13)) n.fail_unsupported("leaving out the axes");
  const int rank = known_rank(n);
  Integers axes = n.list("axes", 1, 13);
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  std::vector<int> from;
  for (int i = 0; i < rank; ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) from.push_back(i);
  }
  rename(n, from);
}

void flatten(OnnxNode& n) {
  const int rank = n.rank(0);
  std::int64_t axis = n.attributes.integer("axis", 1);
  if (axis < 0) axis = n.axis(axis, rank);
  if (axis == 0) return n.finish(std::make_shared<Reshape2>(Shape{1, -1}), {{n.input(0)}}, 2);
  if (axis == 1) return n.finish(std::make_shared<Reshape2>(Shape{0, -1}), {{n.input(0)}}, 2);
  if (axis == rank) return n.finish(std::make_shared<Reshape2>(Shape{-1, 1}), {{n.input(0)}}, 2);
  if (axis != rank - 1) n.fail_unsupported("axis " + std::to_string(axis));
  const ValueId sizes = n.add(std::make_shared<ShapeOf>(DType::kInt64), {{n.input(0)}}, 1);
  const ValueId last = n.add(std::make_shared<Slice>(along(0, axis, axis + 1)), {{sizes}}, 1);
  const ValueId open = n.constant(Tensor::from<std::int64_t>({1}, Integers{-1}));
  const ValueId joined = n.add(std::make_shared<Concat>(0), {{open, last}}, 1);
  n.finish(std::make_shared<Reshape2>(Shape{}), {{n.input(0)}, {joined}}, 2);
}

void reshape(OnnxNode& n) {
  const Tensor* known = n.known(1);
  if (!known) {
    if (n.attributes.boolean("allowzero", false))
      n.fail_unsupported("allowzero beside a shape that the graph computes");
    return n.finish(std::make_shared<Reshape2>(Shape{}), {{n.input(0)}, {n.input(1)}},
                    kUnknownRank);
  }
  Shape to = n.integers(1, "a shape");
  if (n.attributes.boolean("allowzero", false) && std::find(to.begin(), to.end(), 0) != to.end())
    n.fail_unsupported("allowzero with a size of 0");
  const int rank = static_cast<int>(to.size());
  n.finish(std::make_shared<Reshape2>(std::move(to)), {{n.input(0)}}, rank);
}

constexpr OnnxOp kOps[] = {
    {"Cast", cast},     {"Concat", concat},     {"Dropout", dropout},     {"Flatten", flatten},
    {"Gather", gather}, {"Identity", identity}, {"Reshape", reshape},     {"Shape", shape},
    {"Slice", slice},   {"Squeeze", squeeze},   {"Unsqueeze", unsqueeze},
};

}  // namespace

std::span<const OnnxOp> onnx_movement_ops() { return kOps; }

}  // namespace u2net::engine
