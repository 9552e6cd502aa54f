// SPDX-License-Identifier: Apache-2.0
// u2net op: one operator in every implementation, verified and timed.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tools/cli/build_info.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json_report.h"
#include "tools/cli/machine_peaks.h"
#include "tools/cli/model_options.h"
#include "tools/cli/standard_streams.h"
#include "tools/microbench/measure.h"
#include "tools/microbench/onednn_problem.h"
#include "tools/microbench/requests.h"

namespace u2net::cli {
using namespace engine;
namespace {

struct OpOptions {
  std::vector<std::string> words;
  std::string problem, algorithm, lines;
  int axis = 1;
  std::vector<std::string> implementations;
  ModelChoice threads;
  double seconds = 0.2;
  bool no_peak = false, no_cold = false;
  std::string json;
};

using bench::Request;

Request request_of_problem(const OpOptions& options) {
  if (options.words.size() != 1) {
    throw Error(ErrorCode::kUsage, "--problem goes with the name of one operator",
                "for example: u2net op conv2d --problem ic128ih320oc64oh320kh3ph1");
  }
  const std::string& op = options.words.front();
  const std::string algorithm =
      options.algorithm.empty() ? bench::onednn_algorithm(op) : options.algorithm;
  bench::OneDnnProblem problem;
  problem.primitive = op;
  problem.algorithm = algorithm;
  problem.axis = options.axis;
  problem.problem = options.problem;
  if (op == "scale") problem.alpha = 1;
  bench::TranslatedProblem result = bench::translate(problem);
  bench::check_request(result.line);
  return {op + " " + options.problem, std::move(result.line), std::move(result.notes), 1};
}

std::vector<Request> requests_in(const std::string& file, std::vector<std::string>& refused) {
  std::vector<Request> requests = file == kStdout
                                      ? bench::read_requests(std::cin, "standard input", &refused)
                                      : bench::read_requests(file, &refused);
  if (requests.empty() && refused.empty())
    throw Error(ErrorCode::kUsage, "'" + file + "' holds no operator");
  return requests;
}

std::vector<Request> requests_of(const OpOptions& options, std::vector<std::string>& refused) {
  const int sources = (options.problem.empty() ? 0 : 1) + (options.lines.empty() ? 0 : 1);
  if (sources == 2 || (!options.lines.empty() && !options.words.empty()))
    throw Error(ErrorCode::kUsage, "give an operator, or --lines");
  if (!options.lines.empty()) return requests_in(options.lines, refused);
  if (!options.problem.empty()) return {request_of_problem(options)};
  std::string text;
  for (const std::string& word : options.words) text += (text.empty() ? "" : " ") + word;
  if (text.empty()) {
    throw Error(ErrorCode::kUsage, "no operator is given",
                "for example: u2net op conv2d --problem ic128ih320oc64oh320kh3ph1");
  }
  return {bench::request_of(text)};
}

Json times_json(const bench::Times& times) {
  if (times.ms.empty()) return nullptr;
  return {{"median_ms", significant(times.median())},
          {"min_ms", significant(times.min())},
          {"runs", times.ms.size()}};
}

Json measurement_json(const bench::Measurement& m, const std::optional<bench::MachinePeak>& peak) {
  Json json = {{"implementation", m.name},
               {"chosen", m.chosen},
               {"verified", m.agreement.agrees()},
               {"max_abs_error", finite(m.agreement.max_error)},
               {"bound", finite(m.agreement.bound)},
               {"warm", times_json(m.warm)},
               {"cold", times_json(m.cold)},
               {"gflop_per_s", significant(m.flops() / 1e9)},
               {"gbyte_per_s", significant(m.bytes() / 1e9)}};
  if (peak) {
    if (const double most = peak->flops_in(m.element); most > 0)
      json["of_peak_flops"] = significant(m.flops() / most);
    json["of_peak_bytes"] = significant(m.bytes() / peak->bytes);
  }
  return json;
}

Json to_json(const Request& request, const bench::Measured& measured,
             const std::optional<bench::MachinePeak>& peak) {
  Json json = {{"given", request.given},
               {"times", request.times},
               {"shape", measured.line},
               {"notes", request.notes}};
  if (!measured.unfused.empty()) json["onednn_shape"] = measured.unfused;
  json["results"] = Json::array();
  for (const bench::Measurement& m : measured.all)
    json["results"].push_back(measurement_json(m, peak));
  json["refused"] = Json::array();
  for (const Refusal& r : measured.refused)
    json["refused"].push_back({{"implementation", r.implementation}, {"why", r.why}});
  return json;
}

std::string share(double value, double most) {
  char text[24];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * value / most);
  return text;
}

std::string name_of(const bench::Measurement& m) { return m.name + (m.chosen ? " *" : ""); }

std::string row(const bench::Measurement& m, int width,
                const std::optional<bench::MachinePeak>& peak) {
  const auto number = [](double value) {
    char text[24];
    std::snprintf(text, sizeof text, value < 10 ? "%.2f" : "%.1f", value);
    return std::string(text);
  };
  const double most = peak && m.work.macs > 0 ? peak->flops_in(m.element) : 0;
  char line[240];
  char cold[24] = "-";
  if (!m.cold.ms.empty()) std::snprintf(cold, sizeof cold, "%.4f", m.cold.median());
  std::snprintf(line, sizeof line, "%-*s %10.4f %10.4f %10s %9s %7s %9s %8s %10.1e %10.1e %s\n",
                width, name_of(m).c_str(), m.warm.median(), m.warm.min(), cold,
                m.work.macs > 0 ? number(m.flops() / 1e9).c_str() : "-",
                most > 0 ? share(m.flops(), most).c_str() : "-", number(m.bytes() / 1e9).c_str(),
                peak ? share(m.bytes(), peak->bytes).c_str() : "-", m.agreement.max_error,
                m.agreement.bound, m.agreement.agrees() ? "ok" : "DIFFERS");
  return line;
}

std::string to_text(const Request& request, const bench::Measured& measured,
                    const std::optional<bench::MachinePeak>& peak) {
  std::string text = measured.line + "\n";
  if (request.given != measured.line) text += "  of " + printable(request.given) + "\n";
  if (request.times > 1) text += "  given " + std::to_string(request.times) + " times\n";
  if (!measured.unfused.empty()) text += "  onednn runs " + measured.unfused + "\n";
  for (const std::string& note : request.notes) text += "  " + printable(note) + "\n";
  std::size_t longest = 30;
  for (const bench::Measurement& m : measured.all) longest = std::max(longest, name_of(m).size());
  const auto width = static_cast<int>(longest);
  if (!measured.all.empty()) {
    const StepWork& work = measured.all.front().work;
    char line[200];
    std::snprintf(line, sizeof line, "  %.4g GMAC, %.4g MB of operands and results\n",
                  work.macs / 1e9, work.bytes / 1e6);
    text += line;
    std::snprintf(line, sizeof line, "%-*s %10s %10s %10s %9s %7s %9s %8s %10s %10s\n", width,
                  "implementation", "warm ms", "least ms", "cold ms", "GFLOP/s", "of peak", "GB/s",
                  "of peak", "error", "bound");
    text += line;
  }
  for (const bench::Measurement& m : measured.all) text += row(m, width, peak);
  for (const Refusal& r : measured.refused)
    text += "  not " + r.implementation + ": " + printable(r.why) + "\n";
  return text + "\n";
}

int run_op(const OpOptions& options) {
  std::vector<std::string> refused;
  const std::vector<Request> requests = requests_of(options, refused);
  for (const std::string& message : refused) print_warning(message);
  const int threads =
      options.threads.threads > 0 ? options.threads.threads : kernels::default_threads();
  warn_unless_optimised();
  std::optional<bench::MachinePeak> peak;
  if (!options.no_peak) peak = bench::measure_peak(threads, options.threads.kernels.precision);
  Progress progress(stderr_is_terminal(), requests.size() + 1);
  Json report = new_report("op");
  report["host"] = host_json();
  report["threads"] = threads;
  report["peak"] = peak_json(peak);
  report["problems"] = Json::array();
  const bool text = options.json != kStdout;
  if (text) write_stdout(peak_text(peak, threads) + "\n");
  bool verified = refused.empty();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const bench::Measured measured = bench::measure(
        requests[i].line, {.threads = threads,
                           .patterns = options.implementations,
                           .timing = {.seconds = options.seconds, .cold = !options.no_cold},
                           .precision = options.threads.kernels.precision,
                           .progress = [&](const std::string& name) { progress.show(i, name); }});
    progress.clear();
    for (const bench::Measurement& m : measured.all) verified = verified && m.agreement.agrees();
    if (text) write_stdout(to_text(requests[i], measured, peak));
    report["problems"].push_back(to_json(requests[i], measured, peak));
  }
  if (!options.json.empty()) write_report(report, options.json);
  return verified ? kExitOk : kExitSomeFailed;
}

constexpr const char* kOpFooter =
    "An operator is a shape as in bench/shapes, a problem of oneDNN's, or a whole line of its "
    "log:\n"
    "  conv2d src=1x64x80x80 filter=16x64x3x3 pad=1,1 relu     relu src=1x64x80x80\n"
    "  pool2d src=1x64x80x80 kind=max kernel=2,2 stride=2,2     concat src=1x16x40x40,1x16x40x40\n"
    "  bilinear_interp_v2 src=1x64x80x80 out=160x160            sigmoid, scale, batch_norm,\n"
    "  elementwise_add src=1x64x80x80,1x64x80x80                elementwise_mul, "
    "nearest_interp_v2\n"
    "\n"
    "Only the kernel is timed: its operands lie in the layouts that it wants. Warm: run after "
    "run;\n"
    "cold: with the caches filled with other things before each. GFLOP/s counts the products of "
    "the\n"
    "direct algorithm (Winograd makes fewer), GB/s every operand and result once; shares are of "
    "what\n"
    "this machine reached just before. * marks what mode native takes. A result that is further "
    "from\n"
    "the reference than rounding explains, and a primitive of a log that has no operator here, "
    "make\n"
    "the exit code 1.\n"
    "\n"
    "Examples:\n"
    "  u2net op conv2d --problem ic128ih320oc64oh320kh3ph1\n"
    "  u2net op conv2d src=1x64x160x160 filter=16x64x3x3 pad=1,1 --impl 'reference,native:*'\n"
    "  u2net op pool2d --problem mb1ic64_ih80oh40kh2sh2 --alg pooling_avg\n"
    "  ONEDNN_VERBOSE=1 u2net profile model --mode onednn | grep ^onednn | u2net op --lines -";

}  // namespace

Action define_op(CLI::App& app) {
  auto options = std::make_shared<OpOptions>();
  app.footer(kOpFooter);
  app.add_option("OPERATOR", options->words,
                 "The operator and its shape, or a line of ONEDNN_VERBOSE")
      ->type_name("");
  app.add_option("--problem", options->problem,
                 "Its problem, as ONEDNN_VERBOSE and benchdnn write it")
      ->type_name("TEXT");
  app.add_option("--alg", options->algorithm,
                 "Of the problem: pooling_max, pooling_avg_include_padding, resampling_nearest,\n"
                 "eltwise_logistic, binary_mul, ... (default: by the operator)")
      ->type_name("NAME");
  app.add_option("--axis", options->axis, "Of the problem of a concat (default: 1)")
      ->type_name("N");
  app.add_option("--lines", options->lines,
                 "Operators in a file, one a line, or with - on standard input")
      ->type_name("FILE");
  add_precision_option(app, options->threads);
  app.add_option("--impl", options->implementations,
                 "Implementations, with commas between; * and ? stand for any characters:\n"
                 "reference, native:winograd6:*, native:*:avx2, onednn:*\n"
                 "(default: all but lesser instruction sets and oneDNN's own references)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_threads_option(app, options->threads);
  app.add_option("--seconds", options->seconds,
                 "How long each is repeated, warm and cold (default: 0.2; at least once)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 600.0).description(""));
  app.add_flag("--no-cold", options->no_cold, "Do not measure with cold caches");
  app.add_flag("--no-peak", options->no_peak,
               "Do not measure what the machine can do (saves about a second)");
  app.add_option("--json", options->json,
                 "JSON instead of a table, on standard output or with --json=FILE in a file")
      ->type_name("[=FILE]");
  return [options] { return run_op(*options); };
}

}  // namespace u2net::cli
