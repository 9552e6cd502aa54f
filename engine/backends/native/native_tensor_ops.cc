// SPDX-License-Identifier: Apache-2.0
// Builders of operators on plain tensors of any rank (kernels/tensor_ops).
#include <algorithm>
#include <utility>

#include "engine/backends/native/native_builder.h"
#include "engine/base/text.h"
#include "engine/ops/arg_extreme.h"
#include "engine/ops/axis.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/einsum.h"
#include "engine/ops/matmul.h"
#include "engine/ops/normalization.h"
#include "engine/ops/softmax.h"

namespace u2net::engine::native {
namespace {

using kernels::ImageLayout;
using kernels::MatMulParams;

const Shape& shape_of(const Builder& b, ValueId id) { return b.graph().type_of(id).shape; }

// Another operand behind those in `reads`: its place among them, or 0 where there is none.
std::size_t add_operand(Builder& b, const Node& node, int slot, std::vector<BufferId>& reads) {
  if (!node.has_input(slot)) return 0;
  reads.push_back(b.plain(node.input(slot)));
  return reads.size() - 1;
}

BufferId matmul_scratch(Builder& b) {
  return b.scratch(static_cast<std::size_t>(b.tensor_ops().matmul_scratch * b.options().threads));
}

// "49x64 by 64x256"
std::string problem_text(const MatMulParams& p) {
  return str_cat(p.m, "x", p.k, " by ", p.k, "x", p.n);
}

// Few rows are multiplied with y as it lies; other matrices that are constant are packed once.
bool is_packed_once(const Builder& b, ValueId y, const MatMulParams& p) {
  const auto repeats = [&](std::int64_t step) { return step == 0; };
  const bool single = std::all_of(p.y_batch.begin(), p.y_batch.begin() + p.batch_rank, repeats);
  std::int64_t rows = p.m;
  for (int i = 0; i < p.batch_rank; ++i) rows *= p.batch[i];
  constexpr std::int64_t kFewRows = 4;
  return b.graph().constant(y) && single && p.k > 0 && p.n > 0 &&
         (rows > kFewRows || p.y_column != 1);
}

struct Factors {
  ValueId x, y;
  bool y_is_dense = true;  // by rows or by columns, and nothing else
};

std::string add_matmul(Builder& b, const Node& node, const Factors& factors,
                       const MatMulParams& p) {
  const kernels::TensorOps& ops = b.tensor_ops();
  const auto [x, y, y_is_dense] = factors;
  const std::int64_t room = p.k * kernels::rounded_up(p.n, ops.matmul_panel);
  const std::size_t bytes = static_cast<std::size_t>(room) * sizeof(float);
  const bool packed = y_is_dense && is_packed_once(b, y, p) && b.affords(bytes);
  const BufferId from = b.plain(x);
  const BufferId by =
      packed
          ? b.packed_constant(
                y,
                str_cat("panels", ops.matmul_panel, "of", p.n,
                        p.y_column == 1 ? "rows" : "columns"),
                bytes,
                [&](const float* in, void* to) { ops.matmul_pack(p, in, static_cast<float*>(to)); },
                [p, unpack = ops.matmul_unpack](const void* in, float* to) {
                  unpack(p, static_cast<const float*>(in), to);
                })
          : b.plain(y);
  const BufferId to = b.define_plain(node.output());
  const BufferId scratch = matmul_scratch(b);
  b.add_step(
      node, std::string(node.op->type().name),
      (packed ? "packed:" : "panels:") + std::string(ops.set.name),
      [p, run = packed ? ops.matmul_packed : ops.matmul](std::byte* const* o,
                                                         kernels::ThreadPool& pool) {
        run(p, floats(o[0]), floats(o[1]), floats(o[2]), floats(o[3]), pool);
      },
      {from, by}, {to, scratch}, problem_text(p));
  return {};
}

// The channels of an image that lies in another layout than the plain one, which the kernels here
// can read.
bool is_over_channels(Builder& b, ValueId src, std::int64_t axis) {
  if (!b.is_image(src) || dimension_of(axis, shape_of(b, src)) != 1) return false;
  const ImageLayout layout = b.produced(src).layout;
  return !layout.is_plain() && (layout.block == 1 || layout.block == b.ops().block);
}

kernels::Conv2dParams conv_params(const Builder& b, const Node& node) {
  return op_as<Conv2d>(node)->params(shape_of(b, node.input(Conv2d::kSrc)),
                                     shape_of(b, node.input(Conv2d::kFilter)),
                                     shape_of(b, node.output()));
}

// Whether it takes single pixels, all of them, from one source.
bool is_pointwise(const Builder& b, const Node& node) {
  if (!op_as<Conv2d>(node)) return false;
  const kernels::Conv2dParams p = conv_params(b, node);
  return p.groups == 1 && p.kh == 1 && p.kw == 1 && p.stride_h == 1 && p.stride_w == 1 &&
         p.pad_top == 0 && p.pad_left == 0 && p.oh == p.ih && p.ow == p.iw;
}

// A convolution of single pixels is the product of the filter and the pixels of a plain image:
// where the filter is computed by the network itself, there is nothing to pack ahead.
std::string build_pointwise_product(Builder& b, const Node& node) {
  const Conv2d& conv = *op_as<Conv2d>(node);
  const ValueId src = node.input(Conv2d::kSrc), filter = node.input(Conv2d::kFilter);
  const kernels::Conv2dParams c = conv_params(b, node);
  MatMulParams p{.m = c.oc,
                 .n = c.oh * c.ow,
                 .k = c.ic,
                 .x_row = c.ic,
                 .x_column = 1,
                 .y_row = c.oh * c.ow,
                 .y_column = 1,
                 .batch_rank = 1};
  p.batch[0] = c.n;
  p.y_batch[0] = c.ic * c.ih * c.iw;
  std::vector<BufferId> reads = {b.plain(filter), b.plain(src)};
  const std::size_t bias = add_operand(b, node, Conv2d::kBias, reads),
                    residual = add_operand(b, node, Conv2d::kResidual, reads);
  const std::size_t dst = reads.size();
  const BufferId to = b.define_plain(node.output());
  const BufferId scratch = matmul_scratch(b);
  b.add_step(
      node, std::string(node.op->type().name), str_cat("product:", b.ops().set.name),
      [p, bias, residual, dst, relu = conv.relu, relu_after = conv.relu_after_residual,
       activation = conv.activation, is_last = conv.activation_after_residual, &ops = b.ops(),
       run = b.tensor_ops().matmul](std::byte* const* o, kernels::ThreadPool& pool) {
        run(p, floats(o[0]), floats(o[1]), floats(o[dst]), floats(o[dst + 1]), pool);
        const ImageLayout rows = ImageLayout::plain(p.batch[0], 1, p.m, p.n);
        const kernels::Image image = {&rows, o[dst]};
        const kernels::ConstImage same = {&rows, o[dst]};
        using kernels::BinaryKind, kernels::UnaryKind;
        const auto activate = [&] {
          ops.unary(activation->kind, activation->parameters, same, image, pool);
        };
        if (bias)
          ops.broadcast(BinaryKind::kAdd, true, same, {floats(o[bias]), 0, 0, 1, 0}, image, pool);
        if (relu) ops.unary(UnaryKind::kRelu, {}, same, image, pool);
        if (activation && !is_last) activate();
        if (residual) ops.binary(BinaryKind::kAdd, same, {&rows, o[residual]}, image, pool);
        if (relu_after) ops.unary(UnaryKind::kRelu, {}, same, image, pool);
        if (activation && is_last) activate();
      },
      std::move(reads), {to, scratch}, problem_text(p));
  return {};
}

}  // namespace

std::string build_conv2d(Builder& b, const Node& node) {
  const std::string why = build_convolution(b, node);
  const bool computed = !b.graph().constant(node.input(Conv2d::kFilter));
  return !why.empty() && computed && is_pointwise(b, node) ? build_pointwise_product(b, node) : why;
}

std::string build_matmul(Builder& b, const Node& node) {
  const ValueId x = node.input(MatMul::kX), y = node.input(MatMul::kY);
  return add_matmul(b, node, {x, y}, op_as<MatMul>(node)->params(shape_of(b, x), shape_of(b, y)));
}

std::string build_mul(Builder& b, const Node& node) {
  const ValueId x = node.input(Mul::kX), y = node.input(Mul::kY);
  return add_matmul(b, node, {x, y}, op_as<Mul>(node)->params(shape_of(b, x), shape_of(b, y)));
}

std::string build_einsum(Builder& b, const Node& node) {
  const std::vector<ValueId>& operands = node.inputs[0];
  std::vector<const Shape*> shapes;
  for (ValueId id : operands) shapes.push_back(&shape_of(b, id));
  const std::optional<EinsumProduct> product = product_of(op_as<Einsum>(node)->params(shapes));
  if (!product) return "no product of two matrices";
  const MatMulParams& p = product->params;
  // Rows or columns are copied as neighbours.
  if ((p.x_row != 1 && p.x_column != 1) || (p.y_row != 1 && p.y_column != 1))
    return "rows and columns apart";
  return add_matmul(b, node,
                    {operands[static_cast<std::size_t>(product->x)],
                     operands[static_cast<std::size_t>(product->y)], false},
                    p);
}

std::string build_softmax(Builder& b, const Node& node) {
  const Softmax& op = *op_as<Softmax>(node);
  const ValueId src = node.input(0);
  const std::string type(op.type().name), name(b.tensor_ops().set.name);
  if (is_over_channels(b, src, op.axis())) {
    const Operand from = b.produced(src);
    const BufferId to = b.define_plain(node.output());
    b.add_step(
        node, type, name,
        [run = b.ops().softmax, logarithm = op.logarithm(), layout = from.layout](
            std::byte* const* o, kernels::ThreadPool& pool) {
          run(logarithm, {&layout, o[0]}, floats(o[1]), pool);
        },
        {from.buffer}, {to}, to_text(from.layout));
    return {};
  }
  const BufferId from = b.plain(src), to = b.define_plain_over(node.output(), src);
  b.add_step(
      node, type, name,
      [run = b.tensor_ops().softmax, logarithm = op.logarithm(),
       lines = axis_shape(shape_of(b, src), op.axis())](std::byte* const* o,
                                                        kernels::ThreadPool& pool) {
        run(logarithm, lines, floats(o[0]), floats(o[1]), pool);
      },
      {from}, {to}, to_string(shape_of(b, src)));
  return {};
}

std::string build_arg_extreme(Builder& b, const Node& node) {
  const ArgExtreme& op = *op_as<ArgExtreme>(node);
  const ArgExtremeOptions& options = op.options();
  const ValueId src = node.input(0);
  const kernels::AxisShape lines = op.lines(shape_of(b, src));
  if (lines.inner == 1) return "along neighbours";
  const bool wide = options.dtype != DType::kInt32;
  const std::string type(op.type().name), name(b.tensor_ops().set.name);
  if (!options.flatten && is_over_channels(b, src, options.axis)) {
    const Operand from = b.produced(src);
    const BufferId to = b.define_plain(node.output());
    b.add_step(
        node, type, name,
        [&ops = b.ops(), wide, extreme = options.extreme, layout = from.layout](
            std::byte* const* o, kernels::ThreadPool& pool) {
          wide ? ops.arg_extreme_64(extreme, {&layout, o[0]}, reinterpret_cast<std::int64_t*>(o[1]),
                                    pool)
               : ops.arg_extreme_32(extreme, {&layout, o[0]}, reinterpret_cast<std::int32_t*>(o[1]),
                                    pool);
        },
        {from.buffer}, {to}, to_text(from.layout));
    return {};
  }
  const BufferId from = b.plain(src), to = b.define_plain(node.output());
  b.add_step(
      node, type, name,
      [&ops = b.tensor_ops(), wide, extreme = options.extreme, lines](std::byte* const* o,
                                                                      kernels::ThreadPool& pool) {
        wide ? ops.arg_extreme_64(extreme, lines, floats(o[0]),
                                  reinterpret_cast<std::int64_t*>(o[1]), pool)
             : ops.arg_extreme_32(extreme, lines, floats(o[0]),
                                  reinterpret_cast<std::int32_t*>(o[1]), pool);
      },
      {from}, {to}, to_string(shape_of(b, src)));
  return {};
}

std::string build_normalization(Builder& b, const Node& node) {
  const ValueId src = node.input(Normalization::kX);
  const kernels::NormalizationParams p = op_as<Normalization>(node)->params(shape_of(b, src));
  std::vector<BufferId> reads = {b.plain(src)};
  const std::size_t scale = add_operand(b, node, Normalization::kScale, reads),
                    bias = add_operand(b, node, Normalization::kBias, reads);
  const std::size_t dst = reads.size();
  const BufferId to = b.define_plain_over(node.output(), src);
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.tensor_ops().set.name),
      [run = b.tensor_ops().normalization, p, scale, bias, dst](std::byte* const* o,
                                                                kernels::ThreadPool& pool) {
        run(p, floats(o[0]), scale ? floats(o[scale]) : nullptr, bias ? floats(o[bias]) : nullptr,
            floats(o[dst]), pool);
      },
      std::move(reads), {to}, to_string(shape_of(b, src)));
  return {};
}

}  // namespace u2net::engine::native
