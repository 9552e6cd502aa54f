// SPDX-License-Identifier: Apache-2.0
// One builder an operator: which primitive it becomes, or why none.
#include <algorithm>
#include <array>
#include <optional>

#include "engine/backends/onednn/onednn_builder.h"
#include "engine/backends/onednn/onednn_maths.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/concat.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"

namespace u2net::engine::onednn {
namespace {

// How much more than its own elements a padded operand may cost before it is made plain: pooling
// and resampling have fast implementations for padded blocks, element-wise primitives only slow
// ones.
constexpr double kPaddingIsCheap = 2, kPaddingIsSlow = 1;

constexpr const char* kNoRoom =
    "its weights or tables do not fit into the memory that planning may take";

// How the residual of a convolution is added: not at all, in its own memory, from a copy of it that
// lies where the result will, as a second operand.
enum class ResidualBy { kNone, kSum, kCopiedSum, kBinary };

struct ConvolutionPlan {
  dnnl::convolution_forward::primitive_desc pd;
  ResidualBy residual;
};

// The functions that oneDNN has; the others run on the reference kernel.
struct UnaryAlgorithm {
  kernels::UnaryKind kind;
  dnnl::algorithm algorithm;
  float alpha = 0, beta = 0;
};
constexpr UnaryAlgorithm kUnaryAlgorithms[] = {
    {kernels::UnaryKind::kRelu, dnnl::algorithm::eltwise_relu},
    {kernels::UnaryKind::kSigmoid, dnnl::algorithm::eltwise_logistic},
    {kernels::UnaryKind::kTanh, dnnl::algorithm::eltwise_tanh},
    {kernels::UnaryKind::kHardSwish, dnnl::algorithm::eltwise_hardswish, 1.0F / 6, 0.5F},
};

const UnaryAlgorithm* algorithm_of(kernels::UnaryKind kind) {
  for (const UnaryAlgorithm& row : kUnaryAlgorithms) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

dnnl::primitive_attr convolution_attributes(const Builder& b, const Conv2d& conv, ResidualBy by,
                                            const memory::desc& residual) {
  dnnl::primitive_attr attr = b.attributes();
  dnnl::post_ops ops;
  const auto activate = [&] {
    const UnaryAlgorithm& row = *algorithm_of(conv.activation->kind);
    append_eltwise(ops, row.algorithm, row.alpha, row.beta);
  };
  if (conv.relu) append_relu(ops);
  if (conv.activation && !conv.activation_after_residual) activate();
  if (by == ResidualBy::kSum || by == ResidualBy::kCopiedSum) ops.append_sum(1.0F);
  if (by == ResidualBy::kBinary) ops.append_binary(dnnl::algorithm::binary_add, residual);
  if (conv.relu_after_residual) append_relu(ops);
  if (conv.activation && conv.activation_after_residual) activate();
  attr.set_post_ops(ops);
  return attr;
}

// oihw, or goihw where there are groups.
memory::dims weight_dims(const kernels::Conv2dParams& p) {
  if (p.groups == 1) return {p.oc, p.ic, p.kh, p.kw};
  return {p.groups, p.oc / p.groups, p.ic / p.groups, p.kh, p.kw};
}

ConvolutionSpec convolution_spec(Builder& b, const Node& node, const kernels::Conv2dParams& p) {
  const auto pad_end = [](std::int64_t out, std::int64_t stride, std::int64_t kernel,
                          std::int64_t dilation, std::int64_t in, std::int64_t pad_begin) {
    return (out - 1) * stride + (kernel - 1) * dilation + 1 - in - pad_begin;
  };
  const auto f32 = memory::data_type::f32, element = b.bf16() ? memory::data_type::bf16 : f32;
  return {.src = b.any_layout(node.input(Conv2d::kSrc), element),
          .weights = {weight_dims(p), element, memory::format_tag::any},
          .bias = {{p.oc}, f32, memory::format_tag::x},
          .dst = b.any_layout(node.output(), element),
          .has_bias = node.has_input(Conv2d::kBias),
          .strides = {p.stride_h, p.stride_w},
          .dilations = {p.dilation_h - 1, p.dilation_w - 1},
          .pad_begin = {p.pad_top, p.pad_left},
          .pad_end = {pad_end(p.oh, p.stride_h, p.kh, p.dilation_h, p.ih, p.pad_top),
                      pad_end(p.ow, p.stride_w, p.kw, p.dilation_w, p.iw, p.pad_left)}};
}

bool is_reference(const char* implementation) {
  return std::string_view(implementation).starts_with("ref");
}

// oneDNN 2.6 adds the wrong elements of a second operand to results one column wide where there are
// groups: brdgmm_dw behind the first 16 channels, gemm:jit from its layouts in blocks of 8.
bool second_operand_is_wrong(const kernels::Conv2dParams& p) { return p.groups > 1 && p.ow == 1; }

// The residual in a result that `chosen`, the convolution without one, would have. oneDNN lacks
// some of its fast implementations for a second operand, others for a sum (3x3 with stride 2 padded
// on one side alone took its plain reference, a thousand times as long): the first that is fast,
// and of slow ones the first.
ConvolutionPlan add_residual(Builder& b, const Conv2d& conv, const kernels::Conv2dParams& p,
                             ConvolutionSpec spec, const memory::desc& layout) {
  spec.dst = layout;
  std::optional<ConvolutionPlan> slow;
  for (const ResidualBy by : {ResidualBy::kBinary, ResidualBy::kCopiedSum}) {
    if (by == ResidualBy::kBinary && second_operand_is_wrong(p)) continue;
    try {
      ConvolutionPlan plan{
          make_convolution(b.engine(), spec, convolution_attributes(b, conv, by, spec.dst), 0), by};
      if (!is_reference(plan.pd.impl_info_str())) return plan;
      if (!slow) slow = std::move(plan);
    } catch (const dnnl::error& e) {  // oneDNN has no such combination
      check_memory(e.status);
    }
  }
  if (!slow) throw dnnl::error(dnnl_unimplemented, "it has no implementation with a residual");
  return *slow;
}

// The residual in the convolution's own output (no memory traffic of its own) where nobody else
// reads it any more; else added to the result. `any` layouts let oneDNN choose.
ConvolutionPlan plan_convolution(Builder& b, const Node& node, const Conv2d& conv,
                                 const kernels::Conv2dParams& p, ConvolutionSpec spec) {
  if (!node.has_input(Conv2d::kResidual)) {
    return {make_convolution(b.engine(), spec,
                             convolution_attributes(b, conv, ResidualBy::kNone, {}), b.rank()),
            ResidualBy::kNone};
  }
  const Place residual = b.produced(node.input(Conv2d::kResidual));
  if (b.may_overwrite(residual.buffer) && !b.bf16()) {
    ConvolutionSpec fixed = spec;
    fixed.dst = residual.layout;
    try {
      auto pd = make_convolution(b.engine(), fixed,
                                 convolution_attributes(b, conv, ResidualBy::kSum, {}), b.rank());
      if (!is_reference(pd.impl_info_str())) return {pd, ResidualBy::kSum};
    } catch (const dnnl::error& e) {  // oneDNN has no such combination: the second way
      check_memory(e.status);
    }
  }
  const auto chosen = make_convolution(
      b.engine(), spec, convolution_attributes(b, conv, ResidualBy::kNone, {}), b.rank());
  return add_residual(b, conv, p, spec, chosen.dst_desc());
}

std::string build_convolution(Builder& b, const Node& node) {
  const Conv2d& conv = *op_as<Conv2d>(node);
  const ValueId src = node.input(Conv2d::kSrc), filter = node.input(Conv2d::kFilter),
                bias = node.input(Conv2d::kBias);
  if (!b.graph().constant(filter)) return "the filter is not a constant";
  if (conv.activation && (!algorithm_of(conv.activation->kind) ||
                          conv.activation->parameters != default_parameters(conv.activation->kind)))
    return "an activation that oneDNN lacks";
  if (node.has_input(Conv2d::kBias) && !b.graph().constant(bias))
    return "the bias is not a constant";
  const kernels::Conv2dParams p =
      conv.params(b.graph().type_of(src).shape, b.graph().type_of(filter).shape,
                  b.graph().type_of(node.output()).shape);
  const ConvolutionSpec spec = convolution_spec(b, node, p);
  const ConvolutionPlan plan = plan_convolution(b, node, conv, p, spec);
  const memory::desc plain_weights = Builder::plain_layout(weight_dims(p));
  if (!b.affords_packed(filter, plain_weights, plan.pd.weights_desc())) return kNoRoom;
  const Place in = b.in_layout(src, plan.pd.src_desc());
  std::vector<Operand> reads = {{DNNL_ARG_SRC, in.layout, in.buffer},
                                {DNNL_ARG_WEIGHTS, plan.pd.weights_desc(),
                                 b.packed_constant(filter, plain_weights, plan.pd.weights_desc())}};
  if (spec.has_bias)
    reads.push_back({DNNL_ARG_BIAS, spec.bias, b.packed_constant(bias, spec.bias, spec.bias)});
  const memory::desc layout = plan.pd.dst_desc();
  const ValueId residual = node.input(Conv2d::kResidual), result = node.output();
  BufferId out = kNoBuffer;
  if (plan.residual == ResidualBy::kSum) {
    out = b.produced(residual).buffer;
    b.define_in(result, layout, out);
  } else {
    if (plan.residual == ResidualBy::kBinary) {
      const Place operand = b.in_layout(residual, layout);
      const int position = (conv.relu ? 1 : 0) +  // among the post-ops
                           (conv.activation && !conv.activation_after_residual ? 1 : 0);
      reads.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1, operand.layout,
                       operand.buffer});
    }
    out = b.define(result, layout);
    if (plan.residual == ResidualBy::kCopiedSum)
      b.add_reorder(residual, b.produced(residual), {layout, out}, &node);
  }
  b.add_primitive(node, "conv2d", dnnl::convolution_forward(plan.pd), plan.pd.scratchpad_desc(),
                  plan.pd.impl_info_str(), std::move(reads), {DNNL_ARG_DST, layout, out});
  if (b.bf16()) b.decide(node, {.rounding = {.element = kernels::ElementType::kBf16}});
  return {};
}

std::string build_pooling(Builder& b, const Node& node) {
  const ValueId src = node.input(0);
  kernels::Pool2dParams p = op_as<Pool2d>(node)->params(b.graph().type_of(src).shape,
                                                        b.graph().type_of(node.output()).shape);
  if (p.adaptive) {
    if (p.ih % p.oh != 0 || p.iw % p.ow != 0) return "adaptive windows of different sizes";
    p.kh = p.stride_h = p.ih / p.oh;
    p.kw = p.stride_w = p.iw / p.ow;
    p.pad_top = p.pad_left = 0;
  }
  const std::int64_t end_h =
      std::max<std::int64_t>((p.oh - 1) * p.stride_h + p.kh - p.ih - p.pad_top, 0);
  const std::int64_t end_w =
      std::max<std::int64_t>((p.ow - 1) * p.stride_w + p.kw - p.iw - p.pad_left, 0);
  if (p.pad_top >= p.kh || p.pad_left >= p.kw || end_h >= p.kh || end_w >= p.kw)
    return "a window without samples";
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  if (p.kind == kernels::PoolKind::kAverage) {
    const bool exclusive = p.exclusive || p.adaptive;
    // Paddle divides by the window clipped to the leading padding behind; oneDNN by the whole
    // window.
    if (!exclusive && (end_h > p.pad_top || end_w > p.pad_left))
      return "an average over a window that is cut off";
    algorithm = exclusive ? dnnl::algorithm::pooling_avg_exclude_padding
                          : dnnl::algorithm::pooling_avg_include_padding;
  }
  const Place in = b.unpadded(src, kPaddingIsCheap);
  const auto pd = make_pooling(b.engine(),
                               {.algorithm = algorithm,
                                .src = in.layout,
                                .dst = b.any_layout(node.output()),
                                .strides = {p.stride_h, p.stride_w},
                                .kernel = {p.kh, p.kw},
                                .pad_begin = {p.pad_top, p.pad_left},
                                .pad_end = {end_h, end_w}},
                               b.attributes(), b.rank());
  b.add_primitive(node, "pool2d", dnnl::pooling_forward(pd), pd.scratchpad_desc(),
                  pd.impl_info_str(), {{DNNL_ARG_SRC, in.layout, in.buffer}},
                  {DNNL_ARG_DST, pd.dst_desc(), b.define(node.output(), pd.dst_desc())});
  return {};
}

// oneDNN samples at (k + 0.5) * in / out - 0.5 and, for nearest, rounds that to the nearest sample.
std::string build_resampling(Builder& b, const Node& node) {
  for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) {
    if (!node.inputs[slot].empty()) return "the size or scale is computed at run time";
  }
  const ValueId src = node.input(Interp::kX);
  const kernels::InterpParams p = op_as<Interp>(node)->params(
      b.graph().type_of(src).shape, b.graph().type_of(node.output()).shape);
  const auto ratio_is_sizes = [](float ratio, std::int64_t in, std::int64_t out) {
    return out > 1 ? ratio == static_cast<float>(in) / static_cast<float>(out) : in == 1;
  };
  if (!ratio_is_sizes(p.ratio_h, p.ih, p.oh) || !ratio_is_sizes(p.ratio_w, p.iw, p.ow)) {
    return "the sampling ratio is not that of the sizes";
  }
  dnnl::algorithm algorithm = dnnl::algorithm::resampling_linear;
  if (p.kind == kernels::InterpKind::kNearest) {
    if (p.rounding != kernels::NearestRounding::kByAlignment) return "a rounding of its own";
    if (p.align_corners || p.oh % p.ih != 0 || p.ow % p.iw != 0)
      return "nearest with other than whole factors";
    algorithm = dnnl::algorithm::resampling_nearest;
  } else if (!p.half_pixel) {
    return "bilinear without half-pixel centres";
  }
  // The primitive keeps where each sample comes from, and how much of it.
  constexpr std::size_t kTableEntryBytes = 64;
  if (!b.affords(kTableEntryBytes * static_cast<std::size_t>(p.oh + p.ow))) return kNoRoom;
  const Place in = b.unpadded(src, kPaddingIsCheap);
  const auto pd = make_resampling(b.engine(), algorithm, in.layout, b.any_layout(node.output()),
                                  b.attributes(), b.rank());
  b.add_primitive(node, std::string(node.op->type().name), dnnl::resampling_forward(pd),
                  pd.scratchpad_desc(), pd.impl_info_str(), {{DNNL_ARG_SRC, in.layout, in.buffer}},
                  {DNNL_ARG_DST, pd.dst_desc(), b.define(node.output(), pd.dst_desc())});
  return {};
}

std::string build_concat(Builder& b, const Node& node) {
  if (node.has_input(Concat::kAxisTensor)) return "the axis is computed at run time";
  if (b.rank() > 0) return "it has no more implementations";
  if (b.join_in_place(node)) return {};
  constexpr std::size_t kNumbers = DNNL_ARG_MULTIPLE_DST - DNNL_ARG_MULTIPLE_SRC;
  if (node.inputs[Concat::kX].size() > kNumbers) return "more parts than oneDNN has numbers for";
  std::vector<memory::desc> sources;
  std::vector<Operand> reads;
  for (ValueId part : node.inputs[Concat::kX]) {
    const Place h = b.unpadded(part, kPaddingIsSlow);
    sources.push_back(h.layout);
    reads.push_back({DNNL_ARG_MULTIPLE_SRC + static_cast<int>(reads.size()), h.layout, h.buffer});
  }
  const auto pd = make_concat(b.engine(), op_as<Concat>(node)->axis(4), sources, b.attributes());
  b.add_primitive(node, "concat", dnnl::concat(pd), pd.scratchpad_desc(), pd.impl_info_str(),
                  std::move(reads),
                  {DNNL_ARG_DST, pd.dst_desc(), b.define(node.output(), pd.dst_desc())});
  return {};
}

// The functions of two operands that oneDNN has; the others run on the reference kernel.
constexpr struct {
  kernels::BinaryKind kind;
  dnnl::algorithm algorithm;
} kBinaryAlgorithms[] = {
    {kernels::BinaryKind::kAdd, dnnl::algorithm::binary_add},
    {kernels::BinaryKind::kDivide, dnnl::algorithm::binary_div},
    {kernels::BinaryKind::kMultiply, dnnl::algorithm::binary_mul},
    {kernels::BinaryKind::kSubtract, dnnl::algorithm::binary_sub},
};

dnnl::algorithm binary_algorithm(kernels::BinaryKind kind) {
  for (const auto& row : kBinaryAlgorithms) {
    if (row.kind == kind) return row.algorithm;
  }
  return dnnl::algorithm::undef;
}

std::string build_binary(Builder& b, const Node& node) {
  const Elementwise& op = *op_as<Elementwise>(node);
  const dnnl::algorithm algorithm = binary_algorithm(op.kind());
  if (algorithm == dnnl::algorithm::undef) return "a function that oneDNN lacks";
  ValueId x = node.input(0), y = node.input(1);
  const std::optional<Elementwise::Aligned> aligned =
      op.align(b.graph().type_of(x).shape, b.graph().type_of(y).shape);
  Shape small = aligned->y;
  if (aligned->x != aligned->dst) {
    if (!op.function().commutes) return "the first operand is broadcast";
    std::swap(x, y);
    small = aligned->x;
  }
  if (b.graph().type_of(x).shape != aligned->dst) return "both operands are broadcast";
  const Place big = b.unpadded(x, kPaddingIsSlow);
  // An operand of x's shape in x's layout, else plain at x's rank.
  const bool same = b.graph().type_of(y).shape == aligned->dst;
  const memory::desc layout = same ? big.layout : Builder::plain_layout(small);
  const BufferId other = same ? b.in_layout(y, layout).buffer : b.plain(y);
  const auto pd =
      make_binary(b.engine(), algorithm, big.layout, layout, big.layout, b.attributes(), b.rank());
  b.add_primitive(node, std::string(node.op->type().name), dnnl::binary(pd), pd.scratchpad_desc(),
                  pd.impl_info_str(),
                  {{DNNL_ARG_SRC_0, big.layout, big.buffer}, {DNNL_ARG_SRC_1, layout, other}},
                  {DNNL_ARG_DST, big.layout, b.define(node.output(), big.layout)});
  return {};
}

std::string build_eltwise(Builder& b, const Node& node, dnnl::algorithm algorithm, float alpha,
                          float beta) {
  const Place in = b.unpadded(node.input(0), kPaddingIsSlow);
  const auto pd =
      make_eltwise(b.engine(), algorithm, in.layout, alpha, beta, b.attributes(), b.rank());
  BufferId out = in.buffer;
  if (b.may_overwrite(in.buffer)) {
    b.define_in(node.output(), in.layout, out);
  } else {
    out = b.define(node.output(), in.layout);
  }
  b.add_primitive(node, std::string(node.op->type().name), dnnl::eltwise_forward(pd),
                  pd.scratchpad_desc(), pd.impl_info_str(), {{DNNL_ARG_SRC, in.layout, in.buffer}},
                  {DNNL_ARG_DST, in.layout, out});
  return {};
}

std::string build_unary(Builder& b, const Node& node) {
  const Unary& op = *op_as<Unary>(node);
  const UnaryAlgorithm* row = algorithm_of(op.kind());
  if (!row) return "a function that oneDNN lacks";
  if (op.parameters() != default_parameters(op.kind())) return "other parameters than oneDNN's";
  return build_eltwise(b, node, row->algorithm, row->alpha, row->beta);
}

std::string build_scale(Builder& b, const Node& node) {
  if (node.has_input(Scale::kScaleTensor)) return "the factor is computed at run time";
  const Scale& op = *op_as<Scale>(node);
  return build_eltwise(b, node, dnnl::algorithm::eltwise_linear, op.factor(), op.offset());
}

std::string build_batch_norm(Builder& b, const Node& node) {
  const Place in = b.unpadded(node.input(BatchNorm::kSrc), kPaddingIsCheap);
  const auto pd = make_batch_norm(b.engine(), in.layout, op_as<BatchNorm>(node)->epsilon(),
                                  b.attributes(), b.rank());
  const memory::desc channels({b.dims(node.input(0))[1]}, memory::data_type::f32,
                              memory::format_tag::x);
  constexpr std::array kArguments = {DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN,
                                     DNNL_ARG_VARIANCE};
  std::vector<Operand> reads = {{DNNL_ARG_SRC, in.layout, in.buffer}};
  for (int slot = BatchNorm::kScale; slot <= BatchNorm::kVariance; ++slot) {
    reads.push_back({kArguments[slot], channels, b.plain(node.input(slot))});
  }
  b.add_primitive(node, "batch_norm", dnnl::batch_normalization_forward(pd), pd.scratchpad_desc(),
                  pd.impl_info_str(), std::move(reads),
                  {DNNL_ARG_DST, in.layout, b.define(node.output(), in.layout)});
  return {};
}

constexpr struct {
  std::string_view op;
  NodeBuilder build;
  bool of_any_rank = false;
} kBuilders[] = {
    {"conv2d", build_convolution},
    {"depthwise_conv2d", build_convolution},
    {"conv2d_transpose", build_deconvolution},
    {"depthwise_conv2d_transpose", build_deconvolution},
    {"matmul", build_matmul, true},
    {"matmul_v2", build_matmul, true},
    {"softmax", build_softmax, true},
    {"pool2d", build_pooling},
    {"bilinear_interp", build_resampling},
    {"bilinear_interp_v2", build_resampling},
    {"nearest_interp", build_resampling},
    {"nearest_interp_v2", build_resampling},
    {"concat", build_concat},
    {"scale", build_scale},
    {"dropout", build_scale},
    {"increment", build_scale},
    {"batch_norm", build_batch_norm},
};

}  // namespace

NodeBuilding find_node_builder(const Operator& op) {
  if (dynamic_cast<const Unary*>(&op)) return {build_unary};
  if (dynamic_cast<const Elementwise*>(&op)) return {build_binary};
  for (const auto& entry : kBuilders) {
    if (entry.op == op.type().name) return {entry.build, entry.of_any_rank};
  }
  return {};
}

bool has_node_builder(const OpType& type) {
  const auto has = [&](const auto& rows, const auto& fits) {
    return std::any_of(std::begin(rows), std::end(rows), fits);
  };
  return has(kUnaryAlgorithms, [&](const auto& row) { return &unary_type(row.kind) == &type; }) ||
         has(kBinaryAlgorithms, [&](const auto& row) { return &binary_type(row.kind) == &type; }) ||
         has(kBuilders, [&](const auto& row) { return row.op == type.name; });
}

}  // namespace u2net::engine::onednn
