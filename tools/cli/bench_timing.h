// SPDX-License-Identifier: Apache-2.0
// Times modes against each other: every mode is loaded, planned and warmed up, then each runs once
// a round, so that a machine which slows down does so for all of them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/run/session.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/model_options.h"

namespace u2net::cli {
using namespace engine;

struct BenchResult {
  std::string mode;
  PrecisionDecision precision;
  int threads = 0;
  int batch = 0, height = 0, width = 0;  // of the first input of rank 4; 0 where there is none
  double load_ms = 0;                    // files to a network that is ready but for the sizes
  double prepare_ms = 0;                 // the plan for these sizes
  double first_ms = 0, second_ms = 0;
  std::vector<double> runs_ms;
  std::size_t arena_bytes = 0;                // 0 without a plan
  std::optional<std::size_t> peak_rss_bytes;  // of a process with this mode alone
  std::optional<double> max_abs_error;        // against the program as written; empty: not compared
  double error_bound = 0;                     // of the output that comes closest to its own
  bool is_verified = false;                   // by the rule of engine/diagnostics/agreement.h

  // "native", "native:bf16": what was asked for.
  std::string label() const;
  double min_ms() const;
  double median_ms() const;
  double p90_ms() const;  // nearest rank
};

class TimedMode {
 public:
  // `process_bytes`: what the process held before its first mode.
  TimedMode(ModelChoice choice, const SizeChoice& size, std::size_t process_bytes);

  const std::vector<TensorType>& types() const { return types_; }
  // What a user should know about the plan.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // First run, second run, and `count` more. The inputs are borrowed. Before the next mode is made:
  // what is held in between counts as this mode's memory.
  void warm_up(std::span<const Tensor> inputs, int count);
  void time_run() { result_.runs_ms.push_back(run()); }
  // Compares the outputs of the last run.
  void compare_with(std::span<const Tensor> expected);
  const BenchResult& result() const { return result_; }

 private:
  double run();

  BenchResult result_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> warnings_;
  std::vector<TensorType> types_;
  std::vector<TensorView> views_;
  const std::vector<TensorView>* outputs_ = nullptr;
  std::size_t process_bytes_ = 0, resident_before_ = 0;
};

// A picture where there is one and the input can take it; else smooth numbers, always the same.
std::vector<Tensor> bench_inputs(const std::vector<TensorType>& types, std::string& source);

// The outputs of the program as written, on reference kernels.
std::vector<Tensor> reference_outputs(ModelChoice choice, std::span<const Tensor> inputs);

}  // namespace u2net::cli
