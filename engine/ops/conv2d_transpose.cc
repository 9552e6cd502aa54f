// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/conv2d_transpose.h"

#include <algorithm>
#include <tuple>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"},
                                {"Filter"},
                                {.name = "Bias", .required = false},
                                {.name = "SizeTensor", .required = false},
                                {.name = "SizeTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Output"}};

}  // namespace

constexpr OpType kConv2dTranspose{"conv2d_transpose", kInputs, kOutputs};
constexpr OpType kDepthwiseConv2dTranspose{"depthwise_conv2d_transpose", kInputs, kOutputs};

Conv2dTranspose::Conv2dTranspose(Conv2dTransposeOptions options)
    : Operator(options.depthwise ? kDepthwiseConv2dTranspose : kConv2dTranspose),
      options_(std::move(options)) {}

Conv2dTranspose::Axis Conv2dTranspose::axis(int which, std::int64_t in, std::int64_t kernel) const {
  Axis a{options_.paddings[2 * which], options_.paddings[2 * which + 1], options_.dilations[which]};
  if (options_.padding_algorithm ==
      PaddingAlgorithm::kSame) {  // of src, and no dilation: as Paddle
    std::tie(a.pad_begin, a.pad_end) = same_padding(in, kernel, options_.strides[which]);
    a.dilation = 1;
  } else if (options_.padding_algorithm == PaddingAlgorithm::kValid) {
    a.pad_begin = a.pad_end = 0;
  }
  return a;
}

std::int64_t Conv2dTranspose::output_extent(const Inference& in, int which) const {
  const std::int64_t size = in.input(kSrc).shape[2 + which],
                     kernel = in.input(kFilter).shape[2 + which], stride = options_.strides[which];
  const Axis a = axis(which, size, kernel);
  const std::int64_t least =
      (size - 1) * stride - a.pad_begin - a.pad_end + a.dilation * (kernel - 1) + 1;
  std::vector<std::int64_t> wanted = computed_size(in, kSizeTensor, kSizeTensorList);
  if (wanted.empty()) wanted = options_.output_size;
  if (!wanted.empty()) {
    if (wanted[which] < least || wanted[which] >= least + stride) {
      in.fail("output_size ", wanted[which], ", expected ", least, " to ", least + stride - 1);
    }
    return wanted[which];
  }
  return least + (options_.output_padding.empty() ? 0 : options_.output_padding[which]);
}

void Conv2dTranspose::infer(Inference& in) const {
  for (int slot : {kSrc, kFilter, kBias}) {
    if (in.has(slot)) in.require_dtype(slot, {DType::kFloat32});
  }
  const Shape &src = in.input(kSrc).shape, &filter = in.input(kFilter).shape;
  const std::string shapes =
      str_cat("input ", src, ", filter ", filter, ", groups ", options_.groups);
  if (src.size() != 4 || filter.size() != 4) in.fail(shapes, ": both must have 4 dimensions");
  if (filter[0] < 1 || filter[1] < 1 || filter[2] < 1 || filter[3] < 1 || filter[2] > kMaxExtent ||
      filter[3] > kMaxExtent)
    in.fail(shapes, ": filter dimensions out of range");
  if (src[1] != filter[0] || src[1] % options_.groups != 0)
    in.fail(shapes, ": the channels do not fit");
  if (src[2] < 1 || src[3] < 1) in.fail(shapes, ": the input is empty");
  const Shape dst{src[0], filter[1] * options_.groups, output_extent(in, 0), output_extent(in, 1)};
  if (dst[2] < 1 || dst[3] < 1) in.fail(shapes, ": the output would be empty");
  if (in.has(kBias) && element_count(in.input(kBias).shape) != dst[1]) {
    in.fail("bias ", in.input(kBias).shape, " for ", dst[1], " channels");
  }
  in.set_output(0, {DType::kFloat32, dst});
}

std::shared_ptr<const Operator> Conv2dTranspose::specialized(Inference& in) const {
  std::vector<std::int64_t> size = computed_size(in, kSizeTensor, kSizeTensorList);
  if (size.empty()) return nullptr;
  auto op = make_mutable_operator<Conv2dTranspose>(*this);
  op->options_.output_size = std::move(size);
  return op;
}

kernels::Conv2dTransposeParams Conv2dTranspose::params(const Shape& src, const Shape& filter,
                                                       const Shape& dst) const {
  const Axis h = axis(0, src[2], filter[2]), w = axis(1, src[3], filter[3]);
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

void Conv2dTranspose::run_reference(const Operands& o) const {
  kernels::conv2d_transpose_reference(
      params(o.input(kSrc).shape, o.input(kFilter).shape, o.output().shape),
      o.input(kSrc).as<const float>(), o.input(kFilter).as<const float>(),
      o.has(kBias) ? o.input(kBias).as<const float>() : nullptr, o.output().as<float>(), *o.pool);
}

double Conv2dTranspose::macs(const Graph& graph, const Node& node) const {
  const Shape& filter = graph.type_of(node.input(kFilter)).shape;
  return static_cast<double>(element_count(graph.type_of(node.input(kSrc)).shape)) *
         static_cast<double>(filter[1] * filter[2] * filter[3]);
}

// Every row of a result looks at every tap of every input channel, though most may miss.
double Conv2dTranspose::work(const Graph& graph, const Node& node) const {
  const Shape &filter = graph.type_of(node.input(kFilter)).shape,
              &dst = graph.type_of(node.output()).shape;
  const double rows = static_cast<double>(dst[0] * dst[1]) * static_cast<double>(dst[2]),
               phases = static_cast<double>(std::min(options_.strides[1], dst[3])),
               taps = static_cast<double>(filter[0] / options_.groups) *
                      static_cast<double>(filter[2] * filter[3]);
  return Operator::work(graph, node) + rows * phases * taps +
         rows * static_cast<double>(dst[3]) * static_cast<double>(filter[0] / options_.groups);
}

Description Conv2dTranspose::describe() const {
  const auto list = [](const auto& values) {
    std::string text;
    for (std::int64_t v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
    return text;
  };
  Description all = {{"strides", list(options_.strides)},
                     {"paddings", list(options_.paddings)},
                     {"dilations", list(options_.dilations)},
                     {"groups", options_.groups},
                     {"padding_algorithm", to_string(options_.padding_algorithm)}};
  if (!options_.output_padding.empty()) all.add("output_padding", list(options_.output_padding));
  if (!options_.output_size.empty()) all.add("output_size", list(options_.output_size));
  return all;
}

bool Conv2dTranspose::keeps_images_apart(const Graph&, const Node& node,
                                         const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kSrc}, {kSizeTensor, kSizeTensorList});
}

}  // namespace u2net::engine
