// SPDX-License-Identifier: Apache-2.0
// The onednn backend: every node that oneDNN can run as a primitive, the others on the reference
// kernels.
#include <mutex>

#include "engine/backends/backend.h"
#include "engine/backends/onednn_builder.h"
#include "engine/error.h"
#include "engine/op.h"

// The OpenMP API, declared here because <omp.h> is the compiler's: see
// tools/cmake/U2netOneDnn.cmake.
extern "C" {
int omp_get_max_threads();
void omp_set_num_threads(int threads);
}

namespace u2net {
namespace {

// oneDNN takes its number of threads from OpenMP's setting for the calling thread, both when it
// creates a primitive and when it runs it. The caller's own setting is put back.
class OpenMpThreads : public RunScope {
 public:
  explicit OpenMpThreads(int threads) : threads_(threads) {}
  void enter() override {
    before_ = omp_get_max_threads();
    omp_set_num_threads(threads_);
  }
  void leave() noexcept override { omp_set_num_threads(before_); }

 private:
  int threads_;
  int before_ = 1;
};

// oneDNN 2.6 generates wrong code now and then where several threads create primitives at once on a
// processor with AVX-512 and bfloat16.
std::mutex creation;

bool operands_are_images(const onednn::Builder& builder, const Node& node) {
  if (!builder.is_image(node.output())) return false;
  const auto& first = node.inputs.front();
  for (ValueId id : first) {
    if (builder.graph().type_of(id).dtype != DType::kFloat32) return false;
  }
  return !first.empty();
}

void build_node(onednn::Builder& builder, const Node& node) {
  const onednn::NodeBuilder build = onednn::find_node_builder(node.op->type().name);
  std::string why = "oneDNN has no such operator";
  if (build) {
    why = "not a float32 tensor with 4 dimensions";
    if (!builder.has_room(node.inputs.front().size() + 1)) {
      why = "more primitives than planning may make";
    } else if (operands_are_images(builder, node)) {
      try {
        why = build(builder, node);
      } catch (const dnnl::error& e) {
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

  void build(const Graph& graph, const BackendOptions& options, PlanBuilder& plan) const override {
    const std::lock_guard lock(creation);
    OpenMpThreads threads(options.threads);
    threads.enter();
    try {
      onednn::Builder builder(graph, options, plan);
      for (const Node& node : graph.nodes) build_node(builder, node);
      builder.finish();
    } catch (const dnnl::error& e) {
      threads.leave();
      throw Error(ErrorCode::kInternal, std::string("oneDNN: ") + e.what());
    } catch (...) {
      threads.leave();
      throw;
    }
    threads.leave();
    plan.set_scope(std::make_unique<OpenMpThreads>(options.threads));
  }

  std::optional<Plan> plan_copy(const Shape& dims, const std::string& from, const std::string& to,
                                const BackendOptions& options) const override {
    const std::lock_guard lock(creation);
    OpenMpThreads threads(options.threads);
    threads.enter();
    std::optional<Plan> plan = onednn::plan_reorder(dims, from, to);
    threads.leave();
    if (plan) plan->scope = std::make_unique<OpenMpThreads>(options.threads);
    return plan;
  }
};

}  // namespace

const Backend& onednn_backend() {
  static const OneDnnBackend backend;
  return backend;
}

}  // namespace u2net
