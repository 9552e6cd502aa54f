// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_writer.h"

#include <google/protobuf/arena.h>

#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "framework.pb.h"
#include "loader/paddle/declared_shapes.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/paddle/program_attributes.h"
#include "loader/paddle/program_var_kind.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kPaddleVersion = 2006002;  // whose operators and attributes these are

class ProgramWriter {
 public:
  explicit ProgramWriter(const Graph& graph) : graph_(graph), types_(declared_types(graph)) {}

  std::string write() {
    proto::BlockDesc& block = *desc_.add_blocks();
    block.set_idx(0);
    block.set_parent_idx(-1);
    declare_values();
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      write_port("feed", "feed", graph_.inputs[i].name, static_cast<int>(i));
    }
    for (const Node& node : graph_.nodes) write_node(node);
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      write_port("fetch", graph_.values[graph_.outputs[i].value].name, "fetch",
                 static_cast<int>(i));
    }
    write_variables(block);
    desc_.mutable_version()->set_version(kPaddleVersion);
    desc_.mutable_op_version_map();
    return desc_.SerializeAsString();
  }

 private:
  void declare_values() {
    for (std::size_t id = 0; id < graph_.values.size(); ++id) {
      const Value& value = graph_.values[id];
      proto::VarDesc& var = declare(value.name, types_[id].dtype, types_[id].shape);
      if (value.constant) var.set_persistable(true);
    }
    for (const Port& port : graph_.inputs) variables_.at(port.name)->set_need_check_feed(true);
  }

  // A name that is used for several values is one variable, as in the program that the graph came
  // from.
  proto::VarDesc& declare(const std::string& name, DType dtype, const Shape& shape) {
    proto::VarDesc*& known = variables_[name];
    if (!known) known = google::protobuf::Arena::CreateMessage<proto::VarDesc>(&arena_);
    proto::VarDesc& var = *known;
    var.set_name(name);
    var.mutable_type()->set_type(kLodTensor);
    proto::VarType::LoDTensorDesc& tensor = *var.mutable_type()->mutable_lod_tensor();
    tensor.set_lod_level(0);
    tensor.mutable_tensor()->set_data_type(paddle_number(dtype));
    tensor.mutable_tensor()->clear_dims();
    for (std::int64_t dim : shape) tensor.mutable_tensor()->add_dims(dim);
    return var;
  }

  // Sorted, as Paddle writes them, then the two variables that feed and fetch work on.
  void write_variables(proto::BlockDesc& block) {
    for (const auto& [name, var] : variables_) *block.add_vars() = *var;
    for (const auto& [name, kind] :
         {std::pair("feed", kFeedMinibatch), std::pair("fetch", kFetchList)}) {
      proto::VarDesc& var = *block.add_vars();
      var.set_name(name);
      var.mutable_type()->set_type(kind);
      var.set_persistable(true);
    }
  }

  void write_port(const std::string& type, const std::string& from, const std::string& to,
                  int col) {
    proto::OpDesc& op = *desc_.mutable_blocks(0)->add_ops();
    op.set_type(type);
    add_slot(*op.add_inputs(), "X", {from});
    add_slot(*op.add_outputs(), "Out", {to});
    write_attributes({{"col", std::int64_t{col}}}, op);
  }

  void write_node(const Node& node) {
    proto::OpDesc& op = *desc_.mutable_blocks(0)->add_ops();
    const PaddleOp* paddle = paddle_op_of(node.op->type());
    if (!paddle) {
      throw_error(ErrorCode::kModelUnsupported, text_of(node),
                  " cannot be written: Paddle has no such operator");
    }
    check_slots(node, *paddle);
    op.set_type(std::string(paddle->name));
    for (std::size_t slot = 0; slot < paddle->inputs.size(); ++slot) {
      if (!paddle->inputs[slot].empty())
        add_slot(*op.add_inputs(), paddle->inputs[slot], names(node.inputs[slot]));
    }
    for (std::size_t slot = 0; slot < paddle->outputs.size(); ++slot) {
      add_slot(*op.add_outputs(), paddle->outputs[slot], names(node.outputs[slot]));
    }
    for (const UnusedOutput& unused : paddle->unused_outputs) {
      add_slot(*op.add_outputs(), unused.name, {unused_variable(node, unused)});
    }
    Attributes attributes = paddle->encode(*node.op);
    for (const VariableAttribute& variable : paddle->variable_attributes) {
      for (int slot : {variable.slot, variable.list_slot}) {
        if (!node.inputs[slot].empty())
          attributes[std::string(variable.name)] = VariableReference{names(node.inputs[slot])};
      }
    }
    write_attributes(attributes, op);
  }

  // Operands that Paddle's operator has no slot for: other formats' have.
  static void check_slots(const Node& node, const PaddleOp& paddle) {
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      const auto takes = [&](const VariableAttribute& attribute) {
        return attribute.slot == static_cast<int>(slot) ||
               attribute.list_slot == static_cast<int>(slot);
      };
      if (node.inputs[slot].empty() || !paddle.inputs[slot].empty() ||
          std::ranges::any_of(paddle.variable_attributes, takes))
        continue;
      throw_error(ErrorCode::kModelUnsupported, "operator '", paddle.name, "' ('", node.name,
                  "') with a ", node.op->type().inputs[slot].name,
                  " that the graph computes cannot be written: Paddle's has none");
    }
  }

  std::string unused_variable(const Node& node, const UnusedOutput& unused) {
    if (unused.same_as >= 0) return names(node.inputs[unused.same_as]).at(0);
    std::string name = str_cat(node.name, ".", unused.name);
    while (variables_.contains(name)) name += '_';
    declare(name, types_[node.output()].dtype, {});
    return name;
  }

  std::vector<std::string> names(const std::vector<ValueId>& ids) const {
    std::vector<std::string> result;
    for (ValueId id : ids) result.push_back(graph_.values[id].name);
    return result;
  }

  static void add_slot(proto::OpDesc::Var& slot, std::string_view name,
                       const std::vector<std::string>& variables) {
    slot.set_parameter(std::string(name));
    for (const std::string& variable : variables) slot.add_arguments(variable);
  }

  const Graph& graph_;
  std::vector<TensorType> types_;  // by ValueId
  google::protobuf::Arena arena_;  // of the messages
  std::map<std::string, proto::VarDesc*> variables_;
  proto::ProgramDesc& desc_ = *google::protobuf::Arena::CreateMessage<proto::ProgramDesc>(&arena_);
};

}  // namespace

std::string write_program(const Graph& graph) { return ProgramWriter(graph).write(); }

}  // namespace u2net::engine
