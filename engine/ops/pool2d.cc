// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/pool2d.h"

#include <algorithm>

#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  return std::make_shared<Pool2d>(attributes);
}

kernels::PoolKind read_kind(const AttributeReader& attributes) {
  const std::string word = attributes.text("pooling_type", "");
  if (word == "max") return kernels::PoolKind::kMax;
  if (word == "avg") return kernels::PoolKind::kAverage;
  attributes.fail("pooling_type", "is '" + word + "', expected max or avg");
}

std::vector<std::int64_t> read_kernel(const AttributeReader& attributes) {
  if (attributes.boolean("global_pooling", false)) return {1, 1};  // replaced by the input's size
  if (!attributes.has("ksize")) attributes.fail("ksize", "is missing");
  return read_positive_pair(attributes, "ksize", {});
}

}  // namespace

constexpr OpType kPool2d{"pool2d", kInputs, kOutputs, decode};

Pool2d::Pool2d(const AttributeReader& attributes)
    : Operator(kPool2d),
      kind_(read_kind(attributes)),
      kernel_(read_kernel(attributes)),
      strides_(read_positive_pair(attributes, "strides", {1, 1})),
      paddings_(read_paddings(attributes)),
      padding_algorithm_(read_padding_algorithm(attributes)),
      ceil_mode_(attributes.boolean("ceil_mode", false)),
      exclusive_(attributes.boolean("exclusive", true)),
      global_(attributes.boolean("global_pooling", false)),
      adaptive_(attributes.boolean("adaptive", false)) {
  require_nchw(attributes, "data_format");
  if (adaptive_ && kind_ == kernels::PoolKind::kMax) {
    // Paddle's kernel ignores the flag here, and its exporter writes another operator: no program
    // means it.
    attributes.fail("adaptive",
                    "is set for max pooling, which Paddle exports as max_pool2d_with_index");
  }
}

Pool2d::Axis Pool2d::axis(int which, std::int64_t in) const {
  Axis a{kernel_[which], paddings_[2 * which], paddings_[2 * which + 1], 0};
  const std::int64_t stride = strides_[which];
  if (global_) a.kernel = in;
  if (global_ || adaptive_ || padding_algorithm_ == PaddingAlgorithm::kValid) {
    a.pad_begin = a.pad_end = 0;
  } else if (padding_algorithm_ == PaddingAlgorithm::kSame) {
    std::tie(a.pad_begin, a.pad_end) = same_padding(in, a.kernel, stride);
  }
  if (adaptive_) {
    a.out = a.kernel;
    return a;
  }
  // Truncating division, and no correction for a last window that starts in the padding: as Paddle.
  const std::int64_t room = in - a.kernel + a.pad_begin + a.pad_end + (ceil_mode_ ? stride - 1 : 0);
  a.out = room / stride + 1;
  return a;
}

kernels::Pool2dParams Pool2d::params(const Shape& src, const Shape& dst) const {
  const Axis h = axis(0, src[2]), w = axis(1, src[3]);
  return {.kind = kind_,
          .planes = src[0] * src[1],
          .ih = src[2],
          .iw = src[3],
          .oh = dst[2],
          .ow = dst[3],
          .kh = h.kernel,
          .kw = w.kernel,
          .stride_h = strides_[0],
          .stride_w = strides_[1],
          .pad_top = h.pad_begin,
          .pad_left = w.pad_begin,
          .adaptive = adaptive_,
          .exclusive = exclusive_};
}

void Pool2d::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32});
  const Shape& src = in.input(0).shape;
  if (src.size() != 4) in.fail("input " + to_string(src) + " must have 4 dimensions");
  if (src[2] < 1 || src[3] < 1) in.fail("input " + to_string(src) + " is empty");
  const Axis h = axis(0, src[2]), w = axis(1, src[3]);
  if (h.out < 1 || w.out < 1) {
    in.fail("input " + to_string(src) + ", window " + std::to_string(h.kernel) + "x" +
            std::to_string(w.kernel) + ": the output would be empty");
  }
  in.set_output(0, {DType::kFloat32, {src[0], src[1], h.out, w.out}});
}

void Pool2d::run_reference(const Operands& o) const {
  kernels::pool2d_reference(params(o.input(0).shape, o.output().shape),
                            o.input(0).as<const float>(), o.output().as<float>(), *o.pool);
}

double Pool2d::work(const Graph& graph, const Node& node) const {
  const kernels::Pool2dParams p =
      params(graph.type_of(node.input(0)).shape, graph.type_of(node.output()).shape);
  const auto samples = [&](std::int64_t in, std::int64_t out, std::int64_t kernel) {
    const std::int64_t window = adaptive_ ? in / out + 2 : kernel;
    return static_cast<double>(out) * static_cast<double>(std::min(window, in));
  };
  return static_cast<double>(p.planes) *
         (samples(p.ih, p.oh, p.kh) * samples(p.iw, p.ow, p.kw) + 1);
}

Attributes Pool2d::attributes() const {
  return {{"adaptive", adaptive_},
          {"ceil_mode", ceil_mode_},
          {"data_format", std::string("NCHW")},
          {"exclusive", exclusive_},
          {"global_pooling", global_},
          {"ksize", kernel_},
          {"padding_algorithm", padding_word(padding_algorithm_)},
          {"paddings", short_paddings(paddings_)},
          {"pooling_type", std::string(kind_ == kernels::PoolKind::kMax ? "max" : "avg")},
          {"strides", strides_}};
}

std::vector<std::pair<std::string, std::string>> Pool2d::describe() const {
  const auto pair = [](const std::vector<std::int64_t>& v) {
    return std::to_string(v[0]) + "," + std::to_string(v[1]);
  };
  return {{"pooling_type", kind_ == kernels::PoolKind::kMax ? "max" : "avg"},
          {"ksize", global_ ? "global" : pair(kernel_)},
          {"strides", pair(strides_)},
          {"ceil_mode", ceil_mode_ ? "true" : "false"},
          {"adaptive", adaptive_ ? "true" : "false"}};
}

bool Pool2d::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net
