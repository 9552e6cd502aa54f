// SPDX-License-Identifier: Apache-2.0
#include "models/load_network.h"

#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "models/u2net.h"

namespace u2net::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateDictSuffix = ".pdparams";

bool is_state_dict(const fs::path& path) {
  const fs::path suffix = path.extension();
  return suffix == kStateDictSuffix || suffix == ".pth" || suffix == ".pt";
}

// The only .pdparams file of a folder.
fs::path state_dict_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == kStateDictSuffix) found.push_back(it->path());
  }
  if (error) {
    throw_error(ErrorCode::kModelNotFound, "cannot read directory '", directory.string(),
                "': ", error.message());
  }
  if (found.size() == 1) return found.front();
  throw_error(ErrorCode::kModelNotFound, "mode 'dynamic' needs one .pdparams file, directory '",
              directory.string(), "' holds ", found.size());
}

// A packed model has its graph after all passes over the weights, and without any.
GraphStage stage_for(const ModelOptions& options) {
  return find_mode(options.mode).has_passes() && options.disabled_passes.empty()
             ? GraphStage::kAfterPasses
             : GraphStage::kAsWritten;
}

std::shared_ptr<const Model> prepared(LoadedModel model, ModelOptions options) {
  options.passes_have_run = model.passes_have_run;
  options.packed = std::move(model.packed);
  options.warnings = std::move(model.warnings);
  return std::make_shared<const Model>(std::move(model.graph), std::move(options));
}

}  // namespace

fs::path state_dict_of(const NetworkFiles& files) {
  const fs::path& model = files.model;
  if (is_state_dict(files.parameters)) return files.parameters;
  if (is_state_dict(model)) return model;
  std::error_code ignored;
  const fs::path prefixed = model.string() + kStateDictSuffix;
  if (fs::exists(prefixed, ignored)) return prefixed;
  if (fs::is_directory(model, ignored)) return state_dict_in(model);
  const bool is_program = model.extension() == ".pdmodel" || model.extension() == ".json" ||
                          model.extension() == ".onnx" || model.extension() == ".u2n";
  const fs::path path = is_program ? fs::path(model).replace_extension(kStateDictSuffix) : prefixed;
  if (fs::exists(path, ignored)) return path;
  throw Error(
      ErrorCode::kModelNotFound,
      str_cat("mode 'dynamic' runs the network's code with the parameters of a .pdparams file, and "
              "there is no '",
              path.string(), "'"),
      "give the .pdparams file, or another mode");
}

LoadedModel load_graph_model(const NetworkFiles& files, GraphStage stage) {
  if (!is_state_dict(files.model)) return load_model(files.model, files.parameters, stage);
  LoadedModel model;
  model.graph = load_u2net(files.model)->trace(kAnyImage);
  count_parameters(model);
  return model;
}

Graph load_graph(const NetworkFiles& files) {
  return load_graph_model(files, GraphStage::kAsWritten).graph;
}

bool has_state_dict(const NetworkFiles& files) {
  try {
    std::error_code ignored;
    return fs::is_regular_file(state_dict_of(files), ignored);
  } catch (const Error&) {
    return false;
  }
}

std::shared_ptr<const Model> load_network(const NetworkFiles& files) {
  // Before anything is loaded.
  if (find_mode(files.mode).runs_code)
    return std::make_shared<const Model>(load_u2net(state_dict_of(files)));
  ModelOptions options{
      .mode = files.mode, .disabled_passes = files.disabled_passes, .owns_weights = true};
  LoadedModel model = load_graph_model(files, stage_for(options));
  return prepared(std::move(model), std::move(options));
}

std::shared_ptr<const Model> load_network(const ModelBytes& bytes, const ModelOptions& options) {
  const bool runs_code = find_mode(options.mode).runs_code;
  if (!bytes.program.empty() && !runs_code)
    return prepared(load_model(bytes, stage_for(options)), options);
  std::unique_ptr<U2Net> code = read_u2net(bytes.parameters, bytes.parameters_name);
  if (runs_code) return std::make_shared<const Model>(std::move(code));
  return std::make_shared<const Model>(code->trace(kAnyImage), options);
}

}  // namespace u2net::engine
