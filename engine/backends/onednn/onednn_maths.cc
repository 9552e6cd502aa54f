// SPDX-License-Identifier: Apache-2.0
// Softmax, products of matrices and transposed convolutions.
#include "engine/backends/onednn/onednn_maths.h"

#include "engine/ops/axis.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/matmul.h"
#include "engine/ops/softmax.h"

namespace u2net::engine::onednn {
namespace {

constexpr auto kF32 = memory::data_type::f32;

dnnl::softmax_forward::primitive_desc make_softmax(const dnnl::engine& engine,
                                                   const memory::desc& layout, int axis,
                                                   const dnnl::primitive_attr& attr, int rank) {
  using Desc = dnnl::softmax_forward::primitive_desc;
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  constexpr auto kAlgorithm = dnnl::algorithm::softmax_accurate;
  return ranked([&] { return Desc(engine, kKind, kAlgorithm, layout, layout, axis, attr); }, rank);
#else
  const dnnl::softmax_forward::desc desc(kKind, layout, axis);
  return ranked([&] { return Desc(desc, attr, engine); }, rank);
#endif
}

dnnl::matmul::primitive_desc make_matmul(const dnnl::engine& engine, const memory::desc& x,
                                         const memory::desc& y, const memory::desc& dst,
                                         const dnnl::primitive_attr& attr, int rank) {
#if DNNL_VERSION_MAJOR >= 3
  return ranked([&] { return dnnl::matmul::primitive_desc(engine, x, y, dst, attr); }, rank);
#else
  const dnnl::matmul::desc desc(x, y, dst);
  return ranked([&] { return dnnl::matmul::primitive_desc(desc, attr, engine); }, rank);
#endif
}

struct DeconvolutionSpec {
  memory::desc src, weights, dst;
  memory::dims strides, dilations, pad_begin, pad_end;
};

dnnl::deconvolution_forward::primitive_desc make_deconvolution(const dnnl::engine& engine,
                                                               const DeconvolutionSpec& s,
                                                               const dnnl::primitive_attr& attr,
                                                               int rank) {
  using Deconvolution = dnnl::deconvolution_forward;
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::deconvolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return ranked(
      [&] {
        return Deconvolution::primitive_desc(engine, kKind, kAlgorithm, s.src, s.weights, s.dst,
                                             s.strides, s.dilations, s.pad_begin, s.pad_end, attr);
      },
      rank);
#else
  const Deconvolution::desc desc(kKind, kAlgorithm, s.src, s.weights, s.dst, s.strides, s.dilations,
                                 s.pad_begin, s.pad_end);
  return ranked([&] { return Deconvolution::primitive_desc(desc, attr, engine); }, rank);
#endif
}

}  // namespace

// log_softmax is not among them: oneDNN does not cut its results off as Paddle does.
std::string build_softmax(Builder& b, const Node& node) {
  const ValueId src = node.input(0);
  const auto axis =
      static_cast<int>(dimension_of(op_as<Softmax>(node)->axis(), b.graph().type_of(src).shape));
  const memory::desc layout = b.plain_layout(src);
  const auto pd = make_softmax(b.engine(), layout, axis, b.attributes(), b.rank());
  const BufferId in = b.plain(src);
  b.add_primitive(node, "softmax", dnnl::softmax_forward(pd), pd.scratchpad_desc(),
                  pd.impl_info_str(), {{DNNL_ARG_SRC, layout, in}},
                  {DNNL_ARG_DST, layout, b.define(node.output(), layout)});
  return {};
}

// All operands plain, seen as [batch ...][rows][columns] by their strides.
std::string build_matmul(Builder& b, const Node& node) {
  const ValueId x = node.input(MatMul::kX), y = node.input(MatMul::kY);
  const kernels::MatMulParams p =
      op_as<MatMul>(node)->params(b.graph().type_of(x).shape, b.graph().type_of(y).shape);
  if (p.alpha != 1) return "a factor";
  const auto layout = [&p](const kernels::MatMulParams::Batch& steps, std::int64_t rows,
                           std::int64_t columns, std::int64_t row, std::int64_t column) {
    memory::dims dims, strides;
    for (int i = 0; i < p.batch_rank; ++i) {
      dims.push_back(steps[i] == 0 ? 1 : p.batch[i]);
      strides.push_back(steps[i] == 0 ? rows * columns : steps[i]);
    }
    dims.insert(dims.end(), {rows, columns});
    strides.insert(strides.end(), {row, column});
    return memory::desc(dims, kF32, strides);
  };
  Shape result(p.batch.begin(), p.batch.begin() + p.batch_rank);
  result.insert(result.end(), {p.m, p.n});
  const memory::desc x_layout = layout(p.x_batch, p.m, p.k, p.x_row, p.x_column),
                     y_layout = layout(p.y_batch, p.k, p.n, p.y_row, p.y_column),
                     dst_layout = Builder::plain_layout(result);
  const auto pd = make_matmul(b.engine(), x_layout, y_layout, dst_layout, b.attributes(), b.rank());
  const BufferId x_buffer = b.plain(x), y_buffer = b.plain(y);
  b.add_primitive(
      node, "matmul", dnnl::matmul(pd), pd.scratchpad_desc(), pd.impl_info_str(),
      {{DNNL_ARG_SRC, x_layout, x_buffer}, {DNNL_ARG_WEIGHTS, y_layout, y_buffer}},
      {DNNL_ARG_DST, dst_layout, b.define(node.output(), b.plain_layout(node.output()))});
  return {};
}

std::string build_deconvolution(Builder& b, const Node& node) {
  const Conv2dTranspose& op = *op_as<Conv2dTranspose>(node);
  const ValueId src = node.input(Conv2dTranspose::kSrc),
                filter = node.input(Conv2dTranspose::kFilter);
  if (!b.graph().constant(filter)) return "the filter is not a constant";
  if (node.has_input(Conv2dTranspose::kBias)) return "a bias";
  const kernels::Conv2dTransposeParams p =
      op.params(b.graph().type_of(src).shape, b.graph().type_of(filter).shape,
                b.graph().type_of(node.output()).shape);
  const auto pad_end = [](std::int64_t in, std::int64_t stride, std::int64_t kernel,
                          std::int64_t dilation, std::int64_t pad_begin, std::int64_t out) {
    return (in - 1) * stride + dilation * (kernel - 1) + 1 - pad_begin - out;
  };
  // The file has [ic][oc / groups][kh][kw].
  const std::int64_t oc = p.oc / p.groups, ic = p.ic / p.groups, taps = p.kh * p.kw;
  memory::dims dims = {oc, ic, p.kh, p.kw}, strides = {taps, oc * taps, p.kw, 1};
  if (p.groups > 1) {
    dims.insert(dims.begin(), p.groups);
    strides.insert(strides.begin(), ic * oc * taps);
  }
  const memory::desc plain_weights(dims, kF32, strides);
  const auto pd = make_deconvolution(
      b.engine(),
      {.src = b.any_layout(src),
       .weights = {dims, kF32, memory::format_tag::any},
       .dst = b.any_layout(node.output()),
       .strides = {p.stride_h, p.stride_w},
       .dilations = {p.dilation_h - 1, p.dilation_w - 1},
       .pad_begin = {p.pad_top, p.pad_left},
       .pad_end = {pad_end(p.ih, p.stride_h, p.kh, p.dilation_h, p.pad_top, p.oh),
                   pad_end(p.iw, p.stride_w, p.kw, p.dilation_w, p.pad_left, p.ow)}},
      b.attributes(), b.rank());
  if (std::string_view(pd.impl_info_str()).starts_with("ref")) return "no fast deconvolution";
  if (!b.affords_packed(filter, plain_weights, pd.weights_desc()))
    return "its weights do not fit into the memory that planning may take";
  const Place in = b.in_layout(src, pd.src_desc());
  const BufferId weights = b.packed_constant(filter, plain_weights, pd.weights_desc());
  b.add_primitive(
      node, "conv2d_transpose", dnnl::deconvolution_forward(pd), pd.scratchpad_desc(),
      pd.impl_info_str(),
      {{DNNL_ARG_SRC, in.layout, in.buffer}, {DNNL_ARG_WEIGHTS, pd.weights_desc(), weights}},
      {DNNL_ARG_DST, pd.dst_desc(), b.define(node.output(), pd.dst_desc())});
  return {};
}

}  // namespace u2net::engine::onednn
