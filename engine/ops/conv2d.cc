// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/conv2d.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr std::int64_t kMaxExtent = 65536;

constexpr SlotInfo kInputs[] = {{"Input"},
                                {"Filter"},
                                {.name = "Bias", .required = false},
                                {.name = "ResidualData", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Output"}};

std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  return std::make_shared<Conv2d>(attributes);
}

std::string join(const std::vector<std::int64_t>& values) {
  std::string text;
  for (std::int64_t v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
  return text;
}

}  // namespace

constexpr OpType kConv2d{"conv2d", kInputs, kOutputs, decode};
constexpr OpType kDepthwiseConv2d{"depthwise_conv2d", kInputs, kOutputs, decode};

PaddingAlgorithm read_padding_algorithm(const AttributeReader& attributes) {
  const std::string word = attributes.text("padding_algorithm", "EXPLICIT");
  if (word == "EXPLICIT") return PaddingAlgorithm::kExplicit;
  if (word == "SAME") return PaddingAlgorithm::kSame;
  if (word == "VALID") return PaddingAlgorithm::kValid;
  attributes.fail("padding_algorithm", "is '" + word + "', expected EXPLICIT, SAME or VALID");
}

std::vector<std::int64_t> read_paddings(const AttributeReader& attributes) {
  std::vector<std::int64_t> p = attributes.integers("paddings", {0, 0});
  if (p.size() == 2) p = {p[0], p[0], p[1], p[1]};
  if (p.size() != 4)
    attributes.fail("paddings", "has " + std::to_string(p.size()) + " values, expected 2 or 4");
  for (std::int64_t v : p) {
    if (v < 0 || v > kMaxExtent) attributes.fail("paddings", "contains " + std::to_string(v));
  }
  return p;
}

std::string padding_word(PaddingAlgorithm algorithm) {
  constexpr const char* kWords[] = {"EXPLICIT", "SAME", "VALID"};
  return kWords[static_cast<int>(algorithm)];
}

std::vector<std::int64_t> short_paddings(const std::vector<std::int64_t>& paddings) {
  if (paddings[0] != paddings[1] || paddings[2] != paddings[3]) return paddings;
  return {paddings[0], paddings[2]};
}

std::vector<std::int64_t> read_positive_pair(const AttributeReader& attributes,
                                             std::string_view name,
                                             std::vector<std::int64_t> otherwise) {
  std::vector<std::int64_t> pair = attributes.integers(name, std::move(otherwise));
  if (pair.size() != 2)
    attributes.fail(name, "has " + std::to_string(pair.size()) + " values, expected 2");
  for (std::int64_t v : pair) {
    if (v < 1 || v > kMaxExtent) attributes.fail(name, "contains " + std::to_string(v));
  }
  return pair;
}

void require_nchw(const AttributeReader& attributes, std::string_view name) {
  const std::string layout = attributes.text(name, "NCHW");
  if (layout == "NCHW" || layout == "AnyLayout") return;
  throw Error(ErrorCode::kModelUnsupported, "operator '" + std::string(attributes.op_type()) +
                                                "': " + std::string(name) + " '" + layout +
                                                "' is not supported, only NCHW");
}

std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t in, std::int64_t kernel,
                                                   std::int64_t stride) {
  const std::int64_t out = (in + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + kernel - in, 0);
  return {total / 2, total - total / 2};
}

Conv2d::Conv2d(const AttributeReader& attributes)
    : Operator(attributes.op_type() == "conv2d" ? kConv2d : kDepthwiseConv2d),
      strides_(read_positive_pair(attributes, "strides", {1, 1})),
      dilations_(read_positive_pair(attributes, "dilations", {1, 1})),
      paddings_(read_paddings(attributes)),
      groups_(attributes.integer("groups", 1)),
      padding_algorithm_(read_padding_algorithm(attributes)) {
  require_nchw(attributes, "data_format");
  if (groups_ < 1) attributes.fail("groups", "is " + std::to_string(groups_));
  for (const char* fused : {"fuse_relu", "fuse_residual_connection", "fuse_brelu"}) {
    if (attributes.boolean(fused, false))
      attributes.fail(fused, "is set: a program that was already fused");
  }
}

Conv2d::Axis Conv2d::axis(int which, std::int64_t in, std::int64_t kernel) const {
  Axis a{paddings_[2 * which], paddings_[2 * which + 1], dilations_[which], 0};
  const std::int64_t stride = strides_[which];
  if (padding_algorithm_ == PaddingAlgorithm::kSame) {  // as Paddle: no dilation with SAME
    std::tie(a.pad_begin, a.pad_end) = same_padding(in, kernel, stride);
    a.dilation = 1;
  } else if (padding_algorithm_ == PaddingAlgorithm::kValid) {
    a.pad_begin = a.pad_end = 0;
  }
  const std::int64_t room = in + a.pad_begin + a.pad_end - (a.dilation * (kernel - 1) + 1);
  a.out = room < 0 ? 0 : room / stride + 1;
  return a;
}

kernels::Conv2dParams Conv2d::params(const Shape& src, const Shape& filter,
                                     const Shape& dst) const {
  const Axis h = axis(0, src[2], filter[2]);
  const Axis w = axis(1, src[3], filter[3]);
  return {.n = src[0],
          .ic = src[1],
          .ih = src[2],
          .iw = src[3],
          .oc = dst[1],
          .oh = dst[2],
          .ow = dst[3],
          .kh = filter[2],
          .kw = filter[3],
          .stride_h = strides_[0],
          .stride_w = strides_[1],
          .pad_top = h.pad_begin,
          .pad_left = w.pad_begin,
          .dilation_h = h.dilation,
          .dilation_w = w.dilation,
          .groups = groups_};
}

void Conv2d::infer(Inference& in) const { infer_from(in, in.input(kSrc).shape); }

void Conv2d::infer_from(Inference& in, const Shape& src) const {
  for (int slot : {kSrc, kFilter, kBias, kResidual}) {
    if (in.has(slot)) in.require_dtype(slot, {DType::kFloat32});
  }
  const Shape& filter = in.input(kFilter).shape;
  const std::string shapes = "input " + to_string(src) + ", filter " + to_string(filter);
  if (src.size() != 4 || filter.size() != 4) in.fail(shapes + ": both must have 4 dimensions");
  if (filter[0] < 1 || filter[1] < 1 || filter[2] < 1 || filter[3] < 1 || filter[2] > kMaxExtent ||
      filter[3] > kMaxExtent) {
    in.fail(shapes + ": filter dimensions out of range");
  }
  const std::string with_groups = shapes + ", groups " + std::to_string(groups_);
  if (filter[0] % groups_ != 0)
    in.fail(with_groups + ": the output channels do not divide into the groups");
  if (src[1] != filter[1] * groups_) {
    in.fail(with_groups + ": expected " + std::to_string(filter[1] * groups_) +
            " input channels, got " + std::to_string(src[1]));
  }
  const Axis h = axis(0, src[2], filter[2]);
  const Axis w = axis(1, src[3], filter[3]);
  if (h.out < 1 || w.out < 1) in.fail(shapes + ": the output would be empty");
  const Shape dst{src[0], filter[0], h.out, w.out};
  if (in.has(kBias) && element_count(in.input(kBias).shape) != filter[0]) {
    in.fail("bias " + to_string(in.input(kBias).shape) + " for " + std::to_string(filter[0]) +
            " channels");
  }
  if (in.has(kResidual) && in.input(kResidual).shape != dst) {
    in.fail("residual " + to_string(in.input(kResidual).shape) + " for output " + to_string(dst));
  }
  in.set_output(0, {DType::kFloat32, dst});
}

void Conv2d::run_reference(const Operands& o) const {
  const kernels::Conv2dEpilogue epilogue{
      .bias = o.has(kBias) ? o.input(kBias).as<const float>() : nullptr,
      .relu = relu,
      .residual = o.has(kResidual) ? o.input(kResidual).as<const float>() : nullptr,
      .relu_after_residual = relu_after_residual};
  kernels::conv2d_reference(params(o.input(kSrc).shape, o.input(kFilter).shape, o.output().shape),
                            o.input(kSrc).as<const float>(), o.input(kFilter).as<const float>(),
                            epilogue, o.output().as<float>(), *o.pool);
}

double Conv2d::macs(const Graph& graph, const Node& node) const {
  const Shape& filter = graph.type_of(node.input(kFilter)).shape;
  const Shape& dst = graph.type_of(node.output()).shape;
  double macs = 1;
  for (std::int64_t dim : dst) macs *= static_cast<double>(dim);
  return macs * static_cast<double>(filter[1] * filter[2] * filter[3]);
}

Attributes Conv2d::attributes() const {
  if (relu || relu_after_residual)
    throw Error(ErrorCode::kInternal, "a fused conv2d cannot be written");
  return {{"data_format", std::string("NCHW")},
          {"dilations", dilations_},
          {"groups", groups_},
          {"padding_algorithm", padding_word(padding_algorithm_)},
          {"paddings", short_paddings(paddings_)},
          {"strides", strides_}};
}

std::vector<std::pair<std::string, std::string>> Conv2d::describe() const {
  std::vector<std::pair<std::string, std::string>> all = {
      {"strides", join(strides_)},
      {"paddings", join(paddings_)},
      {"dilations", join(dilations_)},
      {"groups", std::to_string(groups_)},
      {"padding_algorithm", padding_word(padding_algorithm_)}};
  if (relu) all.emplace_back("relu", "fused");
  if (relu_after_residual) all.emplace_back("relu_after_residual", "fused");
  return all;
}

bool Conv2d::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kSrc, kResidual});
}

}  // namespace u2net
