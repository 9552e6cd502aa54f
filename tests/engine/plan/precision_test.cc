// SPDX-License-Identifier: Apache-2.0
// A precision is a permission: the table, what plans record, and that the bits are those of float32
// wherever the kernels make no use of it.
#include "engine/plan/precision.h"

#include <gtest/gtest.h>

#include "engine/run/session.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

TEST(Precision, HasATable) {
  std::size_t index = 0;
  for (const PrecisionInfo& info : all_precisions()) {
    EXPECT_EQ(static_cast<std::size_t>(info.precision), index++);
    EXPECT_EQ(find_precision(info.name), info.precision);
    EXPECT_EQ(precision_name(info.precision), info.name);
    EXPECT_FALSE(info.permits.empty());
  }
  EXPECT_EQ(precision_names(), "f32, bf16, bf16x3, mixed");
  for (const char* name : {"", "BF16", "bf16x2", "f16"}) {
    EXPECT_TRUE(fails_with(ErrorCode::kUsage, {name, "bf16x3"}, [name] { find_precision(name); }));
  }
}

TEST(Precision, SaysWhatBecameOfIt) {
  EXPECT_EQ(to_text(PrecisionDecision{}), "");
  EXPECT_EQ(to_text(PrecisionDecision{Precision::kBf16, Precision::kBf16, ""}), "");
  EXPECT_EQ(to_text(PrecisionDecision{Precision::kBf16x3, Precision::kF32, "no AMX"}),
            "precision f32 instead of bf16x3: no AMX");
}

struct SmallNetwork {
  GraphBuilder g;
  Tensor fed{DType::kFloat32, {1, 24, 20, 18}};

  SmallNetwork() {
    Random random("precision");
    fill_uniform(random, fed.values<float>());
    const ValueId x = g.input("x", {-1, 24, -1, -1});
    g.output(g.relu(g.conv(x, uniform(random, {40, 24, 3, 3}),
                           {{"paddings", std::vector<std::int64_t>{1, 1}}})));
  }
};

TEST(Precision, GivesTheBitsOfF32WhereItIsNotTaken) {
  const SmallNetwork network;
  const TensorView view = network.fed.view();
  for (const std::string& mode : graph_modes()) {
    for (Precision asked : {Precision::kBf16, Precision::kBf16x3, Precision::kMixed}) {
      Session session(model_of(network.g.graph(), mode),
                      {.threads = 2, .kernels = {.precision = asked}});
      const Plan& plan = session.prepare({&view, 1});
      EXPECT_EQ(plan.precision.asked, asked) << mode;
      if (plan.precision.taken != Precision::kF32) continue;  // on AMX
      EXPECT_FALSE(plan.precision.why.empty()) << mode;
      ASSERT_FALSE(plan.notes.empty()) << mode;
      EXPECT_EQ(plan.notes.front(), to_text(plan.precision)) << mode;
      const std::vector<Tensor> expected =
          run_graph(network.g.graph(), {&network.fed, 1}, {.mode = mode, .threads = 2});
      EXPECT_TRUE(same_bits(expected.front().view(), session.run({&view, 1}).front(), mode));
    }
  }
}

TEST(Precision, IsHeldBackWithTheInstructionSet) {
  const SmallNetwork network;
  const TensorView view = network.fed.view();
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa max_isa{std::string(kernels::isa_name(isa))};
    Session session(model_of(network.g.graph(), "native"),
                    {.threads = 1, .kernels = {.precision = Precision::kBf16}});
    EXPECT_EQ(session.prepare({&view, 1}).precision.taken, Precision::kF32);
  }
}

}  // namespace
}  // namespace u2net::engine::test
