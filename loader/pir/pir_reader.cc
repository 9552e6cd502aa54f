// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/ops/select_input.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/name_scope.h"
#include "loader/paddle/channels_last.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/pir/ops/pir_ops.h"
#include "loader/pir/pir_constant.h"
#include "loader/pir/pir_entry.h"
#include "loader/pir/pir_operators.h"
#include "loader/pir/pir_table.h"
#include "loader/pir/pir_values.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

class PirReader {
 public:
  explicit PirReader(const Json& root) : root_(root) {}

  Program read() {
    read_header();
    const Json ops = pir_operators(root_);
    check_pir_operators(ops);
    std::size_t number = 0;
    for (const Json op : ops) read_op(PirEntry::read(op, number++));
    for (auto& [col, port] : outputs_) program_.graph.outputs.push_back(std::move(port));
    program_.sort_parameters();
    return std::move(program_);
  }

 private:
  void read_header() {
    const std::optional<Json> base = root_.find("base_code");
    const std::optional<Json> magic = base ? base->find("magic") : std::nullopt;
    if (!magic || !magic->is(JsonKind::kText) || magic->text() != "pir") {
      throw Error(ErrorCode::kModelFormat,
                  "this JSON is no Paddle program: it has no base_code with magic 'pir'",
                  "give the .json file that paddle.jit.save of Paddle 3 wrote");
    }
    program_.pir_version = pir_member(*base, "version", JsonKind::kInteger, "base_code").integer();
  }

  void read_op(const PirEntry& e) {
    if (is_pir_parameter(e.name)) return read_parameter(e);
    if (is_pir_input(e.name)) return read_input(e);
    if (e.name == "pd_op.fetch") return read_fetch(e);
    if (is_pir_list(e.name) || is_stack_of_numbers(e)) return read_list(e);
    if (is_pir_unpacking(e.name)) return read_unpacking(e);
    if (is_pir_constant(e.name)) return read_constant(e);
    if (is_pir_branch(e.name)) return read_branches(e);
    if (is_pir_loop(e.name)) return read_loop(e);
    read_node(e);
  }

  // Both branches lie in the graph like all other operators; who reads a result reads what is
  // chosen at their end. As deep as the JSON is at most (kMaxJsonDepth).
  void read_branches(const PirEntry& e) {
    if (e.operands.size() != 1)
      fail_format(e.where, " has ", e.operands.size(), " operands, expected 1");
    const auto [when_true, when_false] = pir_branches(e.json, e.where);
    const std::vector<PirId> held = read_branch(e, when_true), other = read_branch(e, when_false);
    const ValueId condition = table_.graph_value(e.operands.front(), e.where);
    std::vector<PirValue> results;
    for (std::size_t i = 0; i < e.results.size(); ++i) {
      results.push_back(add_choice(
          e, i, condition,
          {table_.graph_value(other[i], e.where), table_.graph_value(held[i], e.where)}));
    }
    if (!results.empty()) table_.define_all(e, std::move(results));
  }

  // Of result i; the second value where the condition holds.
  PirValue add_choice(const PirEntry& e, std::size_t i, ValueId condition,
                      std::vector<ValueId> values) {
    table_.count_connections(values.size() + 1);
    Node node{.name = table_.unique_name(str_cat("select_input_", e.results[i])),
              .op = std::make_shared<SelectInput>(),
              .inputs = {std::move(values), {condition}},
              .outputs = {}};
    const ValueId id = add_result(node, 0, ".");
    node.outputs = {{id}};
    program_.graph.nodes.push_back(std::move(node));
    return {.id = id};
  }

  // The operators of every round that there may be, and behind the last one what is chosen: the
  // values in front of the first round whose condition does not hold.
  void read_loop(const PirEntry& e) {
    const auto [arguments, ops] = pir_loop(e.json, e.where);
    if (e.operands.size() != e.results.size() + 1 || arguments.size() != e.results.size() ||
        arguments.empty() || arguments.size() > kMaxResultsOfLoop) {
      fail_format(e.where, " has ", e.operands.size(), " operands, ", arguments.size(),
                  " arguments and ", e.results.size(), " results");
    }
    const std::size_t mark = table_.mark();
    std::vector<std::vector<ValueId>> rounds;  // the condition, then the values
    std::vector<PirId> next = e.operands;
    for (int round = 0;; ++round) {
      std::vector<ValueId>& values = rounds.emplace_back();
      for (PirId id : next) values.push_back(table_.graph_value(id, e.where));
      table_.forget_from(mark);
      if (round == kMaxRounds) break;
      for (std::size_t i = 0; i < arguments.size(); ++i)
        table_.define_argument(e, arguments[i], values[i + 1]);
      next = read_branch(e, ops, 1);
    }
    std::vector<PirValue> results;
    for (std::size_t i = 0; i < e.results.size(); ++i) {
      // Behind the last round there is no value for a condition that holds.
      PirValue result = add_choice(e, i, rounds.back()[0], {rounds.back()[i + 1]});
      for (std::size_t round = rounds.size() - 1; round-- > 0;)
        result = add_choice(e, i, rounds[round][0], {rounds[round][i + 1], result.id});
      results.push_back(std::move(result));
    }
    table_.define_all(e, std::move(results));
  }

  // What it yields: as many values as `e` has results, and so many more.
  std::vector<PirId> read_branch(const PirEntry& e, const Json& ops, std::size_t more = 0) {
    std::size_t number = 0;
    steps_.count(program_.graph);
    for (const Json op : ops) {
      const PirEntry inner = PirEntry::read(op, number++);
      if (inner.name != "cf.yield") {
        if (is_pir_parameter(inner.name) || is_pir_input(inner.name) || inner.name == "pd_op.fetch")
          fail_format(inner.where, " stands in a block");
        steps_.count(program_.graph);
        read_op(inner);
        continue;
      }
      if (inner.operands.size() != e.results.size() + more || number != ops.size()) {
        fail_format(e.where, " has ", e.results.size() + more,
                    " values to be yielded by a block, which yields ", inner.operands.size());
      }
      return inner.operands;
    }
    fail_format(e.where, " has a block that yields nothing");
  }

  // {"#": "p", "A": [is_distributed, is_parameter, need_clip, name]}, or {"#": "0.parameter"} with
  // attributes like any other.
  void read_parameter(const PirEntry& e) {
    const Json list = e.attributes();
    std::string name;
    if (list.size() > 0 && (*list.begin()).is(JsonKind::kObject)) {
      name = e.text_attribute("parameter_name");
    } else {
      for (const Json item : list) {
        if (item.is(JsonKind::kText)) name = item.text();
      }
    }
    if (name.empty()) fail_format(e.where, " has no name");
    if (!table_.take_name(name)) fail_format("parameter ", in_quotes(name), " is declared twice");
    const TensorType type = e.result_type();
    for (std::int64_t dim : type.shape) {
      if (dim <= 0) fail_format("parameter ", in_quotes(name), " has shape ", type.shape);
    }
    element_count(type.shape);  // within the cap
    const ValueId id = program_.graph.add_value(
        {.name = name, .type = type, .type_is_known = true, .constant = nullptr});
    program_.parameters.push_back({name, id});
    table_.define(e, {.id = id});
  }

  void read_input(const PirEntry& e) {
    const std::string name = e.text_attribute("name");
    if (!table_.take_name(name)) fail_format("input ", in_quotes(name), " is declared twice");
    if (e.results.empty()) fail_format(e.where, " has no result");
    const TensorType type = e.result_type();
    for (std::int64_t dim : type.shape) {
      if (dim < -1 || dim == 0) fail_format("input ", in_quotes(name), " has shape ", type.shape);
    }
    const ValueId id = program_.graph.add_value({.name = name, .type = type, .constant = nullptr});
    program_.graph.inputs.push_back({name, id});
    table_.define(e, {.id = id});
  }

  void read_fetch(const PirEntry& e) {
    if (e.operands.size() != 1) {
      fail_format(e.where, " has ", e.operands.size(), " operands, expected 1");
    }
    const Json list = e.attributes();
    const std::optional<Attribute> col = find_pir_attribute(list, "col", e.where);
    const auto* number = col ? std::get_if<std::int64_t>(&*col) : nullptr;
    if (!number) fail_format(e.where, " has no integer in attribute 'col'");
    const Port port{e.text_attribute("name"), table_.graph_value(e.operands.front(), e.where)};
    if (!outputs_.emplace(*number, port).second) {
      fail_format("two fetch operators have col ", *number);
    }
  }

  // A stack of values along a new first dimension is mostly a size: what it is made of is looked
  // at one by one, and a tensor is made of them once somebody reads it as one.
  bool is_stack_of_numbers(const PirEntry& e) const {
    if (e.name != "pd_op.stack" || e.operands.size() != 1) return false;
    const std::optional<Attribute> axis = find_pir_attribute(e.attributes(), "axis", e.where);
    const auto* number = axis ? std::get_if<std::int64_t>(&*axis) : nullptr;
    const PirValue& parts = table_.value(e.operands.front(), e.where);
    return number && *number == 0 && parts.is_list && !parts.is_stack;
  }

  void read_list(const PirEntry& e) {
    PirValue result{.is_list = true, .is_stack = !is_pir_list(e.name)};
    result.list = result.is_stack ? table_.value(e.operands.front(), e.where).list : e.operands;
    table_.count_connections(result.list.size());
    for (PirId id : result.list) {
      const PirValue& part = table_.value(id, e.where);
      if (part.is_list && !part.is_stack) fail_unsupported(e.where, ": a list in a list");
    }
    table_.define(e, std::move(result));
  }

  // builtin.split gives all values of a list names of their own, builtin.slice one of them.
  void read_unpacking(const PirEntry& e) {
    if (e.operands.size() != 1 || !table_.value(e.operands.front(), e.where).is_list)
      fail_format(e.where, " does not read a list");
    const std::vector<PirId> list = table_.value(e.operands.front(), e.where).list;
    std::size_t first = 0;
    if (e.name == "builtin.slice") {
      const std::optional<Attribute> index = find_pir_attribute(e.attributes(), "index", e.where);
      const auto* number = index ? std::get_if<std::int64_t>(&*index) : nullptr;
      if (!number || *number < 0 || e.results.size() != 1)
        fail_format(e.where, " has no valid index");
      first = static_cast<std::size_t>(*number);
    }
    if (first >= list.size() || e.results.size() > list.size() - first) {
      fail_format(e.where, " takes ", e.results.size(), " values from number ", first,
                  " on out of a list of ", list.size());
    }
    for (std::size_t i = 0; i < e.results.size(); ++i)
      table_.define_one(e, e.results[i], {.id = table_.graph_value(list[first + i], e.where)});
  }

  void read_constant(const PirEntry& e) {
    Tensor tensor =
        read_pir_constant(e.name, e.attributes(), kMaxPirConstantBytes - constant_bytes_, e.where);
    constant_bytes_ += tensor.bytes();
    table_.define(e, {.constant = std::make_shared<Tensor>(std::move(tensor))});
  }

  void read_node(const PirEntry& e) {
    const PirOp& op = *find_pir_op(pir_member(e.json, "#", JsonKind::kText, e.where).text());
    const PaddleOp& paddle = *find_paddle_op(op.paddle);
    const std::span<const SlotInfo> slots = paddle.type->inputs;
    if (e.operands.size() > op.operands.size()) {
      fail_format(e.where, " has ", e.operands.size(), " operands, expected at most ",
                  op.operands.size());
    }
    Node node;
    node.inputs.resize(slots.size());
    Attributes paddle_attributes = e.read_attributes(op);
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (e.operands[i] == 0) continue;
      connect(e, i, op.operands[i], node, paddle_attributes);
    }
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot].required && node.inputs[slot].empty()) {
        fail_format(e.where, " has no operand for '", paddle.inputs[slot], "'");
      }
    }
    const bool is_channels_last = take_channels_last(paddle.name, paddle_attributes);
    node.op = paddle.decode(AttributeReader(paddle.name, paddle_attributes));
    node.name =
        table_.unique_name(str_cat(paddle.name, "_", e.results.empty() ? 0 : e.results.front()));
    node.scope = e.scope();
    std::vector<PirValue> results = add_results(e, paddle, node);
    if (is_channels_last && node.has_input(0)) {
      add_channels_last(program_.graph, std::move(node), e.result_type().shape.size());
    } else {
      program_.graph.nodes.push_back(std::move(node));
    }
    table_.define_all(e, std::move(results));
  }

  // A result of a list has a value for each member, with an id that no file has.
  std::vector<PirValue> add_results(const PirEntry& e, const PaddleOp& paddle, Node& node) {
    const std::span<const SlotInfo> slots = paddle.type->outputs;
    if (e.results.empty() || slots.empty()) fail_format(e.where, " has no result");
    if (slots.front().list) return {add_list(e, node)};
    std::vector<PirValue> values;
    node.outputs.resize(slots.size());
    for (std::size_t slot = 0; slot < std::min(slots.size(), e.results.size()); ++slot) {
      const ValueId id = add_result(node, slot, ".");
      node.outputs[slot] = {id};
      values.push_back({.id = id});
    }
    table_.count_connections(values.size());
    return values;
  }

  ValueId add_result(const Node& node, std::size_t i, const char* between) {
    const std::string name =
        i == 0 ? node.name : table_.unique_name(node.name + between + std::to_string(i));
    return program_.graph.add_value({.name = name, .type = {}, .constant = nullptr});
  }

  PirValue add_list(const PirEntry& e, Node& node) {
    const std::size_t count = e.list_size();
    table_.count_connections(count);
    node.outputs.emplace_back();
    PirValue list{.is_list = true};
    for (std::size_t i = 0; i < count; ++i) {
      const ValueId id = add_result(node, i, "_");
      node.outputs[0].push_back(id);
      list.list.push_back(table_.add_own({.id = id}));
    }
    return list;
  }

  void connect(const PirEntry& e, std::size_t index, const PirOperand& operand, Node& node,
               Attributes& paddle_attributes) {
    const std::string where = str_cat(e.where, ", operand ", index);
    const PirValue& v = table_.value(e.operands[index], where);
    if (v.constant && !operand.attribute.empty()) {
      paddle_attributes.insert_or_assign(std::string(operand.attribute),
                                         constant_attribute(*v.constant, operand.scalar, where));
      return;
    }
    // A stack is one tensor: only where the list stands for a tensor of sizes may it be taken
    // apart.
    const bool as_sizes =
        operand.list_slot != PirOperand::kNone && operand.slot != operand.list_slot;
    const bool as_list = v.is_list && (!v.is_stack || as_sizes);
    const int slot = as_list ? operand.list_slot : operand.slot;
    if (slot == PirOperand::kNone) {
      fail_unsupported(where, " is ",
                       as_list ? "a list of tensors, expected one"
                               : "computed by the program, which is not supported");
    }
    std::vector<ValueId>& to = node.inputs[static_cast<std::size_t>(slot)];
    const std::vector<PirId> from = as_list ? v.list : std::vector<PirId>{e.operands[index]};
    table_.count_connections(from.size());
    for (PirId id : from) to.push_back(table_.graph_value(id, where));
    if (!operand.attribute.empty() && !to.empty()) {
      paddle_attributes.insert_or_assign(std::string(operand.attribute),
                                         VariableReference{.names = {}, .is_operand = true});
    }
  }

  const Json root_;
  Program program_;
  PirTable table_{program_.graph};
  std::map<std::int64_t, Port> outputs_;  // by col
  std::size_t constant_bytes_ = 0;
  StepsOfRounds steps_;  // of blocks alone
};

}  // namespace

Program read_pir_program(std::span<const std::byte> bytes, const std::string& name) {
  try {
    const JsonDocument document = JsonDocument::parse(bytes);
    return PirReader(document.root()).read();
  } catch (const Error& e) {
    throw Error(e.code(), str_cat("cannot load model '", name, "': ", e.what()), e.hint());
  }
}

}  // namespace u2net::engine
