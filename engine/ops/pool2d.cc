// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/pool2d.h"

#include <algorithm>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "SizeTensor", .required = false},
                                {.name = "SizeTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kPool2d{"pool2d", kInputs, kOutputs};

Pool2d::Pool2d(const Pool2dOptions& options) : Operator(kPool2d), options_(options) {}

Pool2d::Axis Pool2d::axis(int which, std::int64_t in, std::int64_t kernel) const {
  Axis a{kernel, options_.paddings[2 * which], options_.paddings[2 * which + 1], 0};
  const std::int64_t stride = options_.strides[which];
  if (options_.global) a.kernel = in;
  if (options_.global || options_.adaptive ||
      options_.padding_algorithm == PaddingAlgorithm::kValid) {
    a.pad_begin = a.pad_end = 0;
  } else if (options_.padding_algorithm == PaddingAlgorithm::kSame) {
    std::tie(a.pad_begin, a.pad_end) = same_padding(in, a.kernel, stride);
  }
  if (options_.adaptive) {
    a.out = a.kernel;
    return a;
  }
  // Truncating division: as Paddle.
  const std::int64_t room =
      in - a.kernel + a.pad_begin + a.pad_end + (options_.ceil_mode ? stride - 1 : 0);
  a.out = room / stride + 1;
  if (options_.begins_inside && (a.out - 1) * stride >= in + a.pad_begin) --a.out;
  return a;
}

kernels::Pool2dParams Pool2d::params(const Shape& src, const Shape& dst) const {
  const Axis h = axis(0, src[2], options_.kernel[0]), w = axis(1, src[3], options_.kernel[1]);
  return {.kind = options_.kind,
          .planes = src[0] * src[1],
          .ih = src[2],
          .iw = src[3],
          .oh = dst[2],
          .ow = dst[3],
          .kh = h.kernel,
          .kw = w.kernel,
          .stride_h = options_.strides[0],
          .stride_w = options_.strides[1],
          .pad_top = h.pad_begin,
          .pad_left = w.pad_begin,
          .adaptive = options_.adaptive,
          .exclusive = options_.exclusive};
}

Pair Pool2d::kernel_in(const Inference& in) const {
  const std::vector<std::int64_t> computed = computed_size(in, kSizeTensor, kSizeTensorList);
  const Pair kernel = computed.empty() ? options_.kernel : Pair{computed[0], computed[1]};
  for (std::int64_t extent : kernel) {
    if (extent < 1 || extent > kMaxExtent) {
      in.fail("a window of ", kernel[0], "x", kernel[1], ", expected 1 to ", kMaxExtent);
    }
  }
  return kernel;
}

void Pool2d::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  const Shape& src = in.input(kX).shape;
  if (src.size() != 4) in.fail("input ", src, " must have 4 dimensions");
  if (src[2] < 1 || src[3] < 1) in.fail("input ", src, " is empty");
  const Pair kernel = kernel_in(in);
  const Axis h = axis(0, src[2], kernel[0]), w = axis(1, src[3], kernel[1]);
  if (h.out < 1 || w.out < 1) {
    in.fail("input ", src, ", window ", h.kernel, "x", w.kernel, ": the output would be empty");
  }
  in.set_output(0, {DType::kFloat32, {src[0], src[1], h.out, w.out}});
}

std::shared_ptr<const Operator> Pool2d::specialized(Inference& in) const {
  if (!in.has(kSizeTensor) && !in.has(kSizeTensorList)) return nullptr;
  Pool2dOptions options = options_;
  options.kernel = kernel_in(in);
  return make_operator<Pool2d>(options);
}

bool Pool2d::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Pool2d&>(other).options_.kernel == options_.kernel;
}

void Pool2d::run_reference(const Operands& o) const {
  kernels::pool2d_reference(params(o.input(kX).shape, o.output().shape),
                            o.input(kX).as<const float>(), o.output().as<float>(), *o.pool);
}

double Pool2d::work(const Graph& graph, const Node& node) const {
  const kernels::Pool2dParams p =
      params(graph.type_of(node.input(0)).shape, graph.type_of(node.output()).shape);
  const auto samples = [&](std::int64_t in, std::int64_t out, std::int64_t kernel) {
    const std::int64_t window = options_.adaptive ? in / out + 2 : kernel;
    return static_cast<double>(out) * static_cast<double>(std::min(window, in));
  };
  return static_cast<double>(p.planes) *
         (samples(p.ih, p.oh, p.kh) * samples(p.iw, p.ow, p.kw) + 1);
}

Description Pool2d::describe() const {
  const auto pair = [](const Pair& v) { return str_cat(v[0], ",", v[1]); };
  return {{"pooling_type", options_.kind == kernels::PoolKind::kMax ? "max" : "avg"},
          {"ksize", options_.global ? "global" : pair(options_.kernel)},
          {"strides", pair(options_.strides)},
          {"ceil_mode", options_.ceil_mode ? "true" : "false"},
          {"adaptive", options_.adaptive ? "true" : "false"}};
}

bool Pool2d::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX}, {kSizeTensor, kSizeTensorList});
}

}  // namespace u2net::engine
