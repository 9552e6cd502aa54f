// SPDX-License-Identifier: Apache-2.0
// One interface over every way to run a network: the code layer by layer (dynamic), or a graph in
// one of the modes of the engine.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "loader/load_model.h"

namespace u2net {

class U2Net;

// dynamic, and then all_modes() in their order.
std::vector<ModeInfo> runner_modes();
// The names of those in this build.
std::vector<std::string> available_runner_modes();

// For one thread at a time.
class Runner {
 public:
  virtual ~Runner() = default;

  virtual std::vector<Model::PortInfo> inputs() const = 0;
  virtual std::vector<std::string> output_names() const = 0;
  virtual int threads() const = 0;

  // Plans for inputs of these types; data may be null. The plan is valid until the next call of
  // run() or prepare(), and null in dynamic mode, which has none.
  virtual const Plan* prepare(std::span<const TensorView> inputs) = 0;

  // As Session::run().
  virtual const std::vector<TensorView>& run(std::span<const TensorView> inputs) = 0;
};

struct RunnerOptions {
  std::string mode;
  // As for load_model(). A .pdparams file stands for the network as code: evaluated in dynamic
  // mode, traced in the others. In dynamic mode another path stands for the .pdparams file beside
  // it.
  std::filesystem::path model = {};
  // Where not beside the model; in dynamic mode only if it is a .pdparams file.
  std::filesystem::path parameters = {};
  int threads = 0;  // 0: default_threads()
  std::vector<std::string> disabled_passes = {};
  KernelChoice kernels = {};
};

// What runners may share: the network as code in mode dynamic, a graph in the others.
struct LoadedNetwork {
  std::shared_ptr<const U2Net> code;
  std::shared_ptr<const Model> graph;
};
LoadedNetwork load_network(const RunnerOptions& options);
// The same from the bytes of the files; without a program those of the parameters are those of a
// .pdparams file.
LoadedNetwork load_network(const ModelBytes& bytes, const ModelOptions& options);

// Whether there is a .pdparams file for mode dynamic.
bool has_state_dict(const RunnerOptions& options);

// Loads and prepares what does not depend on the inputs. Throws Error.
std::unique_ptr<Runner> make_runner(const RunnerOptions& options);
// Over what is loaded already.
std::unique_ptr<Runner> make_runner(std::shared_ptr<const U2Net> network, int threads);
std::unique_ptr<Runner> make_runner(std::shared_ptr<const Model> model, SessionOptions options);

}  // namespace u2net
