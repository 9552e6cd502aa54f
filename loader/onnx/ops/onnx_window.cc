// SPDX-License-Identifier: Apache-2.0
// Convolutions, pools, and images at places that are named.
#include <algorithm>
#include <optional>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/concat.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/crop.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/gather.h"
#include "engine/ops/grid_sampler.h"
#include "engine/ops/pad.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/reduce.h"
#include "engine/ops/renaming.h"
#include "engine/ops/shape.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::PoolKind;

// How many dimensions the window has: two, or one, which counts as a row of an image.
enum class Windows { kRows, kImages };

// One or two values of 1 to 65536.
Pair read_pair(const OnnxNode& n, const char* name, Windows windows) {
  Integers pair = n.attributes.integers(name, {});
  if (pair.empty()) return {1, 1};
  if (pair.size() != (windows == Windows::kRows ? 1 : 2))
    n.fail_unsupported(name, " of ", pair.size(), " dimensions");
  for (std::int64_t v : pair) {
    if (v < 1 || v > kMaxExtent) n.attributes.fail(name, "contains ", v);
  }
  if (windows == Windows::kRows) return {1, pair[0]};
  return {pair[0], pair[1]};
}

// By the operand's rank, where it is known, else by the attribute's numbers.
Windows windows_of(const OnnxNode& n) {
  const std::size_t numbers = n.attributes.integers("kernel_shape", {}).size();
  const int rank = n.rank(0) != kUnknownRank ? n.rank(0)
                   : n.count() > 1           ? n.rank(1)
                   : numbers == 1            ? 3
                                             : 4;
  if (rank != 3 && rank != 4 && rank != kUnknownRank)
    n.fail_unsupported("an operand of rank ", rank);
  return rank == 3 ? Windows::kRows : Windows::kImages;
}

ValueId as_image(OnnxNode& n, ValueId x, Windows windows) {
  if (windows == Windows::kImages) return x;
  return n.add(make_operator<Unsqueeze>(Integers{2}), {{x}}, 4);
}

void finish_window(OnnxNode& n, Windows windows, std::shared_ptr<const Operator> op,
                   std::vector<std::vector<ValueId>> inputs) {
  if (windows == Windows::kImages) return n.finish(std::move(op), std::move(inputs), 4);
  const ValueId image = n.add(std::move(op), std::move(inputs), 4);
  n.finish(make_operator<Squeeze>(Integers{2}), {{image}}, 3);
}

struct Padding {
  PaddingAlgorithm algorithm = PaddingAlgorithm::kExplicit;
  Paddings paddings = {};
};

// Of `pads`: all begins, then all ends.
Paddings read_pads(const OnnxNode& n, Windows windows) {
  Integers p = n.attributes.integers("pads", {});
  if (p.empty()) return {};
  if (p.size() != (windows == Windows::kRows ? 2 : 4))
    n.fail_unsupported("pads of ", p.size() / 2, " dimensions");
  for (std::int64_t v : p) {
    if (v < 0 || v > kMaxExtent) n.attributes.fail("pads", "contains ", v);
  }
  if (windows == Windows::kRows) return {0, 0, p[0], p[1]};
  return {p[0], p[2], p[1], p[3]};
}

// The same, or what auto_pad makes of it.
Padding read_padding(const OnnxNode& n, Windows windows, const std::optional<Pair>& kernel,
                     const Pair& strides, const Pair& dilations) {
  const std::string automatic = n.attributes.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET" || automatic.empty()) {
    return {PaddingAlgorithm::kExplicit, read_pads(n, windows)};
  }
  if (automatic == "VALID") return {PaddingAlgorithm::kValid, {}};
  const bool lower = automatic == "SAME_LOWER";
  if (!lower && automatic != "SAME_UPPER") n.attributes.fail("auto_pad", "is '", automatic, "'");
  if (strides == Pair{1, 1} && kernel) {  // whatever the size of the image
    Padding padding;
    for (std::size_t i = 0; i < 2; ++i) {
      if ((*kernel)[i] > kMaxExtent) n.fail_unsupported("a window of ", (*kernel)[i]);
      const std::int64_t total = ((*kernel)[i] - 1) * dilations[i], less = total / 2;
      padding.paddings[2 * i] = lower ? total - less : less;
      padding.paddings[2 * i + 1] = lower ? less : total - less;
    }
    return padding;
  }
  if (lower || dilations != Pair{1, 1})
    n.fail_unsupported("auto_pad ", automatic, " with strides ", strides[0], ",", strides[1]);
  return {PaddingAlgorithm::kSame, {}};
}

// What the attribute says or, of a convolution, its filter.
std::optional<Pair> kernel_of(const OnnxNode& n, Windows windows) {
  const Tensor* filter = n.known(1);
  const bool is_row = windows == Windows::kRows;
  const Shape shape = filter ? filter->shape() : Shape{};
  if (filter && shape.size() != (is_row ? 3 : 4))
    n.fail_unsupported("a filter ", shape, ", which is not of images,");
  if (n.attributes.has("kernel_shape")) {
    const Pair kernel = read_pair(n, "kernel_shape", windows);
    if (filter && (kernel[1] != shape.back() || (!is_row && kernel[0] != shape[2])))
      n.attributes.fail("kernel_shape", "does not agree with the filter ", shape);
    return kernel;
  }
  if (filter == nullptr) return std::nullopt;
  return Pair{is_row ? 1 : shape[2], shape.back()};
}

std::int64_t read_groups(const OnnxNode& n) {
  const std::int64_t groups = n.attributes.integer("group", 1);
  if (groups < 1) n.attributes.fail("group", "is ", groups);
  return groups;
}

std::vector<std::vector<ValueId>> conv_inputs(OnnxNode& n, Windows windows) {
  std::vector<std::vector<ValueId>> inputs = {{as_image(n, n.input(0), windows)},
                                              {as_image(n, n.input(1), windows)}};
  if (n.has(2)) inputs.push_back({n.input(2)});
  return inputs;
}

void conv(OnnxNode& n) {
  const Windows windows = windows_of(n);
  const std::optional<Pair> kernel = kernel_of(n, windows);
  Conv2dOptions options{.strides = read_pair(n, "strides", windows),
                        .dilations = read_pair(n, "dilations", windows),
                        .groups = read_groups(n)};
  const Padding padding = read_padding(n, windows, kernel, options.strides, options.dilations);
  options.padding_algorithm = padding.algorithm;
  options.paddings = padding.paddings;
  finish_window(n, windows, make_operator<Conv2d>(options), conv_inputs(n, windows));
}

// auto_pad SAME: as much is cut from the result that its size is that of the source by the stride,
// unless it is smaller.
Paddings read_cut(const OnnxNode& n, Windows windows, const std::optional<Pair>& kernel,
                  const Conv2dTransposeOptions& o) {
  const std::string automatic = n.attributes.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET" || automatic.empty()) return read_pads(n, windows);
  if (automatic == "VALID") return {};
  const bool lower = automatic == "SAME_LOWER";
  if (!lower && automatic != "SAME_UPPER") n.attributes.fail("auto_pad", "is '", automatic, "'");
  if (!kernel) n.fail_unsupported("auto_pad with a filter that the graph computes");
  Paddings cut{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t extra = o.output_padding.empty() ? 0 : o.output_padding[i];
    const std::int64_t total =
        std::max<std::int64_t>(((*kernel)[i] - 1) * o.dilations[i] + 1 + extra - o.strides[i], 0);
    cut[2 * i] = lower ? total - total / 2 : total / 2;
    cut[2 * i + 1] = total - cut[2 * i];
  }
  return cut;
}

// output_shape: as much is cut from the result as it is too large, of an odd number one row or
// column more in front, or behind with auto_pad SAME_UPPER.
void finish_cut_to_size(OnnxNode& n, Windows windows, ValueId image) {
  Integers wanted = n.attributes.integers("output_shape", {});
  const std::size_t dimensions = windows == Windows::kRows ? 1 : 2;
  if (wanted.size() != dimensions && wanted.size() != dimensions + 2)
    n.attributes.fail("output_shape", "has ", wanted.size(), " values");
  wanted.erase(wanted.begin(), wanted.end() - static_cast<std::ptrdiff_t>(dimensions));
  if (windows == Windows::kRows) wanted.insert(wanted.begin(), 1);
  const bool upper = n.attributes.text("auto_pad", "NOTSET") == "SAME_UPPER";
  const auto pair = [&](std::shared_ptr<const Operator> op, ValueId x, ValueId y) {
    return n.add(std::move(op), {{x}, {y}}, 1);
  };
  const auto arithmetic = [](kernels::BinaryKind kind) { return make_operator<Elementwise>(kind); };
  const ValueId sizes = n.add(make_operator<ShapeOf>(DType::kInt64), {{image}}, 1),
                sides = pair(make_operator<Gather>(kGather, 0), sizes, n.constant({2, 3})),
                less = n.constant({wanted[0] - (upper ? 0 : 1), wanted[1] - (upper ? 0 : 1)}),
                surplus = pair(arithmetic(kernels::BinaryKind::kSubtract), sides, less),
                front = pair(arithmetic(kernels::BinaryKind::kFloorDivide), surplus,
                             n.constant({2, 2})),
                corner = n.add(make_operator<Concat>(0), {{n.constant({0, 0}), front}}, 1);
  finish_window(n, windows, make_operator<Crop>(Integers{-1, -1, wanted[0], wanted[1]}, Integers{}),
                {{image}, {}, {corner}});
}

void conv_transpose(OnnxNode& n) {
  const Windows windows = windows_of(n);
  const std::optional<Pair> kernel = kernel_of(n, windows);
  if (kernel && ((*kernel)[0] > kMaxExtent || (*kernel)[1] > kMaxExtent))
    n.fail_unsupported("a window of more than ", kMaxExtent);
  Conv2dTransposeOptions options{.strides = read_pair(n, "strides", windows),
                                 .dilations = read_pair(n, "dilations", windows),
                                 .groups = read_groups(n)};
  Integers extra = n.attributes.integers("output_padding", {});
  for (std::int64_t v : extra) {
    if (v < 0 || v > kMaxExtent) n.attributes.fail("output_padding", "contains ", v);
  }
  if (extra.size() == 1 && windows == Windows::kRows) extra.insert(extra.begin(), 0);
  if (!extra.empty() && extra.size() != 2)
    n.fail_unsupported("output_padding of ", extra.size(), " dimensions");
  options.output_padding = std::move(extra);
  const bool has_size = n.attributes.has("output_shape");
  if (!has_size) options.paddings = read_cut(n, windows, kernel, options);
  const auto op = make_operator<Conv2dTranspose>(options);
  if (!has_size) return finish_window(n, windows, op, conv_inputs(n, windows));
  finish_cut_to_size(n, windows, n.add(op, conv_inputs(n, windows), 4));
}

// Zeros around the image, which count as samples do.
ValueId padded(OnnxNode& n, ValueId x, const Paddings& p) {
  if (p == Paddings{}) return x;
  return n.add(make_operator<Pad>(PadOptions{.paddings = {0, 0, 0, 0, p[0], p[1], p[2], p[3]}}),
               {{x}}, 4);
}

template <PoolKind kind>
void pool(OnnxNode& n) {
  const Windows windows = windows_of(n);
  if (!n.attributes.has("kernel_shape")) n.attributes.fail("kernel_shape", "is missing");
  if (read_pair(n, "dilations", windows) != Pair{1, 1}) n.fail_unsupported("a dilated window");
  if (n.attributes.integer("storage_order", 0) != 0) n.fail_unsupported("storage_order 1");
  Pool2dOptions options{.kind = kind,
                        .kernel = read_pair(n, "kernel_shape", windows),
                        .strides = read_pair(n, "strides", windows),
                        .ceil_mode = n.attributes.boolean("ceil_mode", false)};
  const Padding padding = read_padding(n, windows, options.kernel, options.strides, {1, 1});
  options.padding_algorithm = padding.algorithm;
  options.paddings = padding.paddings;
  options.begins_inside = options.ceil_mode;
  const bool counts_padding =
      kind == PoolKind::kAverage && n.attributes.boolean("count_include_pad", false);
  ValueId x = as_image(n, n.input(0), windows);
  if (counts_padding) {
    if (options.padding_algorithm == PaddingAlgorithm::kSame)
      n.fail_unsupported("count_include_pad beside auto_pad");
    const Paddings& p = options.paddings;
    if (p[0] == p[1] && p[2] == p[3]) {
      options.exclusive = false;
    } else if (options.ceil_mode) {
      n.fail_unsupported("count_include_pad beside ceil_mode and uneven pads");
    } else {
      x = padded(n, x, p);
      options.paddings = {};
    }
  }
  if (options.ceil_mode && options.padding_algorithm == PaddingAlgorithm::kSame)
    n.fail_unsupported("ceil_mode beside auto_pad");
  finish_window(n, windows, make_operator<Pool2d>(options), {{x}});
}

// Over all dimensions behind the channels.
template <PoolKind kind>
void global_pool(OnnxNode& n) {
  if (const int rank = n.rank(0); rank > 4) {
    ReduceOptions options{.axes = {}, .keep_dims = true, .dtype = {}, .keeps_type = true};
    for (int axis = 2; axis < rank; ++axis) options.axes.push_back(axis);
    constexpr bool is_mean = kind == PoolKind::kAverage;
    const auto reduce = is_mean ? kernels::ReduceKind::kMean : kernels::ReduceKind::kMax;
    return n.finish(make_operator<Reduce>(reduce, options), {{n.input(0)}}, rank);
  }
  const Windows windows = windows_of(n);
  finish_window(
      n, windows,
      make_operator<Pool2d>(Pool2dOptions{.kind = kind, .kernel = {1, 1}, .global = true}),
      {{as_image(n, n.input(0), windows)}});
}

void grid_sample(OnnxNode& n) {
  const std::string mode = n.attributes.text("mode", n.opset() < 20 ? "bilinear" : "linear");
  const std::string padding = n.attributes.text("padding_mode", "zeros");
  GridSamplerOptions options{.nearest = mode == "nearest",
                             .padding = padding == "border" ? kernels::GridPadding::kBorder
                                        : padding == "reflection"
                                            ? kernels::GridPadding::kReflection
                                            : kernels::GridPadding::kZeros,
                             .align_corners = n.attributes.boolean("align_corners", false)};
  if (mode != "nearest" && mode != "bilinear" && mode != "linear")
    n.fail_unsupported("mode '", mode, "'");
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    n.attributes.fail("padding_mode", "is '", padding, "'");
  n.finish(make_operator<GridSampler>(options), {{n.input(0)}, {n.input(1)}}, 4);
}

constexpr OnnxOp kOps[] = {
    {"AveragePool", pool<PoolKind::kAverage>},
    {"Conv", conv},
    {"ConvTranspose", conv_transpose},
    {"GlobalAveragePool", global_pool<PoolKind::kAverage>},
    {"GlobalMaxPool", global_pool<PoolKind::kMax>},
    {"GridSample", grid_sample},
    {"MaxPool", pool<PoolKind::kMax>},
};

}  // namespace

std::span<const OnnxOp> onnx_window_ops() { return kOps; }

}  // namespace u2net::engine
