// SPDX-License-Identifier: Apache-2.0
// One builder an operator: which native kernel it becomes, or why none.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "engine/backends/native/native_builder.h"
#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/concat.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/prelu.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"

namespace u2net::engine::native {
namespace {

using kernels::ConstImage;
using kernels::Image;

// The value in blocks that the kernels here take, as its producer left it where that is one.
Operand image_of(Builder& b, ValueId id) {
  const Operand operand = b.produced(id);
  const bool fits = operand.layout.block == 1 || operand.layout.block == b.ops().block;
  return fits ? operand : b.in_layout(id, b.ops().block);
}

// Images that are met element by element: of longer rows, where all have those.
void lengthen_rows(std::initializer_list<kernels::ImageLayout*> layouts) {
  for (const kernels::ImageLayout* layout : layouts) {
    if (layout->halo != kernels::Halo{}) return;
  }
  for (kernels::ImageLayout* layout : layouts) *layout = kernels::with_long_rows(*layout);
}

std::string build_unary(Builder& b, const Node& node) {
  const Unary& op = *op_as<Unary>(node);
  const bool squares = op.kind() == kernels::UnaryKind::kPow && op.parameters()[0] == 2;
  if (!op.function().has_vector && !squares) return "a function without a formula for vectors";
  const Operand src = image_of(b, node.input(0));
  const Operand dst = b.define_over(node.output(), node.input(0), src);
  kernels::ImageLayout from = src.layout, to = dst.layout;
  lengthen_rows({&from, &to});
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().unary, kind = squares ? kernels::UnaryKind::kSquare : op.kind(),
       p = op.parameters(), from, to](std::byte* const* o, kernels::ThreadPool& pool) {
        run(kind, p, {&from, o[0]}, {&to, o[1]}, pool);
      },
      {src.buffer}, {dst.buffer}, str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
  return {};
}

// What a plain operand is to a plain result, with neighbouring dimensions joined along which it is
// either repeated or not; nothing where more than four remain.
struct Joined {
  kernels::ImageLayout result;
  kernels::Broadcast part;
};

std::optional<Joined> join_dimensions(const Shape& dst, const Shape& part) {
  std::array<std::int64_t, 4> size = {1, 1, 1, 1}, stride = {};
  std::size_t at = 4;
  std::int64_t apart = 1;
  for (std::size_t i = dst.size(); i-- > 0;) {
    if (dst[i] == 1) continue;
    const bool repeated = part[i] == 1;
    const bool joins = at < 4 && repeated == (stride[at] == 0);
    if (!joins) {
      if (at == 0) return std::nullopt;
      stride[--at] = repeated ? 0 : apart;
    }
    size[at] *= dst[i];
    if (!repeated) apart *= dst[i];
  }
  return Joined{kernels::ImageLayout::plain(size[0], size[1], size[2], size[3]),
                {nullptr, stride[0], stride[1], stride[2], stride[3]}};
}

std::size_t padded_channels(const Operand& image) {
  return static_cast<std::size_t>(image.layout.channel_blocks() * image.layout.block);
}

// factors and offsets: an entry a channel of src, padding included.
void add_affine(Builder& b, const Node& node, const Operand& src, BufferId factors,
                BufferId offsets) {
  const Operand dst = b.define_over(node.output(), node.input(0), src);
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().affine, from = src.layout, to = dst.layout](std::byte* const* o,
                                                                 kernels::ThreadPool& pool) {
        run({&from, o[0]}, {floats(o[1]), floats(o[2])}, {&to, o[3]}, pool);
      },
      {src.buffer, factors, offsets}, {dst.buffer},
      str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
}

// Of tensors that are no images, channels along dimension 1: a product, and a sum in its place.
void add_affine_of_any_rank(Builder& b, const Node& node, BufferId factors, BufferId offsets) {
  const Shape& shape = b.graph().type_of(node.output()).shape;
  Shape channels(shape.size(), 1);
  channels[1] = shape[1];
  const Joined joined = *join_dimensions(shape, channels);  // three dimensions at most
  const BufferId from = b.plain(node.input(0));
  const BufferId to = b.define_plain_over(node.output(), node.input(0));
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().broadcast, joined](std::byte* const* o, kernels::ThreadPool& pool) {
        kernels::Broadcast by = joined.part;
        by.data = floats(o[1]);
        run(kernels::BinaryKind::kMultiply, true, {&joined.result, o[0]}, by,
            {&joined.result, o[3]}, pool);
        by.data = floats(o[2]);
        run(kernels::BinaryKind::kAdd, true, {&joined.result, o[3]}, by, {&joined.result, o[3]},
            pool);
      },
      {from, factors, offsets}, {to}, to_string(shape));
}

std::string build_scale(Builder& b, const Node& node) {
  if (node.has_input(Scale::kScaleTensor)) return "a computed factor";
  const Scale& scale = *op_as<Scale>(node);
  const Operand src = image_of(b, node.input(0));
  const auto channels = static_cast<std::size_t>(src.layout.c);
  if (!b.affords(2 * sizeof(float) * channels)) return kNoRoom;
  const std::size_t room = padded_channels(src);
  add_affine(b, node, src, b.repeated(scale.factor(), channels, room),
             b.repeated(scale.offset(), channels, room));
  return {};
}

std::string build_batch_norm(Builder& b, const Node& node) {
  std::array<std::span<const float>, 5> statistics;
  for (int slot : {BatchNorm::kScale, BatchNorm::kBias, BatchNorm::kMean, BatchNorm::kVariance}) {
    const Tensor* constant = b.graph().constant(node.input(slot));
    if (!constant) return "computed statistics";
    statistics[static_cast<std::size_t>(slot)] = constant->values<const float>();
  }
  if (!b.affords(2 * statistics[BatchNorm::kScale].size_bytes())) return kNoRoom;
  const float epsilon = op_as<BatchNorm>(node)->epsilon();
  std::vector<float> factor, offset;
  for (std::size_t c = 0; c < statistics[BatchNorm::kScale].size(); ++c) {
    factor.push_back(statistics[BatchNorm::kScale][c] /
                     std::sqrt(statistics[BatchNorm::kVariance][c] + epsilon));
    offset.push_back(statistics[BatchNorm::kBias][c] -
                     statistics[BatchNorm::kMean][c] * factor.back());
  }
  if (!b.is_image(node.input(0))) {
    const BufferId factors = b.constant(std::move(factor)), offsets = b.constant(std::move(offset));
    add_affine_of_any_rank(b, node, factors, offsets);
    return {};
  }
  const Operand src = image_of(b, node.input(0));
  factor.resize(padded_channels(src));
  offset.resize(padded_channels(src));
  const BufferId factors = b.constant(std::move(factor)), offsets = b.constant(std::move(offset));
  add_affine(b, node, src, factors, offsets);
  return {};
}

// Two images of equal shape.
void add_binary(Builder& b, const Node& node, kernels::BinaryKind kind) {
  const Operand x = image_of(b, node.input(Elementwise::kX));
  const Operand y = b.in_layout(node.input(Elementwise::kY), x.layout.block);
  const Operand dst = b.define_over(node.output(), node.input(Elementwise::kX), x);
  kernels::ImageLayout xl = x.layout, yl = y.layout, to = dst.layout;
  lengthen_rows({&xl, &yl, &to});
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().binary, kind, xl, yl, to](std::byte* const* o, kernels::ThreadPool& pool) {
        run(kind, {&xl, o[0]}, {&yl, o[1]}, {&to, o[2]}, pool);
      },
      {x.buffer, y.buffer}, {dst.buffer}, str_cat(to_text(x.layout), " and ", to_text(y.layout)));
}

// Of a plain operand of rank 4 whose dimensions of 1 are repeated.
template <class Dims>
kernels::Broadcast strides_of(const Dims& dims) {
  const auto stride = [&](std::size_t dim, std::int64_t floats_apart) {
    return dims[dim] == 1 ? 0 : floats_apart;
  };
  return {nullptr, stride(0, dims[1] * dims[2] * dims[3]), stride(1, dims[2] * dims[3]),
          stride(2, dims[3]), stride(3, 1)};
}

// An image and a plain operand whose dimensions of 1 are repeated.
std::string add_broadcast(Builder& b, const Node& node, kernels::BinaryKind kind, ValueId whole,
                          ValueId part, const Shape& part_shape) {
  const Shape& shape = b.graph().type_of(node.output()).shape;
  const Operand x = image_of(b, whole);
  const std::optional<Joined> joined = join_dimensions(shape, part_shape);
  if (shape.size() != 4 && !joined) return "an operand is repeated along too many dimensions";
  const BufferId y = b.plain(part);
  const Operand dst = b.define_over(node.output(), whole, x);
  const bool first = whole == node.input(Elementwise::kX);
  const bool plain = joined && x.layout.is_plain() && dst.layout.is_plain();
  const kernels::ImageLayout from = plain ? joined->result : x.layout,
                             to = plain ? joined->result : dst.layout;
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().broadcast, kind, first, from, to,
       strides = plain ? joined->part : strides_of(part_shape)](std::byte* const* o,
                                                                kernels::ThreadPool& pool) {
        kernels::Broadcast other = strides;
        other.data = floats(o[1]);
        run(kind, first, {&from, o[0]}, other, {&to, o[2]}, pool);
      },
      {x.buffer, y}, {dst.buffer}, str_cat(to_text(x.layout), " and ", part_shape));
  return {};
}

std::string build_elementwise(Builder& b, const Node& node) {
  const Elementwise& op = *op_as<Elementwise>(node);
  const ValueId x = node.input(Elementwise::kX), y = node.input(Elementwise::kY);
  if (!op.function().has_vector) return "a function without a formula for vectors";
  const Shape& dst = b.graph().type_of(node.output()).shape;
  // By its own shape: one that is aligned to the result's by dimensions of 1 has another layout.
  const bool x_is_whole = b.graph().type_of(x).shape == dst,
             y_is_whole = b.graph().type_of(y).shape == dst;
  if (x_is_whole && y_is_whole) {
    add_binary(b, node, op.kind());
    return {};
  }
  const auto aligned = op.align(b.graph().type_of(x).shape, b.graph().type_of(y).shape);
  if (x_is_whole) return add_broadcast(b, node, op.kind(), x, y, aligned->y);
  if (y_is_whole) return add_broadcast(b, node, op.kind(), y, x, aligned->x);
  return "no operand has the shape of the result";
}

std::string build_prelu(Builder& b, const Node& node) {
  const ValueId x = node.input(Prelu::kX), alpha = node.input(Prelu::kAlpha);
  const Operand src = image_of(b, x);
  const BufferId factors = b.plain(alpha);
  const Operand dst = b.define_over(node.output(), x, src);
  const auto dims = op_as<Prelu>(node)->alpha_dims(b.graph().type_of(x).shape);
  b.add_step(
      node, "prelu", std::string(b.ops().set.name),
      [run = b.ops().prelu, from = src.layout, strides = strides_of(dims), to = dst.layout](
          std::byte* const* o, kernels::ThreadPool& pool) {
        kernels::Broadcast other = strides;
        other.data = floats(o[1]);
        run({&from, o[0]}, other, {&to, o[2]}, pool);
      },
      {src.buffer, factors}, {dst.buffer},
      str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
  return {};
}

std::string build_pool2d(Builder& b, const Node& node) {
  const Operand src = image_of(b, node.input(0));
  const Operand dst = b.define(node.output(), src.layout.block);
  const kernels::Pool2dParams p = op_as<Pool2d>(node)->params(
      b.graph().type_of(node.input(0)).shape, b.graph().type_of(node.output()).shape);
  b.add_step(
      node, "pool2d", std::string(b.ops().set.name),
      [run = b.ops().pool2d, p, from = src.layout, to = dst.layout](std::byte* const* o,
                                                                    kernels::ThreadPool& pool) {
        run(p, {&from, o[0]}, {&to, o[1]}, pool);
      },
      {src.buffer}, {dst.buffer}, str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
  return {};
}

// Between convolutions on tiles.
void add_bf16_interp(Builder& b, const Node& node,
                     std::shared_ptr<const kernels::InterpTaps> taps) {
  using kernels::kBlockOfChannels;
  const kernels::ElementType element = b.element_of(node.output());
  const Operand src = b.in_layout(node.input(0), kBlockOfChannels, {}, element);
  const Operand dst = b.define(node.output(), kBlockOfChannels, element);
  const kernels::Bf16ImageOps& ops = b.bf16_ops();
  b.add_step(
      node, std::string(node.op->type().name), std::string(ops.set.name),
      [run = ops.interp, taps = std::move(taps), from = src.layout, to = dst.layout,
       centre = b.bf16_values().centres[node.output()]](std::byte* const* o,
                                                        kernels::ThreadPool& pool) {
        run(*taps, {&from, o[0]}, {&to, o[1]}, centre ? centre->data() : nullptr, pool);
      },
      {src.buffer}, {dst.buffer}, str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
}

std::string build_interp(Builder& b, const Node& node) {
  if (!resizes_by_taps(node)) return "a computed size";
  const kernels::InterpParams p = op_as<Interp>(node)->params(
      b.graph().type_of(node.input(0)).shape, b.graph().type_of(node.output()).shape);
  if (!b.affords(2 * sizeof(kernels::InterpTap) * static_cast<std::size_t>(p.oh + p.ow)))
    return kNoRoom;
  const auto taps = std::make_shared<const kernels::InterpTaps>(kernels::InterpTaps{
      kernels::interp_rows(p), kernels::interp_columns(p), kernels::interp_only_moves(p)});
  if (b.element_of(node.output()) != kernels::ElementType::kF32) {
    add_bf16_interp(b, node, taps);
    return {};
  }
  Operand src = image_of(b, node.input(0));
  // Into blocks before there are more pixels to be moved.
  if (src.layout.block == 1 && b.is_wanted_in_blocks(node.output()) && p.oh * p.ow >= p.ih * p.iw)
    src = b.in_layout(node.input(0), b.ops().block);
  const Operand dst = b.define(node.output(), src.layout.block);
  constexpr std::int64_t kLine = 16;
  const std::int64_t row = kernels::rounded_up(src.layout.w, kLine);
  const BufferId scratch = b.scratch(static_cast<std::size_t>(row * b.options().threads));
  b.add_step(
      node, std::string(node.op->type().name), std::string(b.ops().set.name),
      [run = b.ops().interp, taps, from = src.layout, to = dst.layout](std::byte* const* o,
                                                                       kernels::ThreadPool& pool) {
        run(*taps, {&from, o[0]}, {&to, o[1]}, floats(o[2]), pool);
      },
      {src.buffer}, {dst.buffer, scratch},
      str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
  return {};
}

// Over channels, where no convolution could take the parts as its sources.
std::string build_concat(Builder& b, const Node& node) {
  if (node.has_input(Concat::kAxisTensor)) return "a computed axis";
  if (op_as<Concat>(node)->axis(4) != 1) return "not over channels";
  const std::size_t count = node.inputs[Concat::kX].size();
  if (!b.affords(count * (sizeof(Operand) + 2 * sizeof(kernels::ImageLayout)))) return kNoRoom;
  std::vector<Operand> parts;
  bool planar = true;
  for (ValueId id : node.inputs[Concat::kX]) {
    parts.push_back(image_of(b, id));
    planar = planar && parts.back().layout.block == 1;
  }
  const Operand dst = b.define(node.output(), planar ? 1 : b.ops().block);
  std::vector<kernels::ImageLayout> layouts;
  std::vector<BufferId> reads;
  for (const Operand& part : parts) {
    layouts.push_back(part.layout);
    reads.push_back(part.buffer);
  }
  b.add_step(
      node, "concat", std::string(b.ops().set.name),
      [layouts, to = dst.layout](std::byte* const* o, kernels::ThreadPool& pool) {
        std::byte* out = o[layouts.size()];
        kernels::zero_halo(to, out, pool);
        std::int64_t first = 0;
        for (std::size_t i = 0; i < layouts.size(); ++i) {
          kernels::copy_channels(layouts[i], o[i], to, out, first, pool);
          first += layouts[i].c;
        }
      },
      std::move(reads), {dst.buffer}, str_cat(layouts.size(), " -> ", to_text(dst.layout)));
  return {};
}

constexpr struct {
  std::string_view op;
  NodeBuilder build;
  bool of_any_rank = false;
} kBuilders[] = {
    {"arg_max", build_arg_extreme, true},
    {"arg_min", build_arg_extreme, true},
    {"batch_norm", build_batch_norm, true},
    {"bilinear_interp", build_interp},
    {"bilinear_interp_v2", build_interp},
    {"concat", build_concat},
    {"conv2d", build_conv2d},
    {"conv2d_transpose", build_conv2d_transpose},
    {"depthwise_conv2d", build_convolution},
    {"depthwise_conv2d_transpose", build_conv2d_transpose},
    {"dropout", build_scale, true},
    {"einsum", build_einsum, true},
    {"fused_conv2d", build_convolution},
    {"group_norm", build_normalization, true},
    {"increment", build_scale, true},
    {"instance_norm", build_normalization, true},
    {"layer_norm", build_normalization, true},
    {"log_softmax", build_softmax, true},
    {"matmul", build_matmul, true},
    {"matmul_v2", build_matmul, true},
    {"mul", build_mul, true},
    {"nearest_interp", build_interp},
    {"nearest_interp_v2", build_interp},
    {"pool2d", build_pool2d},
    {"prelu", build_prelu},
    {"scale", build_scale, true},
    {"softmax", build_softmax, true},
};

}  // namespace

NodeBuilding find_node_builder(const Operator& op) {
  if (dynamic_cast<const Unary*>(&op)) return {build_unary, true};
  if (dynamic_cast<const Elementwise*>(&op)) return {build_elementwise, true};
  for (const auto& entry : kBuilders) {
    if (entry.op == op.type().name) return {entry.build, entry.of_any_rank};
  }
  return {};
}

bool has_node_builder(const OpType& type) {
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions) {
    if (&unary_type(function.kind) == &type) return function.has_vector;
  }
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions) {
    if (&binary_type(function.kind) == &type) return function.has_vector;
  }
  return std::any_of(std::begin(kBuilders), std::end(kBuilders),
                     [&](const auto& entry) { return entry.op == type.name; });
}

}  // namespace u2net::engine::native
