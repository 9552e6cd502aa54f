// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/conv2d.h"

#include <algorithm>
#include <span>

#include "engine/base/text.h"
#include "engine/ops/unary.h"
#include "kernels/unary/functions.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"},
                                {"Filter"},
                                {.name = "Bias", .required = false},
                                {.name = "ResidualData", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Output"}};

std::string join(std::span<const std::int64_t> values) {
  std::string text;
  for (std::int64_t v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
  return text;
}

}  // namespace

constexpr OpType kConv2d{"conv2d", kInputs, kOutputs};
constexpr OpType kDepthwiseConv2d{"depthwise_conv2d", kInputs, kOutputs};

std::string to_string(PaddingAlgorithm algorithm) {
  constexpr const char* kWords[] = {"EXPLICIT", "SAME", "VALID"};
  return kWords[static_cast<int>(algorithm)];
}

std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t in, std::int64_t kernel,
                                                   std::int64_t stride) {
  const std::int64_t out = (in + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + kernel - in, 0);
  return {total / 2, total - total / 2};
}

std::vector<std::int64_t> computed_size(const Inference& in, int tensor, int list) {
  if (!in.has(tensor) && !in.has(list)) return {};
  std::vector<std::int64_t> size;
  if (in.has(tensor)) {
    size = to_integers(in.value(tensor).view());
  } else {
    for (int i = 0; i < in.count(list); ++i) {
      const std::vector<std::int64_t> v = to_integers(in.value(list, i).view());
      if (v.size() != 1) in.fail("an entry of its size has ", v.size(), " elements");
      size.push_back(v.front());
    }
  }
  if (size.size() != 2) in.fail("its size has ", size.size(), " values, expected 2");
  return size;
}

Conv2d::Conv2d(const Conv2dOptions& options)
    : Operator(options.depthwise ? kDepthwiseConv2d : kConv2d), options_(options) {}

Conv2d::Axis Conv2d::axis(int which, std::int64_t in, std::int64_t kernel) const {
  Axis a{options_.paddings[2 * which], options_.paddings[2 * which + 1], options_.dilations[which],
         0};
  const std::int64_t stride = options_.strides[which];
  if (options_.padding_algorithm == PaddingAlgorithm::kSame) {  // as Paddle: no dilation with SAME
    std::tie(a.pad_begin, a.pad_end) = same_padding(in, kernel, stride);
    a.dilation = 1;
  } else if (options_.padding_algorithm == PaddingAlgorithm::kValid) {
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
          .stride_h = options_.strides[0],
          .stride_w = options_.strides[1],
          .pad_top = h.pad_begin,
          .pad_left = w.pad_begin,
          .dilation_h = h.dilation,
          .dilation_w = w.dilation,
          .groups = options_.groups};
}

void Conv2d::infer(Inference& in) const { infer_from(in, in.input(kSrc).shape); }

void Conv2d::infer_from(Inference& in, const Shape& src) const {
  for (int slot : {kSrc, kFilter, kBias, kResidual}) {
    if (in.has(slot)) in.require_dtype(slot, {DType::kFloat32});
  }
  const Shape& filter = in.input(kFilter).shape;
  const std::string shapes = str_cat("input ", src, ", filter ", filter);
  if (src.size() != 4 || filter.size() != 4) in.fail(shapes, ": both must have 4 dimensions");
  if (filter[0] < 1 || filter[1] < 1 || filter[2] < 1 || filter[3] < 1 || filter[2] > kMaxExtent ||
      filter[3] > kMaxExtent) {
    in.fail(shapes, ": filter dimensions out of range");
  }
  const std::string with_groups = str_cat(shapes, ", groups ", options_.groups);
  if (filter[0] % options_.groups != 0)
    in.fail(with_groups, ": the output channels do not divide into the groups");
  if (src[1] != filter[1] * options_.groups) {
    in.fail(with_groups, ": expected ", filter[1] * options_.groups, " input channels, got ",
            src[1]);
  }
  const Axis h = axis(0, src[2], filter[2]);
  const Axis w = axis(1, src[3], filter[3]);
  if (h.out < 1 || w.out < 1) in.fail(shapes, ": the output would be empty");
  const Shape dst{src[0], filter[0], h.out, w.out};
  if (in.has(kBias) && element_count(in.input(kBias).shape) != filter[0]) {
    in.fail("bias ", in.input(kBias).shape, " for ", filter[0], " channels");
  }
  if (in.has(kResidual) && in.input(kResidual).shape != dst) {
    in.fail("residual ", in.input(kResidual).shape, " for output ", dst);
  }
  in.set_output(0, {DType::kFloat32, dst});
}

void Conv2d::run_reference(const Operands& o) const {
  const kernels::Conv2dEpilogue epilogue{
      .bias = o.has(kBias) ? o.input(kBias).as<const float>() : nullptr,
      .relu = relu,
      .residual = o.has(kResidual) ? o.input(kResidual).as<const float>() : nullptr,
      .relu_after_residual = relu_after_residual,
      .activation = activation,
      .activation_after_residual = activation_after_residual};
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

Description Conv2d::describe() const {
  Description all = {{"strides", join(options_.strides)},
                     {"paddings", join(options_.paddings)},
                     {"dilations", join(options_.dilations)},
                     {"groups", options_.groups},
                     {"padding_algorithm", to_string(options_.padding_algorithm)}};
  if (relu) all.add("relu", "fused");
  if (relu_after_residual) all.add("relu_after_residual", "fused");
  if (activation) {
    all.add(activation_after_residual ? "activation_after_residual" : "activation",
            kernels::row_of(activation->kind).name);
    describe_parameters(activation->kind, activation->parameters, all);
  }
  return all;
}

bool Conv2d::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kSrc, kResidual});
}

}  // namespace u2net::engine
