// SPDX-License-Identifier: Apache-2.0
// y = concat(a, b, ...) over channels;  z = conv2d(y)  ->  z = conv2d(a, b, ...)
//   where nothing but such convolutions reads y: else it has to exist anyway.
#include <algorithm>

#include "engine/ops/concat.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/passes/pass.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine {
namespace {

bool joins_image_channels(const Graph& graph, const Node& node) {
  const Concat* concat = node.op ? op_as<Concat>(node) : nullptr;
  if (!concat || graph.type_of(node.output()).dtype != DType::kFloat32) return false;
  const std::size_t rank = graph.type_of(node.output()).shape.size();
  return rank == 4 && concat->axis(rank) == 1 && !node.has_input(Concat::kAxisTensor);
}

// Whether the reader can have `parts` sources wherever it reads `whole` now: it may do so several
// times.
bool takes_sources(const Graph& graph, const Use& use, ValueId whole, std::size_t parts) {
  if (use.node == kOutputUse || use.slot != FusedConv2d::kSources) return false;
  const Node& node = graph.nodes[use.node];
  const Conv2d* conv = node.op ? convolution_of(node) : nullptr;
  if (!conv || conv->groups() != 1) return false;
  const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
  const auto times = static_cast<std::size_t>(std::count(sources.begin(), sources.end(), whole));
  return sources.size() + times * (parts - 1) <= kernels::kMaxConvSources;
}

// The uses of a value but for those by nodes that are gone: one list of all connections serves the
// whole pass, which adds to it what it connects.
std::vector<Use> uses_of(const Graph& graph, const Connections& connections, ValueId id) {
  std::vector<Use> uses = connections.uses[id];
  std::erase_if(uses, [&](const Use& use) {
    return use.node != kOutputUse && graph.nodes[use.node].op == nullptr;
  });
  return uses;
}

}  // namespace

bool fold_concat(Graph& graph) {
  bool changed = false;
  Connections connections(graph);
  // From the last to the first: one inside of another finds its reader turned into a convolution.
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    Node& concat = graph.nodes[n];
    if (!joins_image_channels(graph, concat)) continue;
    const std::vector<Use> uses = uses_of(graph, connections, concat.output());
    const std::vector<ValueId>& parts = concat.inputs[Concat::kX];
    const bool all = std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
      return takes_sources(graph, use, concat.output(), parts.size());
    });
    if (!all) continue;
    for (const Use& use : uses) {
      Node& conv = graph.nodes[use.node];
      make_fused(conv);
      const std::vector<ValueId>& sources = conv.inputs[FusedConv2d::kSources];
      const auto at = std::find(sources.begin(), sources.end(), concat.output());
      const auto source = static_cast<std::size_t>(at - sources.begin());
      replace_source(conv, source, parts, upsamples_source(conv, source));
      for (ValueId part : parts) connections.uses[part].push_back(use);
    }
    concat.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
