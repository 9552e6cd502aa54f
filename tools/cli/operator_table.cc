// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/operator_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "engine/backends/backend_table.h"
#include "loader/onnx/ops/onnx_ops.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr std::string_view kHead =
    "# Operators\n"
    "\n"
    "Made by `u2net inspect --operators`; a test compares.\n"
    "\n"
    "Every operator runs in every mode: in `dynamic`, `static` and `inference` on the reference "
    "kernel, in `onednn`\n"
    "and `native` on a kernel of that mode where there is a \u2713 and the node is of a form that "
    "it "
    "takes, else on the\n"
    "reference kernel. `u2net inspect MODEL --mode MODE` says which nodes of a model those are, "
    "and "
    "why.\n";

std::string joined(const std::set<std::string_view>& names) {
  std::string text;
  for (std::string_view name : names) {
    text += text.empty() ? "`" : ", `";
    text += std::string(name) + "`";
  }
  return text;
}

std::string mark(const Backend* backend, const OpType& type) {
  return backend && backend->has_kernel(type) ? "\u2713" : "";
}

struct Names {
  const OpType* type;
  std::set<std::string_view> paddle, pir;
};

// By the engine's name.
std::map<std::string_view, Names> paddle_names() {
  std::map<std::string_view, Names> all;
  for (const PaddleOp* op : paddle_ops()) {
    Names& names = all[op->type->name];
    names.type = op->type;
    names.paddle.insert(op->name);
    for (const PirOp* pir : pir_ops_of(op->name)) names.pir.insert(pir->name);
  }
  return all;
}

}  // namespace

std::string operator_table() {
  const Backend *onednn = find_backend("onednn"), *native = find_backend("native");
  std::string text(kHead);
  text +=
      "\n## Paddle\n\n| operator | Paddle 2 | Paddle 3 | `onednn` | `native` "
      "|\n|---|---|---|---|---|\n";
  for (const auto& [name, names] : paddle_names()) {
    text += "| " + std::string(name) + " | " + joined(names.paddle) + " | " + joined(names.pir) +
            " | " + mark(onednn, *names.type) + " | " + mark(native, *names.type) + " |\n";
  }
  text += "\n## ONNX\n\nOperator sets " + std::to_string(kOldestOpset) + " to " +
          std::to_string(kNewestOpset) +
          ". Each becomes one or several of the operators above.\n\n";
  const std::vector<std::string_view> onnx = onnx_op_names();
  text += joined({onnx.begin(), onnx.end()}) + ", `Constant`, `If`\n";
  return text;
}

}  // namespace u2net::cli
