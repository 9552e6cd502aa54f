// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/profile.h"

#include <algorithm>
#include <numeric>

namespace u2net::engine {
namespace {

// The indices of the times without the quickest and the slowest quarter.
std::vector<std::size_t> middle_half(const std::vector<double>& times) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  const auto quarter = static_cast<std::ptrdiff_t>(times.size() / 4);
  return {order.begin() + quarter, order.end() - quarter};
}

double mean(const std::vector<double>& values, const std::vector<std::size_t>& indices) {
  double sum = 0;
  for (std::size_t i : indices) sum += values[i];
  return indices.empty() ? 0 : sum / static_cast<double>(indices.size());
}

// By step: the time that the pool's workers spent on it, in the runs of these indices.
std::vector<double> worker_ms(const std::vector<RunTrace>& runs,
                              const std::vector<std::size_t>& indices, std::size_t steps) {
  std::vector<double> ms(steps);
  for (std::size_t i : indices) {
    for (const RunTrace::Part& part : runs[i].parts) {
      for (const std::vector<kernels::WorkLog::Entry>& worker : part.workers) {
        for (const kernels::WorkLog::Entry& entry : worker)
          ms[static_cast<std::size_t>(entry.tag)] +=
              static_cast<double>(entry.end_ns - entry.begin_ns) / 1e6;
      }
    }
  }
  for (double& m : ms) m /= static_cast<double>(std::max<std::size_t>(indices.size(), 1));
  return ms;
}

// What is known of the steps before anything runs.
void describe_steps(const Plan& plan, Profile& profile) {
  for (const PlannedStep& step : plan.steps) {
    profile.steps.push_back({.node = step.node,
                             .type = step.type,
                             .implementation = step.step->implementation(),
                             .operands = step.operands,
                             .only_moves = step.only_moves(),
                             .work = work_of(plan, step),
                             .refusals = {},
                             .rounding = {}});
    if (step.only_moves()) continue;
    const Decision& decision = plan.decisions[static_cast<std::size_t>(step.node_id)];
    profile.steps.back().refusals = decision.refusals;
    profile.steps.back().rounding = decision.rounding;
  }
}

void time_plan(Session& session, std::span<const TensorView> inputs, Profile& profile) {
  WeightCache& weights = session.model().weights();
  const std::int64_t packed_before = weights.packing_ns(), begin = kernels::now_ns();
  const Plan& plan = session.prepare(inputs);
  const std::int64_t whole = kernels::now_ns() - begin;
  const std::int64_t packing = weights.packing_ns() - packed_before;
  profile.plan_ms = static_cast<double>(whole - packing) / 1e6;
  profile.packing_ms = static_cast<double>(packing) / 1e6;
  profile.arena_bytes = plan.arena_bytes;
  profile.precision = plan.precision;
  profile.notes = plan.notes;
  profile.warnings = plan.warnings;
  describe_steps(plan, profile);
}

void summarise(const std::vector<double>& plain, Profile& profile) {
  std::vector<double> totals;
  for (const RunTrace& run : profile.runs) totals.push_back(run.ms());
  const std::vector<std::size_t> counted = middle_half(totals);
  profile.run_ms = mean(totals, counted);
  profile.plain_ms = mean(plain, middle_half(plain));
  profile.first_ms = profile.first.ms();
  const std::vector<double> workers = worker_ms(profile.runs, counted, profile.steps.size());
  for (std::size_t s = 0; s < profile.steps.size(); ++s) {
    StepProfile& step = profile.steps[s];
    for (std::size_t i : counted) step.ms += profile.runs[i].step_ms(s);
    step.ms /= static_cast<double>(counted.size());
    step.first_ms = profile.first.step_ms(s);
    step.busy_threads = step.ms > 0 ? 1 + workers[s] / step.ms : 1;
  }
}

}  // namespace

double Profile::steps_ms() const {
  double ms = 0;
  for (const StepProfile& step : steps) ms += step.ms;
  return ms;
}

double Profile::macs() const {
  double macs = 0;
  for (const StepProfile& step : steps) macs += step.work.macs;
  return macs;
}

Profile profile_session(Session& session, std::span<const TensorView> inputs,
                        const ProfileOptions& options) {
  Profile profile;
  profile.mode = session.model().mode().name;
  profile.threads = session.threads();
  time_plan(session, inputs, profile);
  session.run(inputs, profile.first);
  for (int i = 0; i < options.warmup; ++i) session.run(inputs);
  std::vector<double> plain;
  const int runs = std::max(options.runs, 1);
  for (int i = 0; i < runs; ++i) {
    session.run(inputs, profile.runs.emplace_back());
    const std::int64_t begin = kernels::now_ns();
    session.run(inputs);
    plain.push_back(static_cast<double>(kernels::now_ns() - begin) / 1e6);
  }
  summarise(plain, profile);
  return profile;
}

}  // namespace u2net::engine
