// SPDX-License-Identifier: Apache-2.0
// A graph in mode native: what it gives, and how it was run.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/run/session.h"
#include "tests/support/compare.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {

using Integers = std::vector<std::int64_t>;

inline const KernelChoice kInBf16 = {.precision = Precision::kBf16},
                          kInHalves = {.precision = Precision::kBf16x3};

struct NativeRun {
  std::vector<Tensor> outputs;
  PrecisionDecision precision;
  std::vector<std::string> notes, warnings;
  std::multiset<std::string> kernels;  // "type implementation" of every step
};

inline NativeRun run_native(const Graph& graph, const Tensor& input, const KernelChoice& choice,
                            int threads = 1, std::vector<std::string> disabled = {}) {
  Session session(
      std::make_shared<const Model>(
          graph, ModelOptions{.mode = "native", .disabled_passes = std::move(disabled)}),
      {.threads = threads, .kernels = choice});
  const TensorView view = input.view();
  NativeRun run;
  run.outputs = copies_of(session.run({&view, 1}));
  const Plan& plan = session.prepare({&view, 1});
  run.precision = plan.precision;
  run.notes = plan.notes;
  run.warnings = plan.warnings;
  for (const PlannedStep& step : plan.steps)
    run.kernels.insert(step.type + " " + step.step->implementation());
  return run;
}

inline void expect_same(const std::vector<Tensor>& expected, const std::vector<Tensor>& got,
                        const std::string& repro) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(same_bits(expected[i].view(), got[i].view(), repro));
}

inline double mean_error(const Graph& graph, const Tensor& picture,
                         const KernelChoice& choice = kInBf16) {
  const std::vector<Tensor> expected = run_native(graph, picture, {}).outputs,
                            got = run_native(graph, picture, choice).outputs;
  const std::span<const float> a = expected.front().values<float>(),
                               b = got.front().values<float>();
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(double{a[i]} - double{b[i]});
  return sum / static_cast<double>(a.size());
}

}  // namespace u2net::engine::test
