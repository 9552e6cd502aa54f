// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/traced_graph.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/base/error.h"
#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

// Of one result, and of the products behind it: hundreds of programs a second are worth more.
constexpr std::int64_t kMostElements = 1 << 14;
constexpr double kMostWork = 1 << 21;

bool is_size_slot(const Node& node, std::size_t slot) {
  constexpr std::string_view kSizes[] = {"AxesTensor",
                                         "AxesTensorList",
                                         "Axis",
                                         "AxisTensor",
                                         "AxisTensorList",
                                         "Depth",
                                         "End",
                                         "EndsTensor",
                                         "EndsTensorList",
                                         "Index",
                                         "K",
                                         "Mask",
                                         "Num",
                                         "Offsets",
                                         "OffsetsTensor",
                                         "OutSize",
                                         "Paddings",
                                         "RepeatTimes",
                                         "RepeatTimesTensor",
                                         "Shape",
                                         "ShapeTensor",
                                         "ShapeTensorList",
                                         "ShiftsTensor",
                                         "SizeTensor",
                                         "SizeTensorList",
                                         "SectionsTensorList",
                                         "Start",
                                         "StartsTensor",
                                         "StartsTensorList",
                                         "Step",
                                         "StepsTensorList",
                                         "Stop",
                                         "StridesTensor",
                                         "StridesTensorList"};
  const OpType& type = node.op->type();
  if (std::find(std::begin(kSizes), std::end(kSizes), type.inputs[slot].name) != std::end(kSizes)) {
    return true;
  }
  if (type.name == "one_hot_v2") return true;  // refuses numbers that are too large
  return type.inputs[slot].name == "Scale" && type.name.find("interp") != type.name.npos;
}

bool sizes_may_differ(const Node& node, const TracedSlots& inputs) {
  for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
    if (!is_size_slot(node, slot)) continue;
    for (const Traced* input : inputs[slot]) {
      if (!input->is_exact()) return true;
    }
  }
  return false;
}

}  // namespace

namespace {

// The fewest bits behind the point that v has, or -1: more than 12, or too large to tell.
int grid_of(double v) {
  if (!(std::fabs(v) < 0x1p24)) return -1;
  int bits = 0;
  while (bits <= 12 && std::ldexp(v, bits) != std::nearbyint(std::ldexp(v, bits))) ++bits;
  return bits <= 12 ? bits : -1;
}

}  // namespace

Traced given(Tensor tensor) {
  Traced traced{.value = std::move(tensor), .slack = {}, .grid = 0};
  const TensorView view = traced.value.view();
  visit_dtype(view.dtype, [&](auto zero) {
    for (std::int64_t i = 0; i < view.size(); ++i) {
      const auto v = static_cast<double>(view.as<const decltype(zero)>()[i]);
      traced.reach = std::isnan(v) ? INFINITY : std::max(traced.reach, std::fabs(v));
      const int grid = traced.grid < 0 ? -1 : grid_of(v);
      traced.grid = grid < 0 ? -1 : std::max(traced.grid, grid);
    }
  });
  return traced;
}

ValueId TracedGraph::input(Tensor first, Shape declared) {
  const std::string name = "in" + std::to_string(graph_.inputs.size());
  const ValueId id = graph_.add_value({.name = name,
                                       .type = {first.dtype(), first.shape()},
                                       .type_is_known = true,
                                       .constant = {}});
  graph_.inputs.push_back({name, id});
  declared_.push_back(std::move(declared));
  inputs_.push_back(test::copy_of(first.view()));
  trace_.values.push_back(given(std::move(first)));
  return id;
}

ValueId TracedGraph::constant(Tensor tensor) {
  trace_.values.push_back(given(test::copy_of(tensor.view())));
  return graph_.add_constant("w" + std::to_string(graph_.values.size()), std::move(tensor));
}

// Types, elements and slack of the node's results. False where it costs too much; throws Error.
bool TracedGraph::add_to(Graph& graph, Trace& trace, const Node& written) const {
  Node node = written;
  infer_node(graph, node, [&](ValueId id) -> const Tensor* {
    return &trace.values[static_cast<std::size_t>(id)].value;
  });
  std::vector<TensorType> types;
  std::vector<ValueId> ids;
  std::int64_t elements = 0;
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) {
      ids.push_back(id);
      types.push_back(graph.type_of(id));
      elements += element_count(types.back().shape);
    }
  }
  if (elements > kMostElements || node.op->work(graph, node) > kMostWork) return false;
  TracedSlots inputs(node.inputs.size());
  std::vector<std::vector<TensorView>> views(node.inputs.size());
  for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
    for (ValueId id : node.inputs[slot]) {
      inputs[slot].push_back(&trace.values[static_cast<std::size_t>(id)]);
      views[slot].push_back(inputs[slot].back()->value.view());
    }
  }
  std::vector<Tensor> results = evaluate_node(graph, node, views);
  const bool differs = sizes_may_differ(node, inputs);
  trace.sizes_may_differ = trace.sizes_may_differ || differs;
  std::vector<Traced> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    all.push_back(traced_result(node, inputs, types, i, std::move(results[i]), transforms_));
    if (differs) all[i].slack.assign(static_cast<std::size_t>(all[i].value.size()), INFINITY);
  }
  // The operands move now.
  trace.values.resize(std::max(trace.values.size(), graph.values.size()));
  for (std::size_t i = 0; i < ids.size(); ++i)
    trace.values[static_cast<std::size_t>(ids[i])] = std::move(all[i]);
  return true;
}

std::optional<ValueId> TracedGraph::op(std::string_view type, const Slots& inputs,
                                       Attributes attributes, std::size_t results) {
  for (auto& [name, attribute] : attributes) {  // files hold them as floats
    if (double* real = std::get_if<double>(&attribute)) *real = static_cast<float>(*real);
  }
  const PaddleOp* paddle = find_paddle_op(type);
  if (paddle == nullptr) throw std::logic_error("no operator " + std::string(type));
  const std::string name = std::string(type) + "_" + std::to_string(graph_.nodes.size());
  const bool could_differ = trace_.sizes_may_differ;
  const std::size_t before = graph_.values.size();
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < results; ++i) {
    const std::string own = i == 0 ? name : name + "." + std::to_string(i);
    ids.push_back(graph_.add_value({.name = own, .type = {}, .constant = {}}));
  }
  bool is_added = false;
  try {
    Node node{.name = name,
              .op = paddle->decode(AttributeReader(type, attributes)),
              .inputs = test::slots_in_order(*paddle, inputs),
              .outputs = {ids}};
    node.outputs.resize(paddle->type->outputs.size());
    for (std::size_t slot = 1; slot < node.outputs.size(); ++slot) {
      if (!paddle->type->outputs[slot].required) continue;
      node.outputs[slot] = {graph_.add_value(
          {.name = name + "." + std::to_string(slot), .type = {}, .constant = {}})};
    }
    is_added = add_to(graph_, trace_, node);
    if (is_added) graph_.nodes.push_back(std::move(node));
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kInternal) throw;
  }
  if (is_added) return ids.front();
  graph_.values.resize(before);
  trace_.values.resize(graph_.values.size());
  trace_.sizes_may_differ = could_differ;
  return std::nullopt;
}

void TracedGraph::output(ValueId id) {
  graph_.outputs.push_back({"out" + std::to_string(graph_.outputs.size()), id});
}

Graph TracedGraph::graph() const {
  Graph graph = graph_;
  for (Value& value : graph.values) {
    if (!value.constant) value.type_is_known = false;
  }
  for (const Node& node : graph.nodes) {
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) graph.values[id].type = {};
    }
  }
  for (std::size_t i = 0; i < graph.inputs.size(); ++i)
    graph.values[graph.inputs[i].value].type.shape = declared_[i];
  return graph;
}

TracedGraph::Answer TracedGraph::trace(std::span<const Tensor> inputs, Trace& result) const {
  Graph graph = graph_;
  Trace trace;
  trace.values.resize(graph.values.size());
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (graph.values[id].constant)
      trace.values[id] = given(test::copy_of(graph.values[id].constant->view()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph.inputs[i].value;
    graph.values[id].type = {inputs[i].dtype(), inputs[i].shape()};
    trace.values[id] = given(test::copy_of(inputs[i].view()));
  }
  try {
    for (const Node& node : graph.nodes) {
      if (!add_to(graph, trace, node)) return Answer::kTakesTooLong;
    }
  } catch (const Error&) {
    return Answer::kRefuses;
  }
  result = std::move(trace);
  return Answer::kRuns;
}

std::string to_text(const Graph& graph, const Trace& trace) {
  const auto text_of = [&](ValueId id) {
    const Tensor& value = trace.values[static_cast<std::size_t>(id)].value;
    return graph.values[id].name + " " + to_string(value.shape()) + " " +
           std::string(dtype_name(value.dtype()));
  };
  std::string text;
  for (const Port& port : graph.inputs) {
    text += "  feed " + text_of(port.value) + ", declared " +
            to_string(graph.type_of(port.value).shape) + "\n";
  }
  for (const Node& node : graph.nodes) {
    text += "  " + std::string(node.op->type().name);
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      if (node.inputs[slot].empty()) continue;
      text += " " + std::string(node.op->type().inputs[slot].name) + "=";
      for (ValueId id : node.inputs[slot]) text += text_of(id) + ";";
    }
    for (const auto& [name, value] : node.op->describe()) text += " " + name + "=" + value;
    text += " -> " + text_of(node.output()) + "\n";
  }
  for (const Port& port : graph.outputs) text += "  fetch " + text_of(port.value) + "\n";
  return text;
}

}  // namespace u2net::fuzz
