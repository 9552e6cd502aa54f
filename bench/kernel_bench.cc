// SPDX-License-Identifier: Apache-2.0
// Single nodes under Google Benchmark: every kernel that can do the work x the shapes of a list x
// one and all threads, named OPERATOR/IMPLEMENTATION/SHAPE/threads:N. A list may also hold lines of
// ONEDNN_VERBOSE.
//   build/release/bin/kernel_bench --benchmark_filter='winograd6.*threads:1'
//   build/release/bin/kernel_bench --shapes=bench/shapes/u2net.txt --benchmark_format=json
// Convolutions in bf16 are among them where the processor has AMX.
// Only the node's own steps are timed: operands are in the layouts that its kernel wants. Counters:
// FLOPs (of the direct algorithm) and bytes (every operand once) a second, and their shares of what
// the machine reached in the same run; `chosen` marks what the cost model takes.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "kernels/base/parallel.h"
#include "tools/microbench/machine_peak.h"
#include "tools/microbench/node_run.h"
#include "tools/microbench/requests.h"

namespace {

using namespace u2net;
using namespace u2net::engine;

void run_candidate(benchmark::State& state, const bench::Candidate& candidate,
                   const bench::MachinePeak& peak) {
  bench::NodeRun node(candidate);
  node.start();
  for (auto _ : state) node.run();
  const auto per_second = [&](double amount, double most) {
    return benchmark::Counter(amount / most, benchmark::Counter::kIsIterationInvariantRate);
  };
  const double flops = 2 * node.work().macs, bytes = node.work().bytes;
  state.counters["GFLOP/s"] = per_second(flops, 1e9);
  state.counters["GB/s"] = per_second(bytes, 1e9);
  if (const double most = peak.flops_in(node.rounding().element); most > 0)
    state.counters["of_peak_flops"] = per_second(flops, most);
  state.counters["of_peak_bytes"] = per_second(bytes, peak.bytes);
  state.counters["chosen"] = candidate.chosen;
}

// As kernel_bench writes it: "reference", "winograd6:avx2", "onednn:jit:avx2"; empty where the
// candidate's kernel does not do the work.
std::string implementation_of(const bench::Candidate& candidate) {
  if (candidate.backend == "reference") return "reference";
  const bench::NodeRun node(candidate);
  if (!node.unsupported_reason().empty()) return {};
  constexpr std::string_view kNative = "native:";
  return node.name().substr(node.name().starts_with(kNative) ? kNative.size() : 0);
}

void register_shape(const std::string& line, int threads, const bench::MachinePeak& peak) {
  std::set<std::string> seen;
  for (const bench::Candidate& candidate :
       bench::candidates_for(line, {.threads = threads, .precision = Precision::kMixed})) {
    const std::string implementation = implementation_of(candidate);
    if (implementation.empty() || !seen.insert(implementation).second) continue;
    const std::size_t space = line.find(' ');
    const std::string name = line.substr(0, space) + "/" + implementation + "/" +
                             line.substr(space + 1) + "/threads:" + std::to_string(threads);
    benchmark::RegisterBenchmark(
        name.c_str(),
        [candidate, peak](benchmark::State& state) { run_candidate(state, candidate, peak); })
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
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
  const std::vector<bench::Request> requests = bench::read_requests(path);
  std::set<int> threads = {1, kernels::allowed_processors()};
  for (int t : threads) {
    const bench::MachinePeak peak = bench::measure_peak(t, Precision::kMixed);
    char text[100];
    std::snprintf(text, sizeof text, "%.1f GFLOP/s, %.1f GB/s", peak.flops / 1e9, peak.bytes / 1e9);
    benchmark::AddCustomContext("peak_threads_" + std::to_string(t), text);
    for (const bench::Request& request : requests) register_shape(request.line, t, peak);
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
