// SPDX-License-Identifier: Apache-2.0
// The onednn backend: every node that oneDNN can run as a primitive, the others on the reference
// kernels.
#include <limits>
#include <optional>

#include "engine/backends/backend_table.h"
#include "engine/backends/onednn/onednn_builder.h"
#include "engine/backends/onednn/onednn_threads.h"
#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "kernels/base/fork.h"

namespace u2net::engine {
namespace {

// oneDNN 2.6 generates wrong code now and then where several threads create primitives at once on a
// processor with AVX-512 and bfloat16. Also, oneDNN's own locks are free where nobody holds this
// one: no fork comes in between.
kernels::ForkMutex& creation() {
  static kernels::ForkMutex mutex;
  return mutex;
}

// While primitives are created.
class Creation {
 public:
  explicit Creation(int threads) : lock_(creation()), threads_(threads) { threads_.enter(); }
  ~Creation() { threads_.leave(); }
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

 private:
  std::lock_guard<kernels::ForkMutex> lock_;
  OpenMpScope threads_;
};

// Why a tensor's size alone keeps the node from oneDNN, which divides by the numbers of elements
// and counts them in int here and there; else empty.
std::string unsupported_size(const Graph& graph, const Node& node) {
  for (const auto* slots : {&node.inputs, &node.outputs}) {
    for (const auto& slot : *slots) {
      for (ValueId id : slot) {
        const std::int64_t count = element_count(graph.type_of(id).shape);
        if (count == 0) return "a tensor without elements";
        if (count > std::numeric_limits<int>::max()) return "more than 2^31 elements";
      }
    }
  }
  return {};
}

bool operands_are_images(const onednn::Builder& builder, const Node& node, bool of_any_rank) {
  const TensorType& result = builder.graph().type_of(node.output());
  if (of_any_rank ? result.dtype != DType::kFloat32 : !builder.is_image(node.output()))
    return false;
  const auto& first = node.inputs.front();
  for (ValueId id : first) {
    if (builder.graph().type_of(id).dtype != DType::kFloat32) return false;
  }
  return !first.empty();
}

void build_node(onednn::Builder& builder, const Node& node) {
  const auto [build, of_any_rank] = onednn::find_node_builder(*node.op);
  std::string why = "oneDNN has no such operator";
  if (build) {
    why = unsupported_size(builder.graph(), node);
    if (why.empty() && !operands_are_images(builder, node, of_any_rank))
      why = of_any_rank ? "not float32" : "not a float32 tensor with 4 dimensions";
    if (why.empty() && !builder.has_room(node.inputs.front().size() + 1))
      why = "more primitives than planning may make";
    if (why.empty()) {
      try {
        why = build(builder, node);
      } catch (const dnnl::error& e) {
        onednn::check_memory(e.status);
        why = std::string("oneDNN: ") + e.what();
      }
    }
  }
  if (!why.empty()) builder.add_fallback(node, why);
  builder.finish_node(node);
}

class OneDnnBackend : public Backend {
 public:
  std::string_view name() const override { return "onednn"; }

  bool has_kernel(const OpType& type) const override { return onednn::has_node_builder(type); }

  void build(const BackendOptions& options, PlanBuilder& plan) const override {
    const Graph& graph = plan.graph();
    const Creation creating(options.threads);
    try {
      onednn::Builder builder(graph, options, plan);
      for (const Node& node : graph.nodes) build_node(builder, node);
      builder.finish();
    } catch (const dnnl::error& e) {
      onednn::check_memory(e.status);
      throw Error(ErrorCode::kInternal, std::string("oneDNN: ") + e.what());
    }
    plan.set_scope(std::make_unique<OpenMpScope>(options.threads));
  }

  std::optional<Plan> plan_copy(const Shape& dims, const std::string& from, const std::string& to,
                                const BackendOptions& options) const override {
    const Creation creating(options.threads);
    std::optional<Plan> plan = onednn::plan_reorder(dims, from, to);
    if (plan) plan->scope = std::make_unique<OpenMpScope>(options.threads);
    return plan;
  }
};

}  // namespace

const Backend& onednn_backend() {
  static const OneDnnBackend backend;
  return backend;
}

}  // namespace u2net::engine
