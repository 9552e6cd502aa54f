// SPDX-License-Identifier: Apache-2.0
// conv2d, depthwise_conv2d and pool2d.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/pool2d.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/paddle/ops/window_attributes.h"

namespace u2net::engine {
namespace {

constexpr std::string_view kAlgorithms[] = {"EXPLICIT", "SAME", "VALID"};  // by PaddingAlgorithm

}  // namespace

PaddingAlgorithm read_padding_algorithm(const AttributeReader& attributes) {
  const std::string word = attributes.text("padding_algorithm", "EXPLICIT");
  const auto* at = std::find(std::begin(kAlgorithms), std::end(kAlgorithms), word);
  if (at != std::end(kAlgorithms)) return static_cast<PaddingAlgorithm>(at - kAlgorithms);
  attributes.fail("padding_algorithm", "is '", word, "', expected EXPLICIT, SAME or VALID");
}

std::string padding_word(PaddingAlgorithm algorithm) {
  return std::string(kAlgorithms[static_cast<int>(algorithm)]);
}

// 2 values (h, w) or 4, each 0 ... 65536.
Paddings read_paddings(const AttributeReader& attributes) {
  Integers p = attributes.integers("paddings", {0, 0});
  if (p.size() == 2) p = {p[0], p[0], p[1], p[1]};
  if (p.size() != 4) attributes.fail("paddings", "has ", p.size(), " values, expected 2 or 4");
  for (std::int64_t v : p) {
    if (v < 0 || v > kMaxExtent) attributes.fail("paddings", "contains ", v);
  }
  return {p[0], p[1], p[2], p[3]};
}

// 2 values where the padding is the same on both sides, else 4.
Integers written_paddings(const Paddings& p) {
  if (p[0] != p[1] || p[2] != p[3]) return {p.begin(), p.end()};
  return {p[0], p[2]};
}

// Two positive values of at most 65536.
Pair read_pair(const AttributeReader& attributes, const char* name, Integers otherwise) {
  const Integers pair = attributes.integers(name, std::move(otherwise));
  if (pair.size() != 2) attributes.fail(name, "has ", pair.size(), " values, expected 2");
  for (std::int64_t v : pair) {
    if (v < 1 || v > kMaxExtent) attributes.fail(name, "contains ", v);
  }
  return {pair[0], pair[1]};
}

Integers written_pair(const Pair& pair) { return {pair.begin(), pair.end()}; }

namespace {

std::shared_ptr<const Operator> decode_conv2d(const AttributeReader& attributes) {
  const Conv2dOptions options{.strides = read_pair(attributes, "strides", {1, 1}),
                              .dilations = read_pair(attributes, "dilations", {1, 1}),
                              .paddings = read_paddings(attributes),
                              .groups = attributes.integer("groups", 1),
                              .padding_algorithm = read_padding_algorithm(attributes),
                              .depthwise = attributes.op_type() == "depthwise_conv2d"};
  require_nchw(attributes, "data_format");
  if (options.groups < 1) attributes.fail("groups", "is ", options.groups);
  for (const char* fused : {"fuse_relu", "fuse_residual_connection", "fuse_brelu"}) {
    if (attributes.boolean(fused, false))
      attributes.fail(fused, "is set: a program that was already fused");
  }
  return make_operator<Conv2d>(options);
}

Attributes encode_conv2d(const Operator& op) {
  const Conv2d& conv = encoded<Conv2d>(op);
  if (conv.is_fused()) throw_error(ErrorCode::kInternal, "a fused conv2d cannot be written");
  const Conv2dOptions& o = conv.options();
  return {{"data_format", std::string("NCHW")},
          {"dilations", written_pair(o.dilations)},
          {"groups", o.groups},
          {"padding_algorithm", padding_word(o.padding_algorithm)},
          {"paddings", written_paddings(o.paddings)},
          {"strides", written_pair(o.strides)}};
}

kernels::PoolKind read_kind(const AttributeReader& attributes) {
  const std::string word = attributes.text("pooling_type", "");
  if (word == "max") return kernels::PoolKind::kMax;
  if (word == "avg") return kernels::PoolKind::kAverage;
  attributes.fail("pooling_type", "is '", word, "', expected max or avg");
}

Pair read_kernel(const AttributeReader& attributes) {
  const bool is_replaced =  // by the input's size, or by what the program computes
      attributes.boolean("global_pooling", false) || attributes.is_operand("ksize");
  if (is_replaced) return {1, 1};
  if (!attributes.has("ksize")) attributes.fail("ksize", "is missing");
  return read_pair(attributes, "ksize", {});
}

std::shared_ptr<const Operator> decode_pool2d(const AttributeReader& attributes) {
  const Pool2dOptions options{.kind = read_kind(attributes),
                              .kernel = read_kernel(attributes),
                              .strides = read_pair(attributes, "strides", {1, 1}),
                              .paddings = read_paddings(attributes),
                              .padding_algorithm = read_padding_algorithm(attributes),
                              .ceil_mode = attributes.boolean("ceil_mode", false),
                              .exclusive = attributes.boolean("exclusive", true),
                              .global = attributes.boolean("global_pooling", false),
                              .adaptive = attributes.boolean("adaptive", false)};
  require_nchw(attributes, "data_format");
  if (options.adaptive && options.kind == kernels::PoolKind::kMax) {
    // Paddle's kernel ignores the flag here, and its exporter writes another operator: no program
    // means it.
    attributes.fail("adaptive",
                    "is set for max pooling, which Paddle exports as max_pool2d_with_index");
  }
  return make_operator<Pool2d>(options);
}

Attributes encode_pool2d(const Operator& op) {
  const Pool2dOptions& o = encoded<Pool2d>(op).options();
  return {{"adaptive", o.adaptive},
          {"ceil_mode", o.ceil_mode},
          {"data_format", std::string("NCHW")},
          {"exclusive", o.exclusive},
          {"global_pooling", o.global},
          {"ksize", written_pair(o.kernel)},
          {"padding_algorithm", padding_word(o.padding_algorithm)},
          {"paddings", written_paddings(o.paddings)},
          {"pooling_type", std::string(o.kind == kernels::PoolKind::kMax ? "max" : "avg")},
          {"strides", written_pair(o.strides)}};
}

constexpr std::string_view kConvInputs[] = {"Input", "Filter", "Bias", "ResidualData"};
constexpr std::string_view kConvOutputs[] = {"Output"};
// Paddle gives a computed window by an attribute that names a variable.
constexpr std::string_view kPoolInputs[] = {"X", "", ""};
constexpr VariableAttribute kPoolVariables[] = {
    {"ksize", Pool2d::kSizeTensor, Pool2d::kSizeTensorList}};

constexpr PaddleOp kOps[] = {
    {"conv2d", &kConv2d, kConvInputs, kConvOutputs, decode_conv2d, encode_conv2d},
    {"depthwise_conv2d", &kDepthwiseConv2d, kConvInputs, kConvOutputs, decode_conv2d,
     encode_conv2d},
    {"pool2d", &kPool2d, kPoolInputs, kOutSlot, decode_pool2d, encode_pool2d, {}, kPoolVariables},
};

}  // namespace

std::span<const PaddleOp> window_ops() { return kOps; }

}  // namespace u2net::engine
