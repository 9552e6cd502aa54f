// SPDX-License-Identifier: Apache-2.0
// Single nodes under Google Benchmark: every kernel that can do the work x the shapes of a list x
// one and all threads, named OPERATOR/IMPLEMENTATION/SHAPE/threads:N.
//   build/release/bin/kernel_bench --benchmark_filter='winograd6.*threads:1'
//   build/release/bin/kernel_bench --shapes=bench/shapes/u2net.txt --benchmark_format=json
// Only the node's own steps are timed: operands are in the layouts that its kernel wants. Counters:
// FLOPs (of the direct algorithm) and bytes (every operand once) a second, and their shares of what
// the machine reached in the same run; `chosen` marks what the cost model takes.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bench/machine_peak.h"
#include "bench/shapes.h"
#include "engine/backends/backend.h"
#include "engine/error.h"
#include "engine/execution.h"
#include "engine/model.h"
#include "engine/op.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace {

using namespace u2net;

// One way to run one shape.
struct Candidate {
  std::string shape, node;  // as listed, and what is run
  std::string backend, implementation;
  KernelChoice kernels;
  int threads = 1;
  bool chosen = false;
};

// A node alone: built, bound and run once.
class NodeRun {
 public:
  NodeRun(const std::string& shape, const std::string& backend, const KernelChoice& kernels,
          int threads)
      : graph_(bench::graph_of(shape)),
        pool_(threads),
        execution_(plan(graph_, backend, kernels, threads, weights_)) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<TensorView> views;
    for (const Port& port : graph_.inputs) {
      inputs_.emplace_back(graph_.type_of(port.value));
      for (float& v : inputs_.back().values<float>()) v = uniform(random);
      views.push_back(inputs_.back().view());
    }
    execution_.run(arena_, views, pool_);
    if (execution_.plan().scope) execution_.plan().scope->enter();
  }
  ~NodeRun() {
    if (execution_.plan().scope) execution_.plan().scope->leave();
  }
  NodeRun(const NodeRun&) = delete;
  NodeRun& operator=(const NodeRun&) = delete;

  const Graph& graph() const { return graph_; }
  std::string implementation() const {
    std::string name;
    for (const PlannedStep& step : execution_.plan().steps) {
      if (is_own(step)) name = step.step->implementation();
    }
    return name;
  }
  void run() {
    for (const PlannedStep& step : execution_.plan().steps) {
      if (is_own(step)) step.step->run(pool_);
    }
  }
  double flops() const { return 2 * graph_.nodes.front().op->macs(graph_, graph_.nodes.front()); }
  double bytes() const {
    double bytes = 0;
    for (const Value& value : graph_.values)
      bytes += static_cast<double>(byte_count(value.type.dtype, value.type.shape));
    return bytes;
  }

 private:
  static bool is_own(const PlannedStep& step) {
    return step.type != "reorder" && step.type != "copy";
  }
  static Plan plan(const Graph& graph, const std::string& backend, const KernelChoice& kernels,
                   int threads, WeightCache& weights) {
    PlanBuilder builder;
    const BackendOptions options{.threads = threads,
                                 .share_memory = true,
                                 .weights = &weights,
                                 .isa = usable_isa(),
                                 .kernels = kernels};
    find_backend(backend)->build(graph, options, builder);
    return builder.finish();
  }

  Graph graph_;
  WeightCache weights_;
  ThreadPool pool_;
  Execution execution_;
  std::vector<Tensor> inputs_;
  AlignedBuffer arena_;
};

void run_candidate(benchmark::State& state, const Candidate& candidate,
                   const bench::MachinePeak& peak) {
  NodeRun node(candidate.node, candidate.backend, candidate.kernels, candidate.threads);
  for (auto _ : state) node.run();
  const auto per_second = [&](double amount, double most) {
    return benchmark::Counter(amount / most, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["GFLOP/s"] = per_second(node.flops(), 1e9);
  state.counters["GB/s"] = per_second(node.bytes(), 1e9);
  state.counters["of_peak_flops"] = per_second(node.flops(), peak.flops);
  state.counters["of_peak_bytes"] = per_second(node.bytes(), peak.bytes);
  state.counters["chosen"] = candidate.chosen;
}

// What the native backend takes, each other form of convolution that can do the work, and oneDNN.
std::vector<Candidate> candidates_for(const std::string& shape, int threads) {
  std::vector<Candidate> candidates;
  std::set<std::string> seen;
  const auto add = [&](const std::string& backend, const KernelChoice& kernels, bool chosen) {
    const std::string node = backend == "onednn" ? bench::without_fusion(shape) : shape;
    const std::string name = NodeRun(node, backend, kernels, threads).implementation();
    if (!seen.insert(backend + name).second) return;
    candidates.push_back({shape, node, backend, (backend == "onednn" ? "onednn:" : "") + name,
                          kernels, threads, chosen});
  };
  add("native", {}, true);
  if (shape.starts_with("conv2d")) {
    for (const std::string& form : kernels::conv_forms())
      add("native", {.exact = false, .convolution = form}, false);
  }
  if (!find_backend("onednn")) return candidates;
  // Its primitive reads what has been joined and resized before, and leaves pooling to another.
  add("onednn", {}, false);
  return candidates;
}

// The value of --shapes=FILE, which is taken out of the arguments.
std::string take_shapes(int& argc, char** argv) {
  std::string path = U2NET_SHAPES;
  constexpr std::string_view kOption = "--shapes=";
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with(kOption)) {
      path = word.substr(kOption.size());
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return path;
}

int run(int argc, char** argv) {
  const std::string path = take_shapes(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  std::set<int> threads = {1, allowed_processors()};
  for (int t : threads) {
    const bench::MachinePeak peak = bench::measure_peak(t);
    char text[100];
    std::snprintf(text, sizeof text, "%.1f GFLOP/s, %.1f GB/s", peak.flops / 1e9, peak.bytes / 1e9);
    benchmark::AddCustomContext("peak_threads_" + std::to_string(t), text);
    for (const std::string& shape : bench::read_shapes(path)) {
      for (const Candidate& candidate : candidates_for(shape, t)) {
        const std::size_t space = shape.find(' ');
        const std::string name = shape.substr(0, space) + "/" + candidate.implementation + "/" +
                                 shape.substr(space + 1) + "/threads:" + std::to_string(t);
        benchmark::RegisterBenchmark(
            name.c_str(),
            [candidate, peak](benchmark::State& state) { run_candidate(state, candidate, peak); })
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& e) {
    std::fprintf(stderr, "kernel_bench: %s\n", e.what());
    return 1;
  }
}
