// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/indexed_pool.h"

#include <algorithm>
#include <limits>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kPoolInputs[] = {{"X"}};
constexpr SlotInfo kPoolOutputs[] = {{"Out"}, {.name = "Mask", .required = false}};
constexpr SlotInfo kUnpoolInputs[] = {{"X"},
                                      {"Indices"},
                                      {.name = "SizeTensor", .required = false},
                                      {.name = "SizeTensorList", .required = false, .list = true}};
constexpr SlotInfo kUnpoolOutputs[] = {{"Out"}};

std::string text_of(const Pair& pair) { return str_cat(pair[0], ",", pair[1]); }

}  // namespace

constexpr OpType kMaxPool2dWithIndex{"max_pool2d_with_index", kPoolInputs, kPoolOutputs};
constexpr OpType kUnpool{"unpool", kUnpoolInputs, kUnpoolOutputs};

MaxPool2dWithIndex::MaxPool2dWithIndex(const IndexedPoolOptions& options)
    : Operator(kMaxPool2dWithIndex), options_(options) {}

kernels::Pool2dParams MaxPool2dWithIndex::params(const Shape& src, const Shape& dst) const {
  const Pair kernel = options_.global ? Pair{src[2], src[3]} : options_.kernel;
  const Pair pads = options_.global || options_.adaptive ? Pair{} : options_.paddings;
  return {.kind = kernels::PoolKind::kMax,
          .planes = src[0] * src[1],
          .ih = src[2],
          .iw = src[3],
          .oh = dst[2],
          .ow = dst[3],
          .kh = kernel[0],
          .kw = kernel[1],
          .stride_h = options_.strides[0],
          .stride_w = options_.strides[1],
          .pad_top = pads[0],
          .pad_left = pads[1],
          .adaptive = options_.adaptive,
          .exclusive = true};
}

void MaxPool2dWithIndex::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32});
  const Shape& src = in.input(0).shape;
  if (src.size() != 4) in.fail("input ", src, " must have 4 dimensions");
  if (src[2] < 1 || src[3] < 1) in.fail("input ", src, " is empty");
  if (src[2] * src[3] > std::numeric_limits<std::int32_t>::max())
    in.fail_unsupported("planes of ", src[2] * src[3], " samples");
  Shape dst = src;
  for (int i = 0; i < 2; ++i) {
    const std::int64_t kernel = options_.global ? src[2 + i] : options_.kernel[i],
                       pad = options_.global ? 0 : options_.paddings[i],
                       stride = options_.strides[i];
    // Truncating division, as Paddle.
    const std::int64_t room = src[2 + i] - kernel + 2 * pad + (options_.ceil_mode ? stride - 1 : 0);
    dst[2 + i] = options_.adaptive ? options_.kernel[i] : room / stride + 1;
    if (dst[2 + i] < 1 || (!options_.adaptive && room < 0)) {
      in.fail("input ", src, ", window ", kernel, ": the output would be empty");
    }
  }
  in.set_output(kOut, {DType::kFloat32, dst});
  if (in.has_output(kMask)) in.set_output(kMask, {DType::kInt32, dst});
}

void MaxPool2dWithIndex::run_reference(const Operands& o) const {
  const auto& mask = (*o.outputs)[kMask];
  kernels::max_pool2d_indexed_reference(
      params(o.input(0).shape, o.output().shape), o.input(0).as<const float>(),
      o.output().as<float>(), mask.empty() ? nullptr : mask.front().as<std::int32_t>(), *o.pool);
}

double MaxPool2dWithIndex::work(const Graph& graph, const Node& node) const {
  const kernels::Pool2dParams p =
      params(graph.type_of(node.input(0)).shape, graph.type_of(node.output()).shape);
  const auto samples = [&](std::int64_t in, std::int64_t out, std::int64_t kernel) {
    const std::int64_t window = options_.adaptive ? in / out + 2 : kernel;
    return static_cast<double>(out) * static_cast<double>(std::min(window, in));
  };
  return static_cast<double>(p.planes) *
         (samples(p.ih, p.oh, p.kh) * samples(p.iw, p.ow, p.kw) + 1);
}

Description MaxPool2dWithIndex::describe() const {
  return {{"ksize", options_.global ? "global" : text_of(options_.kernel)},
          {"strides", text_of(options_.strides)},
          {"paddings", text_of(options_.paddings)},
          {"adaptive", options_.adaptive ? "true" : "false"}};
}

bool MaxPool2dWithIndex::keeps_images_apart(const Graph&, const Node& node,
                                            const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

Unpool::Unpool(UnpoolOptions options) : Operator(kUnpool), options_(std::move(options)) {}

void Unpool::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  in.require_dtype(kIndices, {DType::kInt32, DType::kInt64});
  const Shape &src = in.input(kX).shape, &indices = in.input(kIndices).shape;
  if (src.size() != 4) in.fail("input ", src, " must have 4 dimensions");
  if (src != indices) in.fail("input ", src, " and Indices ", indices, " differ");
  std::vector<std::int64_t> size = computed_size(in, kSizeTensor, kSizeTensorList);
  if (size.empty()) size = options_.output_size;
  Shape dst = src;
  for (int i = 0; i < 2; ++i) {
    dst[2 + i] = !size.empty() ? size[i]
                               : (src[2 + i] - 1) * options_.strides[i] - 2 * options_.paddings[i] +
                                     options_.kernel[i];
    if (dst[2 + i] < 1) in.fail("an output of ", dst[2 + i], " rows or columns");
  }
  in.set_output(0, {DType::kFloat32, dst});
}

void Unpool::run_reference(const Operands& o) const {
  const Shape &src = o.input(kX).shape, &dst = o.output().shape;
  const auto run = [&]<class Index>(Index) {
    kernels::unpool_reference(src[0] * src[1], src[2] * src[3], dst[2] * dst[3],
                              o.input(kX).as<const float>(), o.input(kIndices).as<const Index>(),
                              o.output().as<float>(), *o.pool);
  };
  o.input(kIndices).dtype == DType::kInt64 ? run(std::int64_t{}) : run(std::int32_t{});
}

std::shared_ptr<const Operator> Unpool::specialized(Inference& in) const {
  std::vector<std::int64_t> size = computed_size(in, kSizeTensor, kSizeTensorList);
  if (size.empty()) return nullptr;
  auto op = make_mutable_operator<Unpool>(*this);
  op->options_.output_size = std::move(size);
  return op;
}

Description Unpool::describe() const {
  return {{"ksize", text_of(options_.kernel)},
          {"strides", text_of(options_.strides)},
          {"output_size", options_.output_size}};
}

bool Unpool::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX, kIndices}, {kSizeTensor, kSizeTensorList});
}

}  // namespace u2net::engine
