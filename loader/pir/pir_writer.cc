// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "loader/paddle/declared_shapes.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/pir/ops/pir_ops.h"
#include "loader/pir/pir_values.h"

namespace u2net::engine {
namespace {

using nlohmann::json;

constexpr int kPirVersion = 1;  // of Paddle 3.0, which later ones read too

json attribute(std::string_view name, json value) {
  return {{"N", name}, {"AT", std::move(value)}};
}

json typed(std::string_view kind, json data) { return {{"#", kind}, {"D", std::move(data)}}; }

json typed_real(std::string_view kind, double value) {
  if (const std::string_view name = pir_number_name(value); !name.empty())
    return {{"#", kind}, {"VD", name}};
  return typed(kind, value);
}

template <class List>
json array_of(std::string_view kind, const List& values) {
  json items = json::array();
  for (const auto value : values) {
    if constexpr (std::is_floating_point_v<typename List::value_type>) {
      items.push_back(typed_real(kind, value));
    } else {
      items.push_back(typed(kind, value));
    }
  }
  return typed("0.a_array", std::move(items));
}

json dtype_attribute(DType dtype) {
  return typed("1.a_dtype", pir_dtype_name(paddle_number(dtype)));
}

json tensor_type(const TensorType& type) {
  return typed("0.t_dtensor", json::array({{{"#", pir_type_name(paddle_number(type.dtype))}},
                                           type.shape,
                                           "NCHW",
                                           json::array(),
                                           0}));
}

json flags(std::string_view name, std::size_t count, bool value) {
  return attribute(name, array_of("0.a_bool", std::vector<bool>(count, value)));
}

class PirWriter {
 public:
  explicit PirWriter(const Graph& graph)
      : graph_(graph), types_(declared_types(graph)), ids_(graph.values.size()) {}

  std::string write() {
    for (std::size_t id = 0; id < graph_.values.size(); ++id) {
      if (graph_.values[id].constant) write_parameter(id);
    }
    for (const Port& port : graph_.inputs) write_input(port);
    for (const Node& node : graph_.nodes) write_node(node);
    for (std::size_t col = 0; col < graph_.outputs.size(); ++col) write_fetch(col);
    const json block = {{"#", "block_0"}, {"args", json::array()}, {"ops", std::move(ops_)}};
    const json region = {{"#", "region_0"}, {"blocks", json::array({block})}};
    const json program = {
        {"base_code", {{"magic", "pir"}, {"trainable", true}, {"version", kPirVersion}}},
        {"program", {{"regions", json::array({region})}}}};
    return program.dump();
  }

 private:
  struct Result {
    std::int64_t id;
    TensorType type;
  };

  TensorType type_of(ValueId id) const {
    const Tensor* constant = graph_.constant(id);
    return constant ? TensorType{constant->dtype(), constant->shape()} : types_[id];
  }

  Result new_result(TensorType type) { return {++last_id_, std::move(type)}; }
  Result new_result(ValueId value) {
    const Result result = new_result(type_of(value));
    ids_[value] = result.id;
    return result;
  }

  void write_parameter(std::size_t value) {
    const Result result = new_result(static_cast<ValueId>(value));
    ops_.push_back({{"#", "p"},
                    {"A", {0, 1, 1, graph_.values[value].name}},
                    {"DA", json::array()},
                    {"O", {{"%", result.id}, {"TT", tensor_type(result.type)}}},
                    {"OA", {1, 0, 1}},
                    {"QA", json::array()}});
  }

  void write_op(std::string_view name, json attributes, const std::vector<std::int64_t>& operands,
                const std::vector<Result>& results, bool stop_gradient = false) {
    json inputs = json::array(), outputs = json::array();
    for (std::int64_t id : operands) inputs.push_back({{"%", id}});
    for (const Result& r : results) outputs.push_back({{"%", r.id}, {"TT", tensor_type(r.type)}});
    json marks = json::array({flags("stop_gradient", results.size(), stop_gradient)});
    if (name == "1.fetch") marks.push_back(flags("persistable", results.size(), true));
    ops_.push_back({{"#", name},
                    {"A", std::move(attributes)},
                    {"I", std::move(inputs)},
                    {"O", std::move(outputs)},
                    {"OA", std::move(marks)}});
  }

  void write_input(const Port& port) {
    const TensorType& type = graph_.type_of(port.value);
    const Result result = new_result(type);
    ids_[port.value] = result.id;
    write_op("1.data",
             {attribute("name", typed("0.a_str", port.name)),
              attribute("shape", typed("1.a_intarray", type.shape)),
              attribute("dtype", dtype_attribute(type.dtype)), attribute("place", place(0))},
             {}, {result});
  }

  void write_fetch(std::size_t col) {
    const Port& port = graph_.outputs[col];
    write_op(
        "1.fetch",
        {attribute("name", typed("0.a_str", port.name)), attribute("col", typed("0.a_i32", col))},
        {ids_[port.value]}, {new_result(type_of(port.value))});
  }

  // 0: where nothing is said; 1: the CPU.
  static json place(int kind) { return typed("1.a_place", json::array({kind, 0, ""})); }

  std::int64_t write_integers(const std::vector<std::int64_t>& values) {
    const Result result = new_result({DType::kInt64, {static_cast<std::int64_t>(values.size())}});
    write_op("1.full_int_array",
             {attribute("value", array_of("0.a_i64", values)),
              attribute("dtype", dtype_attribute(DType::kInt64)), attribute("place", place(1))},
             {}, {result}, /*stop_gradient=*/true);
    return result.id;
  }

  std::int64_t write_scalar(double value, DType dtype) {
    const Result result = new_result({dtype, {1}});
    write_op("1.full",
             {attribute("shape", typed("1.a_intarray", json::array({1}))),
              attribute("value", typed_real("0.a_f64", value)),
              attribute("dtype", dtype_attribute(dtype)), attribute("place", place(1))},
             {}, {result}, /*stop_gradient=*/true);
    return result.id;
  }

  std::int64_t write_list(const std::vector<ValueId>& values) {
    json types = json::array(), operands = json::array();
    for (ValueId id : values) {
      types.push_back(tensor_type(type_of(id)));
      operands.push_back({{"%", ids_[id]}});
    }
    const std::int64_t id = ++last_id_;
    ops_.push_back({{"#", "0.combine"},
                    {"A", json::array()},
                    {"I", std::move(operands)},
                    {"O", json::array({{{"%", id}, {"TT", typed("0.t_vec", std::move(types))}}})},
                    {"OA", json::array({flags("stop_gradient", 1, false)})}});
    return id;
  }

  std::int64_t write_stack(const std::vector<ValueId>& values) {
    const std::int64_t list = write_list(values);
    const Result result =
        new_result({type_of(values.front()).dtype, {static_cast<std::int64_t>(values.size())}});
    write_op("1.stack", json::array({attribute("axis", typed("0.a_i32", 0))}), {list}, {result},
             /*stop_gradient=*/true);
    return result.id;
  }

  static const std::vector<ValueId>* connected(const Node& node, int slot) {
    return slot == PirOperand::kNone || node.inputs[slot].empty() ? nullptr : &node.inputs[slot];
  }

  // The operand's value, written first where there is none; 0 for an absent one.
  std::int64_t operand(const Node& node, const PirOperand& operand, const Attributes& attributes) {
    if (const auto* list = connected(node, operand.list_slot)) {
      const bool is_tensor = operand.slot != PirOperand::kNone && operand.slot != operand.list_slot;
      return is_tensor ? write_stack(*list) : write_list(*list);
    }
    if (const auto* one = connected(node, operand.slot)) return ids_[one->front()];
    const auto found = attributes.find(operand.attribute);
    if (operand.attribute.empty() || found == attributes.end()) return 0;
    if (const auto* integer = std::get_if<std::int64_t>(&found->second))
      return write_scalar(static_cast<double>(*integer), DType::kInt32);
    if (const auto* real = std::get_if<double>(&found->second))
      return write_scalar(*real, DType::kFloat32);
    return write_integers(std::get<std::vector<std::int64_t>>(found->second));
  }

  template <class... Pieces>
  [[noreturn]] static void refuse(const Node& node, const Pieces&... why) {
    throw_error(ErrorCode::kModelUnsupported, text_of(node),
                " cannot be written for Paddle 3: ", why...);
  }

  // Paddle 3 aligns shapes at their ends alone.
  void check_axis(const Node& node) const {
    const auto* binary = op_as<Elementwise>(node);
    const auto* compare = op_as<Compare>(node);
    if (!binary && !compare) return;
    const std::size_t x = type_of(node.input(0)).shape.size(),
                      y = type_of(node.input(1)).shape.size();
    const std::int64_t at = binary ? binary->axis() : compare->axis();
    // Nobody knows whether it can be left out where a shape is not known (declared_types()).
    const bool is_known = x > 0 && y > 0;
    if (at != -1 && (!is_known || (x != y && at != static_cast<std::int64_t>(x - y))))
      refuse(node, "axis ", at);
  }

  // The slot that would get lost; -1 for none.
  static int lost_operand(const Node& node, const PirOp& op) {
    for (int slot = 0; slot < static_cast<int>(node.inputs.size()); ++slot) {
      const auto takes = [&](const PirOperand& o) { return o.slot == slot || o.list_slot == slot; };
      if (!node.inputs[slot].empty() && std::none_of(op.operands.begin(), op.operands.end(), takes))
        return slot;
    }
    return -1;
  }

  static bool says(const PirOp& op, const Attributes& attributes) {
    for (const PirAttribute& a : op.attributes) {
      if (a.kind == PirKind::kAbsent &&
          !std::get<std::vector<std::int64_t>>(attributes.find(a.name)->second).empty())
        return false;
    }
    return std::all_of(op.fixed.begin(), op.fixed.end(), [&](const PirFixed& fixed) {
      const auto found = attributes.find(fixed.name);
      if (found == attributes.end()) return false;
      if (const auto* flag = std::get_if<bool>(&found->second)) return *flag == (fixed.value != 0);
      const auto* integer = std::get_if<std::int64_t>(&found->second);
      return integer && *integer == fixed.value;
    });
  }

  // The first that says all that the node does.
  static const PirOp& choose(const Node& node, const PaddleOp* paddle, Attributes& attributes) {
    int lost = -1;
    for (const PirOp* op : paddle ? pir_ops_of(paddle->name) : std::vector<const PirOp*>()) {
      Attributes adapted = attributes;
      if (op->adapt) op->adapt(node, adapted);
      if (!says(*op, adapted)) continue;
      lost = lost_operand(node, *op);
      if (lost >= 0) continue;
      attributes = std::move(adapted);
      return *op;
    }
    if (lost < 0) refuse(node, "it has no such operator");
    refuse(node, "it has no operand '", paddle->inputs[lost], "'");
  }

  void write_node(const Node& node) {
    const PaddleOp* paddle = paddle_op_of(node.op->type());
    Attributes attributes = paddle ? paddle->encode(*node.op) : Attributes();
    const PirOp* op = &choose(node, paddle, attributes);
    check_axis(node);
    std::vector<std::int64_t> operands;
    for (const PirOperand& o : op->operands) operands.push_back(operand(node, o, attributes));
    json written = json::array();
    for (const PirAttribute& a : op->attributes) {
      const auto found = attributes.find(a.paddle_name());
      if (found != attributes.end() && a.kind != PirKind::kAbsent)
        written.push_back(attribute(a.name, attribute_value(a.kind, found->second)));
    }
    const std::string name = str_cat("1.", op->name);
    if (node.op->type().outputs.front().list)
      return write_list_results(node, name, std::move(written), operands);
    std::vector<Result> results;
    for (const auto& slot : node.outputs) {
      results.push_back(slot.empty() ? new_result({type_of(node.output()).dtype, {-1}})
                                     : new_result(slot.front()));
    }
    for (int i = 0; i < op->unused_results; ++i)
      results.push_back(new_result({type_of(node.output()).dtype, {-1}}));
    if (op_as<BatchNorm>(node)) add_statistics(node, results);
    write_op(name, std::move(written), operands, results);
  }

  // The operator gives a list, which another one takes apart.
  void write_list_results(const Node& node, const std::string& name, json attributes,
                          const std::vector<std::int64_t>& operands) {
    const std::int64_t list = ++last_id_;
    std::vector<Result> results;
    json types = json::array();
    for (ValueId id : node.outputs.front()) {
      results.push_back(new_result(id));
      types.push_back(tensor_type(results.back().type));
    }
    write_op(name, std::move(attributes), operands, {});
    json& written = ops_.back();
    written["O"] = json::array({{{"%", list}, {"TT", typed("0.t_vec", std::move(types))}}});
    written["OA"] = json::array({flags("stop_gradient", 1, false)});
    write_op("0.split", json::array(), {list}, results);
  }

  // What training needs of a batch norm.
  void add_statistics(const Node& node, std::vector<Result>& results) {
    const TensorType statistic = type_of(node.input(BatchNorm::kMean));  // a scale may be missing
    for (int i = 0; i < 4; ++i) results.push_back(new_result(statistic));
    results.push_back(new_result({DType::kUInt8, {-1}}));
  }

  static json attribute_value(PirKind kind, const Attribute& value) {
    using Integers = std::vector<std::int64_t>;
    switch (kind) {
      case PirKind::kBool:
        return typed("0.a_bool", std::get<bool>(value));
      case PirKind::kInt:
        return typed("0.a_i32", std::get<std::int64_t>(value));
      case PirKind::kFloat:
        return typed_real("0.a_f32", static_cast<float>(std::get<double>(value)));
      case PirKind::kDouble:
        return typed_real("0.a_f64", std::get<double>(value));
      case PirKind::kText:
        return typed("0.a_str", std::get<std::string>(value));
      case PirKind::kInts:
        return array_of("0.a_i32", std::get<Integers>(value));
      case PirKind::kLongs:
        return array_of("0.a_i64", std::get<Integers>(value));
      case PirKind::kReals:
        return array_of("0.a_f32", std::get<std::vector<double>>(value));
      case PirKind::kDType:
      case PirKind::kAbsent:
        break;
    }
    // -1, where the operand decides, is "undefined" there.
    return typed("1.a_dtype", pir_dtype_name(static_cast<int>(std::get<std::int64_t>(value))));
  }

  const Graph& graph_;
  const std::vector<TensorType> types_;  // by ValueId
  std::vector<std::int64_t> ids_;        // by ValueId
  std::int64_t last_id_ = 0;
  json ops_ = json::array();
};

}  // namespace

std::string write_pir_program(const Graph& graph) { return PirWriter(graph).write(); }

}  // namespace u2net::engine
