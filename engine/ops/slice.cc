// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/slice.h"

#include <algorithm>
#include <array>
#include <span>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/slice/slice.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"},
                                {.name = "StartsTensor", .required = false},
                                {.name = "EndsTensor", .required = false},
                                {.name = "StartsTensorList", .required = false, .list = true},
                                {.name = "EndsTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

std::vector<std::int64_t> positions(const Inference& in, int tensor, int list,
                                    const std::vector<std::int64_t>& attribute) {
  if (in.has(tensor)) return to_integers(in.value(tensor).view());
  if (!in.has(list)) return attribute;
  std::vector<std::int64_t> result;
  for (int i = 0; i < in.count(list); ++i) {
    const std::vector<std::int64_t> v = to_integers(in.value(list, i).view());
    if (v.size() != 1) in.fail("an entry of a position list has ", v.size(), " elements");
    result.push_back(v.front());
  }
  return result;
}

// Negative positions count from the end; what lies outside is moved to the nearer end.
std::int64_t clamped(std::int64_t position, std::int64_t size) {
  if (position < 0) position += size;
  return std::clamp<std::int64_t>(position, 0, size);
}

}  // namespace

constexpr OpType kSlice{"slice", kInputs, kOutputs};

Slice::Slice(SliceOptions options) : Operator(kSlice), options_(std::move(options)) {}

Slice Slice::resolved(const Inference& in) const {
  Slice op(*this);
  op.options_.starts = positions(in, kStartsTensor, kStartsTensorList, options_.starts);
  op.options_.ends = positions(in, kEndsTensor, kEndsTensorList, options_.ends);
  const auto rank = static_cast<std::int64_t>(in.input(kSrc).shape.size());
  if (op.options_.starts.size() != options_.axes.size() ||
      op.options_.ends.size() != options_.axes.size()) {
    in.fail(options_.axes.size(), " axes, ", op.options_.starts.size(), " starts, ",
            op.options_.ends.size(), " ends");
  }
  for (const std::vector<std::int64_t>* axes : {&op.options_.axes, &op.options_.decrease_axis}) {
    for (std::int64_t axis : *axes) {
      if (axis < 0 || axis >= rank) {
        in.fail("axis ", axis, " of an input ", in.input(kSrc).shape);
      }
    }
  }
  return op;
}

void Slice::infer(Inference& in) const {
  const Slice op = resolved(in);
  TensorType result = in.input(kSrc);
  if (result.shape.size() > kMaxRank) in.fail_unsupported("an input of rank ", result.shape.size());
  for (std::size_t i = 0; i < options_.axes.size(); ++i) {
    const std::int64_t size = in.input(kSrc).shape[options_.axes[i]];
    const std::int64_t begin = clamped(op.options_.starts[i], size),
                       end = clamped(op.options_.ends[i], size);
    if (end < begin) {
      in.fail("the end ", end, " lies before the start ", begin);
    }
    result.shape[options_.axes[i]] = end - begin;
  }
  std::vector<std::int64_t> removed = options_.decrease_axis;
  std::sort(removed.begin(), removed.end());
  removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
  std::reverse(removed.begin(), removed.end());
  for (std::int64_t axis : removed) {
    if (result.shape[axis] != 1) {
      in.fail("decrease_axis ", axis, " of a result ", result.shape, ": the dimension must be 1");
    }
    result.shape.erase(result.shape.begin() + axis);
  }
  in.set_output(0, result);
}

void Slice::run_reference(const Operands& o) const {
  const TensorView& src = o.input(kSrc);
  const std::size_t rank = src.shape.size();
  std::array<std::int64_t, kMaxRank> start{}, part{};
  bool fits = rank <= part.size() && options_.starts.size() == options_.axes.size() &&
              options_.ends.size() == options_.axes.size();
  if (fits) std::copy(src.shape.begin(), src.shape.end(), part.begin());
  for (std::size_t i = 0; fits && i < options_.axes.size(); ++i) {
    const std::int64_t axis = options_.axes[i], size = src.shape[axis];
    start[axis] = clamped(options_.starts[i], size);
    part[axis] = clamped(options_.ends[i], size) - start[axis];
    fits = part[axis] >= 0;
  }
  // What memory was planned by, to the element.
  if (!fits || element_count(std::span(part).first(rank)) != o.output().size()) {
    throw_error(ErrorCode::kInternal, "a slice of ", src.shape, " from ", options_.starts, " to ",
                options_.ends, " does not make ", o.output().shape);
  }
  kernels::slice_reference({src.shape, std::span(start).first(rank), std::span(part).first(rank)},
                           dtype_size(src.dtype), src.as<const std::byte>(),
                           o.output().as<std::byte>());
}

std::shared_ptr<const Operator> Slice::specialized(Inference& in) const {
  if (!in.has(kStartsTensor) && !in.has(kEndsTensor) && !in.has(kStartsTensorList) &&
      !in.has(kEndsTensorList)) {
    return nullptr;
  }
  return make_operator<Slice>(resolved(in));
}

bool Slice::specialized_alike(const Operator& other) const {
  const auto& slice = dynamic_cast<const Slice&>(other);
  return slice.options_.starts == options_.starts && slice.options_.ends == options_.ends;
}

Description Slice::describe() const {
  return {{"axes", options_.axes},
          {"starts", options_.starts},
          {"ends", options_.ends},
          {"decrease_axis", options_.decrease_axis}};
}

bool Slice::keeps_images_apart(const Graph&, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  for (const std::vector<std::int64_t>* axes : {&options_.axes, &options_.decrease_axis}) {
    if (std::find(axes->begin(), axes->end(), 0) != axes->end()) return false;
  }
  return only_images_in(node, roles, {kSrc});
}

}  // namespace u2net::engine
