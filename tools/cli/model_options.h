// SPDX-License-Identifier: Apache-2.0
// The options that every command with a model shares.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "engine/run/session.h"
#include "loader/load_model.h"
#include "models/load_network.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace u2net::cli {
using namespace engine;

struct ModelChoice {
  std::string model;       // empty: the default model
  std::string parameters;  // empty: beside the program
  std::string mode;        // empty: default_mode()
  int threads = 0;         // 0: all processors that the process may use
  std::vector<std::string> disabled_passes;
  KernelChoice kernels;
};

// The fastest mode in this build, in a fixed order: nothing is timed.
std::string default_mode();

void add_model_option(CLI::App& app, ModelChoice& choice);            // -m, --model
CLI::Option* add_model_argument(CLI::App& app, ModelChoice& choice);  // MODEL
void add_parameters_option(CLI::App& app, ModelChoice& choice);       // --params
void add_mode_option(CLI::App& app, ModelChoice& choice);             // --mode, with dynamic
void add_graph_mode_option(CLI::App& app, ModelChoice& choice);       // --mode, without
void add_threads_option(CLI::App& app, ModelChoice& choice);          // -t, --threads
void add_passes_option(CLI::App& app, ModelChoice& choice);           // --disable-pass
void add_kernel_options(CLI::App& app, ModelChoice& choice);          // --exact, --conv
void add_precision_option(CLI::App& app, ModelChoice& choice);        // --precision
// All four, in the order of --help.
void add_plan_options(CLI::App& app, ModelChoice& choice);

// Sets an empty mode; throws for one that is not of a graph or not in this build.
void resolve_graph_mode(ModelChoice& choice);
// Sets an empty mode and model.
void complete(ModelChoice& choice);
// The same, and loads the model for the mode.
std::shared_ptr<const Model> open_model(ModelChoice& choice);
// The same, and makes what runs it.
std::unique_ptr<Session> open_session(ModelChoice& choice);
// Sets an empty model, and loads it.
LoadedModel load(ModelChoice& choice);

// "2.6.2", or empty where the program does not say.
std::string paddle_version_text(const LoadedModel& loaded);

}  // namespace u2net::cli
