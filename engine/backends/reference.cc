// SPDX-License-Identifier: Apache-2.0
// Every node with its reference kernel, in order: the plainly right way to run a graph.
#include "engine/backends/backend_table.h"
#include "engine/backends/value_buffers.h"

namespace u2net::engine {
namespace {

class ReferenceBackend : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  void build(const BackendOptions& options, PlanBuilder& builder) const override {
    const Graph& graph = builder.graph();
    ValueBuffers buffers(graph, builder);
    for (const Node& node : graph.nodes) {
      add_reference_node(graph, node, options.share_memory, buffers, builder);
    }
    add_outputs(graph, buffers, builder);
  }
};

}  // namespace

const Backend& reference_backend() {
  static const ReferenceBackend backend;
  return backend;
}

}  // namespace u2net::engine
