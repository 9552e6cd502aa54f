// SPDX-License-Identifier: Apache-2.0
// The whole network in every mode of this build, under Google Benchmark: model/MODE/threads:N, and
// how many pictures a second several Sessions of one Model make at once:
// throughput/MODE/sessions:N/threads:N.
//   build/release/bin/model_bench --benchmark_filter=onednn
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/run/session.h"
#include "loader/load_model.h"

namespace {

using namespace u2net;
using namespace u2net::engine;

// A smooth picture-like input: neither zeros nor noise, both of which are unlike real activations.
Tensor smooth_image() {
  Tensor image(DType::kFloat32, {1, 3, 320, 320});
  for (int i = 0; i < image.size(); ++i) {
    const float x = static_cast<float>(i % 320) / 320, y = static_cast<float>(i / 320 % 320) / 320;
    image.values<float>()[i] =
        2 * std::sin(6 * x + static_cast<float>(i / 102400)) * std::cos(5 * y);
  }
  return image;
}

void run_model(benchmark::State& state, const std::string& mode) {
  auto model = std::make_shared<Model>(load_model(U2NET_MODEL).graph,
                                       ModelOptions{.mode = mode, .disabled_passes = {}});
  Session session(model, {.threads = static_cast<int>(state.range(0))});
  const Tensor image = smooth_image();
  const TensorView input = image.view();
  session.run({&input, 1});
  for (auto _ : state) benchmark::DoNotOptimize(session.run({&input, 1}).front().data);
}

// Every Session runs one picture in an iteration.
void run_sessions(benchmark::State& state, const std::string& mode) {
  auto model = std::make_shared<Model>(load_model(U2NET_MODEL).graph,
                                       ModelOptions{.mode = mode, .disabled_passes = {}});
  const Tensor image = smooth_image();
  const TensorView input = image.view();
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    sessions.push_back(std::make_unique<Session>(
        model, SessionOptions{.threads = static_cast<int>(state.range(1))}));
    sessions.back()->run({&input, 1});
  }
  for (auto _ : state) {
    std::vector<std::thread> callers;
    for (const auto& session : sessions)
      callers.emplace_back([&session, &input] { session->run({&input, 1}); });
    for (std::thread& caller : callers) caller.join();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const std::string& mode : graph_modes()) {
    auto* bench = benchmark::RegisterBenchmark(
        ("model/" + mode).c_str(), [mode](benchmark::State& state) { run_model(state, mode); });
    bench->ArgName("threads")->UseRealTime()->Unit(
        benchmark::kMillisecond);  // threads inside of one run
    for (int threads = 1; threads <= kernels::allowed_processors(); threads *= 2)
      bench->Arg(threads);
    const int all = kernels::allowed_processors();
    benchmark::RegisterBenchmark(("throughput/" + mode).c_str(),
                                 [mode](benchmark::State& state) { run_sessions(state, mode); })
        ->ArgNames({"sessions", "threads"})
        ->Args({1, all})
        ->Args({all, 1})
        ->Args({2 * all, 1})
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
