// SPDX-License-Identifier: Apache-2.0
// Batches that run in parts: the same results in less memory, where the images never meet.
#include <gtest/gtest.h>

#include <functional>

#include "engine/diagnostics/profile.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::size_t kNoLimit = std::size_t{1} << 40;

SessionOptions parts_of(std::size_t bytes, int threads = 2) {
  SessionOptions options{.threads = threads};
  options.max_batch_bytes = bytes;
  return options;
}

// The outputs whose first dimension runs over images.
Graph image_operators() {
  Graph graph = every_operator();
  graph.outputs.pop_back();
  return graph;
}

class BatchTest : public testing::TestWithParam<std::string> {};

TEST_P(BatchTest, RunsInPartsWithTheSameBits) {
  const auto model = model_of(image_operators(), GetParam());
  const Tensor batch = picture({6, 3, 19, 26}, 1);
  const TensorView view = batch.view();
  Session whole(model, parts_of(kNoLimit));
  const std::vector<Tensor> expected = copies_of(whole.run({&view, 1}));
  const Plan& all = whole.prepare({&view, 1});
  EXPECT_EQ(all.parts, 1);
  const std::size_t largest = 6 * 40 * 19 * 26 * sizeof(float);  // 40 channels: what is joined
  for (const auto& [bytes, parts] :
       std::vector<std::pair<std::size_t, std::int64_t>>{{largest, 1}, {largest / 12, 6}, {0, 6}}) {
    Session session(model, parts_of(bytes));
    for (int run = 0; run < 2; ++run) {
      const std::vector<TensorView>& got = session.run({&view, 1});
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_TRUE(same_bits(expected[i].view(), got[i], GetParam() + " " + std::to_string(i)));
    }
    const Plan& plan = session.prepare({&view, 1});
    EXPECT_EQ(plan.parts, parts) << bytes;
    EXPECT_LE(plan.arena_bytes, all.arena_bytes);
  }
}

TEST_P(BatchTest, PartsAreAsLargeAsTheyMayBe) {
  const auto model = model_of(image_operators(), GetParam());
  const Tensor batch = picture({12, 3, 16, 16}, 2);
  const TensorView view = batch.view();
  std::int64_t last = 1;
  for (std::size_t bytes = std::size_t{1} << 20; bytes > 1024; bytes = bytes * 3 / 4) {
    Session session(model, parts_of(bytes));
    const std::int64_t parts = session.prepare({&view, 1}).parts;
    EXPECT_GE(parts, last);
    EXPECT_EQ(12 % parts, 0);
    last = parts;
  }
  EXPECT_EQ(last, 12);
}

// A limit on memory that the batch does not keep as a whole.
TEST_P(BatchTest, RunsInPartsWhereMemoryIsShort) {
  const auto model = model_of(image_operators(), GetParam());
  const Tensor batch = picture({8, 3, 24, 24}, 6);
  const TensorView view = batch.view();
  SessionOptions options = parts_of(kNoLimit);
  Session whole(model, options);
  options.max_arena_bytes = whole.prepare({&view, 1}).activation_bytes() - 1;
  Session session(model, options);
  EXPECT_EQ(session.prepare({&view, 1}).parts, 8);
  options.max_arena_bytes = session.prepare({&view, 1}).activation_bytes() - 1;
  Session tight(model, options);
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"MiB"}, [&] { tight.prepare({&view, 1}); }));
}

// Views of the last run hold while other sizes come and go.
TEST_P(BatchTest, SharesTheMemoryOfOutputs) {
  const auto model = model_of(image_operators(), GetParam());
  const Tensor small = picture({2, 3, 17, 20}, 7), large = picture({3, 3, 40, 33}, 8);
  Session session(model, parts_of(0));
  for (const Tensor* batch : {&small, &large, &small, &large}) {
    const TensorView view = batch->view();
    Session whole(model, parts_of(kNoLimit));
    const std::vector<Tensor> expected = copies_of(whole.run({&view, 1}));
    const std::vector<TensorView>& got = session.run({&view, 1});
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_TRUE(same_bits(expected[i].view(), got[i], GetParam() + " " + std::to_string(i)));
  }
}

TEST_P(BatchTest, ProfilesAllParts) {
  const auto model = model_of(image_operators(), GetParam());
  const Tensor batch = picture({3, 3, 32, 40}, 3);
  const TensorView view = batch.view();
  Session whole(model, parts_of(kNoLimit)), session(model, parts_of(0));
  const Profile profile = profile_session(session, {&view, 1}, {.warmup = 0, .runs = 2});
  EXPECT_EQ(profile.macs(), profile_session(whole, {&view, 1}, {.warmup = 0, .runs = 1}).macs());
  for (const RunTrace& run : profile.runs) {
    ASSERT_EQ(run.parts.size(), 3U);
    std::int64_t last = run.begin_ns;
    for (const RunTrace::Part& part : run.parts) {
      ASSERT_EQ(part.boundaries_ns.size(), profile.steps.size() + 1);
      EXPECT_GE(part.boundaries_ns.front(), last);
      last = part.boundaries_ns.back();
    }
    EXPECT_GE(run.end_ns, last);
  }
  EXPECT_LE(profile.steps_ms(), profile.run_ms * (1 + 1e-9));
}

INSTANTIATE_TEST_SUITE_P(Modes, BatchTest, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

// Programs in which an image's results hang on others, or on how many there are.
struct Meeting {
  std::string name;
  std::function<void(GraphBuilder&, ValueId x)> build;
};

class BatchMeeting : public testing::TestWithParam<Meeting> {};

TEST_P(BatchMeeting, RunsAsAWhole) {
  GraphBuilder g;
  GetParam().build(g, g.input("x", {-1, 4, -1, -1}));
  const Tensor batch = picture({4, 4, 6, 5}, 4);
  const TensorView view = batch.view();
  for (const std::string& mode : graph_modes()) {
    Session session(model_of(g.graph(), mode), parts_of(0));
    EXPECT_EQ(session.prepare({&view, 1}).parts, 1) << mode;
    EXPECT_EQ(session.run({&view, 1}).size(), g.graph().outputs.size());
  }
}

ValueId number_of_images(GraphBuilder& g, ValueId x) {
  const ValueId first =
      g.op("slice", {{"Input", {g.op("shape", {{"Input", {x}}})}}},
           {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{1}}});
  return g.op("cast", {{"X", {first}}}, {{"out_dtype", std::int64_t{5}}});
}

const Meeting kMeetings[] = {
    {"joined",
     [](GraphBuilder& g, ValueId x) {
       g.output(g.op("concat", {{"X", {x, g.relu(x)}}}, {{"axis", std::int64_t{0}}}));
     }},
    {"first_alone",
     [](GraphBuilder& g, ValueId x) {
       g.output(g.op("slice", {{"Input", {x}}},
                     {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{1}}}));
     }},
    {"added_to_the_first",
     [](GraphBuilder& g, ValueId x) {
       const ValueId first =
           g.op("slice", {{"Input", {x}}},
                {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{1}}});
       g.output(g.add(x, first));
     }},
    {"reshaped",
     [](GraphBuilder& g, ValueId x) {
       g.output(g.op("reshape2", {{"X", {x}}}, {{"shape", Integers{2, -1, 6, 5}}}));
     }},
    {"times_their_number",
     [](GraphBuilder& g, ValueId x) {
       g.output(g.op("elementwise_mul", {{"X", {x}}, {"Y", {number_of_images(g, x)}}}));
     }},
    {"an_addend_each",
     [](GraphBuilder& g, ValueId x) {
       Random random("addends");
       g.output(g.add(x, g.constant(uniform(random, {4, 1, 1, 1}))));
     }},
    {"an_output_of_no_image",
     [](GraphBuilder& g, ValueId x) {
       g.output(g.relu(x));
       g.output(g.op("shape", {{"Input", {x}}}));
     }},
};

INSTANTIATE_TEST_SUITE_P(Programs, BatchMeeting, testing::ValuesIn(kMeetings),
                         [](const auto& info) { return info.param.name; });

// Together, their tensors have more elements than memory is given to.
TEST(BatchOfManyImages, IsPlannedAllTheSame) {
  const auto model = model_of(image_operators(), "native");
  Session session(model, {.threads = 1});
  const TensorView view{DType::kFloat32, {64, 3, 512, 512}, nullptr};
  const Plan& plan = session.prepare({&view, 1});
  EXPECT_EQ(plan.parts, 64);
  EXPECT_EQ(plan.batch_output(0).shape, (Shape{64, 3, 512, 512}));
}

// What no output needs runs as well where no pass drops it, and refuses the number of a part.
TEST(BatchWithDeadCode, IsNotRefused) {
  GraphBuilder g;
  const ValueId x = g.input("x", {-1, 4, -1, -1});
  const ValueId less = g.op("scale", {{"X", {number_of_images(g, x)}}}, {{"bias", -3.0f}});
  g.op("one_hot_v2", {{"X", {g.op("cast", {{"X", {less}}}, {{"out_dtype", std::int64_t{2}}})}}},
       {{"depth", std::int64_t{2}}, {"dtype", std::int64_t{5}}});
  g.output(g.relu(x));
  const Tensor batch = picture({4, 4, 6, 5}, 7);
  const TensorView view = batch.view();
  for (const std::string& mode : graph_modes()) {
    Session session(model_of(g.graph(), mode), parts_of(0));
    EXPECT_EQ(session.prepare({&view, 1}).parts, mode == "static" ? 1 : 4) << mode;
    EXPECT_EQ(session.run({&view, 1}).size(), 1u) << mode;
  }
}

// Nothing else can run it.
TEST(BatchOfOneSize, RunsAsAWhole) {
  GraphBuilder g;
  g.output(g.relu(g.input("x", {4, 2, 8, 8})));
  const Tensor batch = picture({4, 2, 8, 8}, 5);
  const TensorView view = batch.view();
  Session session(model_of(g.graph(), "native"), parts_of(0));
  EXPECT_EQ(session.prepare({&view, 1}).parts, 1);
}

// What shapes decide may depend on how many images there are: then a part would do something else
// with each of them.
TEST_P(BatchTest, RunsWholeWhereTheNumberOfImagesDecides) {
  const auto images_of = [](GraphBuilder& g, ValueId x) {  // int32 [1]
    return g.op("slice", {{"Input", {g.op("shape", {{"Input", {x}}})}}},
                {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{1}}});
  };
  const std::function<ValueId(GraphBuilder&, ValueId)> programs[] = {
      [&](GraphBuilder& g, ValueId x) {
        const ValueId from = images_of(g, x), to = g.add(from, g.sizes({3}));
        return g.op("slice", {{"Input", {x}}, {"StartsTensor", {from}}, {"EndsTensor", {to}}},
                    {{"axes", Integers{2}}});
      },
      [&](GraphBuilder& g, ValueId x) {
        const ValueId factor =
            g.op("cast", {{"X", {images_of(g, x)}}}, {{"out_dtype", std::int64_t{5}}});
        return g.op("scale", {{"X", {x}}, {"ScaleTensor", {factor}}});
      },
      [&](GraphBuilder& g, ValueId x) {
        const ValueId scale =
            g.op("cast", {{"X", {images_of(g, x)}}}, {{"out_dtype", std::int64_t{5}}});
        return g.op("nearest_interp_v2",
                    {{"X", {x}}, {"OutSize", {g.sizes({20, 20})}}, {"Scale", {scale}}},
                    {{"align_corners", false}});
      },
      [&](GraphBuilder& g, ValueId x) {  // over the images, whatever the attribute says
        return g.op("concat", {{"X", {x, x}}, {"AxisTensor", {g.sizes({0})}}},
                    {{"axis", std::int64_t{1}}});
      },
  };
  const Tensor batch = picture({4, 3, 16, 16}, 9);
  const TensorView view = batch.view();
  for (const auto& program : programs) {
    GraphBuilder g;
    g.output(program(g, g.input("x", {-1, 3, 16, 16})));
    const auto model = model_of(g.graph(), GetParam());
    Session whole(model, parts_of(kNoLimit)), session(model, parts_of(0));
    const std::vector<Tensor> expected = copies_of(whole.run({&view, 1}));
    EXPECT_TRUE(same_bits(expected[0].view(), session.run({&view, 1})[0], GetParam()));
    EXPECT_EQ(session.prepare({&view, 1}).parts, 1);
  }
}

}  // namespace
}  // namespace u2net::engine::test
