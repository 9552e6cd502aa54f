// SPDX-License-Identifier: Apache-2.0
// The native backend: every node that the native kernels can do, the others on the reference
// kernels.
#include "engine/backends/backend_table.h"
#include "engine/backends/native/native_builder.h"
#include "engine/graph/op.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

bool is_image_operator(const native::Builder& builder, const Node& node) {
  if (node.inputs.empty() || node.inputs.front().empty() || !builder.is_image(node.output()))
    return false;
  for (ValueId id : node.inputs.front()) {
    if (builder.graph().type_of(id).dtype != DType::kFloat32) return false;
  }
  return true;
}

void build_node(native::Builder& builder, const Node& node) {
  const native::NodeBuilder build = native::find_node_builder(*node.op);
  std::string why = "there is no native kernel for it";
  if (build)
    why = is_image_operator(builder, node) ? build(builder, node)
                                           : "not a float32 tensor with 4 dimensions";
  if (!why.empty()) builder.add_fallback(node, why);
  builder.finish_node(node);
}

class NativeBackend : public Backend {
 public:
  std::string_view name() const override { return "native"; }

  bool has_kernel(const OpType& type) const override { return native::has_node_builder(type); }

  void build(const BackendOptions& options, PlanBuilder& plan) const override {
    const Graph& graph = plan.graph();
    const kernels::FloatScope floats;  // weights are packed as they would be used
    native::Builder builder(graph, options, plan);
    for (const Node& node : graph.nodes) build_node(builder, node);
    builder.finish();
  }
};

}  // namespace

const Backend& native_backend() {
  static const NativeBackend backend;
  return backend;
}

}  // namespace u2net::engine
