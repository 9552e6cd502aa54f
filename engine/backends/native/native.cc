// SPDX-License-Identifier: Apache-2.0
// The native backend: every node that the native kernels can do, the others on the reference
// kernels.
#include "engine/backends/backend_table.h"
#include "engine/backends/native/native_builder.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/plan/tile_kernels.h"
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

// What became of the permission, where there are kernels that may make use of it.
void tell_precision(native::Builder& builder) {
  const Precision asked = builder.options().kernels.precision;
  const TileKernels tiles = tile_kernels(asked, builder.options().cpu);
  if (tiles.variants.empty()) return;
  const auto [all, on_tiles, in_halves] = builder.count_convolutions();
  PlanBuilder& plan = builder.plan();
  if (on_tiles == 0) {
    plan.decide_precision(stays_f32(asked, "no convolution of the network is faster for it"));
    return;
  }
  plan.note(
      str_cat("precision ", precision_name(asked), ": ", on_tiles, " of ", all, " convolutions, ",
              asked == Precision::kMixed ? str_cat(in_halves, " of them as bf16x3, ") : "", "on ",
              tiles.emulated ? "emulated tiles" : "the tiles of AMX",
              builder.bf16_values().measured ? ", centred as a run on a made picture tells" : ""));
  if (tiles.emulated) {
    plan.warn(
        "the tiles of AMX are emulated, as U2NET_EMULATE_TILES asks for: as slow as a test may "
        "be");
  }
}

class NativeBackend : public Backend {
 public:
  std::string_view name() const override { return "native"; }

  PrecisionDecision decide_precision(const BackendOptions& options) const override {
    return tile_kernels(options.kernels.precision, options.cpu).decision;
  }

  bool has_kernel(const OpType& type) const override { return native::has_node_builder(type); }

  void build(const BackendOptions& options, PlanBuilder& plan) const override {
    const Graph& graph = plan.graph();
    const kernels::FloatScope floats;  // weights are packed as they would be used
    native::Builder builder(graph, options, plan);
    for (const Node& node : graph.nodes) native::build_node(builder, node);
    builder.finish();
    tell_precision(builder);
  }
};

}  // namespace

void native::build_node(Builder& builder, const Node& node) {
  const std::string why = build_natively(builder, node);
  if (!why.empty()) builder.add_fallback(node, why);
  builder.finish_node(node);
}

const Backend& native_backend() {
  static const NativeBackend backend;
  return backend;
}

}  // namespace u2net::engine
