// SPDX-License-Identifier: Apache-2.0
// u2net inspect: what a model consists of and what it needs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tools/cli/command.h"
#include "tools/cli/decimal.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json_report.h"
#include "tools/cli/model_summary.h"
#include "tools/cli/operator_table.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
namespace {

struct InspectOptions {
  ModelChoice model;
  SizeChoice size;
  std::string json;
  bool steps = false, operators = false;
};

Json shape_json(const Shape& shape) {
  Json dims = Json::array();
  for (std::int64_t dim : shape) dims.push_back(dim);
  return dims;
}

Json sequence_json(const ModelSummary::PlanSummary& plan) {
  Json sequence = Json::array();
  for (const ModelSummary::Step& step : plan.sequence) {
    sequence.push_back({{"node", step.node},
                        {"type", step.type},
                        {"implementation", step.implementation},
                        {"operands", step.operands}});
  }
  return sequence;
}

Json plan_json(const ModelSummary::PlanSummary& plan) {
  return {{"mode", plan.mode},
          {"precision", precision_json(plan.precision)},
          {"threads", plan.threads},
          {"steps", plan.steps},
          {"implementations", plan.implementations},
          {"sequence", sequence_json(plan)},
          {"packed_bytes", plan.packed_bytes},
          {"weight_bytes", plan.weight_bytes},
          {"parts", plan.parts},
          {"arena_bytes", plan.arena_bytes},
          {"lower_bound_bytes", plan.live_bytes},
          {"without_reuse_bytes", plan.total_bytes},
          {"notes", plan.notes},
          {"warnings", plan.warnings}};
}

Json to_json(const ModelSummary& summary, const InspectOptions& options) {
  Json report = new_report("inspect");
  report["model"] = options.model.model;
  report["files"] = Json::array();
  for (const auto& file : summary.files)
    report["files"].push_back({{"path", file.path.string()}, {"bytes", file.bytes}});
  report["paddle_version"] =
      summary.paddle_version.empty() ? Json(nullptr) : Json(summary.paddle_version);
  report["pir_version"] = summary.pir_version < 0 ? Json(nullptr) : Json(summary.pir_version);
  report["onnx_opset"] = summary.opset > 0 ? Json(summary.opset) : Json(nullptr);
  report["notes"] = summary.notes;
  report["inputs"] = Json::array();
  for (const auto& port : summary.inputs) {
    report["inputs"].push_back({{"name", port.name},
                                {"dtype", dtype_name(port.type.dtype)},
                                {"declared_shape", shape_json(port.declared)},
                                {"shape", shape_json(port.type.shape)}});
  }
  report["outputs"] = Json::array();
  for (const auto& port : summary.outputs) {
    const Json unknown(nullptr);
    report["outputs"].push_back(
        {{"name", port.name},
         {"dtype", summary.plan ? Json(dtype_name(port.type.dtype)) : unknown},
         {"shape", summary.plan ? shape_json(port.type.shape) : unknown}});
  }
  report["operators"] = summary.operators;
  report["parameters"] = {{"tensors", summary.parameter_count},
                          {"elements", summary.parameter_elements},
                          {"bytes", summary.parameter_bytes}};
  report["gmac"] = summary.macs ? Json(*summary.macs / 1e9) : Json(nullptr);
  report["plan"] = summary.plan ? plan_json(*summary.plan) : Json(nullptr);
  return report;
}

// "4,564,691"
std::string grouped(std::uintmax_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string megabytes_text(std::size_t bytes) {
  return decimal("%.2f MB", static_cast<double>(bytes) / 1e6);
}

// Lines of a name and text beside it; the name stands on its first line only.
class Table {
 public:
  void row(std::string_view heading, std::string_view text) {
    std::string line(heading == last_ ? "" : heading);
    line.resize(std::max(line.size() + 1, kColumn), ' ');
    text_ += line + printable(text) + "\n";
    last_ = heading;
  }
  void gap() { text_ += '\n'; }
  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kColumn = 17;
  std::string text_;
  std::string_view last_;
};

using Counts = std::map<std::string, int>;

// Most frequent first.
void add_counts(Table& table, std::string_view heading, const Counts& counts) {
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, count] : sorted) {
    char number[16];
    std::snprintf(number, sizeof number, "%6d  ", count);
    table.row(heading, number + name);
  }
}

void add_plan(Table& table, const ModelSummary::PlanSummary& plan) {
  table.row("plan", "mode " + plan.mode + ", " + std::to_string(plan.threads) +
                        (plan.threads == 1 ? " thread, " : " threads, ") +
                        std::to_string(plan.steps) + " steps");
  table.row("memory", megabytes_text(plan.arena_bytes) + " arena; lower bound " +
                          megabytes_text(plan.live_bytes) + ", without reuse " +
                          megabytes_text(plan.total_bytes));
  table.row("memory", megabytes_text(plan.packed_bytes) + " packed weights, " +
                          megabytes_text(plan.weight_bytes) + " weights beside them; " +
                          megabytes_text(plan.arena_bytes + plan.packed_bytes + plan.weight_bytes) +
                          " in all");
  add_counts(table, "implementations", plan.implementations);
  for (const std::string& note : plan.notes) table.row("notes", note);
  for (const std::string& warning : plan.warnings) table.row("warnings", warning);
}

void add_steps(Table& table, const ModelSummary::PlanSummary& plan) {
  std::size_t number = 0;
  for (const ModelSummary::Step& step : plan.sequence) {
    char line[120];
    std::snprintf(line, sizeof line, "%4zu  %-20s %-20s ", ++number, step.type.c_str(),
                  step.implementation.c_str());
    table.row("steps", line + (step.operands.empty() ? step.node : step.operands));
  }
}

std::string exporter(const ModelSummary& summary) {
  if (summary.opset > 0) return "ONNX, operator set " + std::to_string(summary.opset);
  if (summary.pir_version >= 0)
    return "Paddle 3 (PIR, version " + std::to_string(summary.pir_version) + " of the format)";
  return summary.paddle_version.empty() ? "a Paddle that does not say its version"
                                        : "Paddle " + summary.paddle_version;
}

std::string to_text(const ModelSummary& summary, bool steps) {
  Table table;
  for (const auto& file : summary.files)
    table.row("files", file.path.string() + "  (" + grouped(file.bytes) + " bytes)");
  table.row("exported by", exporter(summary));
  for (const std::string& note : summary.notes) table.row("note", note);
  table.gap();
  for (const auto& port : summary.inputs) {
    const bool same = port.declared == port.type.shape;
    table.row("inputs", port.name + "  " + to_string(port.type.shape) + " " +
                            std::string(dtype_name(port.type.dtype)) +
                            (same ? "" : "  (declared " + to_string(port.declared) + ")"));
  }
  for (const auto& port : summary.outputs) {
    table.row("outputs", port.name + (summary.plan ? "  " + to_string(port.type.shape) + " " +
                                                         std::string(dtype_name(port.type.dtype))
                                                   : ""));
  }
  table.gap();
  int operators = 0;
  for (const auto& [name, count] : summary.operators) operators += count;
  add_counts(table, "operators", summary.operators);
  table.row("operators", decimal("%6.0f  in all", operators));
  table.row("parameters",
            grouped(static_cast<std::uintmax_t>(summary.parameter_count)) + " tensors, " +
                grouped(static_cast<std::uintmax_t>(summary.parameter_elements)) + " elements, " +
                grouped(static_cast<std::uintmax_t>(summary.parameter_bytes)) + " bytes");
  table.row("work", summary.macs ? decimal("%.4g GMAC", *summary.macs / 1e9)
                                 : "depends on the elements of the inputs");
  table.gap();
  if (summary.plan) add_plan(table, *summary.plan);
  if (summary.plan && steps) add_steps(table, *summary.plan);
  return table.text();
}

int inspect(InspectOptions options) {
  if (options.operators) {
    write_stdout(operator_table());
    return kExitOk;
  }
  if (options.model.model.empty()) throw Error(ErrorCode::kUsage, "MODEL is required");
  const ModelSummary summary = summarise(options.model, options.size);
  if (options.json.empty()) {
    write_stdout(to_text(summary, options.steps));
  } else {
    write_report(to_json(summary, options), options.json);
  }
  return kExitOk;
}

constexpr const char* kInspectFooter =
    "Examples:\n"
    "  u2net inspect model.pdmodel\n"
    "  u2net inspect --size 512x512 --mode native -v model\n"
    "  u2net inspect --json model > model.json\n"
    "  u2net inspect --operators > operators.md";

}  // namespace

Action define_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  app.footer(kInspectFooter);
  add_model_argument(app, options->model)->required(false);
  add_size_options(app, options->size);
  add_parameters_option(app, options->model);
  add_graph_mode_option(app, options->model);
  add_plan_options(app, options->model);
  app.add_flag("-v,--verbose", options->steps, "Show every step of the plan");
  app.add_flag("--operators", options->operators,
               "Print the table of all operators instead, by format and mode, as Markdown");
  app.add_option("--json", options->json,
                 "JSON instead of a table, on standard output or with --json=FILE in a file")
      ->type_name("[=FILE]");
  return [options] { return inspect(*options); };
}

}  // namespace u2net::cli
