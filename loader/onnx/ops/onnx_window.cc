// SPDX-License-Identifier: Apache-2.0
// Convolution and pooling.
#include <optional>
#include <string>

#include "engine/ops/conv2d.h"
#include "engine/ops/pool2d.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using Integers = std::vector<std::int64_t>;
using kernels::PoolKind;

// Two values of 1 to 65536: the engine has windows over images, no others.
Pair read_pair(const OnnxNode& n, std::string_view name) {
  const Integers pair = n.attributes.integers(name, {1, 1});
  if (pair.size() != 2)
    n.fail_unsupported(std::string(name) + " of " + std::to_string(pair.size()) + " dimensions");
  for (std::int64_t v : pair) {
    if (v < 1 || v > kMaxExtent) n.attributes.fail(name, "contains " + std::to_string(v));
  }
  return {pair[0], pair[1]};
}

struct Padding {
  PaddingAlgorithm algorithm = PaddingAlgorithm::kExplicit;
  Paddings paddings = {};
};

// Of `pads` (all begins, then all ends), or what auto_pad makes of it.
Padding read_padding(const OnnxNode& n, const std::optional<Pair>& kernel, const Pair& strides,
                     const Pair& dilations) {
  const std::string automatic = n.attributes.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET" || automatic.empty()) {
    const Integers p = n.attributes.integers("pads", {0, 0, 0, 0});
    if (p.size() != 4)
      n.fail_unsupported("pads of " + std::to_string(p.size() / 2) + " dimensions");
    for (std::int64_t v : p) {
      if (v < 0 || v > kMaxExtent) n.attributes.fail("pads", "contains " + std::to_string(v));
    }
    return {PaddingAlgorithm::kExplicit, {p[0], p[2], p[1], p[3]}};
  }
  if (automatic == "VALID") return {PaddingAlgorithm::kValid, {}};
  const bool lower = automatic == "SAME_LOWER";
  if (!lower && automatic != "SAME_UPPER") n.attributes.fail("auto_pad", "is '" + automatic + "'");
  if (strides == Pair{1, 1} && kernel) {  // whatever the size of the image
    Padding padding;
    for (std::size_t i = 0; i < 2; ++i) {
      if ((*kernel)[i] > kMaxExtent)
        n.fail_unsupported("a window of " + std::to_string((*kernel)[i]));
      const std::int64_t total = ((*kernel)[i] - 1) * dilations[i], less = total / 2;
      padding.paddings[2 * i] = lower ? total - less : less;
      padding.paddings[2 * i + 1] = lower ? less : total - less;
    }
    return padding;
  }
  if (lower || dilations != Pair{1, 1})
    n.fail_unsupported("auto_pad " + automatic + " with strides " + std::to_string(strides[0]) +
                       "," + std::to_string(strides[1]));
  return {PaddingAlgorithm::kSame, {}};
}

// What the attribute says or, of a convolution, its filter.
std::optional<Pair> kernel_of(const OnnxNode& n, const Tensor* filter) {
  if (n.attributes.has("kernel_shape")) return read_pair(n, "kernel_shape");
  if (filter == nullptr || filter->shape().size() != 4) return std::nullopt;
  return Pair{filter->shape()[2], filter->shape()[3]};
}

void conv(OnnxNode& n) {
  const Tensor* filter = n.known(1);
  if (filter && filter->shape().size() != 4)
    n.fail_unsupported("a filter " + to_string(filter->shape()) + ", which is not of images,");
  const std::optional<Pair> kernel = kernel_of(n, filter);
  if (kernel && filter && *kernel != Pair{filter->shape()[2], filter->shape()[3]})
    n.attributes.fail("kernel_shape",
                      "does not agree with the filter " + to_string(filter->shape()));
  Conv2dOptions options{.strides = read_pair(n, "strides"),
                        .dilations = read_pair(n, "dilations"),
                        .groups = n.attributes.integer("group", 1)};
  const Padding padding = read_padding(n, kernel, options.strides, options.dilations);
  options.padding_algorithm = padding.algorithm;
  options.paddings = padding.paddings;
  if (options.groups < 1) n.attributes.fail("group", "is " + std::to_string(options.groups));
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}, {n.input(1)}};
  if (n.has(2)) inputs.push_back({n.input(2)});
  n.finish(std::make_shared<Conv2d>(options), std::move(inputs), 4);
}

// ONNX drops a last window that would begin behind the image and its leading padding; the engine
// has it. Where none can begin there, both agree.
void check_ceiling(const OnnxNode& n, const Pool2dOptions& o) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (o.paddings[2 * i + 1] > o.kernel[i] - o.strides[i])
      n.fail_unsupported("ceil_mode with windows that may begin in the padding");
  }
}

template <PoolKind kind>
void pool(OnnxNode& n) {
  if (!n.attributes.has("kernel_shape")) n.attributes.fail("kernel_shape", "is missing");
  if (read_pair(n, "dilations") != Pair{1, 1}) n.fail_unsupported("a dilated window");
  if (n.attributes.integer("storage_order", 0) != 0) n.fail_unsupported("storage_order 1");
  Pool2dOptions options{.kind = kind,
                        .kernel = read_pair(n, "kernel_shape"),
                        .strides = read_pair(n, "strides"),
                        .ceil_mode = n.attributes.boolean("ceil_mode", false),
                        .exclusive = !n.attributes.boolean("count_include_pad", false)};
  const Padding padding = read_padding(n, options.kernel, options.strides, {1, 1});
  options.padding_algorithm = padding.algorithm;
  options.paddings = padding.paddings;
  if (options.padding_algorithm != PaddingAlgorithm::kExplicit) {
    if (options.ceil_mode) n.fail_unsupported("ceil_mode beside auto_pad");
    if (!options.exclusive) n.fail_unsupported("count_include_pad beside auto_pad");
  }
  if (options.ceil_mode) check_ceiling(n, options);
  const Paddings& p = options.paddings;
  if (!options.exclusive && (p[0] != p[1] || p[2] != p[3]))
    n.fail_unsupported("count_include_pad with other padding in front than behind");
  n.finish(std::make_shared<Pool2d>(options), {{n.input(0)}}, 4);
}

template <PoolKind kind>
void global_pool(OnnxNode& n) {
  n.finish(std::make_shared<Pool2d>(Pool2dOptions{.kind = kind, .kernel = {1, 1}, .global = true}),
           {{n.input(0)}}, 4);
}

// Over height and width, which is what networks that look at a whole image write it for.
void reduce_mean(OnnxNode& n) {
  const bool has_axes = n.has_list("axes", 1, 18);
  Integers axes = has_axes ? n.list("axes", 1, 18) : Integers{};
  for (std::int64_t& axis : axes) axis = n.axis(axis, n.rank(0));
  const bool is_image = axes == Integers{2, 3} || axes == Integers{3, 2};
  if (!is_image || n.rank(0) != 4 || !n.attributes.boolean("keepdims", true))
    n.fail_unsupported("a mean over other axes than height and width, kept as 1,");
  global_pool<PoolKind::kAverage>(n);
}

constexpr OnnxOp kOps[] = {
    {"AveragePool", pool<PoolKind::kAverage>},
    {"Conv", conv},
    {"GlobalAveragePool", global_pool<PoolKind::kAverage>},
    {"GlobalMaxPool", global_pool<PoolKind::kMax>},
    {"MaxPool", pool<PoolKind::kMax>},
    {"ReduceMean", reduce_mean},
};

}  // namespace

std::span<const OnnxOp> onnx_window_ops() { return kOps; }

}  // namespace u2net::engine
