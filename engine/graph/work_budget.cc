// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/work_budget.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"

namespace u2net::engine {
namespace {

constexpr double kBaseWork = 1e9, kWorkOfFileByte = 32;
constexpr double kWorkOfNode = 2000;  // of finding operands and memory, however small they are
constexpr double kMiB = 1 << 20;
constexpr double kFoldedBaseBytes = 96 * kMiB;  // of loading
// What a program of the most operators, its plan and the process itself take besides.
constexpr double kReservedBytes = 64 * kMiB;

double file_bytes(const Graph& graph, double constants) {
  return graph.file_bytes > 0 ? static_cast<double>(graph.file_bytes) : constants;
}

double allowed_work(double file_bytes) { return kBaseWork + kWorkOfFileByte * file_bytes; }

std::string text_of(const Cost& cost) {
  char text[80];
  std::snprintf(text, sizeof text, "%.3g operations and %.3g MiB", cost.work, cost.bytes / kMiB);
  return text;
}

}  // namespace

std::size_t constant_bytes(const Graph& graph) {
  std::set<const Tensor*> counted;
  std::size_t bytes = 0;
  for (const Value& value : graph.values) {
    if (value.constant && counted.insert(value.constant.get()).second)
      bytes += value.constant->bytes();
  }
  return bytes;
}

WorkBudget WorkBudget::of_load(const Graph& graph) {
  const double bytes = file_bytes(graph, static_cast<double>(constant_bytes(graph)));
  return WorkBudget({2 * bytes + kFoldedBaseBytes, allowed_work(bytes)});
}

WorkBudget WorkBudget::of_plan(const Graph& graph) {
  const auto constants = static_cast<double>(constant_bytes(graph));
  const double bytes = file_bytes(graph, constants);
  const double limit = kBaseMemoryBytes + kMemoryOfFileBytes * bytes;
  return WorkBudget(
      {std::max(limit - constants - kReservedBytes, kFoldedBaseBytes), allowed_work(bytes)});
}

bool WorkBudget::take(const Cost& cost) {
  if (!fits(cost)) return false;
  spend(cost);
  return true;
}

void WorkBudget::spend(const Cost& cost) {
  left_.bytes -= cost.bytes;
  left_.work -= cost.work;
}

void WorkBudget::demand(const Cost& cost, const Node& node) {
  if (take(cost)) return;
  throw_error(ErrorCode::kModelLimit, text_of(node), " takes ", text_of(cost),
              " to find a shape: ", text_of(left_), " are left of the ", text_of(limit_),
              " that planning may take");
}

Cost cost_of(const Graph& graph, const Node& node) {
  Cost cost{0, kWorkOfNode + node.op->work(graph, node)};
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) {
      const TensorType& type = graph.type_of(id);
      cost.bytes += static_cast<double>(byte_count(type.dtype, type.shape));
    }
  }
  return cost;
}

}  // namespace u2net::engine
