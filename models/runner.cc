// SPDX-License-Identifier: Apache-2.0
#include "models/runner.h"

#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/plan/batch_parts.h"
#include "engine/run/session.h"
#include "kernels/base/float_scope.h"
#include "loader/load_model.h"
#include "models/u2net.h"

namespace u2net {
namespace {

namespace fs = std::filesystem;

constexpr ModeInfo kDynamic{"dynamic", "dynamic graph", "reference", PassSet::kNone};
constexpr const char* kStateDictSuffix = ".pdparams";
const Shape kAnyImage = {-1, 3, -1, -1};

class DynamicRunner : public Runner {
 public:
  DynamicRunner(std::shared_ptr<const U2Net> network, int threads)
      : network_(std::move(network)), pool_(threads > 0 ? threads : default_threads()) {}

  std::vector<Model::PortInfo> inputs() const override {
    return {{std::string(kImageName), {DType::kFloat32, kAnyImage}}};
  }
  std::vector<std::string> output_names() const override {
    std::vector<std::string> names;
    for (int i = 0; i < kOutputCount; ++i) names.push_back("d" + std::to_string(i));
    return names;
  }
  int threads() const override { return pool_.threads(); }
  const Plan* prepare(std::span<const TensorView>) override { return nullptr; }

  const std::vector<TensorView>& run(std::span<const TensorView> inputs) override {
    if (inputs.size() != 1) {
      throw Error(ErrorCode::kInputShape,
                  "the model has 1 input, got " + std::to_string(inputs.size()));
    }
    // One image after the other: the network's code keeps a lot in memory.
    const TensorView& batch = inputs.front();
    const std::int64_t images = batch.shape.empty() ? 1 : batch.shape.front();
    if (images <= 1) return run_image(batch);
    for (std::int64_t i = 0; i < images; ++i) {
      const std::vector<TensorView>& results = run_image(views_of_part(inputs, images, i).front());
      if (i == 0) gathered_.emplace(results, images).place_in(batch_outputs_);
      gathered_->put(i, results);
    }
    return gathered_->views();
  }

 private:
  const std::vector<TensorView>& run_image(const TensorView& image) {
    const FloatScope floats;
    outputs_ = network_->forward(image, pool_);
    views_.clear();
    for (const Tensor& output : outputs_) views_.push_back(output.view());
    return views_;
  }

  std::shared_ptr<const U2Net> network_;
  ThreadPool pool_;
  std::vector<Tensor> outputs_;
  std::vector<TensorView> views_;
  std::optional<GatheredOutputs> gathered_;
  std::vector<AlignedBuffer> batch_outputs_;
};

class GraphRunner : public Runner {
 public:
  GraphRunner(std::shared_ptr<const Model> model, SessionOptions options)
      : session_(std::move(model), std::move(options)) {}

  std::vector<Model::PortInfo> inputs() const override { return session_.model().inputs(); }
  std::vector<std::string> output_names() const override { return session_.model().output_names(); }
  int threads() const override { return session_.threads(); }
  const Plan* prepare(std::span<const TensorView> inputs) override {
    return &session_.prepare(inputs);
  }
  const std::vector<TensorView>& run(std::span<const TensorView> inputs) override {
    return session_.run(inputs);
  }

 private:
  Session session_;
};

void check_mode(std::string_view name) {
  std::string names;
  for (const ModeInfo& mode : runner_modes()) {
    if (mode.name == name) return;
  }
  for (const std::string& mode : available_runner_modes())
    names += (names.empty() ? "" : ", ") + mode;
  throw Error(ErrorCode::kUsage,
              "there is no mode '" + std::string(name) + "'; available: " + names);
}

// The only .pdparams file of a folder.
fs::path state_dict_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == kStateDictSuffix) found.push_back(it->path());
  }
  if (error) {
    throw Error(ErrorCode::kModelNotFound,
                "cannot read directory '" + directory.string() + "': " + error.message());
  }
  if (found.size() == 1) return found.front();
  throw Error(ErrorCode::kModelNotFound, "mode 'dynamic' needs one .pdparams file, directory '" +
                                             directory.string() + "' holds " +
                                             std::to_string(found.size()));
}

fs::path state_dict_of(const RunnerOptions& options) {
  const fs::path& model = options.model;
  if (options.parameters.extension() == kStateDictSuffix) return options.parameters;
  if (model.extension() == kStateDictSuffix) return model;
  std::error_code ignored;
  const fs::path prefixed = model.string() + kStateDictSuffix;
  if (fs::exists(prefixed, ignored)) return prefixed;
  if (fs::is_directory(model, ignored)) return state_dict_in(model);
  const bool is_program = model.extension() == ".pdmodel" || model.extension() == ".json";
  const fs::path path = is_program ? fs::path(model).replace_extension(kStateDictSuffix) : prefixed;
  if (fs::exists(path, ignored)) return path;
  throw Error(ErrorCode::kModelNotFound,
              "mode 'dynamic' runs the network's code with the parameters of a .pdparams file, and "
              "there is no '" +
                  path.string() + "'",
              "give the .pdparams file, or another mode");
}

Graph load_graph(const RunnerOptions& options) {
  if (options.model.extension() == kStateDictSuffix)
    return load_u2net(options.model)->trace(kAnyImage);
  return load_model(options.model, options.parameters).graph;
}

}  // namespace

std::vector<ModeInfo> runner_modes() {
  std::vector<ModeInfo> modes = {kDynamic};
  for (const ModeInfo& mode : all_modes()) modes.push_back(mode);
  return modes;
}

std::vector<std::string> available_runner_modes() {
  std::vector<std::string> names = available_modes();
  names.insert(names.begin(), std::string(kDynamic.name));
  return names;
}

bool has_state_dict(const RunnerOptions& options) {
  try {
    std::error_code ignored;
    return fs::is_regular_file(state_dict_of(options), ignored);
  } catch (const Error&) {
    return false;
  }
}

LoadedNetwork load_network(const RunnerOptions& options) {
  check_mode(options.mode);
  if (options.mode == kDynamic.name) return {load_u2net(state_dict_of(options)), nullptr};
  find_mode(options.mode);  // before anything is loaded
  return {nullptr, std::make_shared<const Model>(
                       load_graph(options), ModelOptions{.mode = options.mode,
                                                         .disabled_passes = options.disabled_passes,
                                                         .owns_weights = true})};
}

LoadedNetwork load_network(const ModelBytes& bytes, const ModelOptions& options) {
  check_mode(options.mode);
  const bool is_dynamic = options.mode == kDynamic.name;
  if (!is_dynamic) find_mode(options.mode);
  if (!bytes.program.empty() && !is_dynamic)
    return {nullptr, std::make_shared<const Model>(load_model(bytes).graph, options)};
  std::unique_ptr<U2Net> code = read_u2net(bytes.parameters, bytes.parameters_name);
  if (is_dynamic) return {std::move(code), nullptr};
  return {nullptr, std::make_shared<const Model>(code->trace(kAnyImage), options)};
}

std::unique_ptr<Runner> make_runner(const RunnerOptions& options) {
  LoadedNetwork network = load_network(options);
  if (network.code) return make_runner(std::move(network.code), options.threads);
  return make_runner(std::move(network.graph),
                     SessionOptions{.threads = options.threads, .kernels = options.kernels});
}

std::unique_ptr<Runner> make_runner(std::shared_ptr<const U2Net> network, int threads) {
  return std::make_unique<DynamicRunner>(std::move(network), threads);
}

std::unique_ptr<Runner> make_runner(std::shared_ptr<const Model> model, SessionOptions options) {
  return std::make_unique<GraphRunner>(std::move(model), std::move(options));
}

}  // namespace u2net
