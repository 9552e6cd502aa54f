// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/op.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/work_budget.h"

namespace u2net::engine {

namespace {

constexpr std::int64_t kMaxSizes = 1024;  // of one operand: more than any rank

double elements_of(const Graph& graph, const std::vector<std::vector<ValueId>>& slots) {
  double count = 0;
  for (const auto& slot : slots) {
    for (ValueId id : slot) count += static_cast<double>(element_count(graph.type_of(id).shape));
  }
  return count;
}

}  // namespace

std::string text_of(const Node& node) {
  return str_cat("operator '", node.op->type().name, "' ('", node.name, "')");
}

Description::Description(std::initializer_list<Line> lines) {
  for (const Line& line : lines) add(line.name, line.text);
}

void Description::add(std::string_view name, TextPiece text) {
  emplace_back(std::string(name), str_cat(text));
}

std::shared_ptr<Operator> share(Operator* made) { return std::shared_ptr<Operator>(made); }
std::shared_ptr<const Operator> share_const(const Operator* made) {
  return std::shared_ptr<const Operator>(made);
}

const Tensor& Inference::value(int slot, int index) const {
  const ValueId id = node_.inputs[slot][index];
  if (graph_.values[id].type_is_known && element_count(graph_.type_of(id).shape) > kMaxSizes) {
    fail_unsupported("a size, axis or factor '", node_.op->type().inputs[slot].name, "' of shape ",
                     graph_.type_of(id).shape);
  }
  return *evaluate_(id);
}

void Inference::take_work(double work) const {
  if (budget_) budget_->demand({.bytes = 0, .work = work}, node_);
}

void Inference::set_output(int slot, const TensorType& type) {
  for (int i = 0; i < output_count(slot); ++i) set_output(slot, i, type);
}

void Inference::set_output(int slot, int index, const TensorType& type) {
  if (type.shape.size() > kMaxRank) fail_unsupported("a result of rank ", type.shape.size());
  check_dimensions(type.shape);
  Value& value = graph_.values[node_.outputs[slot][index]];
  value.type = type;
  value.type_is_known = true;
}

void Inference::fail(const char* why) const {
  const TextPiece piece(why);
  fail_with({&piece, 1});
}

void Inference::fail_with(TextPieces why) const {
  throw_error(ErrorCode::kModelFormat, text_of(node_), ": ", why);
}

void Inference::fail_unsupported_with(TextPieces why) const {
  throw_error(ErrorCode::kModelUnsupported, text_of(node_), ": ", why, " is not supported");
}

void Inference::require_dtype(int slot, std::initializer_list<DType> allowed) const {
  const DType dtype = input(slot).dtype;
  if (std::find(allowed.begin(), allowed.end(), dtype) == allowed.end()) {
    fail_unsupported("input '", node_.op->type().inputs[slot].name, "' of type ",
                     dtype_name(dtype));
  }
}

double Operator::work(const Graph& graph, const Node& node) const {
  const double read = reads_shape_only() ? 0 : elements_of(graph, node.inputs);
  return std::max(macs(graph, node), read + elements_of(graph, node.outputs));
}

bool only_images_in(const Node& node, const std::vector<ImageRole>& roles,
                    std::initializer_list<int> slots, std::initializer_list<int> size_slots) {
  const auto is_among = [](int slot, std::initializer_list<int> list) {
    return std::find(list.begin(), list.end(), slot) != list.end();
  };
  for (int slot = 0; slot < static_cast<int>(node.inputs.size()); ++slot) {
    for (ValueId id : node.inputs[slot]) {
      const ImageRole role = roles[static_cast<std::size_t>(id)];
      if ((role == ImageRole::kImages) != is_among(slot, slots)) return false;
      if (role == ImageRole::kSizes && !is_among(slot, size_slots)) return false;
    }
  }
  return true;
}

bool only_images_or_repeated(const Graph& graph, const Node& node,
                             const std::vector<ImageRole>& roles) {
  const std::size_t rank = graph.type_of(node.output()).shape.size();
  if (rank == 0) return false;
  for (const std::vector<ValueId>& slot : node.inputs) {
    for (ValueId id : slot) {
      const ImageRole role = roles[static_cast<std::size_t>(id)];
      const Shape& own = graph.type_of(id).shape;
      const bool is_repeated = own.size() < rank || own.front() == 1;
      if (role == ImageRole::kImages ? own.size() != rank
                                     : role != ImageRole::kFixed || !is_repeated)
        return false;
    }
  }
  return true;
}

}  // namespace u2net::engine
