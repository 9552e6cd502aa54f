// SPDX-License-Identifier: Apache-2.0
// Profiles: the parts add up to the whole, the work is that of the program, nothing else changes.
#include "engine/diagnostics/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

class ProfileTest : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Model> model = model_of(every_operator(), GetParam());
  Tensor x = picture({2, 3, 32, 45}, 1);
  std::vector<TensorView> inputs = {x.view()};
};

void expect_well_formed(const RunTrace& whole, std::size_t steps, int threads) {
  ASSERT_EQ(whole.parts.size(), 1u);
  const RunTrace::Part& run = whole.parts.front();
  ASSERT_EQ(run.boundaries_ns.size(), steps + 1);
  EXPECT_TRUE(std::is_sorted(run.boundaries_ns.begin(), run.boundaries_ns.end()));
  EXPECT_LE(whole.begin_ns, run.boundaries_ns.front());
  EXPECT_GE(whole.end_ns, run.boundaries_ns.back());
  ASSERT_EQ(run.workers.size(), static_cast<std::size_t>(threads));
  EXPECT_TRUE(run.workers.front().empty());
  for (const std::vector<kernels::WorkLog::Entry>& worker : run.workers) {
    std::int64_t last = whole.begin_ns;
    for (const kernels::WorkLog::Entry& entry : worker) {
      const auto step = static_cast<std::size_t>(entry.tag);
      ASSERT_LT(step, steps);
      EXPECT_GE(entry.begin_ns, std::max(last, run.boundaries_ns[step]));
      EXPECT_GE(entry.end_ns, entry.begin_ns);
      EXPECT_LE(entry.end_ns, run.boundaries_ns[step + 1]);
      last = entry.end_ns;
    }
  }
}

TEST_P(ProfileTest, AddsUp) {
  for (int threads : {1, 3}) {
    Session session(model, {.threads = threads});
    const Profile profile = profile_session(session, inputs, {.warmup = 1, .runs = 5});
    const Plan& plan = session.prepare(inputs);
    EXPECT_EQ(profile.mode, GetParam());
    EXPECT_EQ(profile.threads, threads);
    EXPECT_EQ(profile.arena_bytes, plan.arena_bytes);
    ASSERT_EQ(profile.steps.size(), plan.steps.size());
    ASSERT_EQ(profile.runs.size(), 5u);
    expect_well_formed(profile.first, plan.steps.size(), threads);
    for (const RunTrace& run : profile.runs) expect_well_formed(run, plan.steps.size(), threads);
    // The steps follow each other without a gap: a run is its steps and what is around them.
    EXPECT_LE(profile.steps_ms(), profile.run_ms * (1 + 1e-9));
    double first = 0;
    for (const StepProfile& step : profile.steps) {
      first += step.first_ms;
      EXPECT_GE(step.busy_threads, 1);
      EXPECT_LE(step.busy_threads, threads + 1e-6);
    }
    EXPECT_LE(first, profile.first_ms * (1 + 1e-9));
    EXPECT_GT(profile.plan_ms, 0);
    EXPECT_GT(profile.plain_ms, 0);
  }
}

// However it is fused and laid out, and in whatever order of types.
TEST_P(ProfileTest, CountsTheProgramsWork) {
  Graph written = every_operator();
  infer_shapes(written, inputs);
  double macs = 0;
  for (const Node& node : written.nodes) macs += node.op->macs(written, node);
  ASSERT_GT(macs, 0);
  Session session(model, {.threads = 1});
  const Profile profile = profile_session(session, inputs, {.warmup = 0, .runs = 1});
  EXPECT_EQ(profile.macs(), macs);
  for (const StepProfile& step : profile.steps) {
    EXPECT_GT(step.work.bytes, 0) << step.node;
    EXPECT_FALSE(step.implementation.empty());
    if (step.ms > 0) {
      EXPECT_DOUBLE_EQ(step.bytes() * step.ms, step.work.bytes * 1e3);
      EXPECT_DOUBLE_EQ(step.flops() * step.ms, 2 * step.work.macs * 1e3);
    }
  }
}

TEST_P(ProfileTest, ChangesNoResult) {
  Session session(model, {.threads = 2});
  const std::vector<Tensor> plain = copies_of(session.run(inputs));
  RunTrace trace;
  const std::vector<Tensor> traced = copies_of(session.run(inputs, trace));
  ASSERT_EQ(traced.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_TRUE(std::equal(plain[i].data(), plain[i].data() + plain[i].bytes(), traced[i].data()));
  }
}

// Weights are packed for the first session of a model alone.
TEST_P(ProfileTest, TellsPackingApart) {
  Session first(model, {.threads = 1}), second(model, {.threads = 1});
  const Profile cold = profile_session(first, inputs, {.warmup = 0, .runs = 1});
  const Profile warm = profile_session(second, inputs, {.warmup = 0, .runs = 1});
  EXPECT_EQ(cold.packing_ms > 0, model->mode().backend != "reference");
  EXPECT_EQ(warm.packing_ms, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, ProfileTest, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

const StepProfile& step_of(const Profile& profile, const std::string& type) {
  const auto it = std::find_if(profile.steps.begin(), profile.steps.end(),
                               [&](const StepProfile& step) { return step.type == type; });
  EXPECT_NE(it, profile.steps.end()) << type;
  return *it;
}

std::string why_not(const StepProfile& step, const std::string& form) {
  for (const Refusal& refusal : step.refusals) {
    if (refusal.implementation.starts_with(form)) return refusal.why;
  }
  return "not refused";
}

Profile profile_native(const GraphBuilder& g, const KernelChoice& kernels = {}) {
  const Tensor x = picture({1, 16, 24, 24}, 1);
  Session session(model_of(g.graph(), "native"), {.threads = 1, .kernels = kernels});
  const std::vector<TensorView> inputs = {x.view()};
  return profile_session(session, inputs, {.warmup = 0, .runs = 1});
}

TEST(ProfileRefusals, OfConvolutions) {
  Random random("refusals");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, 24, 24});
  g.output(g.conv(x, uniform(random, {32, 16, 3, 3}), {{"strides", Integers{2, 2}}}));
  const Profile strided = profile_native(g);
  const StepProfile& step = step_of(strided, "conv2d");
  EXPECT_EQ(why_not(step, "winograd6"), "a stride");
  EXPECT_EQ(why_not(step, "depthwise"), "not a filter a channel");
  EXPECT_EQ(why_not(step, step.implementation), "not refused");
  // All forms but the one that was taken.
  EXPECT_EQ(step.refusals.size(), kernels::conv_forms().size() - 1);
}

TEST(ProfileRefusals, ByChoice) {
  Random random("refusals");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, 24, 24});
  g.output(g.conv(x, uniform(random, {16, 16, 3, 3}), {{"paddings", Integers{1, 1}}}));
  const Profile by_cost = profile_native(g);
  EXPECT_THAT(why_not(step_of(by_cost, "conv2d"), "planar:"), testing::HasSubstr("times the cost"));
  const Profile exact = profile_native(g, {.exact = true, .convolution = {}});
  EXPECT_THAT(why_not(step_of(exact, "conv2d"), "winograd6"), testing::HasSubstr("not exact"));
  const Profile asked = profile_native(g, {.exact = false, .convolution = "planar"});
  EXPECT_EQ(why_not(step_of(asked, "conv2d"), "winograd6"), "another form was asked for");
}

// What was decided last counts: packed filters that fit into the memory.
TEST(ProfileRefusals, AfterTheWeightsWereFitted) {
  Random random("refusals");
  GraphBuilder g;
  ValueId y = g.input("x", {1, 16, 24, 24});
  for (int i = 0; i < 3; ++i)
    y = g.conv(y, uniform(random, {16, 16, 3, 3}), {{"paddings", Integers{1, 1}}});
  g.output(y);
  const Profile profile = profile_native(g, {.convolution = {}, .max_weight_bytes = 0});
  for (const StepProfile& step : profile.steps) {
    if (step.type != "conv2d") continue;
    EXPECT_THAT(step.implementation, testing::AnyOf(testing::StartsWith("blocked:"),
                                                    testing::StartsWith("winograd4_compact:")));
    EXPECT_EQ(why_not(step, step.implementation), "not refused");
    EXPECT_THAT(why_not(step, "winograd4"), testing::HasSubstr("take more memory"));
  }
}

TEST(Profile, CountsTheWorkOfEveryPartOfABatch) {
  Random random("parts");
  GraphBuilder g;
  g.output(g.conv(g.input("x", {-1, 16, 8, 8}), uniform(random, {16, 16, 3, 3}),
                  {{"paddings", Integers{1, 1}}}));
  const Tensor x = picture({4, 16, 8, 8}, 1);
  const std::vector<TensorView> inputs = {x.view()};
  Session whole(model_of(g.graph(), "native"), {.threads = 1}),
      parted(model_of(g.graph(), "native"), {.threads = 1, .max_batch_bytes = 1});
  ASSERT_EQ(parted.prepare(inputs).parts, 4);
  const ProfileOptions once{.warmup = 0, .runs = 1};
  EXPECT_EQ(profile_session(whole, inputs, once).macs(), 4.0 * 16 * 16 * 9 * 64);
  EXPECT_EQ(profile_session(parted, inputs, once).macs(), 4.0 * 16 * 16 * 9 * 64);
}

TEST(ProfileRefusals, OfWhatHasNoNativeKernel) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 16, 24, 24});
  g.output(g.op("concat", {{"X", {x, x}}}, {{"axis", std::int64_t{2}}}));
  const Profile profile = profile_native(g);
  const StepProfile& step = step_of(profile, "concat");
  EXPECT_EQ(step.implementation, "reference");
  EXPECT_EQ(why_not(step, "native"), "not over channels");
}

}  // namespace
}  // namespace u2net::engine::test
