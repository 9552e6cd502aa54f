// SPDX-License-Identifier: Apache-2.0
// Programs of Paddle 3 that are whole as JSON but make no sense, and JSON that is none.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/graph/op.h"
#include "loader/limits.h"
#include "loader/pir/json_document.h"
#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

constexpr ErrorCode kPirFormat = ErrorCode::kModelFormat;
constexpr ErrorCode kPirUnsupported = ErrorCode::kModelUnsupported;
constexpr ErrorCode kPirLimit = ErrorCode::kModelLimit;

std::string tensor(const std::string& dims, const std::string& element = "0.t_f32") {
  return R"({"#":"0.t_dtensor","D":[{"#":")" + element + R"("},[)" + dims + R"(],"NCHW",[],0]})";
}
std::string result(int id, const std::string& dims) {
  return R"({"%":)" + std::to_string(id) + R"(,"TT":)" + tensor(dims) + "}";
}

const std::string kParameter =
    R"({"#":"p","A":[0,1,1,"w"],"DA":[],"O":)" + result(1, "4,3,3,3") + R"(,"OA":[1,0,1],"QA":[]})";
const std::string kPirData =
    R"({"#":"1.data","A":[{"AT":{"#":"0.a_str","D":"x"},"N":"name"}],"I":[],"O":[)" +
    result(2, "-1,3,8,8") + R"(],"OA":[]})";
const std::string kPirConv =
    R"({"#":"1.conv2d","A":[{"AT":{"#":"0.a_array","D":[{"#":"0.a_i32","D":1},{"#":"0.a_i32","D":1}]},)"
    R"("N":"strides"}],"I":[{"%":2},{"%":1}],"O":[)" +
    result(3, "-1,4,6,6") + R"(]})";
const std::string kSize =
    R"({"#":"1.full_int_array","A":[{"AT":{"#":"0.a_array","D":[{"#":"0.a_i64","D":2},{"#":"0.a_i64","D":2}]},)"
    R"("N":"value"},{"AT":{"#":"1.a_dtype","D":"int64"},"N":"dtype"}],"I":[],"O":[)" +
    result(4, "2") + R"(]})";
const std::string kPool =
    R"({"#":"1.pool2d","A":[{"AT":{"#":"0.a_str","D":"max"},"N":"pooling_type"}],)"
    R"("I":[{"%":3},{"%":4}],"O":[)" +
    result(5, "-1,4,5,5") + R"(]})";
const std::string kPirFetch =
    R"({"#":"1.fetch","A":[{"AT":{"#":"0.a_str","D":"out"},"N":"name"},{"AT":{"#":"0.a_i32","D":0},"N":"col"}],)"
    R"("I":[{"%":5}],"O":[)" +
    result(6, "-1,4,5,5") + R"(]})";

std::string program(const std::string& ops) {
  return R"({"base_code":{"magic":"pir","trainable":true,"version":4},"program":{"regions":[{"#":"region_0",)"
         R"("blocks":[{"#":"block_0","args":[],"ops":[)" +
         ops + "]}]}]}}";
}
std::string small_ops() {
  return kParameter + "," + kPirData + "," + kPirConv + "," + kSize + "," + kPool + "," + kPirFetch;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string weights() {
  return record_of(Tensor::from<float>({4, 3, 3, 3}, std::vector<float>(108, 0.5F))).bytes();
}

TEST(PirReader, ReadsASmallProgram) {
  const LoadedModel model = load_files(program(small_ops()), weights());
  EXPECT_EQ(model.pir_version, 4);
  EXPECT_EQ(model.paddle_version, 0);
  EXPECT_EQ(model.parameter_count, 1);
  ASSERT_EQ(model.graph.nodes.size(), 2U);
  EXPECT_EQ(model.graph.nodes[1].op->type().name, "pool2d");
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.inputs[0].name, "x");
  ASSERT_EQ(model.graph.outputs.size(), 1U);
  EXPECT_EQ(model.graph.outputs[0].name, "out");
}

TEST(PirReader, KeepsWhereInTheCodeAnOperatorIs) {
  const auto scope = [](const std::string& path) {
    const std::string attribute = R"("A":[{"AT":{"#":"0.a_str","D":")" + path +
                                  R"("},"N":"struct_name"},{"AT":{"#":"0.a_array")";
    const std::string conv = replaced(kPirConv, R"("A":[{"AT":{"#":"0.a_array")", attribute);
    return load_files(program(replaced(small_ops(), kPirConv, conv)), weights())
        .graph.nodes.front()
        .scope;
  };
  EXPECT_EQ(scope("/stem/block_1/Conv2D_3/"), "stem/block_1");
  EXPECT_EQ(scope("/stem/Conv2D"), "stem");
  for (const char* none : {"", "/", "//", "Conv2D", "/Conv2D/", "/Conv2D"})
    EXPECT_EQ(scope(none), "");
}

TEST(PirReader, ReadsFormattedTextAndFullNames) {
  std::string text = replaced(program(small_ops()), "1.conv2d", "pd_op.conv2d");
  text = replaced(text, R"({"base_code")", "\xef\xbb\xbf\n  { \"base_code\"");
  EXPECT_EQ(load_files(text, weights()).graph.nodes.size(), 2U);
}

const std::string kYield = R"({"#":"2.yield","A":[],"I":[{"%":3}],"O":[]})";

// An operator with these lists of operators as its branches.
std::string branches(int id, int condition, const std::vector<std::string>& all) {
  std::string regions;
  for (const std::string& ops : all) {
    regions += (regions.empty() ? "" : ",") +
               (R"({"#":"region","blocks":[{"#":"block","args":[],"ops":[)" + ops) + "]}]}";
  }
  return R"({"#":"1.if","A":[],"I":[{"%":)" + std::to_string(condition) + R"(}],"O":[)" +
         result(id, "-1,4,5,5") + R"(],"regions":[)" + regions + "]}";
}

const std::string kLoopYield = R"({"#":"2.yield","A":[],"I":[{"%":3},{"%":3}],"O":[]})";

// An operator that runs these operators as long as value 3 says.
std::string loop(const std::string& arguments, const std::string& ops, int id = 5) {
  return R"({"#":"1.while","A":[],"I":[{"%":3},{"%":3}],"O":[)" + result(id, "-1,4,5,5") +
         R"(],"regions":[{"#":"region","blocks":[{"#":"block","args":[)" + arguments +
         R"(],"ops":[)" + ops + "]}]}]}";
}

struct BadPirProgram {
  const char* name;
  std::string from, to;  // in the small program
  ErrorCode code;
  std::vector<std::string> parts;
};

// What is wrong with a program, and what is said of it.
const std::vector<BadPirProgram> kBadPrograms = {
    {"no_magic", R"("magic":"pir",)", "", kPirFormat, {"magic"}},
    {"no_base_code", "base_code", "other", kPirFormat, {"base_code"}},
    {"version_is_text",
     R"("version":4)",
     R"("version":"4")",
     kPirFormat,
     {"'version'", "a string"}},
    {"no_program", R"("program")", R"("pogrom")", kPirFormat, {"'program' is missing"}},
    {"no_regions", R"("regions")", R"("legions")", kPirFormat, {"'regions' is missing"}},
    {"program_is_array", R"("program":{)", R"("program":[],"x":{)", kPirFormat, {"an array"}},
    {"no_blocks", R"("blocks":[)", R"("blocks":[],"x":[)", kPirFormat, {"no blocks"}},
    {"two_blocks",
     R"("blocks":[)",
     R"("blocks":[{},)",
     kPirUnsupported,
     {"2 blocks", "control flow"}},
    {"block_arguments", R"("args":[])", R"("args":[{"%":-1}])", kPirUnsupported, {"arguments"}},
    {"ops_is_object", R"("ops":[)", R"("ops":{},"x":[)", kPirFormat, {"'ops'", "an object"}},
    {"op_is_a_number", kPirData, "7", kPirFormat, {"number 1", "'#'"}},
    {"op_without_name", R"({"#":"1.conv2d",)", "{", kPirFormat, {"number 2", "'#'"}},
    {"op_name_is_number", R"("1.conv2d")", "1", kPirFormat, {"'#'", "an integer"}},
    {"unsupported",
     "1.pool2d",
     "1.uniform",
     kPirUnsupported,
     {"pd_op.uniform (1x, its results are random)"}},
    {"unsupported_pops",
     "1.pool2d",
     "1.tuple_pop",
     kPirUnsupported,
     {"pd_op.tuple_pop (1x, control flow)"}},
    {"loop_without_block", "1.pool2d", "1.while", kPirFormat, {"regions"}},
    {"loop_without_argument",
     kPool,
     loop("", kLoopYield),
     kPirFormat,
     {"0 arguments", "1 results"}},
    {"loop_with_another_argument",
     kPool,
     loop(R"({"#":7})", kLoopYield),
     kPirFormat,
     {"argument 7"}},
    {"loop_without_condition",
     kPool,
     loop(R"({"#":-1})", kYield),
     kPirFormat,
     {"2 values", "yields 1"}},
    {"loop_in_loops",
     kPool,
     loop(R"({"#":-1})",
          loop(R"({"#":-2})",
               loop(R"({"#":-3})", loop(R"({"#":-4})", kLoopYield, 8) + "," + kLoopYield, 9) + "," +
                   kLoopYield,
               10) +
              "," + kLoopYield),
     kPirLimit,
     {"loops", "80000"}},
    {"branches_missing", "1.pool2d", "1.if", kPirFormat, {"regions"}},
    {"branches_of_one", kPool, branches(5, 3, {kYield}), kPirFormat, {"1 regions", "expected 2"}},
    {"branches_without_yield", kPool, branches(5, 3, {kYield, ""}), kPirFormat, {"yields nothing"}},
    {"branches_of_other_counts",
     kPool,
     branches(5, 3, {kYield, R"({"#":"2.yield","A":[],"I":[],"O":[]})"}),
     kPirFormat,
     {"1 values", "yields 0"}},
    {"branch_that_goes_on",
     kPool,
     branches(5, 3, {kYield, kYield + "," + kYield}),
     kPirFormat,
     {"pd_op.if", "yields"}},
    {"branch_with_an_input",
     kPool,
     branches(5, 3, {kYield, replaced(kPirData, R"("%":2)", R"("%":9)") + "," + kYield}),
     kPirFormat,
     {"stands in a block"}},
    {"branch_of_what_is_unsupported",
     kPool,
     branches(5, 3, {kYield, R"({"#":"1.beam","A":[],"I":[],"O":[]},)" + kYield}),
     kPirUnsupported,
     {"pd_op.beam (1x)"}},
    {"yield_outside", kPool, kYield, kPirUnsupported, {"cf.yield"}},
    {"no_fetch", "," + kPirFetch, "", kPirFormat, {"no fetch"}},
    {"no_attributes",
     R"("A":[{"AT":{"#":"0.a_array")",
     R"("B":[{"AT":{"#":"0.a_array")",
     kPirFormat,
     {"pd_op.conv2d", "'A' is missing"}},
    {"attribute_kind",
     R"("0.a_i32","D":1)",
     R"("0.a_what","D":1)",
     kPirUnsupported,
     {"strides", "a_what"}},
    {"attribute_data",
     R"("0.a_i32","D":1)",
     R"("0.a_i32","D":"1")",
     kPirFormat,
     {"strides", "a string"}},
    {"attribute_of_neither",
     R"("0.a_i32","D":1)",
     R"("0.a_i32","E":1)",
     kPirFormat,
     {"strides", "neither 'D' nor 'VD'"}},
    {"attribute_named",
     R"("0.a_i32","D":1)",
     R"("0.a_f32","VD":"FAR")",
     kPirFormat,
     {"strides", "a_f32", "a string"}},
    {"attribute_named_integer",
     R"("0.a_i32","D":1)",
     R"("0.a_i32","VD":"INF")",
     kPirFormat,
     {"strides", "a string"}},
    {"attribute_mixed",
     R"("0.a_i32","D":1)",
     R"("0.a_bool","D":true)",
     kPirFormat,
     {"several kinds"}},
    {"attribute_wrong",
     R"({"#":"0.a_str","D":"max"})",
     R"({"#":"0.a_i32","D":1})",
     kPirFormat,
     {"pool2d", "pooling_type"}},
    {"operand_id_is_text", R"("I":[{"%":2})", R"("I":[{"%":"2"})", kPirFormat, {"'%'", "a string"}},
    {"operand_undefined", R"("I":[{"%":2})", R"("I":[{"%":77})", kPirFormat, {"conv2d", "77"}},
    {"operand_huge",
     R"("I":[{"%":2})",
     R"("I":[{"%":99999999999999999999999})",
     kPirFormat,
     {"'%'"}},
    {"cycle",
     R"("I":[{"%":2})",
     R"("I":[{"%":5})",
     kPirFormat,
     {"conv2d", "value 5", "nothing before"}},
    {"operand_absent", R"("I":[{"%":2})", R"("I":[{"%":0})", kPirFormat, {"conv2d", "'Input'"}},
    {"too_many_operands",
     R"({"%":2},{"%":1})",
     R"({"%":2},{"%":1},{"%":1})",
     kPirFormat,
     {"3 operands"}},
    {"value_twice", R"("%":3,)", R"("%":2,)", kPirFormat, {"value 2", "exists already"}},
    {"value_negative", R"("%":3,)", R"("%":-3,)", kPirFormat, {"value -3"}},
    {"computed_axes",
     kPool,
     R"({"#":"1.squeeze","A":[],"I":[{"%":3},{"%":2}],"O":[)" + result(5, "-1,4,5") + "]}",
     kPirUnsupported,
     {"squeeze", "operand 1"}},
    {"no_window", R"({"%":3},{"%":4})", R"({"%":3},{"%":0})", kPirFormat, {"ksize"}},
    {"constant_too_long",
     R"("D":[{"#":"0.a_i64","D":2},)",
     R"("D":[{"#":"0.a_i64","D":2},)" +
         [] {
           std::string many;
           for (int i = 0; i < 100; ++i) many += R"({"#":"0.a_i64","D":2},)";
           return many;
         }(),
     kPirFormat,
     {"102 elements"}},
    {"constant_without_type", R"("D":"int64")", R"("D":"int65")", kPirUnsupported, {"'dtype'"}},
    {"parameter_unnamed", R"("A":[0,1,1,"w"])", R"("A":[0,1,1])", kPirFormat, {"no name"}},
    {"parameter_of_any_size", "[4,3,3,3]", "[-1,3,3,3]", kPirFormat, {"'w'", "[-1,3,3,3]"}},
    {"parameter_too_large",
     "[4,3,3,3]",
     "[4611686018427387904,3,3,3]",
     kPirLimit,
     {"4611686018427387904"}},
    {"parameter_of_rank_nine", "[4,3,3,3]", "[1,1,1,1,1,1,1,1,1]", kPirFormat, {"9 dimensions"}},
    {"parameter_of_half", "0.t_f32", "0.t_f16", kPirUnsupported, {"t_f16"}},
    {"parameter_no_tensor",
     "0.t_dtensor",
     "0.t_selected_rows",
     kPirUnsupported,
     {"t_selected_rows"}},
    {"parameter_shape_is_text", "[4,3,3,3]", R"("4,3,3,3")", kPirFormat, {"shape", "a string"}},
    {"input_of_no_size", "[-1,3,8,8]", "[-1,0,8,8]", kPirFormat, {"'x'", "[-1,0,8,8]"}},
    {"input_unnamed", R"("N":"name"},{)", R"("N":"game"},{)", kPirFormat, {"fetch", "'name'"}},
    {"fetch_undefined", R"("I":[{"%":5}])", R"("I":[{"%":55}])", kPirFormat, {"fetch", "55"}},
    {"fetch_without_column", R"("N":"col")", R"("N":"row")", kPirFormat, {"fetch", "'col'"}},
    {"fetch_twice",
     kPirFetch,
     kPirFetch + "," + replaced(kPirFetch, R"("%":6)", R"("%":7)"),
     kPirFormat,
     {"col 0"}},
};

class BadPir : public testing::TestWithParam<std::size_t> {};

TEST_P(BadPir, IsNamed) {
  const BadPirProgram& bad = kBadPrograms[GetParam()];
  const std::string text = replaced(program(small_ops()), bad.from, bad.to);
  try {
    load_bytes(text, weights());
    FAIL() << bad.name << " was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(error_name(e.code()), error_name(bad.code)) << bad.name << ": " << e.what();
    EXPECT_TRUE(is_one_line(e.what()));
    for (const std::string& part : bad.parts) {
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << part << " in: " << e.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, BadPir, testing::Range(std::size_t{0}, kBadPrograms.size()),
                         [](const auto& info) {
                           return std::string(kBadPrograms[info.param].name);
                         });

JsonDocument parse(const std::string& text) {
  return JsonDocument::parse(std::as_bytes(std::span(text)));
}

TEST(JsonDocument, IsBounded) {
  const std::string deep(100'000, '[');
  EXPECT_TRUE(fails_with(kPirLimit, {"nested"}, [&] { parse(deep); }));
  std::string wide = "[0";
  for (std::size_t i = 0; i < kMaxJsonValues; ++i) wide += ",0";
  EXPECT_TRUE(fails_with(kPirLimit, {"2000000"}, [&] { parse(wide + "]"); }));
}

TEST(JsonDocument, SaysWhereItIsNone) {
  EXPECT_TRUE(fails_with(kPirFormat, {"byte 9"}, [] { parse(R"({"a":[1,])"); }));
  EXPECT_TRUE(fails_with(kPirFormat, {"byte"}, [] { parse("{\"a\":\"\xff\"}"); }));
  EXPECT_TRUE(fails_with(kPirFormat, {"byte"}, [] { parse("{}{}"); }));
  EXPECT_TRUE(fails_with(kPirFormat, {"byte"}, [] { parse(""); }));
}

TEST(JsonDocument, HoldsEveryKind) {
  const JsonDocument document =
      parse(R"({"a":null,"b":true,"c":-3,"d":2.5,"e":"\u00e9","f":[1,[2],{}],"c":4})");
  const Json root = document.root();
  EXPECT_EQ(root.size(), 7U);
  EXPECT_TRUE(root.find("a")->is(JsonKind::kNull));
  EXPECT_TRUE(root.find("b")->boolean());
  EXPECT_EQ(root.find("c")->integer(), 4) << "the last of two";
  EXPECT_EQ(root.find("d")->real(), 2.5);
  EXPECT_EQ(root.find("e")->text(), "\xc3\xa9");
  const Json list = root.find("f").value();
  EXPECT_EQ(list.size(), 3U);
  EXPECT_FALSE(root.find("g"));
  std::vector<JsonKind> kinds;
  for (const Json item : list) kinds.push_back(item.kind());
  EXPECT_EQ(kinds, (std::vector{JsonKind::kInteger, JsonKind::kArray, JsonKind::kObject}));
}

// A list that many operators name, without being long itself.
TEST(PirReader, BoundsWhatAListCosts) {
  std::string list = R"({"#":"0.combine","A":[],"I":[{"%":2})";
  for (int i = 0; i < 2000; ++i) list += R"(,{"%":2})";
  list += R"(],"O":[)" + result(10, "1") + "]}";
  std::string ops = kPirData + "," + list;
  for (int i = 0; i < 2000; ++i) {
    ops += R"(,{"#":"1.concat","A":[],"I":[{"%":10}],"O":[)" + result(100 + i, "1") + "]}";
  }
  ops += "," + replaced(kPirFetch, R"("I":[{"%":5}])", R"("I":[{"%":100}])");
  EXPECT_TRUE(fails_with(kPirLimit, {"connections"}, [&] { load_bytes(program(ops), ""); }));
}

TEST(PirReader, BoundsWhatConstantsCost) {
  std::string ops = kPirData;
  for (int i = 0; i < 100; ++i) {
    ops += R"(,{"#":"1.full","A":[{"AT":{"#":"1.a_intarray","D":[1000000]},"N":"shape"},)"
           R"({"AT":{"#":"0.a_f64","D":1.0},"N":"value"},{"AT":{"#":"1.a_dtype","D":"float32"},)"
           R"("N":"dtype"}],"I":[],"O":[)" +
           result(100 + i, "1000000") + "]}";
  }
  ops += "," + replaced(kPirFetch, R"("I":[{"%":5}])", R"("I":[{"%":2}])");
  EXPECT_TRUE(fails_with(kPirLimit, {"constants"}, [&] { load_bytes(program(ops), ""); }));
}

}  // namespace
}  // namespace u2net::engine::test
