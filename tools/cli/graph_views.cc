// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/graph_views.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/diagnostics/profile.h"
#include "engine/plan/prepare.h"
#include "engine/run/session.h"
#include "loader/paddle/parameter_info.h"
#include "tools/cli/bench_timing.h"
#include "tools/cli/diagnostics.h"
#include "tools/graph/block_paths.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

using Names = std::map<std::string, std::string>;
using drawing::NodeNotes;

// What the code of the network calls its parameters; a file of it that is damaged costs no more
// than the names.
Names structured_names(const ModelFiles& files) {
  Names names;
  if (!files.combined) return names;
  const fs::path path = files.combined->string() + ".info";
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return names;
  try {
    for (ParameterInfo& info : read_parameter_info(path))
      names[info.name] = std::move(info.structured_name);
  } catch (const Error& e) {
    print_warning(std::string(e.what()) + "; blocks are drawn without its names");
  }
  return names;
}

// "u2netp" of models/u2netp/u2netp.pdmodel, "net" of net/__model__.
std::string model_name(const ModelFiles& files) {
  const fs::path program = fs::absolute(files.program);
  return program.has_extension() ? program.stem().string()
                                 : program.parent_path().filename().string();
}

struct Measured {
  std::map<std::string, std::string> implementations;  // by node
  std::map<std::string, double> ms;
};

// Moving data for a node counts as the node's time where it carries its name; a step without a node
// of its own is not in the picture.
Measured measure(Session& session, std::span<const TensorView> inputs, GraphViews& views) {
  Measured measured;
  const Profile profile = profile_session(session, inputs);
  for (const StepProfile& step : profile.steps) {
    measured.ms[step.node] += step.ms;
    if (!step.only_moves) measured.implementations[step.node] = step.implementation;
  }
  views.run_ms = profile.run_ms;
  return measured;
}

Measured plan_only(Session& session, std::span<const TensorView> inputs) {
  Measured measured;
  for (const PlannedStep& step : session.prepare(inputs).steps) {
    if (!step.only_moves()) measured.implementations[step.node] = step.step->implementation();
  }
  return measured;
}

void add_measured(const Measured& measured, const std::string& node, NodeNotes& notes) {
  if (const auto it = measured.implementations.find(node); it != measured.implementations.end())
    notes.implementation = it->second;
  if (const auto it = measured.ms.find(node); it != measured.ms.end()) notes.ms = it->second;
}

class ViewsMaker {
 public:
  ViewsMaker(GraphChoice& choice, LoadedModel loaded)
      : choice_(choice), names_(structured_names(loaded.files)), graph_(std::move(loaded.graph)) {
    views_.name = model_name(loaded.files);
    views_.paddle_version = paddle_version_text(loaded);
    views_.mode = choice.model.mode;
  }

  GraphViews make() {
    const Graph as_written = graph_;
    feed();
    const Model declared(as_written, {.mode = "static", .disabled_passes = {}});
    graph_ = prepare_graph(declared.preparable(), fed_).graph;
    const std::vector<std::string> paths = drawing::block_paths(graph_, names_);
    const bool passes = find_graph_mode(views_.mode).has_passes();
    // The exported program is what a mode without passes runs.
    const Measured measured = passes && !choice_.both && !choice_.optimized && !choice_.profile
                                  ? Measured{}
                                  : run(as_written, passes, paths);
    std::vector<NodeNotes> notes(graph_.nodes.size());
    for (std::size_t n = 0; n < notes.size(); ++n) {
      notes[n].block = paths[n];
      if (!passes) add_measured(measured, graph_.nodes[n].name, notes[n]);
    }
    views_.exported = drawing::make_view(graph_, notes, names_);
    return std::move(views_);
  }

 private:
  void feed() {
    std::vector<PortInfo> ports;
    for (const Port& port : graph_.inputs) ports.push_back({port.name, graph_.type_of(port.value)});
    views_.inputs = input_types(ports, choice_.size);
    std::string source;
    tensors_ = bench_inputs(views_.inputs, source);
    for (const Tensor& tensor : tensors_) fed_.push_back(tensor.view());
  }

  Measured run(const Graph& as_written, bool passes, const std::vector<std::string>& paths) {
    PassLog log;
    const auto model = std::make_shared<const Model>(
        as_written, ModelOptions{.mode = views_.mode,
                                 .disabled_passes = choice_.model.disabled_passes,
                                 .pass_log = &log});
    Session session(model, {.threads = choice_.model.threads, .kernels = choice_.model.kernels});
    views_.threads = session.threads();
    Measured measured = choice_.profile ? measure(session, fed_, views_) : plan_only(session, fed_);
    if (!passes) return measured;
    const Graph graph = prepare_graph(model->preparable(), fed_, choice_.model.kernels, &log).graph;
    views_.optimized = drawing::make_view(graph, notes_of(graph, log, paths, measured), names_);
    views_.passes = log.records();
    return measured;
  }

  std::vector<NodeNotes> notes_of(const Graph& graph, const PassLog& log,
                                  const std::vector<std::string>& paths,
                                  const Measured& measured) const {
    std::map<std::string, std::string> path_of;
    for (std::size_t n = 0; n < paths.size(); ++n) path_of[graph_.nodes[n].name] = paths[n];
    std::vector<NodeNotes> all;
    for (const Node& node : graph.nodes) {
      NodeNotes notes;
      notes.origins = log.origins(node);
      std::vector<std::string> theirs;
      for (const std::string& origin : notes.origins) theirs.push_back(path_of[origin]);
      notes.block = drawing::deepest_path(theirs);
      add_measured(measured, node.name, notes);
      all.push_back(std::move(notes));
    }
    return all;
  }

  GraphChoice& choice_;
  Names names_;
  Graph graph_;  // as exported, with shapes
  GraphViews views_;
  std::vector<Tensor> tensors_;
  std::vector<TensorView> fed_;
};

}  // namespace

GraphViews make_graph_views(GraphChoice& choice) {
  resolve_graph_mode(choice.model);
  LoadedModel loaded = load(choice.model);
  return ViewsMaker(choice, std::move(loaded)).make();
}

}  // namespace u2net::cli
