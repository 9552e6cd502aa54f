// SPDX-License-Identifier: Apache-2.0
// A profile as tables and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/diagnostics/profile.h"
#include "tools/cli/json_report.h"
#include "tools/cli/trace_file.h"
#include "tools/microbench/machine_peak.h"

namespace u2net::cli {
using namespace engine;

struct ProfileReport {
  std::string model, input;  // as given; where the input came from
  std::vector<Shape> input_shapes;
  double load_ms = 0;
  Profile profile;
  std::vector<std::string> lines;  // by step: as `u2net op` takes it; may be empty
  std::optional<bench::MachinePeak> peak;
  std::optional<TraceCounts> trace;
};

struct ReportChoice {
  int top = 0;  // 0: all steps, in the order in which they run
  bool verbose = false;
};

// Steps of one operator type together.
struct TypeProfile {
  std::string type;
  int steps = 0;
  double ms = 0;
  StepWork work = {};
  // The smallest that one of them computes in: shares of the peak are of that one's.
  kernels::ElementType element = kernels::ElementType::kF32;
};
// The one that takes longest first.
std::vector<TypeProfile> by_type(const Profile& profile);

// By step of the session's plan for these inputs: its node as a line of tools/microbench/shapes.h.
std::vector<std::string> shape_lines(Session& session, std::span<const TensorView> inputs);

std::string to_text(const ProfileReport& report, const ReportChoice& choice);
Json to_json(const ProfileReport& report);

}  // namespace u2net::cli
