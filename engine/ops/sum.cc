// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/sum.h"

#include <cstring>

#include "engine/base/text.h"
#include "kernels/binary/binary.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{.name = "X", .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kSum{"sum", kInputs, kOutputs};

void Sum::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const TensorType& first = in.input(0);
  for (int i = 1; i < in.count(0); ++i) {
    const TensorType& other = in.input(0, i);
    if (other == first) continue;
    in.fail("operand ", i, " is ", dtype_name(other.dtype), " ", other.shape, ", operand 0 is ",
            dtype_name(first.dtype), " ", first.shape);
  }
  in.set_output(0, first);
}

void Sum::run_reference(const Operands& o) const {
  const Shape& shape = o.output().shape;
  const kernels::BinaryShape all{shape, shape, shape};
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    T* dst = o.output().as<T>();
    std::memcpy(dst, o.input(0).data, byte_count(o.output().dtype, shape));
    for (std::size_t i = 1; i < o.all(0).size(); ++i) {
      const T* more = o.all(0)[i].as<const T>();
      kernels::binary_reference<T>(kernels::BinaryKind::kAdd, all, dst, more, dst, *o.pool);
    }
  });
}

bool Sum::keeps_images_apart(const Graph& graph, const Node& node,
                             const std::vector<ImageRole>& roles) const {
  return !graph.type_of(node.output()).shape.empty() && only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
