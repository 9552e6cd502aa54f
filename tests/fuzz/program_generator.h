// SPDX-License-Identifier: Apache-2.0
// Random valid programs, made of the decisions that bytes stand for: the same bytes always give the
// same program, and any bytes give one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "tests/fuzz/traced_graph.h"

namespace u2net::fuzz {
using namespace engine;

struct GeneratedRun {
  std::vector<Tensor> inputs;
  // What to expect; nothing where the program refuses these inputs.
  std::optional<Trace> trace;
};

// A program and how to run it.
struct GeneratedProgram {
  Graph graph;
  std::vector<GeneratedRun>
      runs;  // one after the other in one session; the first always has a trace
  KernelChoice kernels;
  std::vector<std::string> disabled_passes;
  std::size_t max_batch_bytes = 0;
  int threads = 1;  // of the first of two sessions that are compared; the other has one more
  kernels::CpuFeatures isa = {};
  bool with_onednn = false, with_verify = false, with_files = false;

  std::string text() const;
};

GeneratedProgram generate_program(std::span<const std::uint8_t> bytes);

}  // namespace u2net::fuzz
