// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/profile_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <numeric>

#include "tools/cli/decimal.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/machine_peaks.h"
#include "tools/microbench/shapes.h"

namespace u2net::cli {
namespace {

double per_second(double amount, double ms) { return ms > 0 ? amount / ms * 1e3 : 0; }

// The columns that steps and types share: time, share, rates and shares of the peaks.
std::string rates(double ms, double run_ms, const StepWork& work, kernels::ElementType element,
                  const std::optional<bench::MachinePeak>& peak) {
  const double flops = per_second(2 * work.macs, ms), bytes = per_second(work.bytes, ms);
  const double most = peak && work.macs > 0 ? peak->flops_in(element) : 0;
  const std::string none = "-";
  char text[160];
  std::snprintf(text, sizeof text, "%9.3f %6.1f %8s %8s %6s %8s %6s", ms,
                run_ms > 0 ? 100 * ms / run_ms : 0,
                work.macs > 0 ? decimal("%.4f", work.macs / 1e9).c_str() : "-",
                work.macs > 0 ? decimal("%.1f", flops / 1e9).c_str() : "-",
                most > 0 ? decimal("%.0f", 100 * flops / most).c_str() : "-",
                decimal("%.2f", bytes / 1e9).c_str(),
                peak ? decimal("%.0f", 100 * bytes / peak->bytes).c_str() : "-");
  return text;
}

constexpr const char* kRateHeads = "       ms  share     GMAC  GFLOP/s % peak     GB/s % peak";

std::string head(const ProfileReport& report) {
  const Profile& p = report.profile;
  std::string text = "model " + printable(report.model) + ", input " + printable(report.input);
  for (const Shape& shape : report.input_shapes) text += " " + to_string(shape);
  text += ", mode " + p.mode + "\n" + peak_text(report.peak, p.threads) + "\n";
  const auto line = [&](const char* name, double ms, const std::string& what) {
    char buffer[200];
    std::snprintf(buffer, sizeof buffer, "%-11s %9.2f ms  %s\n", name, ms, what.c_str());
    text += buffer;
  };
  line("load", report.load_ms, "files to a network that is ready but for the sizes");
  line("plan", p.plan_ms,
       std::to_string(p.steps.size()) + " steps, " +
           decimal("%.1f MB arena", static_cast<double>(p.arena_bytes) / 1e6));
  line("packing", p.packing_ms, "weights into the layouts that the kernels want");
  line("first run", p.first_ms, "");
  line("run", p.run_ms,
       "steady state, " + std::to_string(p.runs.size()) + " runs; the steps add up to " +
           decimal("%.2f ms", p.steps_ms()) + decimal(" (%.1f %%)", 100 * p.steps_ms() / p.run_ms));
  line("unprofiled", p.plain_ms, decimal("profiling: %+.1f %%", 100 * (p.run_ms / p.plain_ms - 1)));
  return text + "\n";
}

std::string type_table(const ProfileReport& report) {
  const Profile& p = report.profile;
  const double whole = p.steps_ms();
  std::string text;
  char line[300];
  std::snprintf(line, sizeof line, "%-22s %5s %s\n", "by type", "steps", kRateHeads);
  text += line;
  for (const TypeProfile& type : by_type(p)) {
    std::snprintf(line, sizeof line, "%-22s %5d %s\n", type.type.c_str(), type.steps,
                  rates(type.ms, whole, type.work, type.element, report.peak).c_str());
    text += line;
  }
  StepWork all;
  kernels::ElementType element = kernels::ElementType::kF32;
  for (const StepProfile& step : p.steps) {
    element = std::max(element, step.rounding.element);
    all.macs += step.work.macs;
    all.bytes += step.work.bytes;
  }
  std::snprintf(line, sizeof line, "%-22s %5zu %s\n", "all", p.steps.size(),
                rates(whole, whole, all, element, report.peak).c_str());
  return text + line + "\n";
}

// What to make of shares of the peak that look too large.
std::vector<std::string> peak_notes(const ProfileReport& report) {
  if (!report.peak) return {};
  constexpr double kMeasurementError = 1.1;
  bool transforms = false, impossible = false;
  for (const StepProfile& step : report.profile.steps) {
    if (step.rounding.winograd_tile > 0) {
      transforms = true;
    } else {
      const double most = report.peak->flops_in(step.rounding.element);
      impossible = impossible || (most > 0 && step.flops() > kMeasurementError * most);
    }
  }
  std::vector<std::string> notes;
  if (transforms)
    notes.emplace_back(
        "winograd4 and winograd6 make 1/4 and 1/5.1 of the products that GFLOP/s counts, so they "
        "may exceed 100 % of the peak");
  if (impossible)
    notes.emplace_back("busy machine: kernels were faster than the peak that was measured for it");
  return notes;
}

std::string details(const StepProfile& step, const std::string& line) {
  std::string text = "       node " + printable(step.node) + "\n";
  if (!line.empty()) text += "       u2net op " + line + "\n";
  for (const Refusal& r : step.refusals)
    text += "       not " + r.implementation + ": " + printable(r.why) + "\n";
  return text;
}

std::string step_table(const ProfileReport& report, const ReportChoice& choice) {
  const Profile& p = report.profile;
  std::vector<std::size_t> order(p.steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (choice.top > 0) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p.steps[a].ms > p.steps[b].ms; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(choice.top)));
  }
  char line[400];
  std::snprintf(line, sizeof line, "%4s  %-20s %-22s %9s %s  %s\n", "step", "type",
                "implementation", "first ms", kRateHeads, "operands");
  std::string text = line;
  for (std::size_t i : order) {
    const StepProfile& step = p.steps[i];
    std::snprintf(
        line, sizeof line, "%4zu  %-20s %-22s %9.3f %s  ", i + 1, step.type.c_str(),
        step.implementation.c_str(), step.first_ms,
        rates(step.ms, p.steps_ms(), step.work, step.rounding.element, report.peak).c_str());
    text += line + printable(step.operands.empty() ? step.node : step.operands) + "\n";
    if (choice.verbose) text += details(step, report.lines[i]);
  }
  return text;
}

Json rates_json(double ms, double run_ms, const StepWork& work, kernels::ElementType element,
                const std::optional<bench::MachinePeak>& peak) {
  const double flops = per_second(2 * work.macs, ms), bytes = per_second(work.bytes, ms);
  Json json = {{"ms", ms},
               {"share", run_ms > 0 ? significant(ms / run_ms) : 0},
               {"gmac", work.macs / 1e9},
               {"mbytes", work.bytes / 1e6},
               {"gflop_per_s", significant(flops / 1e9)},
               {"gbyte_per_s", significant(bytes / 1e9)}};
  if (peak) {
    if (const double most = peak->flops_in(element); most > 0)
      json["of_peak_flops"] = significant(flops / most);
    json["of_peak_bytes"] = significant(bytes / peak->bytes);
  }
  return json;
}

Json step_json(const ProfileReport& report, std::size_t i) {
  const StepProfile& step = report.profile.steps[i];
  Json json = {{"node", step.node},
               {"type", step.type},
               {"implementation", step.implementation},
               {"operands", step.operands},
               {"shape", report.lines[i]},
               {"first_ms", step.first_ms}};
  json.update(rates_json(step.ms, report.profile.steps_ms(), step.work, step.rounding.element,
                         report.peak));
  json["busy_threads"] = significant(step.busy_threads);
  json["refused"] = Json::array();
  for (const Refusal& r : step.refusals)
    json["refused"].push_back({{"implementation", r.implementation}, {"why", r.why}});
  return json;
}

}  // namespace

std::vector<TypeProfile> by_type(const Profile& profile) {
  std::vector<TypeProfile> types;
  for (const StepProfile& step : profile.steps) {
    auto it = std::find_if(types.begin(), types.end(),
                           [&](const TypeProfile& t) { return t.type == step.type; });
    if (it == types.end()) it = types.insert(types.end(), TypeProfile{.type = step.type});
    ++it->steps;
    it->ms += step.ms;
    it->work.macs += step.work.macs;
    it->work.bytes += step.work.bytes;
    it->element = std::max(it->element, step.rounding.element);
  }
  std::stable_sort(types.begin(), types.end(),
                   [](const TypeProfile& a, const TypeProfile& b) { return a.ms > b.ms; });
  return types;
}

std::vector<std::string> shape_lines(Session& session, std::span<const TensorView> inputs) {
  const Plan& plan = session.prepare(inputs);
  std::vector<std::string> lines;
  for (const PlannedStep& step : plan.steps) {
    lines.push_back(
        step.only_moves()
            ? ""
            : bench::shape_line(*plan.graph,
                                plan.graph->nodes[static_cast<std::size_t>(step.node_id)]));
  }
  return lines;
}

std::string to_text(const ProfileReport& report, const ReportChoice& choice) {
  std::string text = head(report) + type_table(report) + step_table(report, choice);
  for (const std::string& note : peak_notes(report)) text += "note: " + note + "\n";
  for (const std::string& note : report.profile.notes) text += "note: " + printable(note) + "\n";
  if (report.trace) {
    text += "\ntrace: " + std::to_string(report.trace->runs) + " runs, " +
            std::to_string(report.trace->steps) + " slices of steps, " +
            std::to_string(report.trace->worker_slices) + " of workers\n";
  }
  return text;
}

Json to_json(const ProfileReport& report) {
  const Profile& p = report.profile;
  Json json = new_report("profile");
  json["host"] = host_json();
  json["model"] = report.model;
  json["input"] = report.input;
  json["input_shapes"] = report.input_shapes;
  json["mode"] = p.mode;
  json["precision"] = precision_json(p.precision);
  json["threads"] = p.threads;
  json["peak"] = peak_json(report.peak);
  json["load_ms"] = report.load_ms;
  json["plan_ms"] = p.plan_ms;
  json["packing_ms"] = p.packing_ms;
  json["first_ms"] = p.first_ms;
  json["run_ms"] = p.run_ms;
  json["steps_ms"] = p.steps_ms();
  json["unprofiled_ms"] = p.plain_ms;
  json["runs_ms"] = Json::array();
  for (const RunTrace& run : p.runs) json["runs_ms"].push_back(run.ms());
  json["arena_bytes"] = p.arena_bytes;
  json["gmac"] = p.macs() / 1e9;
  json["types"] = Json::array();
  for (const TypeProfile& type : by_type(p)) {
    Json entry = {{"type", type.type}, {"steps", type.steps}};
    entry.update(rates_json(type.ms, p.steps_ms(), type.work, type.element, report.peak));
    json["types"].push_back(std::move(entry));
  }
  json["steps"] = Json::array();
  for (std::size_t i = 0; i < p.steps.size(); ++i) json["steps"].push_back(step_json(report, i));
  json["notes"] = p.notes;
  json["warnings"] = p.warnings;
  if (report.trace) {
    json["trace"] = {{"runs", report.trace->runs},
                     {"steps", report.trace->steps},
                     {"worker_slices", report.trace->worker_slices}};
  }
  return json;
}

}  // namespace u2net::cli
