// SPDX-License-Identifier: Apache-2.0
// The many ways in which programs may differ without meaning anything else.
#include <gtest/gtest.h>

#include <functional>

#include "tests/loader/loading.h"
#include "tests/loader/paddle/program_parts.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

Tensor input() {
  Random random("program input");
  return uniform(random, {2, 3, 8, 8});
}

// The change makes no difference to what is computed.
void expect_unchanged(const std::function<void(ProgramBuilder&)>& change) {
  const Tensor x = input();
  const Tensor expected =
      std::move(run_graph(load(small_program()).graph, std::span(&x, 1)).front());
  ProgramBuilder b = small_program();
  change(b);
  const Tensor got = std::move(run_graph(load(b).graph, std::span(&x, 1)).front());
  EXPECT_TRUE(same_bits(expected.view(), got.view(), ""));
}

TEST(Programs, MayHaveAttributesThatNobodyReads) {
  expect_unchanged([](ProgramBuilder& b) {
    set_attribute(op(b, kConv), "use_cudnn", true);
    set_attribute(op(b, kConv), "some_attribute_of_the_future", std::vector<std::int64_t>{1, 2});
    set_attribute(op(b, kRelu), "op_callstack", std::string("File \"net.py\", line 1"));
    auto& role = *op(b, kAdd).add_attrs();  // without a value, but not read either
    role.set_name("op_role");
    role.set_type(0);
    auto& future = *op(b, kAdd).add_attrs();
    future.set_name("of_a_later_type");
    future.set_type(77);
    auto& block = *op(b, kAdd).add_attrs();
    block.set_name("sub_block");
    block.set_type(8);
  });
}

TEST(Programs, MayHaveFieldsThatNobodyKnows) {
  const ProgramBuilder b = small_program();
  // Field 99: a number, 8 bytes, a string, 4 bytes.
  using namespace std::string_literals;
  const std::string unknown =
      "\x98\x06\x2a\x99\x06"
      "abcdefgh"
      "\x9a\x06\x03xyz\x9d\x06"
      "abcd"s;
  EXPECT_EQ(load_files(b.program() + unknown, b.parameters()).parameter_count, 2);
}

TEST(Programs, MayHaveSlotsThatNobodyReads) {
  expect_unchanged([](ProgramBuilder& b) {
    auto& extra = *op(b, kConv).add_inputs();
    extra.set_parameter("ResidualData");  // connected to nothing
    auto& unknown = *op(b, kConv).add_inputs();
    unknown.set_parameter("SlotOfTheFuture");
    unknown.add_arguments("a variable that is nowhere");
    auto& mask = *op(b, kRelu).add_outputs();
    mask.set_parameter("Mask");
    mask.add_arguments("mask");
  });
}

TEST(Programs, MayNameAVersionOrNone) {
  expect_unchanged([](ProgramBuilder& b) { b.desc().clear_version(); });
  expect_unchanged([](ProgramBuilder& b) { b.desc().mutable_version()->set_version(9009009); });
  ProgramBuilder b = small_program();
  b.desc().clear_version();
  EXPECT_EQ(load(b).paddle_version, 0);
}

TEST(Programs, MayDeclareAnyShapeForWhatTheyCompute) {
  expect_unchanged([](ProgramBuilder& b) {
    for (const char* name : {"conv", "sum"}) {
      for (std::int64_t dim : {-1, 0, 64})
        var(b, name).mutable_type()->mutable_lod_tensor()->mutable_tensor()->add_dims(dim);
    }
    var(b, "out").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(99);
  });
}

TEST(Programs, MayListTheirVariablesInAnyOrder) {
  expect_unchanged([](ProgramBuilder& b) {
    for (int i = 0, n = b.block().vars_size(); i < n / 2; ++i)
      b.block().mutable_vars()->SwapElements(i, n - 1 - i);
  });
}

TEST(Programs, AreFedAndFetchedByColumn) {
  ProgramBuilder b;
  for (const char* name : {"x", "y", "z"}) b.feed(name, {1});
  for (const char* name : {"x", "y", "z"}) b.fetch(name);
  constexpr int kColumns[] = {2, 0, 7};  // with a gap
  for (int i = 0; i < 3; ++i) {
    b.block().mutable_ops(i)->mutable_attrs(0)->set_i(kColumns[i]);
    b.block().mutable_ops(3 + i)->mutable_attrs(0)->set_i(2 - i);
  }
  const Graph graph = load(b).graph;
  std::string inputs, outputs;
  for (const Port& port : graph.inputs) inputs += port.name;
  for (const Port& port : graph.outputs) outputs += port.name;
  EXPECT_EQ(inputs, "yxz");
  EXPECT_EQ(outputs, "zyx");
}

TEST(Programs, MayFetchAVariableTwiceOrAnInputOrAWeight) {
  ProgramBuilder b = small_program();
  b.fetch("out");
  b.fetch("image");
  b.fetch("w");
  const Tensor x = input();
  const std::vector<Tensor> got = run_graph(load(b).graph, std::span(&x, 1));
  ASSERT_EQ(got.size(), 4U);
  EXPECT_TRUE(same_bits(got[0].view(), got[1].view(), "twice"));
  EXPECT_TRUE(same_bits(x.view(), got[2].view(), "input"));
  EXPECT_TRUE(same_bits(b.tensor("w").view(), got[3].view(), "weight"));
}

TEST(Programs, MayHaveParametersThatNobodyReads) {
  expect_unchanged(
      [](ProgramBuilder& b) { b.parameter("a_surplus_one", Tensor(DType::kFloat32, {3})); });
}

// A name means the value that was last written to it: old memory optimisers reuse names.
TEST(Programs, MayWriteANameAgain) {
  Random random("names written twice");
  const auto build = [&](bool reuse) {
    ProgramBuilder b;
    b.feed("x", {1, 4, 6, 6});
    std::string from = "x";
    for (int i = 0; i < 3; ++i) {
      const std::string suffix = std::to_string(i), conv = reuse ? "conv" : "conv" + suffix;
      const std::string normed = reuse ? "normed" : "normed" + suffix,
                        to = reuse ? "out" : "out" + suffix;
      Random values("names written twice", static_cast<std::uint64_t>(i));
      b.parameter("w" + suffix, uniform(values, {4, 4, 3, 3}));
      for (const char* name : {"scale", "bias", "mean"})
        b.parameter(name + suffix, uniform(values, {4}));
      b.parameter("variance" + suffix, uniform(values, {4}, 0.5, 2));
      b.op("conv2d", {{"Input", {from}}, {"Filter", {"w" + suffix}}}, {{"Output", {conv}}},
           {{"paddings", std::vector<std::int64_t>{1, 1}}});
      b.op("batch_norm",
           {{"X", {conv}},
            {"Scale", {"scale" + suffix}},
            {"Bias", {"bias" + suffix}},
            {"Mean", {"mean" + suffix}},
            {"Variance", {"variance" + suffix}}},
           {{"Y", {normed}}}, {{"is_test", true}});
      b.op("relu", {{"X", {normed}}}, {{"Out", {to}}});
      from = to;
    }
    b.fetch(from);
    return b;
  };
  const Tensor x = uniform(random, {1, 4, 6, 6});
  const Graph apart = load(build(false)).graph, reused = load(build(true)).graph;
  for (const std::string& mode : graph_modes()) {
    const RunOptions options{.mode = mode, .threads = 1, .disabled_passes = {}};
    EXPECT_TRUE(same_bits(run_graph(apart, std::span(&x, 1), options)[0].view(),
                          run_graph(reused, std::span(&x, 1), options)[0].view(), mode));
  }
}

TEST(Programs, DoNotTakeTheStatisticsThatBatchNormWritesBack) {
  ProgramBuilder b = small_program();
  b.parameter("mean", Tensor::from<float>({4}, std::vector<float>{1, 2, 3, 4}));
  b.op("batch_norm",
       {{"X", {"out"}},
        {"Scale", {"b"}},
        {"Bias", {"b"}},
        {"Mean", {"mean"}},
        {"Variance", {"mean"}}},
       {{"Y", {"normed"}},
        {"MeanOut", {"mean"}},
        {"VarianceOut", {"mean"}},
        {"SavedMean", {"saved"}}},
       {{"is_test", true}});
  b.fetch("normed");
  b.fetch("mean");
  const Tensor x = input();
  const std::vector<Tensor> got = run_graph(load(b).graph, std::span(&x, 1));
  EXPECT_TRUE(same_bits(b.tensor("mean").view(), got[2].view(), ""));
}

TEST(Programs, MayWriteAttributesAsLaterExportersDo) {
  expect_unchanged([](ProgramBuilder& b) {
    auto& attrs = *op(b, kConv).mutable_attrs();
    attrs.Clear();
    auto& paddings = *attrs.Add();  // LONGS
    paddings.set_name("paddings");
    paddings.set_type(11);
    paddings.add_longs(1);
    paddings.add_longs(1);
    auto& groups = *attrs.Add();  // LONG
    groups.set_name("groups");
    groups.set_type(9);
    groups.set_l(1);
    auto& axis = *op(b, kAdd).mutable_attrs(0);  // SCALAR
    axis.Clear();
    axis.set_name("axis");
    axis.set_type(16);
    axis.mutable_scalar()->set_type(2);
    axis.mutable_scalar()->set_i(1);
    auto& scale = *op(b, kAdd).add_attrs();  // FLOAT64
    scale.set_name("Scale_x");
    scale.set_type(15);
    scale.set_float64(1);
  });
}

TEST(Programs, MayHaveScalarLists) {
  for (const bool integers : {true, false}) {
    ProgramBuilder b;
    b.feed("x", {1, 1, 4, 4});
    b.variable("y");
    auto& resize = b.op("nearest_interp_v2", {{"X", {"x"}}}, {{"Out", {"y"}}});
    auto& scale = *resize.add_attrs();
    scale.set_name("scale");
    scale.set_type(integers ? 17 : 12);
    for (int i = 0; i < 2; ++i) {
      if (integers) {
        scale.add_scalars()->set_type(2);
        scale.mutable_scalars(i)->set_i(2);
      } else {
        scale.add_float64s(2);
      }
    }
    b.fetch("y");
    const Tensor x(DType::kFloat32, {1, 1, 4, 4});
    EXPECT_EQ(run_graph(load(b).graph, std::span(&x, 1))[0].shape(), (Shape{1, 1, 8, 8}));
  }
}

}  // namespace
}  // namespace u2net::engine::test
