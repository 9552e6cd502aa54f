// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/model_summary.h"

#include <memory>
#include <set>
#include <span>
#include <system_error>

#include "engine/base/error.h"
#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "engine/run/session.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

void add_file(ModelSummary& summary, const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (!error) summary.files.push_back({path, bytes});
}

void describe_files(ModelSummary& summary, const LoadedModel& loaded) {
  add_file(summary, loaded.files.program);
  if (loaded.parameter_count == 0) return;
  if (loaded.files.combined) add_file(summary, *loaded.files.combined);
  if (!loaded.files.directory) return;
  for (const Value& value : loaded.graph.values) {
    if (value.constant) add_file(summary, *loaded.files.directory / value.name);
  }
}

void describe_program(ModelSummary& summary, const LoadedModel& loaded) {
  summary.paddle_version = paddle_version_text(loaded);
  summary.pir_version = loaded.pir_version;
  summary.opset = loaded.opset;
  summary.notes = loaded.notes;
  if (!loaded.packed_for.empty()) summary.notes.push_back("packed for " + loaded.packed_for);
  const Graph& graph = loaded.graph;
  for (const Node& node : graph.nodes) ++summary.operators[std::string(node.op->type().name)];
  // In the graph they are its ports.
  if (!graph.inputs.empty()) summary.operators["feed"] = static_cast<int>(graph.inputs.size());
  if (!graph.outputs.empty()) summary.operators["fetch"] = static_cast<int>(graph.outputs.size());
  summary.parameter_count = loaded.parameter_count;
  summary.parameter_elements = loaded.parameter_elements;
  for (const Value& value : graph.values) {
    if (value.constant)
      summary.parameter_bytes += static_cast<std::int64_t>(value.constant->bytes());
  }
}

// The multiply-accumulates of the program as written; nothing where a size depends on fed elements.
std::optional<double> count_macs(Graph graph, std::span<const TensorView> inputs,
                                 const SizeChoice& size) {
  try {
    infer_shapes(graph, inputs);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kInputShape) return std::nullopt;
    if (e.code() != ErrorCode::kModelFormat || !size.any()) throw;
    throw Error(ErrorCode::kInputShape,
                std::string("the model does not take inputs of that size: ") + e.what());
  }
  double macs = 0;
  for (const Node& node : graph.nodes) macs += node.op->macs(graph, node);
  return macs;
}

ModelSummary::PlanSummary describe_plan(const Plan& plan, const ModelChoice& choice, int threads) {
  ModelSummary::PlanSummary summary;
  summary.mode = choice.mode;
  summary.threads = threads;
  summary.steps = plan.steps.size();
  for (const PlannedStep& step : plan.steps) {
    ++summary.implementations[step.step->implementation()];
    summary.sequence.push_back({step.node, step.type, step.step->implementation(), step.operands});
  }
  summary.precision = plan.precision;
  summary.parts = plan.parts;
  summary.arena_bytes = plan.arena_bytes;
  summary.live_bytes = plan.live_bytes;
  summary.total_bytes = plan.total_bytes;
  summary.notes = plan.notes;
  summary.warnings = plan.warnings;
  return summary;
}

// What the weights take while a Session exists; each buffer counts once.
void describe_weights(ModelSummary::PlanSummary& summary, const Plan& plan, const Model& model) {
  std::set<const void*> seen;
  for (const Value& value : model.graph().values) {
    if (value.constant && seen.insert(value.constant->data()).second)
      summary.weight_bytes += value.constant->bytes();
  }
  summary.weight_bytes -= model.weights().released_bytes();
  for (const Plan::Buffer& buffer : plan.buffers) {
    if (buffer.constant && seen.insert(buffer.constant.get()).second)
      summary.packed_bytes += buffer.bytes;
  }
}

void plan_model(ModelSummary& summary, Graph graph, const ModelChoice& choice,
                std::span<const TensorView> inputs) {
  auto model = std::make_shared<const Model>(
      std::move(graph),
      engine::ModelOptions{
          .mode = choice.mode, .disabled_passes = choice.disabled_passes, .owns_weights = true});
  Session session(std::move(model), {.threads = choice.threads, .kernels = choice.kernels});
  const Plan& plan = session.prepare(inputs);
  for (std::size_t i = 0; i < summary.outputs.size(); ++i)
    summary.outputs[i].type = plan.batch_output(i);
  summary.plan = describe_plan(plan, choice, session.threads());
  describe_weights(*summary.plan, plan, session.model());
}

}  // namespace

ModelSummary summarise(ModelChoice& choice, const SizeChoice& size) {
  resolve_graph_mode(choice);
  LoadedModel loaded = load(choice);
  ModelSummary summary;
  describe_files(summary, loaded);
  describe_program(summary, loaded);

  std::vector<PortInfo> inputs;
  for (const Port& port : loaded.graph.inputs)
    inputs.push_back({port.name, loaded.graph.type_of(port.value)});
  const std::vector<TensorType> types = input_types(inputs, size);
  std::vector<TensorView> views;
  for (std::size_t i = 0; i < types.size(); ++i) {
    summary.inputs.push_back({inputs[i].name, types[i], inputs[i].type.shape});
    views.push_back({types[i].dtype, types[i].shape, nullptr});
  }
  for (const Port& port : loaded.graph.outputs) summary.outputs.push_back({port.name, {}, {}});

  summary.macs = count_macs(loaded.graph, views, size);
  if (summary.macs) plan_model(summary, std::move(loaded.graph), choice, views);
  return summary;
}

}  // namespace u2net::cli
