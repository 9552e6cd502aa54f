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
#include "loader/limits.h"
#include "loader/name_scope.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/pir/ops/pir_ops.h"
#include "loader/pir/pir_constant.h"
#include "loader/pir/pir_values.h"
#include "loader/quoted.h"
#include "loader/refused_ops.h"

namespace u2net::engine {
namespace {

using PirId = std::int64_t;

[[noreturn]] void fail(const std::string& why, std::string hint = {}) {
  throw Error(ErrorCode::kModelFormat, why, std::move(hint));
}
[[noreturn]] void fail_unsupported(const std::string& why) {
  throw Error(ErrorCode::kModelUnsupported, why);
}

// What a value of the file is: one of the graph, a constant that is not in the graph yet, or
// several values under one name.
struct PirValue {
  ValueId id = kNoValue;
  std::shared_ptr<Tensor> constant = nullptr;
  bool is_list = false;
  bool is_stack = false;  // a list that is one tensor with a dimension more
  std::vector<PirId> list = {};
};

// One operator of the file.
struct PirEntry {
  std::string name;   // "pd_op.conv2d"
  std::string where;  // for messages
  Json json;
  std::vector<PirId> operands, results;
};

class PirReader {
 public:
  explicit PirReader(const Json& root) : root_(root) {}

  Program read() {
    read_header();
    const Json ops = only_block();
    check_operators(ops);
    std::size_t number = 0;
    for (const Json op : ops) read_op(entry(op, number++));
    for (auto& [col, port] : outputs_) program_.graph.outputs.push_back(std::move(port));
    std::sort(program_.parameters.begin(), program_.parameters.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(program_);
  }

 private:
  void read_header() {
    const std::optional<Json> base = root_.find("base_code");
    const std::optional<Json> magic = base ? base->find("magic") : std::nullopt;
    if (!magic || !magic->is(JsonKind::kText) || magic->text() != "pir") {
      fail("this JSON is no Paddle program: it has no base_code with magic 'pir'",
           "give the .json file that paddle.jit.save of Paddle 3 wrote");
    }
    program_.pir_version = pir_member(*base, "version", JsonKind::kInteger, "base_code").integer();
  }

  // The operators of the one block of the one region.
  Json only_block() const {
    const Json program = pir_member(root_, "program", JsonKind::kObject, "");
    const Json region =
        only(pir_member(program, "regions", JsonKind::kArray, "program"), "regions");
    const Json block = only(pir_member(region, "blocks", JsonKind::kArray, "region"), "blocks");
    for (const char* key : {"args", "kwargs"}) {
      const std::optional<Json> arguments = block.find(key);
      if (arguments && (arguments->is(JsonKind::kArray) || arguments->is(JsonKind::kObject)) &&
          arguments->size() > 0) {
        fail_unsupported("the block of the program has arguments, which is not supported");
      }
    }
    return pir_member(block, "ops", JsonKind::kArray, "block");
  }

  static Json only(const Json& list, const std::string& what) {
    if (list.size() == 0) fail("the program has no " + what);
    if (list.size() > 1) {
      fail_unsupported("the program has " + std::to_string(list.size()) + " " + what +
                       ": control flow is not supported");
    }
    return *list.begin();
  }

  static bool is_parameter(std::string_view name) { return name == "builtin.parameter"; }
  static bool is_input(std::string_view name) {
    return name == "pd_op.data" || name == "pd_op.feed";
  }
  static bool is_list(std::string_view name) {
    return name == "builtin.combine" || name == "pd_op.stack";
  }

  // Names everything that is missing at once.
  static void check_operators(const Json& ops) {
    std::map<std::string, int> unsupported;
    std::size_t parameters = 0, fetches = 0, number = 0;
    for (const Json op : ops) {
      const std::string place = "operator number " + std::to_string(number++);
      const std::string& short_name = pir_member(op, "#", JsonKind::kText, place).text();
      const std::string name = full_pir_name(short_name);
      parameters += is_parameter(name);
      fetches += name == "pd_op.fetch";
      const bool known = is_parameter(name) || is_input(name) || is_list(name) ||
                         name == "pd_op.fetch" || is_pir_constant(name) || find_pir_op(short_name);
      if (!known) ++unsupported[quoted_name(name)];
    }
    if (ops.size() - parameters > kMaxOps || parameters > kMaxVariables) {
      throw Error(ErrorCode::kModelLimit,
                  "the program has " + std::to_string(ops.size() - parameters) + " operators and " +
                      std::to_string(parameters) + " parameters, the limits are " +
                      std::to_string(kMaxOps) + " and " + std::to_string(kMaxVariables));
    }
    if (!unsupported.empty()) fail_unsupported(unsupported_text(unsupported));
    if (fetches == 0) {
      fail("the program has no fetch operator",
           "export it with paddle.jit.save or paddle.static.save_inference_model");
    }
  }

  static std::string quoted_name(const std::string& name) {
    return name.size() > kMaxQuotedBytes ? quoted(name) : name;
  }

  static std::string unsupported_text(const std::map<std::string, int>& unsupported) {
    constexpr std::size_t kMostNamed = 50;
    std::string names;
    std::size_t named = 0;
    for (const auto& [type, count] : unsupported) {
      if (named++ == kMostNamed) {
        names += ", ...";
        break;
      }
      append_word(names, type + unsupported_suffix(type.substr(type.find('.') + 1), count));
    }
    return std::to_string(unsupported.size()) +
           (unsupported.size() == 1 ? " operator is" : " operators are") +
           " not supported: " + names;
  }

  static PirEntry entry(const Json& op, std::size_t number) {
    const std::string name = full_pir_name(pir_member(op, "#", JsonKind::kText, "operator").text());
    const std::string where =
        "operator " + quoted(name) + " (number " + std::to_string(number) + ")";
    PirEntry e{name, where, op, {}, {}};
    if (const std::optional<Json> operands = op.find("I"))
      e.operands = ids(*operands, where + ": 'I'");
    const std::optional<Json> results = op.find("O");
    if (!results) fail(where + ": 'O' is missing");
    if (results->is(JsonKind::kObject)) {  // a parameter's
      e.results = {pir_member(*results, "%", JsonKind::kInteger, where + ": 'O'").integer()};
    } else {
      e.results = ids(*results, where + ": 'O'");
    }
    return e;
  }

  static std::vector<PirId> ids(const Json& list, const std::string& where) {
    if (!list.is(JsonKind::kArray)) {
      fail(where + " is " + std::string(json_kind_name(list.kind())) + ", expected an array");
    }
    std::vector<PirId> result;
    for (const Json item : list) {
      result.push_back(pir_member(item, "%", JsonKind::kInteger, where).integer());
    }
    return result;
  }

  // The attributes; empty where the file has none.
  static Json attributes(const PirEntry& e) {
    return pir_member(e.json, "A", JsonKind::kArray, e.where);
  }

  static TensorType result_type(const PirEntry& e) {
    const Json results = *e.json.find("O");
    const Json result = results.is(JsonKind::kObject) ? results : *results.begin();
    return read_pir_type(pir_member(result, "TT", JsonKind::kObject, e.where),
                         e.where + ": the type of its result");
  }

  std::string text_attribute(const PirEntry& e, std::string_view name) const {
    const std::optional<Attribute> found = find_pir_attribute(attributes(e), name, e.where);
    const auto* text = found ? std::get_if<std::string>(&*found) : nullptr;
    if (!text) fail(e.where + " has no text in attribute '" + std::string(name) + "'");
    return *text;
  }

  // The first result; the others exist, but nothing computes them.
  void define(const PirEntry& e, PirValue value) {
    if (e.results.empty()) fail(e.where + " has no result");
    for (std::size_t i = 0; i < e.results.size(); ++i) {
      const PirId id = e.results[i];
      if (id <= 0) fail(e.where + " defines value " + std::to_string(id));
      if (!values_.emplace(id, i == 0 ? std::move(value) : PirValue{}).second) {
        fail(e.where + " defines value " + std::to_string(id) + ", which exists already");
      }
    }
  }

  const PirValue& value(PirId id, const std::string& where) const {
    const auto found = values_.find(id);
    if (found == values_.end()) {
      fail(where + " reads value " + std::to_string(id) + ", which nothing before it defines");
    }
    const PirValue& v = found->second;
    if (v.id == kNoValue && !v.constant && !v.is_list) {
      fail_unsupported(where + " reads value " + std::to_string(id) +
                       ", a result that is for training only");
    }
    return v;
  }

  std::string unique_name(std::string name) {
    while (!names_.insert(name).second) name += '_';
    return name;
  }

  // The value in the graph; a constant becomes one of its constants now.
  ValueId graph_value(PirId id, const std::string& where) {
    const PirValue& v = value(id, where);
    if (v.is_list) {
      fail_unsupported(where + " reads value " + std::to_string(id) +
                       ", several tensors that are supported as sizes and by concat alone");
    }
    if (v.id != kNoValue) return v.id;
    const ValueId constant = program_.graph.add_constant(
        unique_name("constant_" + std::to_string(id)), std::move(*v.constant));
    PirValue& known = values_.at(id);
    known.id = constant;
    known.constant = nullptr;
    return constant;
  }

  void read_op(const PirEntry& e) {
    if (is_parameter(e.name)) return read_parameter(e);
    if (is_input(e.name)) return read_input(e);
    if (e.name == "pd_op.fetch") return read_fetch(e);
    if (is_list(e.name)) return read_list(e);
    if (is_pir_constant(e.name)) return read_constant(e);
    read_node(e);
  }

  // {"#": "p", "A": [is_distributed, is_parameter, need_clip, name]}, or {"#": "0.parameter"} with
  // attributes like any other.
  void read_parameter(const PirEntry& e) {
    const Json list = attributes(e);
    std::string name;
    if (list.size() > 0 && (*list.begin()).is(JsonKind::kObject)) {
      name = text_attribute(e, "parameter_name");
    } else {
      for (const Json item : list) {
        if (item.is(JsonKind::kText)) name = item.text();
      }
    }
    if (name.empty()) fail(e.where + " has no name");
    if (!names_.insert(name).second) fail("parameter " + quoted(name) + " is declared twice");
    const TensorType type = result_type(e);
    for (std::int64_t dim : type.shape) {
      if (dim <= 0) fail("parameter " + quoted(name) + " has shape " + to_string(type.shape));
    }
    element_count(type.shape);  // within the cap
    const ValueId id = program_.graph.add_value(
        {.name = name, .type = type, .type_is_known = true, .constant = nullptr});
    program_.parameters.push_back({name, id});
    define(e, {.id = id});
  }

  void read_input(const PirEntry& e) {
    const std::string name = text_attribute(e, "name");
    if (!names_.insert(name).second) fail("input " + quoted(name) + " is declared twice");
    if (e.results.empty()) fail(e.where + " has no result");
    const TensorType type = result_type(e);
    for (std::int64_t dim : type.shape) {
      if (dim < -1 || dim == 0)
        fail("input " + quoted(name) + " has shape " + to_string(type.shape));
    }
    const ValueId id = program_.graph.add_value({.name = name, .type = type, .constant = nullptr});
    program_.graph.inputs.push_back({name, id});
    define(e, {.id = id});
  }

  void read_fetch(const PirEntry& e) {
    if (e.operands.size() != 1) {
      fail(e.where + " has " + std::to_string(e.operands.size()) + " operands, expected 1");
    }
    const Json list = attributes(e);
    const std::optional<Attribute> col = find_pir_attribute(list, "col", e.where);
    const auto* number = col ? std::get_if<std::int64_t>(&*col) : nullptr;
    if (!number) fail(e.where + " has no integer in attribute 'col'");
    const Port port{text_attribute(e, "name"), graph_value(e.operands.front(), e.where)};
    if (!outputs_.emplace(*number, port).second) {
      fail("two fetch operators have col " + std::to_string(*number));
    }
  }

  void read_list(const PirEntry& e) {
    PirValue result{.is_list = true, .is_stack = e.name == "pd_op.stack"};
    result.list = e.operands;
    if (result.is_stack) {
      const std::optional<Attribute> axis = find_pir_attribute(attributes(e), "axis", e.where);
      const auto* number = axis ? std::get_if<std::int64_t>(&*axis) : nullptr;
      const PirValue* parts =
          e.operands.size() == 1 ? &value(e.operands.front(), e.where) : nullptr;
      if (!number || *number != 0 || !parts || !parts->is_list || parts->is_stack) {
        fail_unsupported(e.where + " is not supported but to make a size of numbers");
      }
      result.list = parts->list;
    }
    count_connections(result.list.size());
    for (PirId id : result.list) {
      if (value(id, e.where).is_list) fail_unsupported(e.where + ": a list in a list");
    }
    define(e, std::move(result));
  }

  void read_constant(const PirEntry& e) {
    Tensor tensor =
        read_pir_constant(e.name, attributes(e), kMaxPirConstantBytes - constant_bytes_, e.where);
    constant_bytes_ += tensor.bytes();
    define(e, {.constant = std::make_shared<Tensor>(std::move(tensor))});
  }

  void read_node(const PirEntry& e) {
    const PirOp& op = *find_pir_op(pir_member(e.json, "#", JsonKind::kText, e.where).text());
    const PaddleOp& paddle = *find_paddle_op(op.paddle);
    const std::span<const SlotInfo> slots = paddle.type->inputs;
    if (e.operands.size() > op.operands.size()) {
      fail(e.where + " has " + std::to_string(e.operands.size()) + " operands, expected at most " +
           std::to_string(op.operands.size()));
    }
    Node node;
    node.inputs.resize(slots.size());
    Attributes paddle_attributes = read_attributes(e, op);
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (e.operands[i] == 0) continue;
      connect(e, i, op.operands[i], node, paddle_attributes);
    }
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot].required && node.inputs[slot].empty()) {
        fail(e.where + " has no operand for '" + std::string(paddle.inputs[slot]) + "'");
      }
    }
    node.op = paddle.decode(AttributeReader(paddle.name, paddle_attributes));
    node.name = unique_name(std::string(paddle.name) + "_" +
                            std::to_string(e.results.empty() ? 0 : e.results.front()));
    const ValueId id =
        program_.graph.add_value({.name = node.name, .type = {}, .constant = nullptr});
    node.outputs = {{id}};
    node.scope = scope_of(e);
    program_.graph.nodes.push_back(std::move(node));
    define(e, {.id = id});
  }

  // struct_name is where in the network's code, the layer itself last: "/encoder/block1/Conv2D/" ->
  // "encoder/block1"; nothing where the program does not tell.
  static std::string scope_of(const PirEntry& e) {
    const std::optional<Attribute> found =
        find_pir_attribute(attributes(e), "struct_name", e.where);
    const auto* path = found ? std::get_if<std::string>(&*found) : nullptr;
    if (!path) return {};
    const std::string_view layer = without_outer_slashes(*path);
    const std::size_t slash = layer.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(layer.substr(0, slash));
  }

  static Attributes read_attributes(const PirEntry& e, const PirOp& op) {
    Attributes result;
    const Json list = attributes(e);
    for (const PirAttribute& attribute : op.attributes) {
      std::optional<Attribute> found = find_pir_attribute(list, attribute.name, e.where);
      if (found) result.emplace(attribute.paddle_name(), *std::move(found));
    }
    if (op.name == "shape64") result.emplace("dtype", std::int64_t{paddle_number(DType::kInt64)});
    return result;
  }

  void connect(const PirEntry& e, std::size_t index, const PirOperand& operand, Node& node,
               Attributes& paddle_attributes) {
    const std::string where = e.where + ", operand " + std::to_string(index);
    const PirValue& v = value(e.operands[index], where);
    if (v.constant && !operand.attribute.empty()) {
      paddle_attributes.insert_or_assign(std::string(operand.attribute),
                                         constant_attribute(*v.constant, operand.scalar, where));
      return;
    }
    // A stack is one tensor: only where the list stands for a tensor of sizes may it be taken
    // apart.
    const bool as_list = v.is_list && (!v.is_stack || operand.slot != operand.list_slot);
    const int slot = as_list ? operand.list_slot : operand.slot;
    if (slot == PirOperand::kNone) {
      fail_unsupported(where + " is " +
                       (as_list ? "a list of tensors, expected one"
                                : "computed by the program, which is not supported"));
    }
    std::vector<ValueId>& to = node.inputs[static_cast<std::size_t>(slot)];
    const std::vector<PirId> from = as_list ? v.list : std::vector<PirId>{e.operands[index]};
    count_connections(from.size());
    for (PirId id : from) to.push_back(graph_value(id, where));
  }

  // A short file can name a long list often.
  void count_connections(std::size_t more) {
    connections_ += more;
    if (connections_ <= kMaxConnections) return;
    throw Error(ErrorCode::kModelLimit, "the program has more than " +
                                            std::to_string(kMaxConnections) +
                                            " connections between operators");
  }

  const Json root_;
  Program program_;
  std::unordered_map<PirId, PirValue> values_;
  std::set<std::string> names_;           // of the graph's values
  std::map<std::int64_t, Port> outputs_;  // by col
  std::size_t constant_bytes_ = 0, connections_ = 0;
};

}  // namespace

Program read_pir_program(std::span<const std::byte> bytes, const std::string& name) {
  try {
    const JsonDocument document = JsonDocument::parse(bytes);
    return PirReader(document.root()).read();
  } catch (const Error& e) {
    throw Error(e.code(), "cannot load model '" + name + "': " + e.what(), e.hint());
  }
}

}  // namespace u2net::engine
