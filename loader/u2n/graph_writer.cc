// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/u2n/graph_index.h"
#include "loader/u2n/own_attributes.h"
#include "loader/u2n/u2n_format.h"

namespace u2net::engine {
namespace {

// Of lists of such.
constexpr const CountLimit& limit_of(bool) { return kU2nBooleans; }
constexpr const CountLimit& limit_of(std::int64_t) { return kU2nIntegers; }
constexpr const CountLimit& limit_of(double) { return kU2nReals; }
const CountLimit& limit_of(const std::string&) { return kU2nTexts; }

// Numbers, texts and lists of them, as the alternatives of Attribute.
struct AttributeValueWriter {
  IndexWriter& out;

  void operator()(bool value) const { out.number(static_cast<std::uint8_t>(value)); }
  void operator()(std::int64_t value) const { out.number(value); }
  void operator()(double value) const { out.number(value); }
  void operator()(const std::string& value) const { out.text(value); }
  template <class T>
  void operator()(const std::vector<T>& values) const {
    out.count(limit_of(T()), values.size());
    for (const T& value : values) (*this)(value);
  }
  void operator()(const VariableReference&) const {
    throw_error(ErrorCode::kInternal, "an attribute that is an operand needs no value");
  }
};

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, const TensorNumbers& tensors, IndexWriter& out)
      : graph_(graph), tensors_(tensors), out_(out) {}

  void write() {
    out_.count(kU2nValues, graph_.values.size());
    for (const Value& value : graph_.values) write_value(value);
    write_ports(graph_.inputs);
    for (const Port& port : graph_.inputs) write_type(graph_.type_of(port.value), out_);
    out_.count(kU2nOperators, graph_.nodes.size());
    for (const Node& node : graph_.nodes) write_node(node);
    write_ports(graph_.outputs);
  }

 private:
  void write_value(const Value& value) {
    out_.text(value.name);
    out_.number(value.constant ? tensors_.at(value.constant.get()) + 1 : std::uint32_t{0});
  }

  void write_ports(const std::vector<Port>& ports) {
    out_.count(kU2nPorts, ports.size());
    for (const Port& port : ports) {
      out_.text(port.name);
      out_.number(port.value);
    }
  }

  // As many as the operator has, though a node name fewer.
  void write_slots(const std::vector<std::vector<ValueId>>& slots, std::size_t count) {
    for (std::size_t s = 0; s < count; ++s) {
      out_.count(kU2nOperands, s < slots.size() ? slots[s].size() : 0);
      if (s >= slots.size()) continue;
      connections_ += slots[s].size();
      for (ValueId id : slots[s]) out_.number(id);
    }
    kU2nOperands.check(connections_, "cannot pack the model: it has");
  }

  void write_node(const Node& node) {
    const std::optional<U2nOp> known = u2n_op_of(node.op->type());
    if (!known) {
      throw_error(ErrorCode::kModelUnsupported, text_of(node), " cannot be packed");
    }
    out_.text(known->name);
    out_.text(node.name);
    out_.text(node.scope);
    write_slots(node.inputs, node.op->type().inputs.size());
    write_slots(node.outputs, node.op->type().outputs.size());
    const Attributes attributes = u2n_attributes(*known, *node.op);
    out_.count(kU2nAttributes, attributes.size());
    for (const auto& [name, value] : attributes) {
      out_.text(name);
      out_.number(static_cast<std::uint8_t>(value.index()));
      std::visit(AttributeValueWriter{out_}, value);
    }
    write_statistics(node);
  }

  // What folding a batch normalisation leaves with a convolution.
  void write_statistics(const Node& node) {
    const auto* conv = op_as<Conv2d>(node);
    const ChannelStatistics* statistics = conv ? conv->statistics.get() : nullptr;
    out_.count(kU2nChannels, statistics ? statistics->mean.size() : 0);
    if (!statistics) return;
    for (float mean : statistics->mean) out_.number(mean);
    for (float deviation : statistics->deviation) out_.number(deviation);
  }

  const Graph& graph_;
  const TensorNumbers& tensors_;
  IndexWriter& out_;
  std::size_t connections_ = 0;
};

}  // namespace

void write_type(const TensorType& type, IndexWriter& out) {
  out.number(static_cast<std::uint8_t>(type.dtype));
  out.number(static_cast<std::uint8_t>(type.shape.size()));
  for (std::int64_t dim : type.shape) out.number(dim);
}

void write_graph(const Graph& graph, const TensorNumbers& tensors, IndexWriter& out) {
  GraphWriter(graph, tensors, out).write();
}

}  // namespace u2net::engine
