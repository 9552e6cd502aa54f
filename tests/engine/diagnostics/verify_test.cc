// SPDX-License-Identifier: Apache-2.0
// verify() accepts a right backend at every size and names the first node of a damaged one.
#include "engine/diagnostics/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "engine/backends/backend_table.h"
#include "engine/graph/op.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

// conv + batch norm + relu, pool, conv, upsampling, concat, conv + residual, sigmoid.
Graph small_network(const Shape& image) {
  Random random("verify");
  GraphBuilder b;
  const ValueId x = b.input("x", image);
  const ValueId first = b.relu(b.batch_norm(
      b.conv(x, uniform(random, {8, 3, 3, 3}), {{"paddings", std::vector<std::int64_t>{1, 1}}}),
      {uniform(random, {8}, 0.5, 2), uniform(random, {8}), uniform(random, {8}),
       uniform(random, {8}, 0.5, 2)}));
  const ValueId pooled = b.op("pool2d", {{"X", {first}}},
                              {{"pooling_type", std::string("max")},
                               {"ksize", std::vector<std::int64_t>{2, 2}},
                               {"strides", std::vector<std::int64_t>{2, 2}},
                               {"ceil_mode", true}});
  const ValueId deep = b.conv(pooled, uniform(random, {8, 8, 3, 3}),
                              {{"paddings", std::vector<std::int64_t>{1, 1}}});
  const ValueId up = b.op("bilinear_interp_v2", {{"X", {deep}}},
                          {{"out_h", image[2]},
                           {"out_w", image[3]},
                           {"align_corners", false},
                           {"align_mode", std::int64_t{0}}});
  const ValueId joined = b.op("concat", {{"X", {up, first}}}, {{"axis", std::int64_t{1}}});
  const ValueId last = b.conv(joined, uniform(random, {8, 16, 3, 3}),
                              {{"paddings", std::vector<std::int64_t>{1, 1}}});
  b.output(b.op("sigmoid", {{"X", {b.add(b.relu(last), first)}}}));
  return b.graph();
}

// The given backend, but one operator's results are changed by `damage` in their middle element.
class Damaged : public Backend {
 public:
  Damaged(const Backend& sound, std::string op, float damage)
      : sound_(sound), op_(std::move(op)), damage_(damage) {}

  std::string_view name() const override { return "damaged"; }

  void build(const BackendOptions& options, PlanBuilder& builder) const override {
    const Graph& graph = builder.graph();
    sound_.build(options, builder);
    for (const Node& node : graph.nodes) {
      if (node.op->type().name != op_ || node.output() != graph.outputs.front().value) continue;
      builder.add_step(node, "damage", std::make_unique<Damage>(builder, damage_), {}, {});
    }
  }

 private:
  // Runs last, on the first output.
  class Damage : public Step {
   public:
    Damage(const PlanBuilder& builder, float damage)
        : buffer_(builder.output(0).buffer),
          element_(element_count(builder.output(0).type.shape) / 2),
          damage_(damage) {}
    void bind(const Bindings& bindings) override {
      data_ = reinterpret_cast<float*>(bindings[buffer_]);
    }
    void run(kernels::ThreadPool&) override { data_[element_] += damage_; }
    std::string implementation() const override { return "damaged"; }

   private:
    BufferId buffer_;
    std::int64_t element_;
    float damage_;
    float* data_ = nullptr;
  };

  const Backend& sound_;
  std::string op_;
  float damage_;
};

VerifyReport verify_mode(const Shape& image, const std::string& mode,
                         const Backend* backend = nullptr) {
  const Graph graph = small_network(image);
  const Model model(graph, {.mode = mode, .disabled_passes = {}});
  Random random("verify input");
  const Tensor x = uniform(random, image);
  const TensorView view = x.view();
  return verify(graph, model, backend ? *backend : *find_backend(model.mode().backend), {&view, 1},
                {.threads = 2});
}

TEST(Verify, EveryModeAgreesAtEverySize) {
  for (const std::string& mode : graph_modes()) {
    for (const Shape& image : {Shape{1, 3, 16, 16}, Shape{2, 3, 17, 11}, Shape{3, 3, 5, 24}}) {
      const VerifyReport report = verify_mode(image, mode);
      EXPECT_TRUE(report.passed())
          << mode << " " << to_string(image) << ": " << report.nodes.back().name;
      EXPECT_FALSE(report.outputs.empty());
    }
  }
}

TEST(Verify, NamesTheFirstDamagedNodeAndStops) {
  for (const char* op : {"conv2d", "pool2d", "concat", "sigmoid", "bilinear_interp_v2"}) {
    const Damaged damaged(reference_backend(), op, 3e-3F);
    const VerifyReport report = verify_mode({1, 3, 17, 11}, "inference", &damaged);
    EXPECT_FALSE(report.passed()) << op;
    EXPECT_EQ(report.nodes.back().type, op);
    EXPECT_FALSE(report.nodes.back().agrees());
    EXPECT_TRUE(report.outputs.empty());
    for (std::size_t i = 0; i + 1 < report.nodes.size(); ++i) EXPECT_TRUE(report.nodes[i].agrees());
  }
}

TEST(Verify, ANotANumberNeverAgrees) {
  const Damaged damaged(reference_backend(), "conv2d", std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(verify_mode({1, 3, 8, 8}, "static", &damaged).passed());
}

TEST(Verify, WhatOnlyMovesDataMustBeExact) {
  const Damaged damaged(reference_backend(), "concat", 1e-6F);
  EXPECT_FALSE(verify_mode({1, 3, 8, 8}, "static", &damaged).passed());
}

// Numbers of elements that are right, and next to none that a rounding would make of them.
TEST(Verify, GoesOnWhereRoundingsDecideWhetherANodeIsRefused) {
  GraphBuilder b;
  const ValueId x = b.input("x", {1, 1, 4, 4});
  Tensor one(DType::kFloat32, {1, 1, 1, 1});
  one.values<float>()[0] = 1;
  const auto scaled = [&](ValueId from, double scale, double bias) {
    return b.op("scale", {{"X", {from}}}, {{"scale", scale}, {"bias", bias}});
  };
  const ValueId magnified = scaled(scaled(b.conv(x, std::move(one), {}), 1, -1), 1e9, 0);
  const ValueId index = b.op("cast", {{"X", {magnified}}}, {{"out_dtype", std::int64_t{3}}});
  b.output(b.op("one_hot_v2", {{"X", {index}}}, {{"depth", std::int64_t{2}}}));
  const Model model(b.graph(), {.mode = "static", .disabled_passes = {}});
  Tensor ones(DType::kFloat32, {1, 1, 4, 4});
  std::ranges::fill(ones.values<float>(), 1.0F);
  const TensorView view = ones.view();
  const VerifyReport report =
      verify(b.graph(), model, *find_backend("reference"), {&view, 1}, {.threads = 1});
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.outputs.size(), 1U);
}

}  // namespace
}  // namespace u2net::engine::test
