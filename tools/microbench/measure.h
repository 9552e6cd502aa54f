// SPDX-License-Identifier: Apache-2.0
// One node in every implementation: verified against the reference kernel, and timed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/diagnostics/step_work.h"
#include "engine/diagnostics/verify.h"
#include "tools/microbench/node_timing.h"

namespace u2net::bench {
using namespace engine;

struct Measurement {
  std::string name;     // "native:winograd6:avx2"
  bool chosen = false;  // what mode native takes by itself
  StepWork work;        // of the shape that this implementation runs
  kernels::ElementType element = kernels::ElementType::kF32;  // that it computes in
  Agreement agreement;
  Times warm, cold;  // the second may be without runs

  double flops() const { return 2 * work.macs / warm.median() * 1e3; }  // a second
  double bytes() const { return work.bytes / warm.median() * 1e3; }     // a second
};

struct Measured {
  std::string line;     // that was run
  std::string unfused;  // by oneDNN, where it is another
  std::vector<Measurement> all;
  std::vector<Refusal> refused;
};

struct MeasureOptions {
  int threads = 1;
  // Names with * and ?; empty: all but oneDNN's slow references. Lesser instruction sets where a
  // pattern ends in the name of one.
  std::vector<std::string> patterns;
  TimingOptions timing;
  Precision precision = Precision::kF32;  // of native convolutions, besides float32
  std::function<void(const std::string& name)> progress;
};

Measured measure(const std::string& line, const MeasureOptions& options);

}  // namespace u2net::bench
