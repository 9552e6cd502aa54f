// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/concat.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/concat/concat.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{.name = "X", .list = true},
                                {.name = "AxisTensor", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kConcat{"concat", kInputs, kOutputs};

Concat::Concat(std::int64_t axis) : Operator(kConcat), axis_(axis) {}

void Concat::infer(Inference& in) const {
  if (in.has(kAxisTensor)) {
    const std::vector<std::int64_t> axis = to_integers(in.value(kAxisTensor).view());
    if (axis.size() != 1) in.fail("AxisTensor must have one element");
    Concat resolved(*this);
    resolved.axis_ = axis.front();
    return resolved.infer_along(in);
  }
  infer_along(in);
}

void Concat::infer_along(Inference& in) const {
  TensorType result = in.input(kX);
  const auto rank = static_cast<std::int64_t>(result.shape.size());
  if (axis_ < -rank || axis_ >= rank) {
    in.fail("axis ", axis_, " of an input ", result.shape);
  }
  const int along = axis(result.shape.size());
  for (int i = 1; i < in.count(kX); ++i) {
    const TensorType& other = in.input(kX, i);
    bool fits = other.dtype == result.dtype && other.shape.size() == result.shape.size();
    for (int d = 0; fits && d < rank; ++d) fits = d == along || other.shape[d] == result.shape[d];
    if (!fits) {
      in.fail("input ", i, " ", other.shape, " (", dtype_name(other.dtype), ") does not join ",
              in.input(kX).shape, " (", dtype_name(result.dtype), ") along axis ", along);
    }
    result.shape[along] += other.shape[along];
  }
  in.set_output(0, result);
}

// Whether the parts fill the result to the byte: the axis is the one that memory was planned by.
bool Concat::fits(const Operands& o, std::size_t along) const {
  const Shape& dst = o.output().shape;
  std::int64_t joined = 0;
  for (const TensorView& x : o.all(kX)) {
    if (x.dtype != o.output().dtype || x.shape.size() != dst.size()) return false;
    for (std::size_t d = 0; d < dst.size(); ++d) {
      if (d != along && x.shape[d] != dst[d]) return false;
    }
    joined += x.shape[along];
  }
  return joined == dst[along];
}

void Concat::run_reference(const Operands& o) const {
  const std::span<const std::int64_t> dims = o.output().shape;
  const auto along = static_cast<std::size_t>(axis(dims.size()));
  if (along >= dims.size() || !fits(o, along)) {
    throw_error(ErrorCode::kInternal, "a concat along axis ", axis_, " does not make ",
                o.output().shape);
  }
  if (o.output().size() == 0) return;  // there may be no memory to point into
  const std::int64_t outer = element_count(dims.first(along));
  const std::size_t row_bytes = byte_count(o.output().dtype, dims.subspan(along));
  std::byte* dst = o.output().as<std::byte>();
  for (const TensorView& x : o.all(kX)) {
    const std::size_t inner_bytes = byte_count(x.dtype, std::span(x.shape).subspan(along));
    kernels::concat_part_reference(outer, x.as<const std::byte>(), inner_bytes, dst, row_bytes);
    dst += inner_bytes;
  }
}

std::shared_ptr<const Operator> Concat::specialized(Inference& in) const {
  if (!in.has(kAxisTensor)) return nullptr;
  auto op = make_mutable_operator<Concat>(*this);
  op->axis_ = to_integers(in.value(kAxisTensor).view()).front();
  return op;
}

bool Concat::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Concat&>(other).axis_ == axis_;
}

Description Concat::describe() const { return {{"axis", axis_}}; }

bool Concat::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  const std::size_t rank = graph.type_of(node.output()).shape.size();
  return axis(rank) != 0 && only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
