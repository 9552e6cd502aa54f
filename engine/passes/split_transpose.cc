// SPDX-License-Identifier: Apache-2.0
// y = conv2d_transpose(x, w), whose windows lie side by side, to a few channels
//   ->  v = conv2d(x, w'), 1x1 to a channel for each pixel of a window;  y = pixel_shuffle(v)
// as networks of which a map of the picture's size is asked end: a vector of channels would be
// nearly empty, and holds a window of them instead. A function of one operand behind y goes behind
// v, where it may become part of the convolution.
#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/shuffle.h"
#include "engine/ops/unary.h"
#include "engine/passes/channel_weights.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

// The sides of the windows, or 0 where it is no such convolution.
std::int64_t window_of(const Graph& graph, const Node& node) {
  constexpr std::int64_t kMostChannels = 4, kMostSide = 4;
  const Conv2dTranspose* op = node.op ? op_as<Conv2dTranspose>(node) : nullptr;
  if (!op || foldable_channels(graph, node) == 0) return 0;
  const Conv2dTransposeOptions& o = op->options();
  const Shape& filter = graph.constant(node.input(Conv2dTranspose::kFilter))->shape();
  const auto is_zero = [](std::int64_t v) { return v == 0; };
  const bool is_unpadded = o.padding_algorithm == PaddingAlgorithm::kValid ||
                           (o.padding_algorithm == PaddingAlgorithm::kExplicit &&
                            std::ranges::all_of(o.paddings, is_zero));
  const bool has_own_size = !o.output_size.empty() ||
                            node.has_input(Conv2dTranspose::kSizeTensor) ||
                            node.has_input(Conv2dTranspose::kSizeTensorList) ||
                            !std::ranges::all_of(o.output_padding, is_zero);
  const std::int64_t side = filter[2];
  const bool lies_side_by_side = is_unpadded && !has_own_size && filter[3] == side &&
                                 o.strides == Pair{side, side} && o.dilations == Pair{1, 1};
  const bool is_wanted =
      o.groups == 1 && filter[1] <= kMostChannels && side > 1 && side <= kMostSide;
  return lies_side_by_side && is_wanted ? side : 0;
}

// [oc * window][ic][1][1] of a filter [ic][oc][side][side].
Tensor pointwise_filter(const Tensor& filter) {
  const Shape& from = filter.shape();
  const std::int64_t ic = from[0], oc = from[1] * from[2] * from[3];
  Tensor result(DType::kFloat32, {oc, ic, 1, 1});
  for (std::int64_t o = 0; o < oc; ++o) {
    for (std::int64_t i = 0; i < ic; ++i)
      result.values<float>()[o * ic + i] = filter.values<float>()[i * oc + o];
  }
  return result;
}

Tensor repeated(const Tensor& bias, std::int64_t times) {
  Tensor result(DType::kFloat32, {bias.size() * times});
  for (std::int64_t i = 0; i < result.size(); ++i)
    result.values<float>()[i] = bias.values<float>()[i / times];
  return result;
}

// For what `like` is before its pixels are shuffled.
ValueId add_unshuffled(Graph& graph, ValueId like) {
  return graph.add_value({.name = str_cat(graph.values[like].name, ".pixels"),
                          .type = {},
                          .type_is_known = false,
                          .constant = nullptr});
}

}  // namespace

bool split_transpose(Graph& graph, WorkBudget& budget) {
  const Connections connections(graph);
  std::vector<Node> behind(graph.nodes.size());  // what is to follow a node
  bool changed = false;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    Node& node = graph.nodes[n];
    const std::int64_t side = window_of(graph, node);
    if (side == 0) continue;
    const Tensor& filter = *graph.constant(node.input(Conv2dTranspose::kFilter));
    const auto elements = static_cast<double>(filter.size());
    if (!budget.take({.bytes = 2 * elements * sizeof(float), .work = 2 * elements})) continue;
    const Use* use = connections.sole_use(node.output());
    Node* const function =
        use && op_as<Unary>(graph.nodes[use->node]) ? &graph.nodes[use->node] : nullptr;
    Node& last = function ? *function : node;
    Node shuffle{.name = last.name,
                 .op = make_operator<Shuffle>(ShuffleKind::kPixelShuffle, side, false),
                 .inputs = {{add_unshuffled(graph, last.output())}},
                 .outputs = last.outputs,
                 .scope = last.scope};
    if (function) {
      node.outputs = {{add_unshuffled(graph, node.output())}};
      function->inputs = {{node.output()}};
    }
    last.outputs = shuffle.inputs;
    node.op = make_operator<Conv2d>(Conv2dOptions{});
    node.inputs.resize(node.op->type().inputs.size());
    node.inputs[Conv2d::kFilter] = {
        graph.add_constant(str_cat(node.name, ".filter"), pointwise_filter(filter))};
    if (const Tensor* bias = graph.constant(node.input(Conv2d::kBias))) {
      node.inputs[Conv2d::kBias] = {
          graph.add_constant(str_cat(node.name, ".bias"), repeated(*bias, side * side))};
    }
    for (Node* moved : {&node, function}) {
      if (moved) moved->name = graph.values[moved->output()].name;
    }
    behind[function ? static_cast<std::size_t>(use->node) : n] = std::move(shuffle);
    changed = true;
  }
  std::vector<Node> nodes;
  for (std::size_t n = 0; n < behind.size(); ++n) {
    nodes.push_back(std::move(graph.nodes[n]));
    if (behind[n].op) nodes.push_back(std::move(behind[n]));
  }
  graph.nodes = std::move(nodes);
  return changed;
}

}  // namespace u2net::engine
