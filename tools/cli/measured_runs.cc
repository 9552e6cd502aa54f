// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/measured_runs.h"

#include "tools/cli/bench_timing.h"
#include "tools/cli/input_files.h"

namespace u2net::cli {

void add_measured_runs(CLI::App& app, MeasuredRuns& runs, const std::string& what) {
  add_size_options(app, runs.size);
  app.add_option("-i,--input", runs.files,
                 "An input of the model, once for each (default: a picture)")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  app.add_option("--warmup", runs.runs.warmup,
                 "Runs after the first that are not counted (default: 2)")
      ->type_name("N")
      ->check(CLI::Range(0, kMaxMeasuredRuns).description(""));
  app.add_option("--runs", runs.runs.runs, what)
      ->type_name("N")
      ->check(CLI::Range(1, kMaxMeasuredRuns).description(""));
}

std::vector<Tensor> measured_inputs(const MeasuredRuns& runs, const std::vector<PortInfo>& ports,
                                    std::string& source) {
  if (runs.files.empty()) return bench_inputs(input_types(ports, runs.size), source);
  source = "files";
  return read_inputs(runs.files, ports);
}

}  // namespace u2net::cli
