// SPDX-License-Identifier: Apache-2.0
// Programs that are whole as messages but make no sense, and the many that do.
#include <gtest/gtest.h>

#include <functional>

#include "engine/op.h"
#include "loader/limits.h"
#include "tests/loader/loading.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::test {
namespace {

constexpr ErrorCode kFormat = ErrorCode::kModelFormat;
constexpr ErrorCode kUnsupported = ErrorCode::kModelUnsupported;

// The operators of small_program().
enum Op { kFeed, kConv, kAdd, kRelu, kFetch };

proto::OpDesc& op(ProgramBuilder& b, Op which) { return *b.block().mutable_ops(which); }

proto::VarDesc& var(ProgramBuilder& b, const std::string& name) {
  for (proto::VarDesc& v : *b.block().mutable_vars()) {
    if (v.name() == name) return v;
  }
  throw std::logic_error(name);
}

struct Bad {
  const char* name;
  std::function<void(ProgramBuilder&)> change;
  ErrorCode code;
  std::initializer_list<std::string_view> parts;
};

const Bad kBad[] = {
    {"no_block", [](auto& b) { b.desc().clear_blocks(); }, kFormat, {"no block"}},
    {"two_blocks", [](auto& b) { auto& block = *b.desc().add_blocks(); block.set_idx(1); block.set_parent_idx(0); }, kUnsupported, {"2 blocks", "control flow"}},
    {"unsupported_operators", [](auto& b) { b.op("while", {}, {}); b.op("matmul_v2", {}, {}); b.op("matmul_v2", {}, {}); b.op("gelu", {}, {}); }, kUnsupported, {"3 operators are not supported: gelu (1x), matmul_v2 (2x), while (1x)"}},
    {"one_unsupported_operator", [](auto& b) { b.op("softmax", {}, {}); }, kUnsupported, {"1 operator is not supported: softmax (1x)"}},
    {"variable_declared_twice", [](auto& b) { b.variable("sum"); }, kFormat, {"'sum'", "twice"}},
    {"parameter_declared_twice", [](auto& b) { b.variable("w", 5, {1}).set_persistable(true); }, kFormat, {"'w'", "twice"}},
    {"use_before_definition", [](auto& b) { b.block().mutable_ops()->SwapElements(kConv, kAdd); }, kFormat, {"elementwise_add", "number 1", "'conv'", "nothing before it"}},
    {"cyclic_use", [](auto& b) { op(b, kConv).mutable_inputs(0)->set_arguments(0, "out"); }, kFormat, {"conv2d", "'out'"}},
    {"undeclared_variable", [](auto& b) { op(b, kAdd).mutable_inputs(1)->set_arguments(0, "nowhere"); }, kFormat, {"elementwise_add", "'nowhere'"}},
    {"parameter_not_persistable", [](auto& b) { var(b, "w").set_persistable(false); }, kFormat, {"conv2d", "'w'"}},
    {"slot_missing", [](auto& b) { op(b, kConv).mutable_inputs()->DeleteSubrange(1, 1); }, kFormat, {"conv2d", "number 1", "'Filter'"}},
    {"slot_empty", [](auto& b) { op(b, kConv).mutable_inputs(1)->clear_arguments(); }, kFormat, {"conv2d", "'Filter'"}},
    {"slot_full", [](auto& b) { op(b, kConv).mutable_inputs(1)->add_arguments("b"); }, kFormat, {"conv2d", "2 variables", "'Filter'", "expected 1"}},
    {"output_missing", [](auto& b) { op(b, kRelu).clear_outputs(); }, kFormat, {"relu", "'Out'"}},
    {"output_twice", [](auto& b) { op(b, kRelu).mutable_outputs(0)->add_arguments("more"); }, kFormat, {"relu", "'Out'"}},
    {"variable_attribute", [](auto& b) { auto& a = *op(b, kConv).add_attrs(); a.set_name("strides"); a.set_type(13); a.set_var_name("s"); }, kUnsupported, {"conv2d", "'strides'", "'s'"}},
    {"variables_attribute", [](auto& b) { auto& a = *op(b, kConv).add_attrs(); a.set_name("dilations"); a.set_type(14); a.add_vars_name("s"); a.add_vars_name("t"); }, kUnsupported, {"conv2d", "'dilations'", "'s', 't'"}},
    {"attribute_without_value", [](auto& b) { auto& a = *op(b, kAdd).add_attrs(); a.set_name("Scale_x"); a.set_type(1); }, kFormat, {"elementwise_add", "'Scale_x'", "no value"}},
    {"attribute_of_wrong_type", [](auto& b) { set_attribute(op(b, kConv), "groups", std::string("one")); }, kFormat, {"conv2d", "'groups'"}},
    {"parameter_of_half", [](auto& b) { var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(4); }, kUnsupported, {"'w'", "type number 4"}},
    {"parameter_of_unknown_type", [](auto& b) { var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(99); }, kUnsupported, {"'w'", "99"}},
    {"parameter_that_is_no_tensor", [](auto& b) { var(b, "w").mutable_type()->set_type(13); }, kUnsupported, {"'w'", "13"}},
    {"parameter_without_shape", [](auto& b) { var(b, "w").mutable_type()->clear_lod_tensor(); }, kUnsupported, {"'w'"}},
    {"parameter_of_any_size", [](auto& b) { var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, -1); }, kFormat, {"'w'", "[-1,3,3,3]"}},
    {"parameter_of_no_size", [](auto& b) { var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, 0); }, kFormat, {"'w'", "[4,0,3,3]"}},
    {"parameter_too_large", [](auto& b) { var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, std::int64_t{1} << 62); }, ErrorCode::kModelLimit, {"[4,4611686018427387904,3,3]"}},
    {"parameter_of_rank_nine", [](auto& b) { for (int i = 0; i < 5; ++i) var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->add_dims(1); }, kFormat, {"'w'", "9 dimensions"}},
    {"input_undeclared", [](auto& b) { op(b, kFeed).mutable_outputs(0)->set_arguments(0, "picture"); }, kFormat, {"'picture'", "not declared"}},
    {"input_of_no_size", [](auto& b) { var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, 0); }, kFormat, {"'image'", "[-1,0,8,8]"}},
    {"input_of_negative_size", [](auto& b) { var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, -2); }, kFormat, {"'image'", "[-1,-2,8,8]"}},
    {"input_of_unknown_type", [](auto& b) { var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(22); }, kUnsupported, {"'image'", "22"}},
    {"feed_without_variable", [](auto& b) { op(b, kFeed).clear_outputs(); }, kFormat, {"feed"}},
    {"fetch_without_variable", [](auto& b) { op(b, kFetch).clear_inputs(); }, kFormat, {"fetch"}},
    {"two_feeds_of_a_column", [](auto& b) { b.feed("other", {1}).mutable_attrs(0)->set_i(0); }, kFormat, {"feed", "col 0"}},
    {"two_fetches_of_a_column", [](auto& b) { b.fetch("sum").mutable_attrs(0)->set_i(0); }, kFormat, {"fetch", "col 0"}},
    {"fetch_of_nothing", [](auto& b) { b.fetch("nowhere"); }, kFormat, {"'nowhere'", "never computed"}},
    {"too_many_operators", [](auto& b) { for (int i = 0; i < kMaxOps; ++i) b.op("relu", {}, {}); }, ErrorCode::kModelLimit, {"20005 operators", "20000"}},
    {"too_many_variables", [](auto& b) { for (int i = 0; i < kMaxVariables; ++i) b.variable(std::to_string(i)); }, ErrorCode::kModelLimit, {"100000"}},
    {"required_field_missing", [](auto& b) { op(b, kConv).clear_type(); }, kFormat, {"not a Paddle program"}},
    {"training_program", [](auto& b) { b.op("batch_norm", {{"X", {"out"}}, {"Scale", {"b"}}, {"Bias", {"b"}}, {"Mean", {"b"}}, {"Variance", {"b"}}}, {{"Y", {"normed"}}}); }, kUnsupported, {"batch_norm", "model.eval()"}},
};

class BadProgram : public testing::TestWithParam<Bad> {};

TEST_P(BadProgram, IsNamed) {
  ProgramBuilder b = small_program();
  GetParam().change(b);
  EXPECT_TRUE(fails_with(GetParam().code, GetParam().parts, [&] { load(b); }));
  EXPECT_TRUE(fails_with(GetParam().code, {"cannot load model", "m.pdmodel"}, [&] { load(b); }));
}

INSTANTIATE_TEST_SUITE_P(Table, BadProgram, testing::ValuesIn(kBad), [](const auto& info) { return std::string(info.param.name); });

// Names come from the file, and messages go to terminals.
TEST(BadPrograms, CannotWriteToTheTerminal) {
  ProgramBuilder b = small_program();
  b.op("evil\n\x1b[2J\x07", {}, {});
  EXPECT_TRUE(fails_with(kUnsupported, {"evil"}, [&] { load(b); }));
}

Tensor input() {
  Random random("program input");
  return uniform(random, {2, 3, 8, 8});
}

// The change makes no difference to what is computed.
void expect_unchanged(const std::function<void(ProgramBuilder&)>& change) {
  const Tensor x = input();
  const Tensor expected = std::move(run_graph(load(small_program()).graph, std::span(&x, 1)).front());
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
  const std::string unknown = "\x98\x06\x2a\x99\x06" "abcdefgh" "\x9a\x06\x03xyz\x9d\x06" "abcd"s;
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
      for (std::int64_t dim : {-1, 0, 64}) var(b, name).mutable_type()->mutable_lod_tensor()->mutable_tensor()->add_dims(dim);
    }
    var(b, "out").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(99);
  });
}

TEST(Programs, MayListTheirVariablesInAnyOrder) {
  expect_unchanged([](ProgramBuilder& b) {
    for (int i = 0, n = b.block().vars_size(); i < n / 2; ++i) b.block().mutable_vars()->SwapElements(i, n - 1 - i);
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
  expect_unchanged([](ProgramBuilder& b) { b.parameter("a_surplus_one", Tensor(DType::kFloat32, {3})); });
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
      const std::string normed = reuse ? "normed" : "normed" + suffix, to = reuse ? "out" : "out" + suffix;
      Random values("names written twice", static_cast<std::uint64_t>(i));
      b.parameter("w" + suffix, uniform(values, {4, 4, 3, 3}));
      for (const char* name : {"scale", "bias", "mean"}) b.parameter(name + suffix, uniform(values, {4}));
      b.parameter("variance" + suffix, uniform(values, {4}, 0.5, 2));
      b.op("conv2d", {{"Input", {from}}, {"Filter", {"w" + suffix}}}, {{"Output", {conv}}}, {{"paddings", std::vector<std::int64_t>{1, 1}}});
      b.op("batch_norm",
           {{"X", {conv}}, {"Scale", {"scale" + suffix}}, {"Bias", {"bias" + suffix}}, {"Mean", {"mean" + suffix}}, {"Variance", {"variance" + suffix}}},
           {{"Y", {normed}}}, {{"is_test", true}});
      b.op("relu", {{"X", {normed}}}, {{"Out", {to}}});
      from = to;
    }
    b.fetch(from);
    return b;
  };
  const Tensor x = uniform(random, {1, 4, 6, 6});
  const Graph apart = load(build(false)).graph, reused = load(build(true)).graph;
  for (const std::string& mode : available_modes()) {
    const RunOptions options{.mode = mode, .threads = 1, .disabled_passes = {}};
    EXPECT_TRUE(same_bits(run_graph(apart, std::span(&x, 1), options)[0].view(), run_graph(reused, std::span(&x, 1), options)[0].view(), mode));
  }
}

TEST(Programs, DoNotTakeTheStatisticsThatBatchNormWritesBack) {
  ProgramBuilder b = small_program();
  b.parameter("mean", Tensor::from<float>({4}, std::vector<float>{1, 2, 3, 4}));
  b.op("batch_norm", {{"X", {"out"}}, {"Scale", {"b"}}, {"Bias", {"b"}}, {"Mean", {"mean"}}, {"Variance", {"mean"}}},
       {{"Y", {"normed"}}, {"MeanOut", {"mean"}}, {"VarianceOut", {"mean"}}, {"SavedMean", {"saved"}}}, {{"is_test", true}});
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
}  // namespace u2net::test
