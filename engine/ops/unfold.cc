// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/unfold.h"

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Y"}};

}  // namespace

constexpr OpType kUnfold{"unfold", kInputs, kOutputs};

Unfold::Unfold(const UnfoldOptions& options) : Operator(kUnfold), options_(options) {}

// Along a side, 0 or 1; below 1 where the window does not fit.
std::int64_t Unfold::windows(const Shape& src, std::size_t side) const {
  const UnfoldOptions& o = options_;
  const std::int64_t extent = o.dilations[side] * (o.kernel[side] - 1) + 1,
                     room = src[2 + side] + o.paddings[side] + o.paddings[side + 2] - extent;
  return room < 0 ? 0 : room / o.strides[side] + 1;
}

void Unfold::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64});
  const TensorType& src = in.input(0);
  if (src.shape.size() != 4) in.fail("input ", src.shape, " must have 4 dimensions");
  const std::int64_t rows = windows(src.shape, 0), columns = windows(src.shape, 1);
  if (rows < 1 || columns < 1) in.fail("windows do not fit into an input ", src.shape);
  const std::int64_t of_kernel = options_.kernel[0] * options_.kernel[1];
  std::int64_t channels = 0;
  if (__builtin_mul_overflow(src.shape[1], of_kernel, &channels)) in.fail("too many elements");
  in.set_output(0, {src.dtype, {src.shape[0], channels, rows * columns}});
}

void Unfold::run_reference(const Operands& operands) const {
  const UnfoldOptions& o = options_;
  const Shape& s = operands.input(0).shape;
  const std::int64_t rows = windows(s, 0), columns = windows(s, 1), h = s[2], w = s[3],
                     of_kernel = o.kernel[0] * o.kernel[1];
  if (operands.output().size() == 0) return;
  visit_arithmetic(operands.output().dtype, [&]<class T>(T) {
    const T* src = operands.input(0).as<const T>();
    T* dst = operands.output().as<T>();
    operands.pool->parallel_for(s[0] * s[1] * of_kernel, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t line = begin; line < end; ++line) {
        const std::int64_t ky = line % of_kernel / o.kernel[1], kx = line % o.kernel[1];
        const T* plane = src + line / of_kernel * h * w;
        for (std::int64_t y = 0; y < rows; ++y) {
          const std::int64_t iy = y * o.strides[0] - o.paddings[0] + ky * o.dilations[0];
          for (std::int64_t x = 0; x < columns; ++x) {
            const std::int64_t ix = x * o.strides[1] - o.paddings[1] + kx * o.dilations[1];
            const bool is_inside = iy >= 0 && iy < h && ix >= 0 && ix < w;
            dst[(line * rows + y) * columns + x] = is_inside ? plane[iy * w + ix] : T{0};
          }
        }
      }
    });
  });
}

bool Unfold::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

Description Unfold::describe() const {
  const auto text = [](auto values) { return to_string(Shape(values.begin(), values.end())); };
  return {{"kernel_sizes", text(options_.kernel)},
          {"strides", text(options_.strides)},
          {"paddings", text(options_.paddings)},
          {"dilations", text(options_.dilations)}};
}

}  // namespace u2net::engine
