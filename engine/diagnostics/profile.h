// SPDX-License-Identifier: Apache-2.0
// Where the time of a Session's runs goes, step by step. Runs that are not profiled take no clock.
//   const Profile profile = profile_session(session, inputs);
//   for (const StepProfile& step : profile.steps) ... step.node, step.type, step.ms ...
// `node` is the name of a node of the plan's graph or, where a step only moves a value, the name of
// that value or output.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/diagnostics/step_work.h"
#include "engine/run/run_trace.h"
#include "engine/run/session.h"

namespace u2net::engine {

struct StepProfile {
  std::string node, type, implementation;
  std::string operands;     // may be empty
  bool only_moves = false;  // a value into another layout, or out of the plan
  StepWork work;
  std::vector<Refusal> refusals;  // kernels that were not taken
  kernels::RoundingModel rounding;
  double first_ms = 0;      // in the first run
  double ms = 0;            // mean over the runs that count: the steps' times add up
  double busy_threads = 0;  // of the session's pool, on average while the step ran

  double flops() const { return ms > 0 ? 2 * work.macs / ms * 1e3 : 0; }  // a second
  double bytes() const { return ms > 0 ? work.bytes / ms * 1e3 : 0; }     // a second
};

struct ProfileOptions {
  int warmup = 2;  // runs after the first that are not kept
  int runs = 7;    // each beside one that is not profiled, to tell what profiling costs
};

struct Profile {
  std::string mode;
  int threads = 0;
  double plan_ms = 0;     // passes, choices, memory: without packing
  double packing_ms = 0;  // weights into the layouts that the kernels want
  double first_ms = 0;    // the first run
  double run_ms = 0;      // mean over the runs that count: without the quickest and slowest quarter
  double plain_ms = 0;    // the same of the runs that were not profiled
  PrecisionDecision precision;
  std::size_t arena_bytes = 0;
  std::vector<StepProfile> steps;  // in the order in which they run
  RunTrace first;
  std::vector<RunTrace> runs;                // all, one after the other in time
  std::vector<std::string> notes, warnings;  // of the plan

  double steps_ms() const;
  double macs() const;
};

// Plans for the inputs, runs and times. plan_ms, packing_ms and first_ms mean most for a session
// that is new. Throws as Session::run().
Profile profile_session(Session& session, std::span<const TensorView> inputs,
                        const ProfileOptions& options = {});

}  // namespace u2net::engine
