// SPDX-License-Identifier: Apache-2.0
// u2net profile: where the time of a model goes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/diagnostics/profile.h"
#include "kernels/base/parallel.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/machine_peaks.h"
#include "tools/cli/measured_runs.h"
#include "tools/cli/model_options.h"
#include "tools/cli/profile_report.h"
#include "tools/cli/standard_streams.h"
#include "tools/cli/stopwatch.h"
#include "tools/cli/trace_file.h"

namespace u2net::cli {
using namespace engine;
namespace {

struct ProfileCommand {
  ModelChoice model;
  MeasuredRuns measured;
  ReportChoice report;
  bool no_peak = false;
  std::string trace, json;
};

// A machine that others use too may reach less before the runs than during them.
bench::MachinePeak larger(const bench::MachinePeak& a, const bench::MachinePeak& b) {
  return {std::max(a.flops, b.flops), std::max(a.bytes, b.bytes),
          std::max(a.tile_flops, b.tile_flops)};
}

int profile_command(ProfileCommand options) {
  resolve_graph_mode(options.model);
  warn_unless_optimised();
  Stopwatch watch;
  LoadedModel loaded = load(options.model);
  const auto model = std::make_shared<const Model>(
      std::move(loaded.graph),
      engine::ModelOptions{.mode = options.model.mode,
                           .disabled_passes = options.model.disabled_passes});
  ProfileReport report;
  report.load_ms = watch.lap();
  report.model = options.model.model;
  const std::vector<Tensor> inputs =
      measured_inputs(options.measured, model->inputs(), report.input);
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) {
    views.push_back(input.view());
    report.input_shapes.push_back(input.shape());
  }
  Session session(model, {.threads = options.model.threads, .kernels = options.model.kernels});
  const auto measure_peak = [&] {
    return bench::measure_peak(session.threads(), options.model.kernels.precision);
  };
  if (!options.no_peak) report.peak = measure_peak();
  report.profile = profile_session(session, views, options.measured.runs);
  if (!options.no_peak) report.peak = larger(*report.peak, measure_peak());
  report.lines = shape_lines(session, views);
  for (const std::string& warning : report.profile.warnings) print_warning(warning);
  if (!options.trace.empty()) report.trace = write_trace(report.profile, options.trace);
  if (options.json != kStdout) write_stdout(to_text(report, options.report));
  if (!options.json.empty()) write_report(to_json(report), options.json);
  return kExitOk;
}

constexpr const char* kProfileFooter =
    "A step is an operator as the mode runs it: fused with others, or a change of layout "
    "(reorder).\n"
    "Its time is the mean over the runs but for the quickest and slowest quarter, so that the "
    "steps\n"
    "add up to the run. GFLOP/s counts the products of the direct algorithm (Winograd makes "
    "fewer);\n"
    "GB/s counts every operand and result once, without padding; shares are of what this machine\n"
    "reached just before and after. -v tells why the kernels that were not taken were not, and how "
    "to run a\n"
    "step alone with `u2net op`. Libraries log what they do as ever (ONEDNN_VERBOSE).\n"
    "A trace opens in https://ui.perfetto.dev and chrome://tracing.\n"
    "\n"
    "Examples:\n"
    "  u2net profile models/u2netp\n"
    "  u2net profile model --mode onednn --threads 1 --top 20\n"
    "  u2net profile model --trace trace.json --json > profile.json";

}  // namespace

Action define_profile(CLI::App& app) {
  auto options = std::make_shared<ProfileCommand>();
  app.footer(kProfileFooter);
  add_model_argument(app, options->model);
  add_parameters_option(app, options->model);
  add_graph_mode_option(app, options->model);
  add_plan_options(app, options->model);
  add_measured_runs(app, options->measured,
                    "Runs that are profiled, each beside one that is not (default: 7)");
  app.add_option(
         "--top", options->report.top,
         "Show the N steps that take longest (default: all, in the order in which they run)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxMeasuredRuns).description(""));
  app.add_option("--trace", options->trace, "Write Chrome trace events")->type_name("FILE");
  app.add_flag("--no-peak", options->no_peak,
               "Do not measure what the machine can do (saves about two seconds)");
  app.add_option("--json", options->json,
                 "JSON instead of tables, on standard output or with --json=FILE in a file")
      ->type_name("[=FILE]");
  app.add_flag("-v,--verbose", options->report.verbose,
               "For each step its shape, and the kernels that were not taken");
  return [options] { return profile_command(*options); };
}

}  // namespace u2net::cli
