// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x);  z = pool2d(y), 2x2 maximum of stride 2  ->  y, z = conv2d(x) with both results
//   whoever else reads y. The maximum is taken while the tile is in the registers.
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/pool2d.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

bool halves(const Graph& graph, const Node& node) {
  const Pool2d* pool = node.op ? op_as<Pool2d>(node) : nullptr;
  if (!pool) return false;
  const Shape& dst = graph.type_of(node.output()).shape;
  const kernels::Pool2dParams p = pool->params(graph.type_of(node.input(0)).shape, dst);
  return p.kind == kernels::PoolKind::kMax && p.kh == 2 && p.kw == 2 && p.stride_h == 2 &&
         p.stride_w == 2 && p.pad_top == 0 && p.pad_left == 0 && 2 * (p.oh - 1) < p.ih &&
         2 * (p.ow - 1) < p.iw;
}

}  // namespace

bool fuse_max_pool(Graph& graph) {
  bool changed = false;
  const Connections connections(graph);
  for (Node& pool : graph.nodes) {
    if (!halves(graph, pool)) continue;
    const int producer = connections.producer[pool.input(0)];
    if (producer < 0) continue;
    Node& conv = graph.nodes[producer];
    if (!conv.op || !convolution_of(conv) || conv.output() != pool.input(0)) continue;
    make_fused(conv);
    if (!conv.outputs[FusedConv2d::kPooled].empty()) continue;  // another pool2d came first
    const Shape &src = graph.type_of(pool.input(0)).shape,
                &dst = graph.type_of(pool.output()).shape;
    add_pooled(conv, pool.output(), {.ceil_h = 2 * dst[2] > src[2], .ceil_w = 2 * dst[3] > src[3]});
    pool.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
