// SPDX-License-Identifier: Apache-2.0
// y = bilinear_interp(x) to exactly twice the height and width, half-pixel centres;  z = conv2d(y),
// 3x3
//   ->  z = conv2d(x resized on the way)          where nothing but such convolutions reads y
// Winograd's input transform is linear, so that resizing costs it next to nothing: half the
// columns.
#include <algorithm>

#include "engine/ops/fused_conv2d.h"
#include "engine/ops/interp.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

bool doubles(const Graph& graph, const Node& node) {
  const Interp* interp = node.op ? op_as<Interp>(node) : nullptr;
  if (!interp) return false;
  for (int slot : {Interp::kOutSize, Interp::kSizeTensor, Interp::kScale}) {
    if (node.has_input(slot)) return false;
  }
  const kernels::InterpParams p =
      interp->params(graph.type_of(node.input(0)).shape, graph.type_of(node.output()).shape);
  return p.kind == kernels::InterpKind::kBilinear && p.half_pixel && p.oh == 2 * p.ih &&
         p.ow == 2 * p.iw && p.ratio_h == 0.5F && p.ratio_w == 0.5F;
}

// What Winograd can do: 3x3, padding of 1, nothing else.
bool takes_resized(const Graph& graph, const Use& use, ValueId resized) {
  if (use.node == kOutputUse || use.slot != FusedConv2d::kSources) return false;
  const Node& node = graph.nodes[use.node];
  const Conv2d* conv = node.op ? convolution_of(node) : nullptr;
  if (!conv || !graph.constant(node.input(FusedConv2d::kFilter))) return false;
  const Shape& filter = graph.type_of(node.input(FusedConv2d::kFilter)).shape;
  const Shape& dst = graph.type_of(node.output()).shape;
  Shape src = dst;  // padding of 1 keeps the size
  src[1] = filter[1] * conv->groups();
  const kernels::Conv2dParams p = conv->params(src, filter, dst);
  const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
  for (std::size_t s = 0; s < sources.size(); ++s) {
    if (sources[s] == resized && upsamples_source(node, s)) return false;  // not four times
  }
  const std::int64_t factor = upsamples_source(node, 0) ? 2 : 1;
  const Shape& first = graph.type_of(sources.front()).shape;
  return p.kh == 3 && p.kw == 3 && p.stride_h == 1 && p.stride_w == 1 && p.dilation_h == 1 &&
         p.dilation_w == 1 && p.pad_top == 1 && p.pad_left == 1 && p.groups == 1 &&
         first[2] * factor == p.oh && first[3] * factor == p.ow;
}

}  // namespace

bool fold_upsample(Graph& graph) {
  bool changed = false;
  // Of the graph as it was: what the pass connects anew is read by no resize that is still to come.
  const Connections connections(graph);
  for (Node& interp : graph.nodes) {
    if (!doubles(graph, interp)) continue;
    const std::vector<Use>& uses = connections.uses[interp.output()];
    const bool all = std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
      return takes_resized(graph, use, interp.output());
    });
    if (!all) continue;
    for (const Use& use : uses) {
      Node& conv = graph.nodes[use.node];
      make_fused(conv);
      const std::vector<ValueId>& sources = conv.inputs[FusedConv2d::kSources];
      const auto at = std::find(sources.begin(), sources.end(), interp.output());
      replace_source(conv, static_cast<std::size_t>(at - sources.begin()), {interp.input(0)}, true);
    }
    interp.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
