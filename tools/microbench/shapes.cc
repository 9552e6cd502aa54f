// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/shapes.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "engine/ops/arg_extreme.h"
#include "engine/ops/axis.h"
#include "engine/ops/concat.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/matmul.h"
#include "engine/ops/normalization.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/scale.h"
#include "engine/ops/softmax.h"
#include "engine/ops/unary.h"
#include "tools/microbench/shape_words.h"

namespace u2net::bench {
using namespace engine;
namespace {

using Integers = std::vector<std::int64_t>;

std::string join(const Integers& values, char separator) {
  std::string text;
  for (std::int64_t v : values)
    text += (text.empty() ? "" : std::string(1, separator)) + std::to_string(v);
  return text;
}

std::string sources_text(const Graph& graph, const Node& node) {
  std::string text = " src=";
  const std::vector<ValueId>& sources = node.inputs.front();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    text += (i ? "," : "") + join(graph.type_of(sources[i]).shape, 'x') +
            (upsamples_source(node, i) ? "^" : "");
  }
  return text;
}

std::string pair_unless(const char* key, std::int64_t a, std::int64_t b, std::int64_t otherwise) {
  return a == otherwise && b == otherwise ? "" : std::string(" ") + key + "=" + join({a, b}, ',');
}

// What an axis of a window covers.
struct Extent {
  std::int64_t in, out, covered, stride, pad;

  // The trailing padding that makes `out` of it.
  std::int64_t pad_end() const {
    return std::max<std::int64_t>((out - 1) * stride + covered - in - pad, 0);
  }
  bool is_symmetric() const { return (in + 2 * pad - covered) / stride + 1 == out; }
};

std::string pad_text(const Extent& h, const Extent& w) {
  if (h.is_symmetric() && w.is_symmetric()) return pair_unless("pad", h.pad, w.pad, 0);
  return " pad=" + join({h.pad, h.pad_end(), w.pad, w.pad_end()}, ',');
}

// The parameters that are not the function's own.
std::string parameters_text(const kernels::UnaryFunction& function,
                            const kernels::UnaryParameters& values) {
  std::string words;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const kernels::UnaryParameter& parameter = function.parameters[i];
    if (values[i] == parameter.otherwise) continue;
    char text[32];
    std::snprintf(text, sizeof text, "=%.9g", values[i]);
    words += " " + std::string(parameter.name) + text;
  }
  return words;
}

std::string conv_line(const Graph& graph, const Node& node) {
  const Conv2d& conv = *convolution_of(node);
  const Shape& filter = graph.type_of(node.input(FusedConv2d::kFilter)).shape;
  Shape src = graph.type_of(node.input(FusedConv2d::kSources)).shape;
  const std::int64_t factor = upsamples_source(node, 0) ? 2 : 1;
  src = {src[0], filter[1] * conv.groups(), src[2] * factor, src[3] * factor};
  const kernels::Conv2dParams p = conv.params(src, filter, graph.type_of(node.output()).shape);
  std::string line = "conv2d" + sources_text(graph, node) + " filter=" + join(filter, 'x');
  line += pair_unless("stride", p.stride_h, p.stride_w, 1) +
          pad_text({p.ih, p.oh, (p.kh - 1) * p.dilation_h + 1, p.stride_h, p.pad_top},
                   {p.iw, p.ow, (p.kw - 1) * p.dilation_w + 1, p.stride_w, p.pad_left}) +
          pair_unless("dilation", p.dilation_h, p.dilation_w, 1);
  if (p.groups != 1) line += " groups=" + std::to_string(p.groups);
  if (!node.has_input(FusedConv2d::kBias)) line += " nobias";
  if (conv.relu) line += " relu";
  if (node.has_input(FusedConv2d::kResidual)) line += " residual";
  if (conv.relu_after_residual) line += " relu_after_residual";
  if (conv.activation) {
    const kernels::UnaryFunction& function = kernels::row_of(conv.activation->kind);
    line += conv.activation_after_residual ? " activation_after_residual=" : " activation=";
    line += std::string(function.name) + parameters_text(function, conv.activation->parameters);
  }
  if (node.outputs.size() > FusedConv2d::kPooled && !node.outputs[FusedConv2d::kPooled].empty()) {
    const Shape& pooled = graph.type_of(node.output(FusedConv2d::kPooled)).shape;
    line += " pooled=" + join({pooled[2], pooled[3]}, 'x');
  }
  return line;
}

std::string pool_line(const Graph& graph, const Node& node) {
  const Shape &src = graph.type_of(node.input(0)).shape, &dst = graph.type_of(node.output()).shape;
  const kernels::Pool2dParams p = op_as<Pool2d>(node)->params(src, dst);
  if (p.adaptive) return {};
  std::string line = "pool2d" + sources_text(graph, node);
  line += std::string(" kind=") + (p.kind == kernels::PoolKind::kMax ? "max" : "avg");
  line += " kernel=" + join({p.kh, p.kw}, ',') + " stride=" + join({p.stride_h, p.stride_w}, ',');
  const Extent h{p.ih, p.oh, p.kh, p.stride_h, p.pad_top},
      w{p.iw, p.ow, p.kw, p.stride_w, p.pad_left};
  const auto rounds_up = [](const Extent& e) {
    return (e.in + 2 * e.pad - e.covered + e.stride - 1) / e.stride + 1 == e.out;
  };
  const bool ceil = !(h.is_symmetric() && w.is_symmetric()) && rounds_up(h) && rounds_up(w);
  line += ceil ? pair_unless("pad", p.pad_top, p.pad_left, 0) + " ceil" : pad_text(h, w);
  if (p.kind == kernels::PoolKind::kAverage && !p.exclusive) line += " include_padding";
  return line;
}

std::string interp_line(const Graph& graph, const Node& node) {
  const Shape& dst = graph.type_of(node.output()).shape;
  return std::string(node.op->type().name) + sources_text(graph, node) +
         " out=" + join({dst[2], dst[3]}, 'x');
}

std::string plain_line(const Graph& graph, const Node& node) {
  return std::string(node.op->type().name) + sources_text(graph, node);
}

std::string concat_line(const Graph& graph, const Node& node) {
  const int axis = op_as<Concat>(node)->axis(graph.type_of(node.output()).shape.size());
  return plain_line(graph, node) + (axis == 1 ? "" : " axis=" + std::to_string(axis));
}

std::string scale_line(const Graph& graph, const Node& node) {
  const Scale& scale = *op_as<Scale>(node);
  char text[80];
  std::snprintf(text, sizeof text, " factor=%.9g offset=%.9g", scale.factor(), scale.offset());
  return plain_line(graph, node) + text;
}

std::string unary_line(const Graph& graph, const Node& node) {
  const Unary& op = *op_as<Unary>(node);
  return plain_line(graph, node) + parameters_text(op.function(), op.parameters());
}

std::string tensor_sources(const Graph& graph, const Node& node) {
  std::string text;
  for (const auto& slot : node.inputs) {
    if (slot.empty() || graph.constant(slot.front())) continue;
    text += (text.empty() ? " src=" : ",") + join(graph.type_of(slot.front()).shape, 'x');
  }
  return std::string(node.op->type().name) + text;
}

std::string matmul_line(const Graph& graph, const Node& node) {
  const MatMulOptions& options = op_as<MatMul>(node)->options();
  if (options.legacy || graph.constant(node.input(MatMul::kX))) return {};
  std::string line = tensor_sources(graph, node);
  if (graph.constant(node.input(MatMul::kY)))
    line += " weight=" + join(graph.type_of(node.input(MatMul::kY)).shape, 'x');
  return line + (options.transpose_x ? " trans_x" : "") + (options.transpose_y ? " trans_y" : "");
}

std::string softmax_line(const Graph& graph, const Node& node) {
  const Shape& shape = graph.type_of(node.input(0)).shape;
  const std::size_t axis = dimension_of(op_as<Softmax>(node)->axis(), shape);
  return tensor_sources(graph, node) +
         (axis + 1 == shape.size() ? "" : " axis=" + std::to_string(axis));
}

std::string layer_norm_line(const Graph& graph, const Node& node) {
  const Shape& shape = graph.type_of(node.input(Normalization::kX)).shape;
  const auto begin = static_cast<std::size_t>(op_as<Normalization>(node)->options().begin_axis);
  const bool affine = node.has_input(Normalization::kScale) && node.has_input(Normalization::kBias);
  if (!affine || !graph.constant(node.input(Normalization::kScale))) return {};
  return std::string(node.op->type().name) + " src=" + join(shape, 'x') +
         (begin + 1 == shape.size() ? "" : " begin=" + std::to_string(begin));
}

std::string arg_max_line(const Graph& graph, const Node& node) {
  const ArgExtremeOptions& options = op_as<ArgExtreme>(node)->options();
  const Shape& shape = graph.type_of(node.input(0)).shape;
  if (options.flatten || shape.size() != 4) return {};
  const std::size_t axis = dimension_of(options.axis, shape);
  return plain_line(graph, node) + (axis == 1 ? "" : " axis=" + std::to_string(axis));
}

// With the size that follows from the others alone.
std::string transposed_line(const Graph& graph, const Node& node) {
  const Conv2dTransposeOptions& options = op_as<Conv2dTranspose>(node)->options();
  const bool other_size = !options.output_padding.empty() || !options.output_size.empty();
  const bool constant = graph.constant(node.input(Conv2dTranspose::kFilter)) != nullptr;
  if (other_size || !constant || options.depthwise) return {};
  const Shape& filter = graph.type_of(node.input(Conv2dTranspose::kFilter)).shape;
  const kernels::Conv2dTransposeParams p = op_as<Conv2dTranspose>(node)->params(
      graph.type_of(node.input(0)).shape, filter, graph.type_of(node.output()).shape);
  return plain_line(graph, node) + " filter=" + join(filter, 'x') +
         pair_unless("stride", p.stride_h, p.stride_w, 1) +
         pair_unless("pad", p.pad_top, p.pad_left, 0) +
         pair_unless("dilation", p.dilation_h, p.dilation_w, 1) +
         (p.groups == 1 ? "" : " groups=" + std::to_string(p.groups));
}

// Whether every operand is one that a line can name.
bool are_images(const Graph& graph, const Node& node) {
  if (!node.has_input(0)) return false;
  for (ValueId id : node.inputs.front()) {
    const TensorType& type = graph.type_of(id);
    if (type.dtype != DType::kFloat32 || type.shape.size() != 4) return false;
  }
  return op_as<ArgExtreme>(node) || graph.type_of(node.output()).dtype == DType::kFloat32;
}

std::string binary_line(const Graph& graph, const Node& node) {
  return std::string(node.op->type().name) +
         " src=" + join(graph.type_of(node.input(0)).shape, 'x') + "," +
         join(graph.type_of(node.input(1)).shape, 'x');
}

constexpr struct {
  std::string_view op;
  std::string (*line)(const Graph&, const Node&);
} kLines[] = {{"arg_max", arg_max_line},
              {"batch_norm", plain_line},
              {"bilinear_interp_v2", interp_line},
              {"concat", concat_line},
              {"conv2d", conv_line},
              {"conv2d_transpose", transposed_line},
              {"depthwise_conv2d", conv_line},
              {"fused_conv2d", conv_line},
              {"nearest_interp_v2", interp_line},
              {"pool2d", pool_line},
              {"scale", scale_line}};

// Of any rank.
constexpr struct {
  std::string_view op;
  std::string (*line)(const Graph&, const Node&);
} kTensorLines[] = {{"layer_norm", layer_norm_line},
                    {"log_softmax", softmax_line},
                    {"matmul_v2", matmul_line},
                    {"softmax", softmax_line}};

}  // namespace

std::string shape_line(const Graph& graph, const Node& node) {
  for (const auto& entry : kTensorLines) {
    const bool floats = node.has_input(0) && graph.type_of(node.input(0)).dtype == DType::kFloat32;
    if (entry.op == node.op->type().name && floats) return entry.line(graph, node);
  }
  if (!are_images(graph, node)) return {};
  if (op_as<Unary>(node)) return unary_line(graph, node);
  if (op_as<Elementwise>(node)) return binary_line(graph, node);
  for (const auto& entry : kLines) {
    if (entry.op == node.op->type().name) return entry.line(graph, node);
  }
  return {};
}

bool is_convolution(std::string_view line) { return line.starts_with("conv2d "); }

std::string without_fusion(const std::string& line) {
  if (!is_convolution(line)) return line;
  const std::vector<ShapeWords::Source> sources = ShapeWords(line).sources();
  Shape joined = sources.front().shape;
  const std::int64_t factor = sources.front().upsampled ? 2 : 1;
  joined = {joined[0], 0, joined[2] * factor, joined[3] * factor};
  for (const ShapeWords::Source& source : sources) joined[1] += source.shape[1];
  std::string plain;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    if (word.starts_with("pooled=")) continue;
    plain +=
        (plain.empty() ? "" : " ") + (word.starts_with("src=") ? "src=" + join(joined, 'x') : word);
  }
  return plain;
}

}  // namespace u2net::bench
