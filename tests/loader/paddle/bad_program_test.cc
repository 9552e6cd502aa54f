// SPDX-License-Identifier: Apache-2.0
// Programs that are whole as messages but make no sense: what is wrong is named.
#include <gtest/gtest.h>

#include <functional>

#include "loader/limits.h"
#include "tests/loader/loading.h"
#include "tests/loader/paddle/program_parts.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

constexpr ErrorCode kFormat = ErrorCode::kModelFormat;
constexpr ErrorCode kUnsupported = ErrorCode::kModelUnsupported;

struct Bad {
  const char* name;
  std::function<void(ProgramBuilder&)> change;
  ErrorCode code;
  std::initializer_list<std::string_view> parts;
};

// An operator that runs an empty block of its own, with 'image' as its condition.
proto::OpDesc& branch(ProgramBuilder& b, const char* type) {
  const int index = b.desc().blocks_size();
  auto& block = *b.desc().add_blocks();
  block.set_idx(index);
  block.set_parent_idx(0);
  auto& op = *b.desc().mutable_blocks(0)->add_ops();
  op.set_type(type);
  auto& condition = *op.add_inputs();
  condition.set_parameter("Cond");
  condition.add_arguments("image");
  auto& scalar = *op.add_attrs();
  scalar.set_name("is_scalar_condition");
  scalar.set_type(6);
  scalar.set_b(true);
  auto& run = *op.add_attrs();
  run.set_name("sub_block");
  run.set_type(8);
  run.set_block_idx(index);
  return op;
}

const Bad kBad[] = {
    {"no_block", [](auto& b) { b.desc().clear_blocks(); }, kFormat, {"no block"}},
    {"recurrent_block",
     [](auto& b) { branch(b, "recurrent"); },
     kUnsupported,
     {"recurrent (1x, control flow)"}},
    {"loop_of_many_results",
     [](auto& b) {
       auto& results = *branch(b, "while").add_outputs();
       results.set_parameter("Out");
       for (int i = 0; i < 257; ++i) results.add_arguments("result" + std::to_string(i));
     },
     ErrorCode::kModelLimit,
     {"while", "257 results", "256"}},
    {"loops_in_loops",
     [](auto& b) {
       branch(b, "while");
       for (int i = 1; i < 5; ++i) {  // each runs the next one
         branch(b, "while");
         auto& ops = *b.desc().mutable_blocks(0)->mutable_ops();
         *b.desc().mutable_blocks(i)->add_ops() = ops.at(ops.size() - 1);
         ops.RemoveLast();
       }
     },
     ErrorCode::kModelLimit,
     {"loops", "80000"}},
    {"block_that_nothing_runs",
     [](auto& b) {
       branch(b, "conditional_block");
       auto& block = *b.desc().add_blocks();
       block.set_idx(2);
       block.set_parent_idx(0);
     },
     kFormat,
     {"3 blocks", "no operator runs block 2"}},
    {"branch_of_no_block",
     [](auto& b) {
       branch(b, "conditional_block");
       b.desc().mutable_blocks()->RemoveLast();
     },
     kFormat,
     {"conditional_block", "runs block 1 of 1"}},
    {"branch_of_the_program",
     [](auto& b) {
       branch(b, "conditional_block");
       branch(b, "conditional_block").mutable_attrs(1)->set_block_idx(0);
     },
     kFormat,
     {"3 blocks", "block 2"}},
    {"block_of_two_branches",
     [](auto& b) {
       const proto::OpDesc op = branch(b, "conditional_block");
       *b.desc().mutable_blocks(0)->add_ops() = op;
     },
     kFormat,
     {"conditional_block", "block 1, which another one runs"}},
    {"branch_for_some_rows",
     [](auto& b) { branch(b, "conditional_block").mutable_attrs(0)->set_b(false); },
     kUnsupported,
     {"conditional_block", "some rows"}},
    {"branch_without_a_condition",
     [](auto& b) { branch(b, "conditional_block").clear_inputs(); },
     kFormat,
     {"conditional_block", "no condition"}},
    {"operator_of_a_branch",
     [](auto& b) {
       branch(b, "conditional_block");
       b.desc().mutable_blocks(1)->add_ops()->set_type("beam_search");
     },
     kUnsupported,
     {"beam_search (1x)"}},
    {"feed_in_a_branch",
     [](auto& b) {
       branch(b, "conditional_block");
       b.desc().mutable_blocks(1)->add_ops()->set_type("feed");
     },
     kUnsupported,
     {"feed (1x)"}},
    {"unsupported_operators",
     [](auto& b) {
       b.op("recurrent", {}, {});
       b.op("rnn", {}, {});
       b.op("rnn", {}, {});
       b.op("uniform_random", {}, {});
     },
     kUnsupported,
     {"3 operators are not supported: recurrent (1x, control flow), rnn (2x), "
      "uniform_random (1x, its results are random)"}},
    {"one_unsupported_operator",
     [](auto& b) { b.op("beam_search", {}, {}); },
     kUnsupported,
     {"1 operator is not supported: beam_search (1x)"}},
    {"variable_declared_twice", [](auto& b) { b.variable("sum"); }, kFormat, {"'sum'", "twice"}},
    {"parameter_declared_twice",
     [](auto& b) { b.variable("w", 5, {1}).set_persistable(true); },
     kFormat,
     {"'w'", "twice"}},
    {"use_before_definition",
     [](auto& b) { b.block().mutable_ops()->SwapElements(kConv, kAdd); },
     kFormat,
     {"elementwise_add", "number 1", "'conv'", "nothing before it"}},
    {"cyclic_use",
     [](auto& b) { op(b, kConv).mutable_inputs(0)->set_arguments(0, "out"); },
     kFormat,
     {"conv2d", "'out'"}},
    {"undeclared_variable",
     [](auto& b) { op(b, kAdd).mutable_inputs(1)->set_arguments(0, "nowhere"); },
     kFormat,
     {"elementwise_add", "'nowhere'"}},
    {"parameter_not_persistable",
     [](auto& b) { var(b, "w").set_persistable(false); },
     kFormat,
     {"conv2d", "'w'"}},
    {"slot_missing",
     [](auto& b) { op(b, kConv).mutable_inputs()->DeleteSubrange(1, 1); },
     kFormat,
     {"conv2d", "number 1", "'Filter'"}},
    {"slot_empty",
     [](auto& b) { op(b, kConv).mutable_inputs(1)->clear_arguments(); },
     kFormat,
     {"conv2d", "'Filter'"}},
    {"slot_full",
     [](auto& b) { op(b, kConv).mutable_inputs(1)->add_arguments("b"); },
     kFormat,
     {"conv2d", "2 variables", "'Filter'", "expected 1"}},
    {"output_missing", [](auto& b) { op(b, kRelu).clear_outputs(); }, kFormat, {"relu", "'Out'"}},
    {"output_twice",
     [](auto& b) { op(b, kRelu).mutable_outputs(0)->add_arguments("more"); },
     kFormat,
     {"relu", "'Out'"}},
    {"variable_attribute",
     [](auto& b) {
       auto& a = *op(b, kConv).add_attrs();
       a.set_name("strides");
       a.set_type(13);
       a.set_var_name("s");
     },
     kUnsupported,
     {"conv2d", "'strides'", "'s'"}},
    {"variables_attribute",
     [](auto& b) {
       auto& a = *op(b, kConv).add_attrs();
       a.set_name("dilations");
       a.set_type(14);
       a.add_vars_name("s");
       a.add_vars_name("t");
     },
     kUnsupported,
     {"conv2d", "'dilations'", "'s', 't'"}},
    {"attribute_without_value",
     [](auto& b) {
       auto& a = *op(b, kAdd).add_attrs();
       a.set_name("Scale_x");
       a.set_type(1);
     },
     kFormat,
     {"elementwise_add", "'Scale_x'", "no value"}},
    {"attribute_of_wrong_type",
     [](auto& b) { set_attribute(op(b, kConv), "groups", std::string("one")); },
     kFormat,
     {"conv2d", "'groups'"}},
    {"parameter_of_half",
     [](auto& b) {
       var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(4);
     },
     kUnsupported,
     {"'w'", "type number 4"}},
    {"parameter_of_unknown_type",
     [](auto& b) {
       var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(99);
     },
     kUnsupported,
     {"'w'", "99"}},
    {"parameter_that_is_no_tensor",
     [](auto& b) { var(b, "w").mutable_type()->set_type(13); },
     kUnsupported,
     {"'w'", "13"}},
    {"parameter_without_shape",
     [](auto& b) { var(b, "w").mutable_type()->clear_lod_tensor(); },
     kUnsupported,
     {"'w'"}},
    {"parameter_of_any_size",
     [](auto& b) {
       var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, -1);
     },
     kFormat,
     {"'w'", "[-1,3,3,3]"}},
    {"parameter_of_no_size",
     [](auto& b) {
       var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, 0);
     },
     kFormat,
     {"'w'", "[4,0,3,3]"}},
    {"parameter_too_large",
     [](auto& b) {
       var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(
           1, std::int64_t{1} << 62);
     },
     ErrorCode::kModelLimit,
     {"[4,4611686018427387904,3,3]"}},
    {"parameter_of_rank_nine",
     [](auto& b) {
       for (int i = 0; i < 5; ++i)
         var(b, "w").mutable_type()->mutable_lod_tensor()->mutable_tensor()->add_dims(1);
     },
     kFormat,
     {"'w'", "9 dimensions"}},
    {"input_undeclared",
     [](auto& b) { op(b, kFeed).mutable_outputs(0)->set_arguments(0, "picture"); },
     kFormat,
     {"'picture'", "not declared"}},
    {"input_of_no_size",
     [](auto& b) {
       var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, 0);
     },
     kFormat,
     {"'image'", "[-1,0,8,8]"}},
    {"input_of_negative_size",
     [](auto& b) {
       var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, -2);
     },
     kFormat,
     {"'image'", "[-1,-2,8,8]"}},
    {"input_of_unknown_type",
     [](auto& b) {
       var(b, "image").mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(22);
     },
     kUnsupported,
     {"'image'", "22"}},
    {"feed_without_variable", [](auto& b) { op(b, kFeed).clear_outputs(); }, kFormat, {"feed"}},
    {"fetch_without_variable", [](auto& b) { op(b, kFetch).clear_inputs(); }, kFormat, {"fetch"}},
    {"two_feeds_of_a_column",
     [](auto& b) { b.feed("other", {1}).mutable_attrs(0)->set_i(0); },
     kFormat,
     {"feed", "col 0"}},
    {"two_fetches_of_a_column",
     [](auto& b) { b.fetch("sum").mutable_attrs(0)->set_i(0); },
     kFormat,
     {"fetch", "col 0"}},
    {"fetch_of_nothing",
     [](auto& b) { b.fetch("nowhere"); },
     kFormat,
     {"'nowhere'", "never computed"}},
    {"too_many_operators",
     [](auto& b) {
       for (int i = 0; i < kMaxOps; ++i) b.op("relu", {}, {});
     },
     ErrorCode::kModelLimit,
     {"20005 operators", "20000"}},
    {"too_many_variables",
     [](auto& b) {
       for (int i = 0; i < kMaxVariables; ++i) b.variable(std::to_string(i));
     },
     ErrorCode::kModelLimit,
     {"100000"}},
    {"required_field_missing",
     [](auto& b) { op(b, kConv).clear_type(); },
     kFormat,
     {"not a Paddle program"}},
    {"training_program",
     [](auto& b) {
       b.op("batch_norm",
            {{"X", {"out"}},
             {"Scale", {"b"}},
             {"Bias", {"b"}},
             {"Mean", {"b"}},
             {"Variance", {"b"}}},
            {{"Y", {"normed"}}});
     },
     kUnsupported,
     {"batch_norm", "model.eval()"}},
};

class BadProgram : public testing::TestWithParam<Bad> {};

TEST_P(BadProgram, IsNamed) {
  ProgramBuilder b = small_program();
  GetParam().change(b);
  EXPECT_TRUE(fails_with(GetParam().code, GetParam().parts, [&] { load(b); }));
  EXPECT_TRUE(fails_with(GetParam().code, {"cannot load model", "m.pdmodel"}, [&] { load(b); }));
}

INSTANTIATE_TEST_SUITE_P(Table, BadProgram, testing::ValuesIn(kBad),
                         [](const auto& info) { return std::string(info.param.name); });

// Names come from the file, and messages go to terminals.
TEST(BadPrograms, CannotWriteToTheTerminal) {
  ProgramBuilder b = small_program();
  b.op("evil\n\x1b[2J\x07", {}, {});
  EXPECT_TRUE(fails_with(kUnsupported, {"evil"}, [&] { load(b); }));
}

}  // namespace
}  // namespace u2net::engine::test
