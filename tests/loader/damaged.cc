// SPDX-License-Identifier: Apache-2.0
#include "tests/loader/damaged.h"

#include <algorithm>
#include <ctime>
#include <exception>
#include <span>

#include "engine/run/session.h"
#include "loader/load_model.h"
#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

constexpr std::size_t kArenaLimit = std::size_t{64} << 20;
constexpr std::size_t kSmallArena = std::size_t{256} << 10;  // a run of that takes a moment
constexpr double kMaxSeconds = 1;  // of processor time, for one damaged model
constexpr std::size_t kSmallInput = std::size_t{64} << 10;

bool fits(const TensorType& declared, const Tensor& tensor) {
  if (declared.dtype != tensor.dtype() || declared.shape.size() != tensor.shape().size())
    return false;
  for (std::size_t i = 0; i < declared.shape.size(); ++i) {
    if (declared.shape[i] >= 0 && declared.shape[i] != tensor.shape()[i]) return false;
  }
  return true;
}

// The model's real inputs where the damaged program still takes them; else zeros of the size that
// it declares, 9 where any will do.
struct Inputs {
  std::vector<Tensor> memory;
  std::vector<TensorView> views;
  bool complete = true;

  Inputs(const Model& model, const std::vector<Tensor>& real) {
    for (const PortInfo& port : model.inputs()) {
      const std::size_t i = views.size();
      if (i < real.size() && fits(port.type, real[i])) {
        views.push_back(real[i].view());
      } else {
        views.push_back(zeros(port.type));
      }
    }
  }
  TensorView zeros(TensorType type) {
    for (std::int64_t& dim : type.shape) dim = dim < 0 ? 9 : dim;
    if (byte_count(type.dtype, type.shape) > kSmallInput) {  // planned, but not run
      complete = false;
      return {type.dtype, type.shape, nullptr};
    }
    memory.emplace_back(type);
    std::fill_n(memory.back().data(), memory.back().bytes(), std::byte{0});
    return memory.back().view();
  }
};

void use(Graph graph, const std::vector<Tensor>& real_inputs, const std::string& mode) {
  const auto model = std::make_shared<const Model>(
      std::move(graph), ModelOptions{.mode = mode, .disabled_passes = {}});
  const Inputs inputs(*model, real_inputs);
  Session session(model, {.threads = 1, .max_arena_bytes = kArenaLimit});
  const Plan& plan = session.prepare(inputs.views);
  if (inputs.complete && plan.arena_bytes <= kSmallArena) session.run(inputs.views);
}

Graph load(const Files& files) {
  if (!files.is_onnx) return load_bytes(files.program, files.parameters);
  return load_model({.program = std::as_bytes(std::span(files.program)),
                     .parameters = {},
                     .program_name = "m.onnx"})
      .graph;
}

}  // namespace

Files files_of(const std::string& name) {
  if (name.starts_with("onnx/")) {
    const auto folder = source_folder() / "tests/data" / name;
    return {.program = read_file(folder / "model.onnx"),
            .parameters = {},
            .inputs = {},
            .is_onnx = true};
  }
  if (name.starts_with("3_")) {  // a case of tests/data/pir
    const auto folder = test::source_folder() / "tests/data/pir" / name;
    const auto parameters = folder / "model.pdiparams";
    Files files{.program = read_file(folder / "model.json"), .parameters = {}, .inputs = {}};
    if (std::filesystem::exists(parameters)) files.parameters = read_file(parameters);
    files.inputs.push_back(npy::read_npy(folder / "in_x.npy"));
    return files;
  }
  const std::filesystem::path folder = golden_folder(name), parameters = folder / "model.pdiparams";
  return {.program = read_file(folder / "model.pdmodel"),
          .parameters = std::filesystem::exists(parameters) ? read_file(parameters) : "",
          .inputs = std::move(load_golden(name).inputs)};
}

void load_and_use(const Files& files, const Outcomes& so_far) {
  Graph graph = load(files);
  if (so_far.loaded % 16 == 0) use(graph, files.inputs, graph_modes().back());
  use(std::move(graph), files.inputs, "inference");
}

void try_one(const Files& files, const std::string& what, Outcomes& outcomes) {
  const std::clock_t start = std::clock();
  try {
    load_and_use(files, outcomes);
    ++outcomes.loaded;
  } catch (const Error& e) {
    ++outcomes.refused;
    const bool sound = is_one_line(e.what()) && (e.hint().empty() || is_one_line(e.hint())) &&
                       e.code() != ErrorCode::kInternal;
    if (!sound && outcomes.failure.empty()) outcomes.failure = what + ": " + e.what();
  } catch (const std::exception& e) {
    if (outcomes.failure.empty()) outcomes.failure = what + ": not an Error: " + e.what();
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (seconds > kMaxSeconds && outcomes.failure.empty()) {
    outcomes.failure = what + " took " + std::to_string(seconds) + " s";
  }
}

}  // namespace u2net::engine::test
