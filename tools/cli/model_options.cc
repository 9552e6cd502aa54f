// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/model_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "engine/base/text.h"
#include "engine/passes/pass.h"
#include "engine/run/model.h"
#include "kernels/base/processors.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tools/cli/bundled_files.h"

namespace u2net::cli {
using namespace engine;
namespace {

void add_mode(CLI::App& app, ModelChoice& choice, const std::vector<std::string>& modes) {
  app.add_option("--mode", choice.mode,
                 "How to run the model: " + joined(modes) + " (default: " + default_mode() + ")")
      ->type_name("MODE");
}

}  // namespace

std::string default_mode() {
  const std::vector<std::string> available = graph_modes();
  for (const char* mode : {"native", "onednn", "inference"}) {
    if (std::find(available.begin(), available.end(), mode) != available.end()) return mode;
  }
  return available.front();
}

void add_model_option(CLI::App& app, ModelChoice& choice) {
  app.add_option("-m,--model", choice.model,
                 "Model: PREFIX of PREFIX.pdmodel + PREFIX.pdiparams, a program, .onnx\n"
                 "or .u2n file, or a folder\n"
                 "(default: $U2NET_MODEL, then the U2Netp that comes with u2net)")
      ->type_name("MODEL");
}

CLI::Option* add_model_argument(CLI::App& app, ModelChoice& choice) {
  return app
      .add_option(
          "MODEL", choice.model,
          "PREFIX of PREFIX.pdmodel + PREFIX.pdiparams, a program, .onnx or .u2n file, or a folder")
      ->type_name("")
      ->required();
}

void add_parameters_option(CLI::App& app, ModelChoice& choice) {
  app.add_option("--params", choice.parameters,
                 "Parameter file, where it is not named like the program")
      ->type_name("FILE");
}

void add_mode_option(CLI::App& app, ModelChoice& choice) {
  add_mode(app, choice, available_modes());
}

void add_graph_mode_option(CLI::App& app, ModelChoice& choice) {
  add_mode(app, choice, graph_modes());
}

void add_threads_option(CLI::App& app, ModelChoice& choice) {
  app.add_option(
         "-t,--threads", choice.threads,
         "Threads, 1 to " + std::to_string(kernels::kMaxThreads) +
             " (default: 0, as OMP_NUM_THREADS says, or one\nfor every processor that may be used)")
      ->type_name("N")
      ->check(CLI::Range(0, kernels::kMaxThreads).description(""));
}

void add_passes_option(CLI::App& app, ModelChoice& choice) {
  const std::vector<std::string> names = pass_names();
  app.add_option(
         "--disable-pass", choice.disabled_passes,
         "Leave out a pass over the graph, once for each or with commas between:\n" + joined(names))
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names).description(""));
}

void add_kernel_options(CLI::App& app, ModelChoice& choice) {
  app.add_flag("--exact", choice.kernels.exact,
               "Mode native: no convolution by transforms (Winograd); slower");
  app.add_option(
         "--conv", choice.kernels.convolution,
         "Mode native: this form of convolution wherever it can do the work, for experiments:\n" +
             joined(kernels::conv_forms()) + " (default: by estimated cost)")
      ->type_name("FORM")
      ->check(CLI::IsMember(kernels::conv_forms()).description(""));
  app.add_option_function<std::size_t>(
         "--weight-memory",
         [&choice](std::size_t mb) { choice.kernels.max_weight_bytes = mb * 1'000'000; },
         "Mode native: what packed weights and those beside them may take; less is slower for\n"
         "large networks (default: " +
             std::to_string(kDefaultWeightBytes / 1'000'000) + ")")
      ->type_name("MB")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 20).description(""));
}

void add_precision_option(CLI::App& app, ModelChoice& choice) {
  std::string what;
  for (const PrecisionInfo& info : all_precisions())
    what += "\n  " + std::string(info.name) + ": " + std::string(info.permits);
  app.add_option_function<std::string>(
         "--precision",
         [&choice](const std::string& name) { choice.kernels.precision = find_precision(name); },
         "What mode native may compute in, where that is faster on this processor (default: f32):" +
             what)
      ->type_name("NAME");
}

void add_plan_options(CLI::App& app, ModelChoice& choice) {
  add_threads_option(app, choice);
  add_passes_option(app, choice);
  add_precision_option(app, choice);
  add_kernel_options(app, choice);
}

void resolve_graph_mode(ModelChoice& choice) {
  if (choice.mode.empty()) choice.mode = default_mode();
  find_graph_mode(choice.mode);
}

void complete(ModelChoice& choice) {
  if (choice.mode.empty()) choice.mode = default_mode();
  if (choice.model.empty()) choice.model = default_model().string();
}

std::shared_ptr<const Model> open_model(ModelChoice& choice) {
  complete(choice);
  return load_network({.mode = choice.mode,
                       .model = choice.model,
                       .parameters = choice.parameters,
                       .disabled_passes = choice.disabled_passes});
}

std::unique_ptr<Session> open_session(ModelChoice& choice) {
  return std::make_unique<Session>(
      open_model(choice), SessionOptions{.threads = choice.threads, .kernels = choice.kernels});
}

LoadedModel load(ModelChoice& choice) {
  if (choice.model.empty()) choice.model = default_model().string();
  return load_model(choice.model, choice.parameters);
}

std::string paddle_version_text(const LoadedModel& loaded) {
  const std::int64_t version = loaded.paddle_version;
  if (version <= 0) return {};
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 1000 % 1000) + "." +
         std::to_string(version % 1000);
}

}  // namespace u2net::cli
