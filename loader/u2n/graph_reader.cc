// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/quoted.h"
#include "loader/u2n/graph_index.h"
#include "loader/u2n/own_attributes.h"
#include "loader/u2n/u2n_format.h"

namespace u2net::engine {
namespace {

class GraphReader {
 public:
  GraphReader(IndexReader in, const Tensors& tensors) : in_(std::move(in)), tensors_(tensors) {}

  Graph read() {
    read_values();
    read_inputs();
    const std::size_t nodes = in_.count(kU2nOperators);
    for (std::size_t n = 0; n < nodes; ++n) read_node(n);
    for (Port& port : read_ports()) {
      expect_defined(port.value, str_cat("output ", in_quotes(port.name)));
      graph_.outputs.push_back(std::move(port));
    }
    in_.expect_end();
    return std::move(graph_);
  }

 private:
  void read_values() {
    const std::size_t count = in_.count(kU2nValues);
    is_defined_.resize(count, false);
    for (std::size_t id = 0; id < count; ++id) {
      Value value{.name = in_.text(), .type = {}, .constant = nullptr};
      const auto number = in_.number<std::uint32_t>();
      if (number > tensors_.size()) {
        in_.fail("value ", in_quotes(value.name), " is tensor ", number - 1, " of ",
                 tensors_.size());
      }
      if (number > 0) {
        value.constant = tensors_[number - 1];
        value.type = {value.constant->dtype(), value.constant->shape()};
        value.type_is_known = true;
        is_defined_[id] = true;
      }
      graph_.add_value(std::move(value));
    }
  }

  ValueId read_id() {
    const auto id = in_.number<ValueId>();
    if (id < 0 || static_cast<std::size_t>(id) >= is_defined_.size()) {
      in_.fail("it names value ", id, " of ", is_defined_.size());
    }
    return id;
  }

  std::string quoted_name(ValueId id) const {
    return in_quotes(graph_.values[static_cast<std::size_t>(id)].name);
  }

  void define(ValueId id) {
    if (is_defined_[static_cast<std::size_t>(id)])
      in_.fail("value ", quoted_name(id), " is computed twice");
    is_defined_[static_cast<std::size_t>(id)] = true;
  }

  void expect_defined(ValueId id, const std::string& reader) const {
    if (!is_defined_[static_cast<std::size_t>(id)])
      in_.fail(reader, " reads ", quoted_name(id), " before it is computed");
  }

  std::vector<Port> read_ports() {
    std::vector<Port> ports(in_.count(kU2nPorts));
    for (Port& port : ports) {
      port.name = in_.text();
      port.value = read_id();
    }
    return ports;
  }

  void read_inputs() {
    graph_.inputs = read_ports();
    for (const Port& port : graph_.inputs) {
      define(port.value);
      TensorType& type = graph_.values[static_cast<std::size_t>(port.value)].type;
      const std::string what = str_cat("input ", in_quotes(port.name));
      type = read_type(in_, what);
      for (std::int64_t dim : type.shape) {
        if (dim < -1 || dim == 0) in_.fail(what, " has a dimension of ", dim);
      }
    }
  }

  std::vector<std::vector<ValueId>> read_slots(std::span<const SlotInfo> slots,
                                               const std::string& where) {
    std::vector<std::vector<ValueId>> result;
    for (const SlotInfo& slot : slots) {
      const std::size_t count = in_.count(kU2nOperands);
      connections_ += count;
      if ((count == 0 && slot.required) || (count > 1 && !slot.list)) {
        in_.fail(where, " has ", count, " values in slot '", slot.name, "'");
      }
      result.emplace_back();
      for (std::size_t i = 0; i < count; ++i) result.back().push_back(read_id());
    }
    kU2nOperands.check(connections_, str_cat("cannot load model '", in_.name(), "': it has"));
    return result;
  }

  Attribute read_value(std::size_t kind) {
    static_assert(std::variant_size_v<Attribute> == 9);
    switch (kind) {
      case 0:
        return in_.number<std::uint8_t>() != 0;
      case 1:
        return in_.number<std::int64_t>();
      case 2:
        return in_.number<double>();
      case 3:
        return in_.text();
      case 4: {
        std::vector<bool> list(in_.count(kU2nBooleans));
        for (std::size_t i = 0; i < list.size(); ++i) list[i] = in_.number<std::uint8_t>() != 0;
        return list;
      }
      case 5: {
        std::vector<std::int64_t> list(in_.count(kU2nIntegers));
        for (std::int64_t& value : list) value = in_.number<std::int64_t>();
        return list;
      }
      case 6: {
        std::vector<double> list(in_.count(kU2nReals));
        for (double& value : list) value = in_.number<double>();
        return list;
      }
      case 7: {
        std::vector<std::string> list(in_.count(kU2nTexts));
        for (std::string& value : list) value = in_.text();
        return list;
      }
      default:
        in_.fail("an attribute is of kind ", kind);
    }
  }

  Attributes read_attributes() {
    Attributes attributes;
    const std::size_t count = in_.count(kU2nAttributes);
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = in_.text();
      const auto kind = in_.number<std::uint8_t>();
      attributes.insert_or_assign(std::move(name), read_value(kind));
    }
    return attributes;
  }

  void read_node(std::size_t number) {
    const std::string op = in_.text();
    const std::string where = str_cat("operator ", in_quotes(op), " (number ", number, ")");
    const std::optional<U2nOp> known = find_u2n_op(op);
    if (!known) {
      throw_error(ErrorCode::kModelUnsupported, "cannot load model '", in_.name(), "': ", where,
                  " is not supported");
    }
    Node node;
    node.name = in_.text();
    node.scope = in_.text();
    node.inputs = read_slots(known->type->inputs, where);
    node.outputs = read_slots(known->type->outputs, where);
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) expect_defined(id, where);
    }
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) define(id);
    }
    Attributes attributes = read_attributes();
    // To the row, an attribute that is an operand has no value.
    const auto variables =
        known->row ? known->row->variable_attributes : std::span<const VariableAttribute>();
    for (const VariableAttribute& attribute : variables) {
      const auto slot = static_cast<std::size_t>(attribute.slot),
                 list = static_cast<std::size_t>(attribute.list_slot);
      if (!node.inputs[slot].empty() || !node.inputs[list].empty())
        attributes[std::string(attribute.name)] = VariableReference{{}, true};
    }
    try {
      node.op = u2n_operator(*known, attributes);
    } catch (const Error& e) {
      throw Error(e.code(), str_cat("cannot load model '", in_.name(), "': ", e.what()), e.hint());
    }
    read_statistics(node, where);
    graph_.nodes.push_back(std::move(node));
  }

  void read_statistics(Node& node, const std::string& where) {
    const std::size_t channels = in_.count(kU2nChannels);
    if (channels == 0) return;
    const auto* conv = op_as<Conv2d>(node);
    const Tensor* filter = conv ? graph_.constant(node.input(Conv2d::kFilter)) : nullptr;
    const std::int64_t outputs = filter && filter->shape().size() == 4 ? filter->shape()[0] : 0;
    if (std::cmp_not_equal(channels, outputs)) {
      in_.fail(where, " has statistics of ", channels, " channels, and ", outputs, " filters");
    }
    auto statistics = std::make_shared<ChannelStatistics>();
    for (auto* list : {&statistics->mean, &statistics->deviation}) {
      list->resize(channels);
      for (float& value : *list) value = in_.number<float>();
    }
    auto with_statistics = make_mutable_operator<Conv2d>(*conv);
    with_statistics->statistics = std::move(statistics);
    node.op = std::move(with_statistics);
  }

  IndexReader in_;
  const Tensors& tensors_;
  Graph graph_;
  std::vector<bool> is_defined_;
  std::size_t connections_ = 0;
};

}  // namespace

TensorType read_type(IndexReader& in, const std::string& what) {
  const auto number = in.number<std::uint8_t>();
  const std::optional<DType> dtype = dtype_from_number(number);
  if (!dtype) in.fail(what, " has type number ", number);
  TensorType type{*dtype, Shape(in.number<std::uint8_t>())};
  if (type.shape.size() > kMaxRank) {
    in.fail(what, " has ", type.shape.size(), " dimensions, the limit is ", kMaxRank);
  }
  for (std::int64_t& dim : type.shape) dim = in.number<std::int64_t>();
  return type;
}

Graph read_graph(IndexReader in, const Tensors& tensors) {
  return GraphReader(std::move(in), tensors).read();
}

}  // namespace u2net::engine
