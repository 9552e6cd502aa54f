// SPDX-License-Identifier: Apache-2.0
// Transposed convolutions on images in blocks.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/backends/native/native_builder.h"
#include "engine/base/text.h"
#include "engine/ops/conv2d_transpose.h"
#include "kernels/conv2d_transpose/phases.h"

namespace u2net::engine::native {
namespace {

using kernels::TransposedPhases;

kernels::Conv2dTransposeParams params_of(const Graph& graph, const Node& node,
                                         const Conv2dTranspose& op) {
  return op.params(graph.type_of(node.input(Conv2dTranspose::kSrc)).shape,
                   graph.type_of(node.input(Conv2dTranspose::kFilter)).shape,
                   graph.type_of(node.output()).shape);
}

std::string unsupported_reason(const Graph& graph, const Node& node, const Conv2dTranspose& op) {
  if (!graph.constant(node.input(Conv2dTranspose::kFilter))) return "the filter is not a constant";
  if (node.has_input(Conv2dTranspose::kBias) && !graph.constant(node.input(Conv2dTranspose::kBias)))
    return "the bias is not a constant";
  const kernels::Conv2dTransposeParams p = params_of(graph, node, op);
  if (p.groups != 1 && (p.groups != p.ic || p.groups != p.oc)) return str_cat(p.groups, " groups");
  if (!TransposedPhases::possible(p)) return "strides or a window of an uncommon size";
  return {};
}

// The bias in whole blocks; zeros where there is none.
BufferId bias_of(Builder& b, const Node& node, std::size_t floats) {
  if (!node.has_input(Conv2dTranspose::kBias)) return b.repeated(0.0F, 0, floats);
  const ValueId bias = node.input(Conv2dTranspose::kBias);
  const std::int64_t channels = element_count(b.graph().type_of(bias).shape);
  return b.packed_constant(bias, str_cat("bias", floats), floats * sizeof(float),
                           [&](const float* from, void* to) {
                             auto* values = static_cast<float*>(to);
                             std::fill_n(values, floats, 0.0F);
                             std::copy_n(from, channels, values);
                           });
}

}  // namespace

kernels::Halo transposed_source_halo(const Graph& graph, const Node& node) {
  const Conv2dTranspose* op = op_as<Conv2dTranspose>(node);
  if (!op || !unsupported_reason(graph, node, *op).empty()) return {};
  return TransposedPhases(params_of(graph, node, *op), 1).source_halo();
}

std::string build_conv2d_transpose(Builder& b, const Node& node) {
  const Conv2dTranspose& op = *op_as<Conv2dTranspose>(node);
  const std::string why = unsupported_reason(b.graph(), node, op);
  if (!why.empty()) return why;
  const auto phases =
      std::make_shared<const TransposedPhases>(params_of(b.graph(), node, op), b.ops().block);
  const kernels::Conv2dTransposeParams& p = phases->params();
  const std::size_t bytes = phases->packed_floats() * sizeof(float),
                    bias_floats = static_cast<std::size_t>(phases->oc_blocks() * b.ops().block);
  if (!b.affords(bytes + bias_floats * sizeof(float)))
    return "its packed weights do not fit into the memory that planning may take";
  const Operand src =
      b.in_layout(node.input(Conv2dTranspose::kSrc), b.ops().block, phases->source_halo());
  const auto text = [](std::int64_t h, std::int64_t w) { return str_cat(h, "x", w); };
  const BufferId weights = b.packed_constant(
      node.input(Conv2dTranspose::kFilter),
      str_cat("phases", b.ops().block, " stride ", text(p.stride_h, p.stride_w), " pad ",
              text(p.pad_top, p.pad_left), " dilation ", text(p.dilation_h, p.dilation_w)),
      bytes, [&](const float* from, void* to) { phases->pack(from, static_cast<float*>(to)); },
      [phases](const void* from, float* to) {
        phases->unpack(static_cast<const float*>(from), to);
      });
  const BufferId bias = bias_of(b, node, bias_floats);
  const Operand dst = b.define(node.output(), b.ops().block);
  b.add_step(
      node, std::string(node.op->type().name), str_cat("phases:", b.ops().set.name),
      [phases, run = b.ops().conv2d_transpose, from = src.layout, to = dst.layout](
          std::byte* const* o, kernels::ThreadPool& pool) {
        run(*phases, {&from, o[0]}, reinterpret_cast<const float*>(o[1]),
            reinterpret_cast<const float*>(o[2]), {&to, o[3]}, pool);
      },
      {src.buffer, weights, bias}, {dst.buffer},
      str_cat(to_text(src.layout), " -> ", to_text(dst.layout)));
  return {};
}

}  // namespace u2net::engine::native
