// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/network_view.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "engine/graph/op.h"

namespace u2net::drawing {
using namespace engine;
namespace {

constexpr std::string_view kTimes = "\u00d7";

std::string shape_text(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (std::int64_t dim : shape) {
    if (!text.empty()) text += kTimes;
    text += dim < 0 ? "?" : std::to_string(dim);
  }
  return text;
}

// The shape of its largest weight, or the attribute that tells most.
std::string detail_of(const Graph& graph, const Node& node) {
  const Tensor* largest = nullptr;
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      const Tensor* constant = graph.constant(id);
      if (constant && (!largest || constant->size() > largest->size())) largest = constant;
    }
  }
  if (largest) return shape_text(largest->shape());
  for (const auto& [name, text] : node.op->describe()) {
    if (name == "ksize" || name == "out" || name == "shape") return name + " " + text;
  }
  return {};
}

class ViewMaker {
 public:
  ViewMaker(const Graph& graph, const std::vector<NodeNotes>& notes,
            const std::map<std::string, std::string>& structured_names)
      : graph_(graph), notes_(notes), structured_names_(structured_names) {}

  NetworkView make() {
    view_.blocks.emplace_back();
    for (const Value& value : graph_.values) {
      view_.values.push_back({value.name, value_type(value)});
    }
    std::vector<std::string> paths;
    for (const NodeNotes& notes : notes_) paths.push_back(notes.block);
    for (const std::string& path : paths) ++inside_[path];
    add_ports(graph_.inputs, "input");
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) add_node(graph_.nodes[n], notes_[n]);
    add_ports(graph_.outputs, "output");
    connect();
    set_depths_and_totals();
    return std::move(view_);
  }

 private:
  static std::string value_type(const Value& value) {
    const bool known = value.type_is_known || value.constant || !value.type.shape.empty();
    return known ? type_text(value.type) : "?";
  }

  void add_ports(const std::vector<Port>& ports, const char* type) {
    for (const Port& port : ports) {
      ViewNode node;
      node.name = port.name;
      node.type = type;
      node.family = Family::kPort;
      const Operand operand{"", graph_.values[port.value].name, view_.values[port.value].type, -1};
      (type == std::string_view("input") ? node.outputs : node.inputs).push_back(operand);
      node.detail = port.name;
      port_values_.push_back({static_cast<int>(view_.nodes.size()), port.value});
      place(std::move(node), 0);
    }
    if (type == std::string_view("input")) input_ports_ = port_values_.size();
  }

  void add_node(const Node& node, const NodeNotes& notes) {
    ViewNode shown;
    shown.name = node.name;
    shown.type = node.op->type().name;
    shown.family = family_of(graph_, node);
    shown.detail = detail_of(graph_, node);
    shown.layer = layer_name(notes.block);
    shown.attributes = node.op->describe();
    shown.macs = known_types(node) ? node.op->macs(graph_, node) : 0;
    shown.origins = notes.origins;
    shown.implementation = notes.implementation;
    shown.ms = notes.ms;
    const auto& type = node.op->type();
    for (std::size_t s = 0; s < node.inputs.size(); ++s) {
      for (ValueId id : node.inputs[s]) shown.inputs.push_back(operand(type.inputs[s].name, id));
    }
    for (std::size_t s = 0; s < node.outputs.size(); ++s) {
      for (ValueId id : node.outputs[s]) shown.outputs.push_back(operand(type.outputs[s].name, id));
    }
    place(std::move(shown), block(notes.block));
  }

  // A block of this operator alone is not drawn, but its name is worth a line.
  std::string layer_name(const std::string& path) const {
    if (path.empty() || count_inside(path) > 1) return {};
    return path.substr(path.rfind('/') + 1);
  }

  bool known_types(const Node& node) const {
    return std::all_of(node.outputs.begin(), node.outputs.end(), [&](const auto& slot) {
      return std::all_of(slot.begin(), slot.end(),
                         [&](ValueId id) { return graph_.values[id].type_is_known; });
    });
  }

  Operand operand(std::string_view slot, ValueId id) {
    return {std::string(slot), graph_.values[id].name, view_.values[id].type, weight(id)};
  }

  int weight(ValueId id) {
    const Tensor* constant = graph_.constant(id);
    if (!constant) return -1;
    const auto [it, is_new] = weights_.emplace(constant, static_cast<int>(view_.weights.size()));
    if (is_new) {
      const auto name = structured_names_.find(graph_.values[id].name);
      view_.weights.push_back(
          {graph_.values[id].name, name == structured_names_.end() ? "" : name->second,
           type_text({constant->dtype(), constant->shape()}), statistics_of(*constant)});
    }
    return it->second;
  }

  void place(ViewNode node, int block) {
    node.block = block;
    view_.blocks[block].nodes.push_back(static_cast<int>(view_.nodes.size()));
    view_.nodes.push_back(std::move(node));
  }

  // The block of that path; a block of one operator is no block, its parent is.
  int block(const std::string& path) {
    if (path.empty()) return 0;
    const auto known = blocks_.find(path);
    if (known != blocks_.end()) return known->second;
    const std::size_t slash = path.rfind('/');
    const int parent = block(slash == std::string::npos ? std::string() : path.substr(0, slash));
    int result = parent;
    if (count_inside(path) > 1) {
      result = static_cast<int>(view_.blocks.size());
      ViewBlock made;
      made.name = slash == std::string::npos ? path : path.substr(slash + 1);
      made.parent = parent;
      view_.blocks.push_back(std::move(made));
      view_.blocks[parent].blocks.push_back(result);
    }
    return blocks_[path] = result;
  }

  int count_inside(const std::string& path) const {
    int count = 0;
    for (auto it = inside_.lower_bound(path); it != inside_.end() && it->first.starts_with(path);
         ++it) {
      if (it->first.size() == path.size() || it->first[path.size()] == '/') count += it->second;
    }
    return count;
  }

  void connect() {
    std::map<ValueId, int> makers;
    const auto offset = static_cast<int>(graph_.inputs.size());
    for (std::size_t i = 0; i < input_ports_; ++i)
      makers[port_values_[i].second] = port_values_[i].first;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      for (const auto& slot : graph_.nodes[n].inputs) {
        for (ValueId id : slot) connect(makers, id, static_cast<int>(n) + offset);
      }
      for (const auto& slot : graph_.nodes[n].outputs) {
        for (ValueId id : slot) makers[id] = static_cast<int>(n) + offset;
      }
    }
    for (std::size_t i = input_ports_; i < port_values_.size(); ++i)
      connect(makers, port_values_[i].second, port_values_[i].first);
  }

  void connect(const std::map<ValueId, int>& makers, ValueId value, int reader) {
    const auto maker = makers.find(value);
    if (maker != makers.end()) view_.edges.push_back({maker->second, reader, value});
  }

  void set_depths_and_totals() {
    for (std::size_t b = 1; b < view_.blocks.size(); ++b)
      view_.blocks[b].depth = view_.blocks[view_.blocks[b].parent].depth + 1;
    for (const ViewNode& node : view_.nodes) {
      std::int64_t parameters = 0;
      for (const Operand& operand : node.inputs) {
        if (operand.weight >= 0) parameters += view_.weights[operand.weight].statistics.elements;
      }
      for (int b = node.block; b >= 0; b = view_.blocks[b].parent) {
        ViewBlock& block = view_.blocks[b];
        if (node.family != Family::kPort) ++block.operators;
        block.macs += node.macs;
        block.parameters += parameters;
        if (node.ms) block.ms = block.ms.value_or(0) + *node.ms;
      }
    }
  }

  const Graph& graph_;
  const std::vector<NodeNotes>& notes_;
  const std::map<std::string, std::string>& structured_names_;
  NetworkView view_;
  std::map<std::string, int> inside_;  // nodes by path
  std::map<std::string, int> blocks_;
  std::map<const Tensor*, int> weights_;
  std::vector<std::pair<int, ValueId>> port_values_;  // the node of a port, and its value
  std::size_t input_ports_ = 0;
};

}  // namespace

std::string type_text(const TensorType& type) {
  std::string text = shape_text(type.shape);
  if (type.dtype != DType::kFloat32) text += " " + std::string(dtype_name(type.dtype));
  return text;
}

NetworkView make_view(const Graph& graph, const std::vector<NodeNotes>& notes,
                      const std::map<std::string, std::string>& structured_names) {
  return ViewMaker(graph, notes, structured_names).make();
}

}  // namespace u2net::drawing
