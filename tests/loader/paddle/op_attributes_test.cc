// SPDX-License-Identifier: Apache-2.0
// What operators say to attributes that make no sense, and which ones they overlook.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "loader/function_names.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

std::shared_ptr<const Operator> decode(std::string_view type, const Attributes& attributes) {
  return find_paddle_op(type)->decode(AttributeReader(type, attributes));
}

// A valid operator of every type, to change one attribute of.
Attributes valid(std::string_view type) {
  if (type == "batch_norm") return {{"is_test", true}};
  if (type == "cast") return {{"out_dtype", std::int64_t{5}}};
  if (type == "einsum") return {{"equation", std::string("ij->ji")}};
  if (type == "max_pool2d_with_index" || type == "unpool") return {{"ksize", Integers{2, 2}}};
  if (type == "sync_batch_norm") return {{"is_test", true}};
  if (type == "dropout") return {{"is_test", true}};
  if (type == "assign_value")
    return {{"shape", Integers{1}}, {"fp32_values", std::vector<double>{1.0}}};
  if (type == "pool2d") return {{"pooling_type", std::string("max")}, {"ksize", Integers{2, 2}}};
  if (type == "slice" || type == "strided_slice")
    return {{"axes", Integers{0}}, {"starts", Integers{0}}, {"ends", Integers{1}}};
  return {};
}

struct BadAttributeCase {
  const char* type;
  const char* attribute;
  Attribute value;
  ErrorCode code = ErrorCode::kModelFormat;
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr ErrorCode kNotSupported = ErrorCode::kModelUnsupported;

const BadAttributeCase kBadAttributes[] = {
    {"conv2d", "strides", Integers{0, 1}},
    {"conv2d", "strides", Integers{-1, 1}},
    {"conv2d", "strides", Integers{1}},
    {"conv2d", "strides", Integers{1, 1, 1}},
    {"conv2d", "strides", Integers{1, 65537}},
    {"conv2d", "dilations", Integers{1, 0}},
    {"conv2d", "dilations", Integers{}},
    {"conv2d", "paddings", Integers{-1, 0}},
    {"conv2d", "paddings", Integers{0, 0, 0, -1}},
    {"conv2d", "paddings", Integers{0, 0, 0}},
    {"conv2d", "paddings", Integers{0, 65537}},
    {"conv2d", "groups", std::int64_t{0}},
    {"conv2d", "groups", std::int64_t{-3}},
    {"conv2d", "padding_algorithm", std::string("same")},
    {"conv2d", "data_format", std::string("NHWC"), kNotSupported},
    {"conv2d", "fuse_relu", true},
    {"conv2d", "fuse_residual_connection", true},
    {"conv2d", "strides", std::string("1,1")},
    {"conv2d", "strides", VariableReference{{"s"}}, kNotSupported},
    {"depthwise_conv2d", "groups", std::int64_t{0}},
    {"depthwise_conv2d", "data_format", std::string("NHWC"), kNotSupported},
    {"batch_norm", "is_test", false, kNotSupported},
    {"batch_norm", "trainable_statistics", true, kNotSupported},
    {"batch_norm", "epsilon", kNaN},
    {"batch_norm", "epsilon", kInfinite},
    {"batch_norm", "fuse_with_relu", true},
    {"batch_norm", "data_layout", std::string("NHWC"), kNotSupported},
    {"pool2d", "pooling_type", std::string("min")},
    {"pool2d", "pooling_type", std::string("")},
    {"pool2d", "ksize", Integers{0, 2}},
    {"pool2d", "ksize", Integers{2}},
    {"pool2d", "strides", Integers{0, 0}},
    {"pool2d", "paddings", Integers{-1, -1}},
    {"pool2d", "padding_algorithm", std::string("FULL")},
    {"pool2d", "data_format", std::string("NHWC"), kNotSupported},
    {"pool2d", "adaptive", true},
    {"cast", "out_dtype", std::int64_t{23}},
    {"cast", "out_dtype", std::int64_t{-1}},
    {"cast", "out_dtype", std::string("float32")},
    {"slice", "axes", Integers{}},
    {"slice", "ends", VariableReference{{"e"}}, kNotSupported},
    {"elementwise_add", "Scale_x", 0.5},
    {"elementwise_add", "axis", 0.5},
    {"elementwise_mul", "Scale_out", 2.0},
    {"bilinear_interp_v2", "scale", Reals{2}},
    {"bilinear_interp_v2", "scale", Reals{0, 0}},
    {"bilinear_interp_v2", "scale", Reals{2, -2}},
    {"bilinear_interp_v2", "scale", Reals{kNaN, 2}},
    {"bilinear_interp_v2", "data_layout", std::string("NHWC"), kNotSupported},
    {"nearest_interp_v2", "scale", Reals{-1, 1}},
    {"nearest_interp", "out_h", 2.5},
    {"concat", "axis", std::string("1")},
    {"assign_value", "shape", Integers{2}},
    {"assign_value", "shape", Integers{-1}},
    {"assign_value", "dtype", std::int64_t{23}},
    {"clip", "min", kNaN},
    {"clip", "max", kNaN},
    {"dropout", "is_test", false, kNotSupported},
    {"dropout", "dropout_prob", 1.5},
    {"dropout", "dropout_prob", kNaN},
    {"dropout", "dropout_implementation", std::string("train")},
    {"equal", "axis", 0.5},
    {"fill_any_like", "dtype", std::int64_t{23}},
    {"fill_constant", "dtype", std::int64_t{99}},
    {"fill_constant", "str_value", std::string("one")},
    {"gelu", "approximate", 0.5},
    {"leaky_relu", "alpha", kInfinite},
    {"prelu", "mode", std::string("some")},
    {"prelu", "data_format", std::string("NCDHW")},
    {"range", "dtype", std::int64_t{23}},
    {"hard_swish", "threshold", 4.0, kNotSupported},
    {"hard_swish", "offset", kNaN},
    {"hard_swish", "scale", std::string("6")},
    {"reshape2", "shape", Reals{1}},
    {"arg_max", "dtype", std::int64_t{5}},
    {"arg_max", "dtype", std::int64_t{4}},
    {"arg_min", "axis", 0.5},
    {"conv2d_transpose", "groups", std::int64_t{0}},
    {"conv2d_transpose", "strides", Integers{0, 1}},
    {"conv2d_transpose", "output_size", Integers{1}},
    {"conv2d_transpose", "output_padding", Integers{1, 0}},
    {"conv2d_transpose", "output_padding", Integers{-1, 0}},
    {"conv2d_transpose", "data_format", std::string("NHWC"), kNotSupported},
    {"depthwise_conv2d_transpose", "padding_algorithm", std::string("same")},
    {"grid_sampler", "mode", std::string("bicubic")},
    {"grid_sampler", "padding_mode", std::string("wrap")},
    {"group_norm", "groups", std::int64_t{0}},
    {"group_norm", "epsilon", kNaN},
    {"group_norm", "data_layout", std::string("NHWC"), kNotSupported},
    {"layer_norm", "epsilon", -1.0},
    {"linear_interp_v2", "scale", Reals{-1}},
    {"matmul", "alpha", kInfinite},
    {"matmul", "head_number", std::int64_t{2}},
    {"max_pool2d_with_index", "paddings", Integers{0, 1, 0, 0}},
    {"norm", "epsilon", -1.0},
    {"p_norm", "porder", kNaN},
    {"reduce_sum", "out_dtype", std::int64_t{4}},
    {"reduce_mean", "dim", std::string("1")},
    {"einsum", "equation", std::string("i->j")},
    {"einsum", "equation", std::int64_t{1}},
    {"put_along_axis", "Reduce", std::string("median")},
    {"softmax", "axis", std::string("1")},
    {"sync_batch_norm", "use_global_stats", std::string("1")},
    {"top_k_v2", "k", 0.5},
    {"unpool", "unpooling_type", std::string("average")},
    {"scale", "bias", std::string("0")},
    {"scale", "scale", VariableReference{{"factor"}}, kNotSupported},
};

class BadAttribute : public testing::TestWithParam<BadAttributeCase> {};

TEST_P(BadAttribute, IsNamed) {
  const BadAttributeCase& bad = GetParam();
  ASSERT_NO_THROW(decode(bad.type, valid(bad.type)));
  Attributes attributes = valid(bad.type);
  attributes.insert_or_assign(bad.attribute, bad.value);
  // A training program is told by several attributes: its message names none.
  const bool names_attribute = bad.code != kNotSupported ||
                               std::string_view(bad.type) != "batch_norm" ||
                               std::string_view(bad.attribute) == "data_layout";
  EXPECT_TRUE(fails_with(bad.code,
                         {"'" + std::string(bad.type) + "'", names_attribute ? bad.attribute : ""},
                         [&] { decode(bad.type, attributes); }));
}

INSTANTIATE_TEST_SUITE_P(Table, BadAttribute, testing::ValuesIn(kBadAttributes),
                         [](const auto& info) {
                           return std::string(info.param.type) + "_" + info.param.attribute + "_" +
                                  std::to_string(info.index);
                         });

TEST(MissingAttribute, IsAnErrorWhereThereIsNoDefault) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"'pool2d'", "ksize"}, [] {
    decode("pool2d", {{"pooling_type", std::string("max")}});
  }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"'pool2d'", "pooling_type"}, [] {
    decode("pool2d", {{"ksize", Integers{2, 2}}});
  }));
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"'cast'", "out_dtype"}, [] { decode("cast", {}); }));
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"'slice'", "axes"}, [] { decode("slice", {}); }));
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"'einsum'", "equation"}, [] { decode("einsum", {}); }));
  EXPECT_TRUE(fails_with(kNotSupported, {"'batch_norm'"}, [] { decode("batch_norm", {}); }));
}

TEST(Decoding, AcceptsWhatOlderExportersWrite) {
  EXPECT_NO_THROW(decode("conv2d", {{"use_cudnn", true},
                                    {"mkldnn_data_type", std::string("float32")},
                                    {"data_format", std::string("AnyLayout")},
                                    {"fuse_relu", false},
                                    {"Scale_weights", Reals{1}},
                                    {"workspace_size_MB", std::int64_t{512}}}));
  EXPECT_NO_THROW(decode("batch_norm", {{"use_global_stats", true}, {"is_test", false}}));
  EXPECT_NO_THROW(
      decode("pool2d", {{"pooling_type", std::string("avg")}, {"global_pooling", true}}));
  EXPECT_NO_THROW(decode("bilinear_interp", {{"scale", 0.0}, {"out_h", std::int64_t{-1}}}));
  EXPECT_NO_THROW(decode("bilinear_interp_v2", {{"scale", Reals{}}}));
  EXPECT_NO_THROW(
      decode("elementwise_add", {{"Scale_x", 1.0}, {"x_data_format", std::string("")}}));
}

TEST(OpTable, HasEveryTypeOnceUnderItsName) {
  for (const PaddleOp* op : paddle_ops()) {
    EXPECT_EQ(find_paddle_op(op->name), op) << op->name;
    // Older names of an operator are read, and never written.
    EXPECT_EQ(paddle_op_of(*op->type)->type, op->type) << op->name;
    EXPECT_EQ(op->inputs.size(), op->type->inputs.size()) << op->name;
    ASSERT_GE(op->outputs.size(), 1U) << op->name;
    EXPECT_EQ(op->type->outputs.size(), op->outputs.size()) << op->name;
    EXPECT_EQ(&decode(op->name, valid(op->name))->type(), op->type) << op->name;
  }
  EXPECT_GE(paddle_ops().size(), 100U + std::size(kUnaryNames) + std::size(kBinaryNames) +
                                     std::size(kCompareNames) + std::size(kReduceNames));
  EXPECT_EQ(find_paddle_op("conv2"), nullptr);
  EXPECT_EQ(find_paddle_op("feed"), nullptr);
  EXPECT_EQ(find_paddle_op(""), nullptr);
}

template <class Functions, class Names>
void expect_named_once(const Functions& functions, const Names& names) {
  for (const auto& function : functions) {
    int rows = 0;
    for (const auto& row : names) rows += row.kind == function.kind;
    EXPECT_EQ(rows, 1) << function.name;
  }
}

TEST(OpTable, NamesEveryFunctionOnce) {
  expect_named_once(kernels::kUnaryFunctions, kUnaryNames);
  expect_named_once(kernels::kBinaryFunctions, kBinaryNames);
  expect_named_once(kernels::kCompareFunctions, kCompareNames);
}

TEST(Operators, DescribeWhatMatters) {
  const auto described = [](std::string_view type, const Attributes& attributes) {
    std::string text;
    for (const auto& [name, value] : decode(type, attributes)->describe())
      text += name + "=" + value + ";";
    return text;
  };
  EXPECT_EQ(described("conv2d", {{"strides", Integers{2, 1}}, {"paddings", Integers{1, 2, 3, 4}}}),
            "strides=2,1;paddings=1,2,3,4;dilations=1,1;groups=1;padding_algorithm=EXPLICIT;");
  EXPECT_EQ(described("concat", {{"axis", std::int64_t{1}}}), "axis=1;");
  EXPECT_EQ(described("relu", {}), "");
  for (const PaddleOp* op : paddle_ops()) {
    for (const auto& [name, value] : decode(op->name, valid(op->name))->describe()) {
      EXPECT_TRUE(is_one_line(name) && is_one_line(value)) << op->name << " " << name;
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
