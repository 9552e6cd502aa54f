// SPDX-License-Identifier: Apache-2.0
// What a Session runs: steps in order, each with its chosen kernel, on buffers whose place in one
// arena is known, and what was decided on the way there, for whoever wants to know. PlanBuilder is
// what a backend writes into; it plans memory when it is done.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/tensor.h"
#include "engine/plan/precision.h"
#include "kernels/base/parallel.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine {

using BufferId = int;
inline constexpr BufferId kNoBuffer = -1;

// Where every buffer is, for one arena and one set of inputs.
class Bindings {
 public:
  explicit Bindings(std::size_t buffers) : pointers_(buffers) {}
  std::byte* operator[](BufferId id) const { return pointers_[id]; }
  void set(BufferId id, std::byte* pointer) { pointers_[id] = pointer; }

 private:
  std::vector<std::byte*> pointers_;
};

class Step {
 public:
  virtual ~Step() = default;
  // Takes the addresses of its operands; called again when they move.
  virtual void bind(const Bindings& bindings) = 0;
  virtual void run(kernels::ThreadPool& pool) = 0;
  // The kernel, e.g. "reference" or "jit:avx2".
  virtual std::string implementation() const = 0;
};

// A kernel that was not taken, and why.
struct Refusal {
  std::string implementation, why;
};

// What was decided for a node, as it was decided.
struct Decision {
  double cost = 0;  // estimated, in the unit of the backend; 0 where it does not estimate
  std::vector<Refusal> refusals = {};
  bool is_fallback = false;  // a reference kernel runs what the backend has no kernel for
  kernels::RoundingModel rounding = {};  // of the kernel that runs
};

inline constexpr int kNoNode = -1;

struct PlannedStep {
  std::string node;           // for people: the name of the node, else of the value that is moved
  std::string type;           // "conv2d", "reorder", ...
  std::string operands = {};  // for people, e.g. "8c 64x80x80 -> 8c 16x80x80"; may be empty
  std::unique_ptr<Step> step;
  std::vector<BufferId> reads, writes;
  bool reads_input = false;  // has to be bound anew when an input moves
  int node_id = kNoNode;     // whose work it does, of Plan::graph; a move may do nobody's
  ValueId value = kNoValue;  // that is moved, into another layout or out of the plan; else none

  bool only_moves() const { return value != kNoValue; }
};

struct PlannedOutput {
  std::string name;
  TensorType type;
  BufferId buffer;
};

// Held while steps run, for what a library keeps per thread.
class RunScope {
 public:
  virtual ~RunScope() = default;
  virtual void enter() = 0;
  virtual void leave() noexcept = 0;
};

struct Plan {
  // The type of an output of the whole batch.
  TensorType batch_output(std::size_t index) const;
  // What a run takes besides weights: the arena, and where there are parts their outputs together.
  std::size_t activation_bytes() const;

  struct Buffer {
    std::size_t bytes = 0;
    std::size_t offset = 0;       // in the arena, or in the parent
    BufferId parent = kNoBuffer;  // lies inside of that buffer
    bool has_children = false;
    int input = -1;                        // the index of a graph input: memory of the caller
    std::shared_ptr<const void> constant;  // memory that the plan keeps alive; null for the arena
    int first = std::numeric_limits<int>::max(), last = -1;  // steps that touch it
  };

  // What the steps run, every type known: of one part where the batch runs in parts.
  std::shared_ptr<const Graph> graph;
  // The same of the whole batch; `graph` itself where it runs at once.
  std::shared_ptr<const Graph> batch_graph;
  std::vector<Decision> decisions;  // by node of the graph
  // By input: the plan holds for its present elements alone, as they decide sizes.
  std::vector<bool> value_decides;
  std::vector<PlannedStep> steps;
  std::vector<Buffer> buffers;
  std::vector<PlannedOutput> outputs;
  std::unique_ptr<RunScope> scope;  // may be null
  std::int64_t parts = 1;  // of the batch: how often the steps run, see engine/plan/batch_parts.h
  std::size_t arena_bytes = 0;
  std::size_t live_bytes = 0;         // lower bound of arena_bytes
  std::size_t total_bytes = 0;        // what separate buffers would need
  PrecisionDecision precision;        // of all of it; also as a note where it is not as asked for
  std::vector<std::string> notes;     // fall-backs and the like, for -v
  std::vector<std::string> warnings;  // what a user should know
};

class PlanBuilder {
 public:
  explicit PlanBuilder(std::shared_ptr<const Graph> graph);
  const Graph& graph() const { return *plan_.graph; }

  BufferId add_input(int index, std::size_t bytes);
  BufferId add_constant(std::shared_ptr<const void> memory, std::size_t bytes);
  BufferId add_arena(std::size_t bytes);

  const Plan::Buffer& buffer(BufferId id) const { return plan_.buffers[id]; }
  bool is_arena(BufferId id) const { return !buffer(id).constant && buffer(id).input < 0; }
  // Puts an arena buffer that has no parent yet inside of another.
  void place_inside(BufferId child, BufferId parent, std::size_t offset);

  // Computes the node, or a part of what it does.
  void add_step(const Node& node, std::string type, std::unique_ptr<Step> step,
                std::vector<BufferId> reads, std::vector<BufferId> writes,
                std::string operands = {});
  // Moves the value, which people know by `name`; where that is the work of a node, as of a
  // concatenation, for the node.
  void add_move(ValueId value, std::string name, std::string type, std::unique_ptr<Step> step,
                std::vector<BufferId> reads, std::vector<BufferId> writes,
                std::string operands = {}, const Node* node = nullptr);
  void add_output(PlannedOutput output);
  const PlannedOutput& output(int index) const { return plan_.outputs[index]; }
  void set_scope(std::unique_ptr<RunScope> scope) { plan_.scope = std::move(scope); }
  void decide(const Node& node, Decision decision);
  // That a reference kernel runs the node, as `backend` does not, and why; also as a note.
  void decide_fallback(const Node& node, std::string_view backend, std::string why);
  // What the kernels compute in, of what was asked for.
  void decide_precision(PrecisionDecision decision);
  void note(std::string text) { plan_.notes.push_back(std::move(text)); }
  void warn(std::string text) { plan_.warnings.push_back(std::move(text)); }

  // Computes lifetimes and places the arena's buffers.
  Plan finish();

 private:
  BufferId root(BufferId id) const;
  int id_of(const Node& node) const;
  void add(PlannedStep step);

  Plan plan_;
};

}  // namespace u2net::engine
