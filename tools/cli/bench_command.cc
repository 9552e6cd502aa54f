// SPDX-License-Identifier: Apache-2.0
// u2net bench: how long a model takes, mode against mode.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/diagnostics/agreement.h"
#include "kernels/base/parallel.h"
#include "tools/cli/bench_chart.h"
#include "tools/cli/bench_timing.h"
#include "tools/cli/build_info.h"
#include "tools/cli/bundled_files.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json_report.h"
#include "tools/cli/mode_list.h"
#include "tools/cli/model_hash.h"
#include "tools/cli/resident_memory.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr int kMaxRuns = 100'000;

struct BenchOptions {
  ModelChoice model;
  std::string modes = default_mode();
  SizeChoice size;
  int warmup = 3;
  int runs = 10;
  std::string json, plot;
  bool no_verify = false;
};

double megabytes(std::size_t bytes) { return static_cast<double>(bytes) / 1e6; }

// Over the dynamic mode of the same run; nothing where that was not timed or either is not
// verified.
std::optional<double> speed_up(const std::vector<TimedMode>& modes, const BenchResult& result) {
  for (const TimedMode& mode : modes) {
    const BenchResult& dynamic = mode.result();
    if (dynamic.mode != "dynamic" || !dynamic.is_verified || !result.is_verified) continue;
    return dynamic.median_ms() / result.median_ms();
  }
  return std::nullopt;
}

Json result_json(const BenchResult& result, std::optional<double> speed_up) {
  Json runs = Json::array();
  for (double ms : result.runs_ms) runs.push_back(rounded(ms));
  Json json = {{"mode", result.mode},
               {"precision", precision_json(result.precision)},
               {"threads", result.threads},
               {"batch", result.batch},
               {"height", result.height},
               {"width", result.width},
               {"load_ms", rounded(result.load_ms)},
               {"prepare_ms", rounded(result.prepare_ms)},
               {"first_ms", rounded(result.first_ms)},
               {"second_ms", rounded(result.second_ms)},
               {"median_ms", rounded(result.median_ms())},
               {"min_ms", rounded(result.min_ms())},
               {"p90_ms", rounded(result.p90_ms())},
               {"runs_ms", std::move(runs)},
               {"arena_mb", rounded(megabytes(result.arena_bytes))}};
  json["peak_rss_mb"] =
      result.peak_rss_bytes ? Json(rounded(megabytes(*result.peak_rss_bytes))) : Json();
  json["max_abs_error"] = result.max_abs_error && std::isfinite(*result.max_abs_error)
                              ? Json(*result.max_abs_error)
                              : Json();
  json["error_bound"] = result.max_abs_error ? Json(result.error_bound) : Json();
  json["verified"] = result.max_abs_error ? Json(result.is_verified) : Json();
  if (speed_up) json["speed_up_over_dynamic"] = rounded(*speed_up);
  return json;
}

Json to_json(const std::vector<TimedMode>& modes, const BenchOptions& options,
             const std::string& source) {
  Json report = new_report("bench");
  report["build"] = {{"compiler", compiler()},
                     {"type", build_type()},
                     {"flags", build_flags()},
                     {"commit", build_commit()}};
  report["host"] = {
      {"cpu", cpu_name()}, {"isa", host_isa()}, {"allowed_cpus", kernels::allowed_processors()}};
  report["model"] = {{"path", options.model.model},
                     {"sha256", model_sha256(options.model.model, options.model.parameters)}};
  report["input"] = source;
  report["warmup"] = options.warmup;
  report["runs"] = options.runs;
  report["optimised_build"] = is_optimised_build();
  report["output_tolerance"] = kOutputTolerance;
  report["results"] = Json::array();
  for (const TimedMode& mode : modes) {
    report["results"].push_back(result_json(mode.result(), speed_up(modes, mode.result())));
  }
  return report;
}

std::string number(const char* format, std::optional<double> value) {
  if (!value) return "-";
  char text[40];
  std::snprintf(text, sizeof text, format, *value);
  return text;
}

// One that is there for the tutorial's network alone.
std::string column(const std::string& text) {
  return std::string(text.size() < 11 ? 11 - text.size() : 0, ' ') + text + " ";
}

std::string row(const BenchResult& r, const Tutorial& tutorial, std::optional<double> speed_up) {
  const std::string error =
      !r.max_abs_error ? "-" : (r.is_verified ? "" : "WRONG ") + number("%.1e", *r.max_abs_error);
  char line[300];
  std::snprintf(
      line, sizeof line, "%-13s %s%9.1f %10.1f %10.1f %10.1f %10.1f %9.1f %9.1f %9s %8s %14s %9s\n",
      r.label().c_str(),
      tutorial.has_it() ? column(number("%.1f", tutorial.ms(r.mode))).c_str() : "", r.load_ms,
      r.prepare_ms, r.first_ms, r.second_ms, r.median_ms(), r.min_ms(), r.p90_ms(),
      number("%.1f", r.arena_bytes ? std::optional(megabytes(r.arena_bytes)) : std::nullopt)
          .c_str(),
      number("%.0f", r.peak_rss_bytes ? std::optional(megabytes(*r.peak_rss_bytes)) : std::nullopt)
          .c_str(),
      error.c_str(), number("%.2fx", speed_up).c_str());
  return line;
}

std::string to_text(const std::vector<TimedMode>& modes, const BenchOptions& options,
                    const Tutorial& tutorial, const std::string& source) {
  const BenchResult& first = modes.front().result();
  std::string text = "model " + printable(options.model.model) + ", input " + printable(source) +
                     " " + std::to_string(first.batch) + "x" + std::to_string(first.height) + "x" +
                     std::to_string(first.width) + ", " + std::to_string(first.threads) +
                     (first.threads == 1 ? " thread, " : " threads, ") +
                     std::to_string(options.runs) + " runs\n" + cpu_name() + " (" + host_isa() +
                     "), u2net " + std::string(version()) + " " + std::string(build_type()) + ", " +
                     compiler() + "\n\n";
  char line[300];
  std::snprintf(line, sizeof line, "%-13s %s%9s %10s %10s %10s %10s %9s %9s %9s %8s %14s %9s\n",
                "mode", tutorial.has_it() ? column("tutorial ms").c_str() : "", "load ms",
                "prepare ms", "first ms", "second ms", "median ms", "min ms", "p90 ms", "arena MB",
                "RSS MB", "error", "speed-up");
  text += line;
  for (const TimedMode& mode : modes)
    text += row(mode.result(), tutorial, speed_up(modes, mode.result()));
  text += tutorial.has_it() ? "\ntutorial: the second run on its author's machine; " : "\n";
  return text + "speed-up: over dynamic, by median.\n";
}

// What "all" stands for: without the parameters of the network's code there is no mode dynamic.
std::vector<std::string> modes_of(const BenchOptions& options) {
  std::vector<std::string> modes = available_modes();
  if (options.modes != "all" || has_state_dict({.mode = "dynamic",
                                                .model = options.model.model,
                                                .parameters = options.model.parameters})) {
    return modes;
  }
  print_note("there is no .pdparams file beside the model: mode dynamic is left out");
  std::erase(modes, "dynamic");
  return modes;
}

// Loaded, planned and warmed up one after the other, so that the memory of each is its own.
std::vector<TimedMode> open_modes(BenchOptions& options, std::vector<Tensor>& inputs,
                                  std::string& source, Progress& progress) {
  const std::size_t process_bytes = resident_bytes().value_or(0);
  std::vector<TimedMode> modes;
  if (options.model.model.empty()) options.model.model = default_model().string();
  for (const ModeAndPrecision& wanted :
       parse_modes(options.modes, modes_of(options), options.model.kernels.precision)) {
    const std::string name = wanted.label();
    options.model.mode = wanted.mode;
    options.model.kernels.precision = wanted.precision;
    progress.show(modes.size(), "warming up " + name);
    modes.emplace_back(options.model, options.size, process_bytes);
    if (inputs.empty()) inputs = bench_inputs(modes.front().types(), source);
    modes.back().warm_up(inputs, options.warmup);
    progress.clear();
    for (const std::string& warning : modes.back().warnings()) print_warning(name + ": " + warning);
    if (const std::string text = to_text(modes.back().result().precision); !text.empty())
      print_note(name + ": " + text);
  }
  return modes;
}

void write_plot(const std::vector<TimedMode>& modes, const BenchOptions& options,
                const Tutorial& tutorial) {
  std::vector<const BenchResult*> results;
  for (const TimedMode& mode : modes) results.push_back(&mode.result());
  const int threads = results.front()->threads;
  write_chart(chart_of(results, tutorial,
                       std::filesystem::path(options.model.model).filename().string() + ", " +
                           cpu_name() + " (" + host_isa() + "), " + std::to_string(threads) +
                           (threads == 1 ? " thread" : " threads")),
              options.plot);
}

int bench(BenchOptions options) {
  Progress progress(stderr_is_terminal(), static_cast<std::size_t>(options.runs) + 2);
  std::string source;
  std::vector<Tensor> inputs;
  std::vector<TimedMode> modes = open_modes(options, inputs, source, progress);
  if (!is_optimised_build()) {
    print_warning("this build is not optimised (" + std::string(build_type()) +
                  "): its times are no result");
  }
  // The line is written between the runs, never inside of a timed one.
  for (int run = 0; run < options.runs; ++run) {
    progress.show(static_cast<std::size_t>(run) + 1, "timing");
    for (TimedMode& mode : modes) mode.time_run();
  }
  bool verified = true;
  if (!options.no_verify) {
    progress.show(static_cast<std::size_t>(options.runs) + 1, "comparing the outputs");
    const std::vector<Tensor> expected = reference_outputs(options.model, inputs);
    for (TimedMode& mode : modes) {
      mode.compare_with(expected);
      verified = verified && mode.result().is_verified;
    }
  }
  progress.clear();
  const Tutorial tutorial(modes.front().result(), [&] {
    return load_graph({.mode = options.model.mode,
                       .model = options.model.model,
                       .parameters = options.model.parameters});
  });
  if (!options.plot.empty()) write_plot(modes, options, tutorial);
  if (options.json != kStdout) write_stdout(to_text(modes, options, tutorial, source));
  if (!options.json.empty()) write_report(to_json(modes, options, source), options.json);
  return verified ? kExitOk : kExitSomeFailed;
}

constexpr const char* kBenchFooter =
    "Loading, planning, the first and the second run are timed on their own; then come the\n"
    "warm-up runs, and then each mode runs once a round. Only the network is timed, not the\n"
    "handling of pictures.\n"
    "\n"
    "Examples:\n"
    "  u2net bench\n"
    "  u2net bench --modes all --threads 1 --size 320x320\n"
    "  u2net bench --modes all --plot modes.svg\n"
    "  u2net bench --modes native,native:bf16\n"
    "  u2net bench --modes onednn --runs 50 --json -";

}  // namespace

bool bench_json_file_follows(std::string_view) { return true; }

Action define_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  app.footer(kBenchFooter);
  add_model_option(app, options->model);
  add_parameters_option(app, options->model);
  app.add_option(
         "--modes", options->modes,
         "Modes with commas between, or all; MODE:PRECISION for one with a precision of its\n"
         "own (default: " +
             default_mode() + ")")
      ->type_name("LIST");
  add_plan_options(app, options->model);
  add_size_options(app, options->size);
  app.add_option("--warmup", options->warmup,
                 "Runs that are not counted, after the first two (default: 3)")
      ->type_name("N")
      ->check(CLI::Range(0, kMaxRuns).description(""));
  app.add_option("--runs", options->runs, "Runs that are timed (default: 10)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxRuns).description(""));
  app.add_option("--json", options->json,
                 "Write a report to FILE; with - on standard output in place of the table")
      ->type_name("FILE");
  app.add_option("--plot", options->plot, "Write the times as an SVG picture")->type_name("FILE");
  app.add_flag("--no-verify", options->no_verify,
               "Do not compare the outputs (saves a run of mode static)");
  return [options] { return bench(*options); };
}

}  // namespace u2net::cli
