// SPDX-License-Identifier: Apache-2.0
// u2net compare: two modes side by side, node by node.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/diagnostics/compare_modes.h"
#include "tools/cli/command.h"
#include "tools/cli/decimal.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json_report.h"
#include "tools/cli/machine_peaks.h"
#include "tools/cli/measured_runs.h"
#include "tools/cli/mode_list.h"
#include "tools/cli/model_options.h"
#include "tools/cli/standard_streams.h"
#include "tools/cli/svg_chart.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr std::size_t kMostBars = 24;

struct CompareCommand {
  ModelChoice model;
  MeasuredRuns measured;
  std::string modes;
  int top = 0;
  std::string plot, json;
};

struct Compared {
  std::string model, input;
  std::vector<ModeAndPrecision> modes;
  std::vector<Shape> shapes;
  ModeComparison comparison;
  std::vector<const CompareGroup*> order;  // the one with the most time first

  const Profile& a() const { return comparison.a; }
  const Profile& b() const { return comparison.b; }
  std::string name_a() const { return modes[0].label(); }
  std::string name_b() const { return modes[1].label(); }
};

// "1.53x": how many times as long the first takes as the second.
std::string ratio_text(const CompareGroup& group) {
  if (group.a.ms <= 0 || group.b.ms <= 0) return "-";  // one side has nothing to do
  return decimal("%.2fx", group.a.ms / group.b.ms);
}

std::string difference_text(const CompareGroup& group) {
  return group.compared ? decimal("%.1e", group.difference) : "-";
}

std::string kernels_text(const GroupSide& side) {
  return side.implementations.empty() ? "-" : side.implementations;
}

std::string to_text(const Compared& c, int top) {
  std::string text = "model " + printable(c.model) + ", input " + printable(c.input);
  for (const Shape& shape : c.shapes) text += " " + to_string(shape);
  text += "\n" + peak_text({}, c.a().threads) + "\n";
  char line[400];
  std::snprintf(line, sizeof line, "%12s %12s %8s %6s %10s %8s  %-36s %-20s %s\n",
                (c.name_a() + " ms").c_str(), (c.name_b() + " ms").c_str(), "ratio", "share",
                "difference", "largest", "operators", "result",
                (c.name_a() + " | " + c.name_b()).c_str());
  text += line;
  const double whole = c.a().steps_ms() + c.b().steps_ms();
  std::size_t shown = 0;
  for (const CompareGroup* g : c.order) {
    if (top > 0 && shown++ == static_cast<std::size_t>(top)) break;
    std::snprintf(line, sizeof line, "%12.3f %12.3f %8s %6.1f %10s %8s  %-36s ", g->a.ms, g->b.ms,
                  ratio_text(*g).c_str(), 100 * (g->a.ms + g->b.ms) / whole,
                  difference_text(*g).c_str(),
                  g->compared ? decimal("%.3g", g->largest).c_str() : "-", g->types.c_str());
    std::string result = printable(g->result);
    result.resize(std::max<std::size_t>(result.size(), 20), ' ');
    text += line + result + " " + kernels_text(g->a) + " | " + kernels_text(g->b) + "\n";
  }
  std::snprintf(line, sizeof line, "%12.3f %12.3f %8s  all steps; whole runs %.3f and %.3f ms\n",
                c.a().steps_ms(), c.b().steps_ms(),
                decimal("%.2fx", c.a().steps_ms() / c.b().steps_ms()).c_str(), c.a().run_ms,
                c.b().run_ms);
  return text + line;
}

Json side_json(const GroupSide& side, const Profile& profile) {
  Json json = {
      {"ms", side.ms}, {"implementations", side.implementations}, {"steps", Json::array()}};
  for (std::size_t step : side.steps) {
    json["steps"].push_back({{"step", step + 1},
                             {"node", profile.steps[step].node},
                             {"type", profile.steps[step].type},
                             {"implementation", profile.steps[step].implementation},
                             {"ms", profile.steps[step].ms}});
  }
  return json;
}

Json to_json(const Compared& c) {
  Json report = new_report("compare");
  report["host"] = host_json();
  report["model"] = c.model;
  report["input"] = c.input;
  report["input_shapes"] = c.shapes;
  report["threads"] = c.a().threads;
  report["modes"] = {c.a().mode, c.b().mode};
  report["precisions"] = {precision_json(c.a().precision), precision_json(c.b().precision)};
  report["run_ms"] = {c.a().run_ms, c.b().run_ms};
  report["steps_ms"] = {c.a().steps_ms(), c.b().steps_ms()};
  report["groups"] = Json::array();
  for (const CompareGroup* g : c.order) {
    const bool both = g->a.ms > 0 && g->b.ms > 0;
    report["groups"].push_back(
        {{"result", g->result},
         {"types", g->types},
         {"ratio", both ? Json(significant(g->a.ms / g->b.ms)) : Json(nullptr)},
         {"max_difference", g->compared ? finite(g->difference) : Json(nullptr)},
         {"largest", g->compared ? finite(g->largest) : Json(nullptr)},
         {"sides", {side_json(g->a, c.a()), side_json(g->b, c.b())}}});
  }
  return report;
}

BarChart chart_of(const Compared& c) {
  BarChart chart;
  chart.title = c.name_a() + " and " + c.name_b() + ", node by node";
  chart.subtitle = decimal("%.1f ms", c.a().steps_ms()) + " and " +
                   decimal("%.1f ms", c.b().steps_ms()) + " a run, " +
                   std::to_string(c.a().threads) + (c.a().threads == 1 ? " thread" : " threads") +
                   "; behind the bars: time, ratio and largest difference of the results";
  chart.axis = "milliseconds";
  chart.series = {c.name_a(), c.name_b()};
  double rest_a = 0, rest_b = 0;
  for (std::size_t i = 0; i < c.order.size(); ++i) {
    const CompareGroup& g = *c.order[i];
    if (i >= kMostBars) {
      rest_a += g.a.ms;
      rest_b += g.b.ms;
      continue;
    }
    chart.groups.push_back({g.result,
                            g.types,
                            {{g.a.ms, decimal("%.2f", g.a.ms)},
                             {g.b.ms, decimal("%.2f", g.b.ms) + ", " + ratio_text(g) +
                                          (g.compared ? ", diff. " + difference_text(g) : "")}}});
  }
  if (c.order.size() > kMostBars) {
    chart.groups.push_back(
        {"the other " + std::to_string(c.order.size() - kMostBars),
         "together",
         {{rest_a, decimal("%.2f", rest_a)}, {rest_b, decimal("%.2f", rest_b)}}});
  }
  return chart;
}

int compare_command(CompareCommand options) {
  const std::vector<ModeAndPrecision> modes =
      parse_modes(options.modes, graph_modes(), options.model.kernels.precision);
  if (modes.size() != 2) {
    throw Error(ErrorCode::kUsage,
                "--modes takes two modes, got " + std::to_string(modes.size()) + ": '" +
                    options.modes + "'",
                "for example --modes onednn,native");
  }
  warn_unless_optimised();
  const Graph graph = std::move(load(options.model).graph);
  std::vector<std::unique_ptr<Session>> sessions;
  for (const ModeAndPrecision& wanted : modes) {
    auto model = std::make_shared<const Model>(
        graph, engine::ModelOptions{.mode = wanted.mode,
                                    .disabled_passes = options.model.disabled_passes});
    options.model.kernels.precision = wanted.precision;
    sessions.push_back(std::make_unique<Session>(
        std::move(model),
        SessionOptions{.threads = options.model.threads, .kernels = options.model.kernels}));
  }
  Compared compared;
  compared.model = options.model.model;
  compared.modes = modes;
  const std::vector<PortInfo> ports = sessions.front()->model().inputs();
  const std::vector<Tensor> inputs = measured_inputs(options.measured, ports, compared.input);
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) {
    views.push_back(input.view());
    compared.shapes.push_back(input.shape());
  }
  compared.comparison =
      compare_sessions(*sessions[0], *sessions[1], views, {.profile = options.measured.runs});
  for (const CompareGroup& group : compared.comparison.groups) {
    if (!group.a.steps.empty() || !group.b.steps.empty()) compared.order.push_back(&group);
  }
  std::stable_sort(compared.order.begin(), compared.order.end(),
                   [](const CompareGroup* x, const CompareGroup* y) {
                     return x->a.ms + x->b.ms > y->a.ms + y->b.ms;
                   });
  for (const Profile* profile : {&compared.a(), &compared.b()}) {
    if (const std::string text = to_text(profile->precision); !text.empty()) print_note(text);
  }
  if (!options.plot.empty()) write_chart(chart_of(compared), options.plot);
  if (options.json != kStdout) write_stdout(to_text(compared, options.top));
  if (!options.json.empty()) write_report(to_json(compared), options.json);
  return kExitOk;
}

constexpr const char* kCompareFooter =
    "Modes fuse differently, so a line is the smallest group of nodes whose results both have; a\n"
    "ratio above 1 means that the second mode is faster. Differences are those of the results in\n"
    "whole runs, errors of the nodes before included (verify tells how far a node may be off).\n"
    "\n"
    "Examples:\n"
    "  u2net compare models/u2netp --modes onednn,native\n"
    "  u2net compare model --modes static,onednn --plot modes.svg --top 20\n"
    "  u2net compare model --modes native,native:bf16";

}  // namespace

Action define_compare(CLI::App& app) {
  auto options = std::make_shared<CompareCommand>();
  app.footer(kCompareFooter);
  add_model_argument(app, options->model);
  app.add_option("--modes", options->modes,
                 "The two modes, with a comma between; MODE:PRECISION for one with a precision\n"
                 "of its own")
      ->type_name("A,B")
      ->required();
  add_parameters_option(app, options->model);
  add_plan_options(app, options->model);
  add_measured_runs(app, options->measured, "Runs that are timed (default: 7)");
  app.add_option("--top", options->top, "Show the first N lines (default: all)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxMeasuredRuns).description(""));
  app.add_option("--plot", options->plot, "Write a bar chart as an SVG picture")->type_name("FILE");
  app.add_option("--json", options->json,
                 "JSON instead of a table, on standard output or with --json=FILE in a file")
      ->type_name("[=FILE]");
  return [options] { return compare_command(*options); };
}

}  // namespace u2net::cli
