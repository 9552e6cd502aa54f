// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/fused_conv2d.h"

#include <algorithm>

#include "engine/base/text.h"
#include "kernels/interp/interp.h"
#include "kernels/pool2d/pool2d.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{.name = "Input", .list = true},
                                {"Filter"},
                                {.name = "Bias", .required = false},
                                {.name = "ResidualData", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Output"}, {.name = "Pooled", .required = false}};

constexpr OpType kFusedConv2d{"fused_conv2d", kInputs, kOutputs};

// src [c][h][w] to twice its height and width, or as it is.
void put_source(const TensorView& src, std::int64_t image, bool upsampled, float* dst,
                kernels::ThreadPool& pool) {
  const Shape& s = src.shape;
  const std::int64_t size = s[1] * s[2] * s[3];
  const float* data = src.as<const float>() + image * size;
  if (!upsampled) {
    std::copy_n(data, size, dst);
    return;
  }
  kernels::interp_reference(kernels::bilinear_doubled(s[1], s[2], s[3]), data, dst, pool);
}

}  // namespace

FusedConv2d::FusedConv2d(std::shared_ptr<const Conv2d> conv, std::vector<bool> upsampled)
    : Operator(kFusedConv2d), conv_(std::move(conv)), upsampled_(std::move(upsampled)) {}

Shape FusedConv2d::joined_shape(const std::vector<Shape>& sources, std::size_t first) const {
  const std::int64_t factor = upsampled_[first] ? 2 : 1;
  Shape joined{sources.front()[0], 0, sources.front()[2] * factor, sources.front()[3] * factor};
  for (const Shape& source : sources) joined[1] += source[1];
  return joined;
}

Tensor FusedConv2d::joined_sources(const Operands& o) const {
  std::vector<Shape> shapes;
  for (const TensorView& source : o.all(kSources)) shapes.push_back(source.shape);
  Tensor joined(DType::kFloat32, joined_shape(shapes));
  float* dst = joined.values<float>().data();
  const std::int64_t plane = joined.shape()[2] * joined.shape()[3];
  for (std::int64_t image = 0; image < joined.shape()[0]; ++image) {
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      put_source(o.input(kSources, static_cast<int>(s)), image, upsampled_[s], dst, *o.pool);
      dst += shapes[s][1] * plane;
    }
  }
  return joined;
}

void FusedConv2d::infer(Inference& in) const {
  std::vector<Shape> sources;
  for (int s = 0; s < in.count(kSources); ++s) sources.push_back(in.input(kSources, s).shape);
  for (std::size_t s = 0; s < sources.size(); ++s) {
    if (sources[s].size() != 4 || joined_shape({sources[s]}, s)[2] != joined_shape(sources)[2] ||
        joined_shape({sources[s]}, s)[3] != joined_shape(sources)[3]) {
      in.fail("source ", sources[s], " beside ", sources.front());
    }
  }
  conv_->infer_from(in, joined_shape(sources));
  if (!in.has_output(kPooled)) return;
  Shape pooled = in.output(kDst).shape;
  pooled[2] = (pooled[2] + (pooling.ceil_h ? 1 : 0)) / 2;
  pooled[3] = (pooled[3] + (pooling.ceil_w ? 1 : 0)) / 2;
  in.set_output(kPooled, {DType::kFloat32, std::move(pooled)});
}

void FusedConv2d::run_reference(const Operands& o) const {
  const Tensor joined = joined_sources(o);
  std::vector<std::vector<TensorView>> inputs = *o.inputs;
  inputs[kSources] = {joined.view()};
  conv_->run_reference({&inputs, o.outputs, o.pool});
  if ((*o.outputs)[kPooled].empty()) return;
  const Shape& dst = o.output(kDst).shape;
  const Shape& pooled = o.output(kPooled).shape;
  kernels::pool2d_reference(
      kernels::max_pool_2x2(dst[0] * dst[1], dst[2], dst[3], pooled[2], pooled[3]),
      o.output(kDst).as<const float>(), o.output(kPooled).as<float>(), *o.pool);
}

double FusedConv2d::macs(const Graph& graph, const Node& node) const {
  return conv_->macs(graph, node);
}

Description FusedConv2d::describe() const {
  auto all = conv_->describe();
  std::string upsampled;
  for (std::size_t s = 0; s < upsampled_.size(); ++s) {
    if (upsampled_[s]) upsampled += (upsampled.empty() ? "source " : ", ") + std::to_string(s);
  }
  if (!upsampled.empty()) all.add("upsampled", upsampled);
  return all;
}

const Conv2d* convolution_of(const Node& node) {
  if (const FusedConv2d* fused = op_as<FusedConv2d>(node)) return &fused->conv();
  return op_as<Conv2d>(node);
}

bool upsamples_source(const Node& node, std::size_t source) {
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  return fused && fused->upsamples(source);
}

void make_fused(Node& node) {
  if (op_as<FusedConv2d>(node)) return;
  node.op = make_operator<FusedConv2d>(std::dynamic_pointer_cast<const Conv2d>(node.op),
                                       std::vector<bool>{false});
  node.outputs.resize(2);
}

void replace_source(Node& node, std::size_t source, const std::vector<ValueId>& by,
                    bool upsampled) {
  const FusedConv2d& old = *op_as<FusedConv2d>(node);
  std::vector<bool> flags = old.upsampled();
  std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
  const auto at = static_cast<std::ptrdiff_t>(source);
  flags.erase(flags.begin() + at);
  flags.insert(flags.begin() + at, by.size(), upsampled);
  sources.erase(sources.begin() + at);
  sources.insert(sources.begin() + at, by.begin(), by.end());
  auto conv = make_mutable_operator<Conv2d>(old.conv());
  auto fused = make_mutable_operator<FusedConv2d>(std::move(conv), std::move(flags));
  fused->pooling = old.pooling;
  node.op = std::move(fused);
}

void add_pooled(Node& node, ValueId pooled, FusedConv2d::Pooling pooling) {
  auto fused = make_mutable_operator<FusedConv2d>(*op_as<FusedConv2d>(node));
  fused->pooling = pooling;
  node.op = std::move(fused);
  node.outputs[FusedConv2d::kPooled] = {pooled};
}

bool FusedConv2d::keeps_images_apart(const Graph&, const Node& node,
                                     const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kSources, kResidual});
}

}  // namespace u2net::engine
