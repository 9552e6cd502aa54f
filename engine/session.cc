// SPDX-License-Identifier: Apache-2.0
#include "engine/session.h"

#include <algorithm>
#include <cstring>

#include "engine/backends/backend.h"
#include "engine/error.h"
#include "engine/infer.h"
#include "engine/passes/pass.h"

namespace u2net {
namespace {

constexpr std::size_t kMaxPlans = 8;

// Leaves the backend's scope however a run ends.
class Entered {
 public:
  explicit Entered(RunScope* scope) : scope_(scope) {
    if (scope_) scope_->enter();
  }
  ~Entered() {
    if (scope_) scope_->leave();
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  RunScope* scope_;
};

bool fits(const Shape& declared, const Shape& given) {
  if (declared.size() != given.size()) return false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] < 1 || (declared[i] >= 0 && declared[i] != given[i])) return false;
  }
  return true;
}

std::string looks_like_nhwc(const Shape& declared, const Shape& given) {
  const bool moved = declared.size() == 4 && given.size() == 4 && declared[1] > 0 && given[3] == declared[1] &&
                     given[1] != declared[1];
  return moved ? "this looks like NHWC; the program wants NCHW" : "";
}

}  // namespace

struct Session::Prepared {
  std::vector<TensorType> types;           // of the inputs it was made for
  std::vector<std::vector<std::byte>> values;  // of the inputs whose elements decide shapes; else empty
  std::vector<bool> value_decides;
  Plan plan;
  Bindings bindings{0};
  const std::byte* bound_arena = nullptr;
  std::vector<const void*> bound_inputs;
  std::vector<TensorView> outputs;
};

Session::Session(std::shared_ptr<const Model> model, SessionOptions options)
    : model_(std::move(model)),
      options_(options),
      pool_(options.threads > 0 ? options.threads : allowed_processors()) {}

Session::~Session() = default;

void Session::check(std::span<const TensorView> inputs) const {
  const Graph& graph = model_->graph();
  if (inputs.size() != graph.inputs.size()) {
    throw Error(ErrorCode::kInputShape, "the model has " + std::to_string(graph.inputs.size()) +
                                            " inputs, got " + std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = graph.inputs[i];
    const TensorType& declared = graph.type_of(port.value);
    if (inputs[i].dtype != declared.dtype) {
      throw Error(ErrorCode::kInputShape, "input '" + port.name + "': got " + std::string(dtype_name(inputs[i].dtype)) +
                                              ", expected " + std::string(dtype_name(declared.dtype)));
    }
    if (!fits(declared.shape, inputs[i].shape)) {
      throw Error(ErrorCode::kInputShape,
                  "input '" + port.name + "': got shape " + to_string(inputs[i].shape) + ", expected " +
                      to_string(declared.shape) + " (-1: any size)",
                  looks_like_nhwc(declared.shape, inputs[i].shape));
    }
  }
}

Session::Prepared& Session::prepared_for(std::span<const TensorView> inputs) {
  const auto matches = [&](const std::unique_ptr<Prepared>& p) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (p->types[i].dtype != inputs[i].dtype || p->types[i].shape != inputs[i].shape) return false;
      if (p->value_decides[i] && (inputs[i].data == nullptr ||
                                  std::memcmp(p->values[i].data(), inputs[i].data, p->values[i].size()) != 0)) {
        return false;
      }
    }
    return true;
  };
  if (!plans_.empty() && matches(plans_.front())) return *plans_.front();
  if (const auto it = std::find_if(plans_.begin(), plans_.end(), matches); it != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, it);
    return *plans_.front();
  }
  check(inputs);
  auto prepared = std::make_unique<Prepared>();
  Graph graph = model_->graph();
  try {
    prepared->value_decides = infer_shapes(graph, inputs).value_decides;
  } catch (const Error& e) {
    bool any_size = false;  // where the caller chose the sizes, they are what does not fit
    for (const Port& port : model_->graph().inputs) {
      const Shape& declared = model_->graph().type_of(port.value).shape;
      any_size = any_size || std::count(declared.begin(), declared.end(), -1) > 0;
    }
    if (e.code() != ErrorCode::kModelFormat || !any_size) throw;
    std::string shapes;
    for (const TensorView& input : inputs) shapes += " " + to_string(input.shape);
    throw Error(ErrorCode::kInputShape, "the program does not accept inputs of shape" + shapes + ": " + e.what());
  }
  if (model_->mode().passes) run_passes(plan_passes(), model_->disabled_passes(), graph);
  PlanBuilder builder;
  find_backend(model_->mode().backend)
      ->build(graph, {.threads = threads(), .share_memory = model_->mode().passes, .weights = &model_->weights()},
              builder);
  prepared->plan = builder.finish();
  if (prepared->plan.arena_bytes > options_.max_arena_bytes) {
    throw Error(ErrorCode::kModelLimit, "the activations need " + std::to_string(prepared->plan.arena_bytes >> 20) +
                                            " MiB, the limit is " + std::to_string(options_.max_arena_bytes >> 20) + " MiB");
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    prepared->types.push_back({inputs[i].dtype, inputs[i].shape});
    prepared->values.emplace_back();
    if (prepared->value_decides[i]) {
      const auto* bytes = static_cast<const std::byte*>(inputs[i].data);
      prepared->values.back().assign(bytes, bytes + byte_count(inputs[i].dtype, inputs[i].shape));
    }
  }
  prepared->bindings = Bindings(prepared->plan.buffers.size());
  prepared->bound_inputs.assign(inputs.size(), nullptr);
  if (plans_.size() >= kMaxPlans) plans_.pop_back();
  plans_.push_front(std::move(prepared));
  return *plans_.front();
}

void Session::bind(Prepared& p, std::span<const TensorView> inputs) {
  if (arena_.bytes() < p.plan.arena_bytes) {
    arena_ = AlignedBuffer();
    arena_ = AlignedBuffer(p.plan.arena_bytes);
  }
  const bool arena_moved = p.bound_arena == nullptr || p.bound_arena != arena_.data();
  bool inputs_moved = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs_moved = inputs_moved || p.bound_inputs[i] != inputs[i].data;
    p.bound_inputs[i] = inputs[i].data;
  }
  if (!arena_moved && !inputs_moved) return;
  const std::vector<Plan::Buffer>& buffers = p.plan.buffers;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    std::size_t offset = 0;
    std::size_t root = i;
    for (; buffers[root].parent != kNoBuffer; root = buffers[root].parent) offset += buffers[root].offset;
    const Plan::Buffer& b = buffers[root];
    // Constants and inputs are only ever read: the steps that hold them do not write.
    if (b.constant) {
      p.bindings.set(static_cast<BufferId>(i), static_cast<std::byte*>(const_cast<void*>(b.constant.get())) + offset);
    } else if (b.input >= 0) {
      p.bindings.set(static_cast<BufferId>(i), static_cast<std::byte*>(inputs[b.input].data));
    } else {
      p.bindings.set(static_cast<BufferId>(i), arena_.data() + b.offset + offset);
    }
  }
  for (PlannedStep& step : p.plan.steps) {
    if (arena_moved || step.reads_input) step.step->bind(p.bindings);
  }
  p.bound_arena = arena_.data();
  p.outputs.clear();
  for (const PlannedOutput& output : p.plan.outputs) {
    p.outputs.push_back({output.type.dtype, output.type.shape, p.bindings[output.buffer]});
  }
}

const Plan& Session::prepare(std::span<const TensorView> inputs) { return prepared_for(inputs).plan; }

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs) {
  Prepared& prepared = prepared_for(inputs);
  for (const TensorView& input : inputs) {
    if (input.data == nullptr) throw Error(ErrorCode::kInputShape, "an input has no data");
  }
  bind(prepared, inputs);
  const Entered entered(prepared.plan.scope.get());
  for (PlannedStep& step : prepared.plan.steps) step.step->run(pool_);
  return prepared.outputs;
}

}  // namespace u2net
