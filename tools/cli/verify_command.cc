// SPDX-License-Identifier: Apache-2.0
// u2net verify: each mode against the reference, node by node.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/diagnostics/verify.h"
#include "tools/cli/bench_timing.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/input_files.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/json_report.h"
#include "tools/cli/mode_list.h"
#include "tools/cli/model_options.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

struct VerifyOptions {
  ModelChoice model;
  std::string modes = "all";
  std::vector<std::string> inputs;
  SizeChoice size;
  std::string json;
  bool verbose = false;
};

struct VerifiedMode {
  std::string mode;
  VerifyReport report;
};

Json agreement_json(const Agreement& a) {
  Json json = {
      {"name", a.name}, {"max_abs_error", a.max_error}, {"bound", a.bound}, {"agrees", a.agrees()}};
  if (!a.type.empty()) json["type"] = a.type;
  if (!a.implementation.empty()) json["implementation"] = a.implementation;
  if (!std::isfinite(a.max_error)) json["max_abs_error"] = nullptr;
  return json;
}

Json to_json(const std::vector<VerifiedMode>& modes, const VerifyOptions& options,
             const std::vector<TensorType>& types) {
  Json report = new_report("verify");
  report["model"] = options.model.model;
  report["inputs"] = Json::array();
  for (const TensorType& type : types) report["inputs"].push_back(type.shape);
  report["confidence"] = kConfidence;
  report["results"] = Json::array();
  for (const VerifiedMode& m : modes) {
    Json result = {{"mode", m.mode},
                   {"passed", m.report.passed()},
                   {"nodes", Json::array()},
                   {"outputs", Json::array()}};
    for (const Agreement& a : m.report.nodes) result["nodes"].push_back(agreement_json(a));
    for (const Agreement& a : m.report.outputs) result["outputs"].push_back(agreement_json(a));
    report["results"].push_back(std::move(result));
  }
  return report;
}

std::string line(const Agreement& a) {
  char text[200];
  std::snprintf(text, sizeof text, "  %-9s %10.2e %10.2e  %-20s %-20s ",
                a.agrees() ? "ok" : "DIFFERS", a.max_error, a.bound,
                a.type.empty() ? "output" : a.type.c_str(), a.implementation.c_str());
  return text + printable(a.name) + "\n";
}

const Agreement* closest(const std::vector<Agreement>& list) {
  const Agreement* worst = nullptr;
  for (const Agreement& a : list) {
    if (!worst || a.ratio > worst->ratio) worst = &a;
  }
  return worst;
}

std::string to_text(const VerifiedMode& m, bool every_node) {
  char head[200];
  std::snprintf(head, sizeof head, "%s: %s, %zu nodes\n", m.mode.c_str(),
                m.report.passed() ? "verified" : "DIFFERS", m.report.nodes.size());
  std::string text = head;
  std::snprintf(head, sizeof head, "  %-9s %10s %10s  %-20s %-20s %s\n", "", "error", "bound",
                "operator", "kernel", "result");
  text += head;
  for (const Agreement& a : m.report.nodes) {
    if (every_node || !a.agrees()) text += line(a);
  }
  if (!every_node && m.report.passed() && !m.report.nodes.empty())
    text += line(*closest(m.report.nodes));
  for (const Agreement& a : m.report.outputs) text += line(a);
  return text + "\n";
}

VerifyReport verify_mode(const Graph& as_written, const ModelChoice& choice,
                         const std::vector<TensorView>& inputs, int threads) {
  const std::string& mode = choice.mode;
  const Model model(as_written, {.mode = mode, .disabled_passes = choice.disabled_passes});
  Progress progress(stderr_is_terminal(), model.graph().nodes.size());
  std::size_t done = 0;
  return verify(as_written, model, *find_backend(model.mode().backend), inputs,
                {.threads = threads, .kernels = choice.kernels},
                [&](const Agreement& a) { progress.show(done++, mode + " " + a.name); });
}

// The network as code has no nodes, only outputs: it runs the reference kernels in the program's
// order, so they must be those of the program as written.
VerifyReport verify_dynamic(ModelChoice choice, const std::vector<Tensor>& inputs) {
  choice.mode = "dynamic";
  const std::unique_ptr<Session> session = open_session(choice);
  const std::vector<Tensor> expected = reference_outputs(choice, inputs);
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) views.push_back(input.view());
  const std::vector<TensorView>& got = session->run(views);
  const std::vector<std::string> names = session->model().output_names();
  VerifyReport report;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    report.outputs.push_back(exact_agreement(names[i], expected[i].view(), got[i]));
  }
  return report;
}

// "all": every mode that the model has the files for.
std::vector<std::string> modes_of(const VerifyOptions& options) {
  std::vector<std::string> modes = available_modes();
  const bool has_code = has_state_dict(
      {.mode = "dynamic", .model = options.model.model, .parameters = options.model.parameters});
  if (options.modes == "all" && !has_code) std::erase(modes, "dynamic");
  return modes;
}

int verify_command(VerifyOptions options) {
  const std::vector<std::string> names = parse_modes(options.modes, modes_of(options));
  const Graph graph = std::move(load(options.model).graph);
  const Model declared(graph, {.mode = "static", .disabled_passes = {}});
  std::vector<Tensor> inputs;
  if (options.inputs.empty()) {
    std::string source;
    inputs = bench_inputs(input_types(declared.inputs(), options.size), source);
  } else {
    inputs = read_inputs(options.inputs, declared.inputs());
  }
  std::vector<TensorView> views;
  std::vector<TensorType> types;
  for (const Tensor& input : inputs) {
    views.push_back(input.view());
    types.push_back({input.dtype(), input.shape()});
  }
  const int threads =
      options.model.threads > 0 ? options.model.threads : kernels::default_threads();
  std::vector<VerifiedMode> modes;
  bool passed = true;
  for (const std::string& name : names) {
    options.model.mode = name;
    modes.push_back({name, name == "dynamic" ? verify_dynamic(options.model, inputs)
                                             : verify_mode(graph, options.model, views, threads)});
    passed = passed && modes.back().report.passed();
    if (options.json != kStdout) write_stdout(to_text(modes.back(), options.verbose));
  }
  if (!options.json.empty()) write_report(to_json(modes, options, types), options.json);
  return passed ? kExitOk : kExitSomeFailed;
}

constexpr const char* kVerifyFooter =
    "Every node of a mode gets the inputs that the reference computed, and its result must\n"
    "lie within a bound that follows from the arithmetic; what only moves data must be equal.\n"
    "Then the whole network is run and its outputs are compared with those of the program as\n"
    "written. The first difference ends the check of its mode, and the exit code is 1.\n"
    "Without -v, the node closest to its bound is shown.\n"
    "\n"
    "Examples:\n"
    "  u2net verify models/u2netp\n"
    "  u2net verify model --modes onednn --size 101x77 --batch 2 -v\n"
    "  u2net verify model --input x=x.npy --json -";

}  // namespace

bool verify_json_file_follows(std::string_view) { return true; }

Action define_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  app.footer(kVerifyFooter);
  add_model_argument(app, options->model);
  add_parameters_option(app, options->model);
  app.add_option("--modes", options->modes, "Modes with commas between (default: all)")
      ->type_name("LIST");
  app.add_option("-i,--input", options->inputs,
                 "An input of the model, once for each (default: a picture)")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  add_plan_options(app, options->model);
  add_size_options(app, options->size);
  app.add_option("--json", options->json,
                 "Write a report to FILE; with - on standard output in place of the table")
      ->type_name("FILE");
  app.add_flag("-v,--verbose", options->verbose, "Show every node");
  return [options] { return verify_command(*options); };
}

}  // namespace u2net::cli
