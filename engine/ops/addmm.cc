// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/addmm.h"

#include <cstdint>
#include <type_traits>

#include "engine/base/text.h"
#include "kernels/matmul/matmul.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kAddmmInputs[] = {{"Input"}, {"X"}, {"Y"}};
constexpr SlotInfo kDotInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

void require_same_types(const Inference& in, int slots) {
  for (int slot = 1; slot < slots; ++slot) {
    if (in.input(slot).dtype == in.input(0).dtype) continue;
    in.fail("operands of ", dtype_name(in.input(0).dtype), " and ",
            dtype_name(in.input(slot).dtype));
  }
}

}  // namespace

constexpr OpType kAddmm{"addmm", kAddmmInputs, kOutputs};
constexpr OpType kDot{"dot", kDotInputs, kOutputs};

Addmm::Addmm(float alpha, float beta) : Operator(kAddmm), alpha_(alpha), beta_(beta) {}

void Addmm::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  require_same_types(in, 3);
  const Shape &added = in.input(kAdded).shape, &x = in.input(kX).shape, &y = in.input(kY).shape;
  const auto repeats = [](std::int64_t size, std::int64_t to) { return size == 1 || size == to; };
  if (x.size() != 2 || y.size() != 2 || x[1] != y[0])
    in.fail("X ", x, " and Y ", y, " do not multiply");
  if (added.size() != 2 || !repeats(added[0], x[0]) || !repeats(added[1], y[1])) {
    in.fail("Input ", added, " is not repeated to ", to_string({x[0], y[1]}));
  }
  in.set_output(0, {in.input(kX).dtype, {x[0], y[1]}});
}

void Addmm::run_reference(const Operands& o) const {
  const TensorView &added = o.input(kAdded), &dst = o.output();
  const std::int64_t rows = dst.shape[0], columns = dst.shape[1], depth = o.input(kX).shape[1];
  const kernels::MatMulParams p{.m = rows,
                                .n = columns,
                                .k = depth,
                                .x_row = depth,
                                .x_column = 1,
                                .y_row = columns,
                                .y_column = 1,
                                .alpha = alpha_};
  const std::int64_t row_step = added.shape[0] == 1 ? 0 : added.shape[1],
                     column_step = added.shape[1] == 1 ? 0 : 1;
  const auto run = [&]<class T>(T) {
    T* out = dst.as<T>();
    const T* plus = added.as<const T>();
    kernels::matmul_reference(p, o.input(kX).as<const T>(), o.input(kY).as<const T>(), out,
                              *o.pool);
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c)
        out[r * columns + c] += static_cast<T>(beta_) * plus[r * row_step + c * column_step];
    }
  };
  dst.dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

double Addmm::macs(const Graph& graph, const Node& node) const {
  const Shape &x = graph.type_of(node.input(kX)).shape, &y = graph.type_of(node.input(kY)).shape;
  return static_cast<double>(x[0]) * static_cast<double>(x[1]) * static_cast<double>(y[1]);
}

Description Addmm::describe() const { return {{"alpha", alpha_}, {"beta", beta_}}; }

void Dot::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  require_same_types(in, 2);
  Shape shape = in.input(kX).shape;
  if (shape != in.input(kY).shape || shape.empty() || shape.size() > 2) {
    in.fail("X ", shape, " and Y ", in.input(kY).shape, " are no vectors, or not alike");
  }
  shape.pop_back();
  in.set_output(0, {in.input(kX).dtype, shape});
}

void Dot::run_reference(const Operands& o) const {
  const std::int64_t length = o.input(kX).shape.back();
  visit_dtype(o.output().dtype, [&]<class T>(T) {
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
    const T *x = o.input(kX).as<const T>(), *y = o.input(kY).as<const T>();
    for (std::int64_t row = 0; row < o.output().size(); ++row) {
      Sum sum = 0;
      for (std::int64_t i = row * length; i < (row + 1) * length; ++i)
        sum += static_cast<Sum>(x[i]) * static_cast<Sum>(y[i]);
      o.output().as<T>()[row] = static_cast<T>(sum);
    }
  });
}

}  // namespace u2net::engine
