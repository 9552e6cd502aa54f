// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/value_buffers.h"

#include <cstring>

#include "engine/graph/op.h"

namespace u2net::engine {
namespace {

class ReferenceStep : public Step {
 public:
  ReferenceStep(const Graph& graph, const Node& node, std::vector<std::vector<BufferId>> inputs,
                std::vector<std::vector<BufferId>> outputs)
      : op_(node.op),
        input_ids_(std::move(inputs)),
        output_ids_(std::move(outputs)),
        inputs_(typed(graph, node.inputs)),
        outputs_(typed(graph, node.outputs)) {}

  void bind(const Bindings& bindings) override {
    point(bindings, input_ids_, inputs_);
    point(bindings, output_ids_, outputs_);
  }
  void run(kernels::ThreadPool& pool) override { op_->run_reference({&inputs_, &outputs_, &pool}); }
  std::string implementation() const override { return "reference"; }

 private:
  using Views = std::vector<std::vector<TensorView>>;

  static Views typed(const Graph& graph, const std::vector<std::vector<ValueId>>& slots) {
    Views views;
    for (const auto& slot : slots) {
      views.emplace_back();
      for (ValueId id : slot)
        views.back().push_back({graph.type_of(id).dtype, graph.type_of(id).shape, nullptr});
    }
    return views;
  }
  static void point(const Bindings& bindings, const std::vector<std::vector<BufferId>>& ids,
                    Views& views) {
    for (std::size_t slot = 0; slot < ids.size(); ++slot) {
      for (std::size_t i = 0; i < ids[slot].size(); ++i)
        views[slot][i].data = bindings[ids[slot][i]];
    }
  }

  std::shared_ptr<const Operator> op_;
  std::vector<std::vector<BufferId>> input_ids_, output_ids_;
  Views inputs_, outputs_;
};

// Copies memory that belongs to the caller or to the model into an output.
class CopyStep : public Step {
 public:
  CopyStep(BufferId src, BufferId dst, std::size_t bytes)
      : src_id_(src), dst_id_(dst), bytes_(bytes) {}
  void bind(const Bindings& bindings) override {
    src_ = bindings[src_id_];
    dst_ = bindings[dst_id_];
  }
  void run(kernels::ThreadPool&) override {
    if (bytes_ > 0) std::memcpy(dst_, src_, bytes_);  // else there may be no memory at all
  }
  std::string implementation() const override { return "copy"; }

 private:
  BufferId src_id_, dst_id_;
  std::size_t bytes_;
  const std::byte* src_ = nullptr;
  std::byte* dst_ = nullptr;
};

}  // namespace

ValueBuffers::ValueBuffers(const Graph& graph, PlanBuilder& builder)
    : graph_(graph),
      builder_(builder),
      connections_(graph),
      plain_(graph.values.size(), kNoBuffer),
      is_output_(graph.values.size(), false) {
  for (const Port& port : graph.outputs) is_output_[port.value] = true;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ValueId id = graph.inputs[i].value;
    const TensorType& type = graph.type_of(id);
    plain_[id] = builder.add_input(static_cast<int>(i), byte_count(type.dtype, type.shape));
  }
}

BufferId ValueBuffers::plain(ValueId id) {
  if (plain_[id] == kNoBuffer && graph_.values[id].constant) {
    const std::shared_ptr<const Tensor>& tensor = graph_.values[id].constant;
    plain_[id] =
        builder_.add_constant(std::shared_ptr<const void>(tensor, tensor->data()), tensor->bytes());
  }
  return plain_[id];
}

void ValueBuffers::assign(ValueId id, BufferId buffer) {
  plain_[id] = buffer;
  add_readers(id, buffer);
}

BufferId ValueBuffers::allocate(ValueId id) {
  const TensorType& type = graph_.type_of(id);
  assign(id, builder_.add_arena(byte_count(type.dtype, type.shape)));
  return plain_[id];
}

void ValueBuffers::add_readers(ValueId id, BufferId buffer) {
  pending_at(buffer) += static_cast<int>(connections_.uses[id].size());
}

int& ValueBuffers::pending_at(BufferId buffer) {
  if (static_cast<std::size_t>(buffer) >= pending_.size()) pending_.resize(buffer + 1, 0);
  return pending_[buffer];
}

bool ValueBuffers::may_overwrite(BufferId buffer) const {
  const bool counted = static_cast<std::size_t>(buffer) < pending_.size();
  return builder_.is_arena(buffer) && builder_.buffer(buffer).parent == kNoBuffer &&
         !builder_.buffer(buffer).has_children && counted && pending_[buffer] == 1;
}

std::unique_ptr<Step> make_reference_step(const Graph& graph, const Node& node,
                                          std::vector<std::vector<BufferId>> inputs,
                                          std::vector<std::vector<BufferId>> outputs) {
  return std::make_unique<ReferenceStep>(graph, node, std::move(inputs), std::move(outputs));
}

void add_reference_node(const Graph& graph, const Node& node, bool share_memory,
                        ValueBuffers& buffers, PlanBuilder& builder) {
  std::vector<std::vector<BufferId>> inputs, outputs;
  std::vector<BufferId> reads, writes;
  for (const auto& slot : node.inputs) {
    inputs.emplace_back();
    for (ValueId id : slot) {
      inputs.back().push_back(buffers.plain(id));
      reads.push_back(inputs.back().back());
    }
  }
  const int slot = share_memory ? node.op->in_place_slot() : -1;
  const BufferId shared = slot >= 0 && node.has_input(slot) ? inputs[slot].front() : kNoBuffer;
  const bool same_size = shared != kNoBuffer && builder.buffer(shared).bytes ==
                                                    byte_count(graph.type_of(node.output()).dtype,
                                                               graph.type_of(node.output()).shape);
  const bool is_view = same_size && node.op->is_view() && builder.is_arena(shared);
  const bool in_place = is_view || (same_size && buffers.may_overwrite(shared));
  for (const auto& out : node.outputs) {
    outputs.emplace_back();
    for (ValueId id : out) {
      if (in_place) buffers.assign(id, shared);
      outputs.back().push_back(in_place ? shared : buffers.allocate(id));
      writes.push_back(outputs.back().back());
    }
  }
  for (BufferId id : reads) buffers.release(id);
  if (is_view) return;
  builder.add_step(node, std::string(node.op->type().name),
                   make_reference_step(graph, node, std::move(inputs), std::move(outputs)),
                   std::move(reads), std::move(writes));
}

void add_outputs(const Graph& graph, ValueBuffers& buffers, PlanBuilder& builder) {
  for (const Port& port : graph.outputs) {
    const TensorType& type = graph.type_of(port.value);
    BufferId id = buffers.plain(port.value);
    if (!builder.is_arena(id)) {
      const std::size_t bytes = byte_count(type.dtype, type.shape);
      const BufferId copy = builder.add_arena(bytes);
      builder.add_move(port.value, port.name, "copy", std::make_unique<CopyStep>(id, copy, bytes),
                       {id}, {copy});
      id = copy;
    }
    builder.add_output({port.name, type, id});
  }
}

}  // namespace u2net::engine
