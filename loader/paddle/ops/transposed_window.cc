// SPDX-License-Identifier: Apache-2.0
// What enlarges images, and what remembers where samples were: conv2d_transpose and its depthwise
// form, max_pool2d_with_index, unpool, grid_sampler.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/grid_sampler.h"
#include "engine/ops/indexed_pool.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/paddle/ops/window_attributes.h"

namespace u2net::engine {
namespace {

// Nothing, or a height and a width.
Integers read_size(const AttributeReader& attributes, const char* name) {
  Integers size = attributes.integers(name, {});
  if (!size.empty() && size.size() != 2)
    attributes.fail(name, "has ", size.size(), " values, expected 2");
  return size;
}

std::shared_ptr<const Operator> decode_conv2d_transpose(const AttributeReader& attributes) {
  Conv2dTransposeOptions options{.strides = read_pair(attributes, "strides", {1, 1}),
                                 .dilations = read_pair(attributes, "dilations", {1, 1}),
                                 .paddings = read_paddings(attributes),
                                 .output_padding = read_size(attributes, "output_padding"),
                                 .output_size = read_size(attributes, "output_size"),
                                 .groups = attributes.integer("groups", 1),
                                 .padding_algorithm = read_padding_algorithm(attributes),
                                 .depthwise = attributes.op_type() == "depthwise_conv2d_transpose"};
  require_nchw(attributes, "data_format");
  if (options.groups < 1) attributes.fail("groups", "is ", options.groups);
  for (std::size_t i = 0; i < options.output_padding.size(); ++i) {
    const std::int64_t value = options.output_padding[i];
    if (value < 0 || value >= std::max(options.strides[i], options.dilations[i])) {
      attributes.fail("output_padding", "contains ", value,
                      ", expected less than the stride or the dilation");
    }
  }
  if (attributes.boolean("fuse_relu", false))
    attributes.fail("fuse_relu", "is set: a program that was already fused");
  return make_operator<Conv2dTranspose>(std::move(options));
}

Attributes encode_conv2d_transpose(const Operator& op) {
  const Conv2dTransposeOptions& o = encoded<Conv2dTranspose>(op).options();
  return {{"data_format", std::string("NCHW")},
          {"dilations", written_pair(o.dilations)},
          {"groups", o.groups},
          {"output_padding", o.output_padding},
          {"output_size", o.output_size},
          {"padding_algorithm", padding_word(o.padding_algorithm)},
          {"paddings", written_paddings(o.paddings)},
          {"strides", written_pair(o.strides)}};
}

// Two values of 0 ... kMaxExtent.
Pair read_even_paddings(const AttributeReader& attributes) {
  const Paddings p = read_paddings(attributes);
  if (p[0] != p[1] || p[2] != p[3]) attributes.fail("paddings", "has 4 values, expected 2");
  return {p[0], p[2]};
}

std::shared_ptr<const Operator> decode_indexed_pool(const AttributeReader& attributes) {
  IndexedPoolOptions options{.kernel = {1, 1},
                             .strides = read_pair(attributes, "strides", {1, 1}),
                             .paddings = read_even_paddings(attributes),
                             .ceil_mode = attributes.boolean("ceil_mode", false),
                             .global = attributes.boolean("global_pooling", false),
                             .adaptive = attributes.boolean("adaptive", false)};
  if (!options.global) options.kernel = read_pair(attributes, "ksize", {});
  return make_operator<MaxPool2dWithIndex>(options);
}

Attributes encode_indexed_pool(const Operator& op) {
  const IndexedPoolOptions& o = encoded<MaxPool2dWithIndex>(op).options();
  Attributes all = {{"adaptive", o.adaptive},
                    {"global_pooling", o.global},
                    {"ksize", written_pair(o.kernel)},
                    {"paddings", written_pair(o.paddings)},
                    {"strides", written_pair(o.strides)}};
  if (o.ceil_mode) all.emplace("ceil_mode", true);  // Paddle 2.6 does not know it
  return all;
}

std::shared_ptr<const Operator> decode_unpool(const AttributeReader& attributes) {
  UnpoolOptions options{.kernel = read_pair(attributes, "ksize", {}),
                        .strides = read_pair(attributes, "strides", {1, 1}),
                        .paddings = read_even_paddings(attributes),
                        .output_size = read_size(attributes, "output_size")};
  require_nchw(attributes, "data_format");
  const std::string type = attributes.text("unpooling_type", "max");
  if (type != "max") attributes.fail("unpooling_type", "is '", type, "', expected max");
  return make_operator<Unpool>(std::move(options));
}

Attributes encode_unpool(const Operator& op) {
  const UnpoolOptions& o = encoded<Unpool>(op).options();
  return {{"data_format", std::string("NCHW")}, {"ksize", written_pair(o.kernel)},
          {"output_size", o.output_size},       {"paddings", written_pair(o.paddings)},
          {"strides", written_pair(o.strides)}, {"unpooling_type", std::string("max")}};
}

constexpr std::string_view kGridPaddings[] = {"zeros", "border", "reflection"};  // by GridPadding

std::shared_ptr<const Operator> decode_grid_sampler(const AttributeReader& attributes) {
  const std::string mode = attributes.text("mode", "bilinear"),
                    padding = attributes.text("padding_mode", "zeros");
  if (mode != "bilinear" && mode != "nearest")
    attributes.fail("mode", "is '", mode, "', expected bilinear or nearest");
  const auto* at = std::find(std::begin(kGridPaddings), std::end(kGridPaddings), padding);
  if (at == std::end(kGridPaddings))
    attributes.fail("padding_mode", "is '", padding, "', expected zeros, border or reflection");
  return make_operator<GridSampler>(
      GridSamplerOptions{.nearest = mode == "nearest",
                         .padding = static_cast<kernels::GridPadding>(at - kGridPaddings),
                         .align_corners = attributes.boolean("align_corners", true)});
}

Attributes encode_grid_sampler(const Operator& op) {
  const GridSamplerOptions& o = encoded<GridSampler>(op).options();
  return {{"align_corners", o.align_corners},
          {"mode", std::string(o.nearest ? "nearest" : "bilinear")},
          {"padding_mode", std::string(kGridPaddings[static_cast<int>(o.padding)])}};
}

// Paddle gives a computed size by an attribute that names a variable.
constexpr std::string_view kTransposeInputs[] = {"Input", "Filter", "Bias", "", ""};
constexpr VariableAttribute kTransposeVariables[] = {
    {"output_size", Conv2dTranspose::kSizeTensor, Conv2dTranspose::kSizeTensorList}};
constexpr std::string_view kOutput[] = {"Output"};
constexpr std::string_view kPoolOutputs[] = {"Out", "Mask"};
constexpr std::string_view kUnpoolInputs[] = {"X", "Indices", "", ""};
constexpr VariableAttribute kUnpoolVariables[] = {
    {"output_size", Unpool::kSizeTensor, Unpool::kSizeTensorList}};
constexpr std::string_view kGridInputs[] = {"X", "Grid"};

constexpr PaddleOp kOps[] = {
    {"conv2d_transpose",
     &kConv2dTranspose,
     kTransposeInputs,
     kOutput,
     decode_conv2d_transpose,
     encode_conv2d_transpose,
     {},
     kTransposeVariables},
    {"depthwise_conv2d_transpose",
     &kDepthwiseConv2dTranspose,
     kTransposeInputs,
     kOutput,
     decode_conv2d_transpose,
     encode_conv2d_transpose,
     {},
     kTransposeVariables},
    {"grid_sampler", &kGridSampler, kGridInputs, kOutput, decode_grid_sampler, encode_grid_sampler},
    {"max_pool2d_with_index", &kMaxPool2dWithIndex, kXSlot, kPoolOutputs, decode_indexed_pool,
     encode_indexed_pool},
    {"unpool",
     &kUnpool,
     kUnpoolInputs,
     kOutSlot,
     decode_unpool,
     encode_unpool,
     {},
     kUnpoolVariables},
};

}  // namespace

std::span<const PaddleOp> transposed_window_ops() { return kOps; }

}  // namespace u2net::engine
