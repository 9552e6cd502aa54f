// SPDX-License-Identifier: Apache-2.0
// The native backend: every node that the native kernels can do, the others on the reference
// kernels.
#include "engine/backends/backend_table.h"
#include "engine/backends/native/native_builder.h"
#include "engine/graph/op.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

bool takes_floats(const native::Builder& builder, const Node& node) {
  if (node.inputs.empty() || node.inputs.front().empty()) return false;
  for (ValueId id : node.inputs.front()) {
    if (builder.graph().type_of(id).dtype != DType::kFloat32) return false;
  }
  return true;
}

// An empty string, or why there is no native kernel for it.
std::string build_natively(native::Builder& builder, const Node& node) {
  const auto [build, of_any_rank] = native::find_node_builder(*node.op);
  if (!build) return "there is no native kernel for it";
  if (!takes_floats(builder, node)) return "not a float32 tensor";
  if (!of_any_rank && !builder.is_image(node.output())) return "not a tensor with 4 dimensions";
  return build(builder, node);
}

void build_node(native::Builder& builder, const Node& node) {
  const std::string why = build_natively(builder, node);
  if (!why.empty()) builder.add_fallback(node, why);
  builder.finish_node(node);
}

class NativeBackend : public Backend {
 public:
  std::string_view name() const override { return "native"; }

  // Tiles are what makes bf16 faster.
  PrecisionDecision decide_precision(const BackendOptions& options) const override {
    const Precision asked = options.kernels.precision;
    if (asked == Precision::kF32) return {};
    std::string why = "there are no bf16 kernels for whole networks in this version";
    if (!kernels::detected_features().contains(kernels::kAmx.features)) {
      why = "this processor has no AMX with bf16";
    } else if (!options.cpu.contains(kernels::kAmx.features)) {
      why = "U2NET_MAX_ISA holds AMX back";
    } else if (!kernels::tiles_are_permitted()) {
      why = "the system does not permit AMX";
    }
    return stays_f32(asked, std::move(why));
  }

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
