// SPDX-License-Identifier: Apache-2.0
// What a written program says, read with protobuf alone.
#include "loader/paddle/program_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "framework.pb.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

// AttrType and VarType.Type of Paddle's framework.proto.
enum { kInt = 0, kFloat = 1, kString = 2, kInts = 3, kFloats = 4, kBoolean = 6 };
enum { kLodTensor = 7, kFeedMinibatch = 9, kFetchList = 10 };

struct Written {
  proto::ProgramDesc program;
  std::map<std::string, proto::VarDesc> variables;

  explicit Written(const Graph& graph) {
    EXPECT_TRUE(program.ParseFromString(write_program(graph)));
    for (const proto::VarDesc& var : program.blocks(0).vars()) {
      EXPECT_TRUE(variables.emplace(var.name(), var).second) << var.name();
    }
  }

  const proto::OpDesc& op(int index) const { return program.blocks(0).ops(index); }
  Shape dims(const std::string& name) const {
    const auto& dims = variables.at(name).type().lod_tensor().tensor().dims();
    return {dims.begin(), dims.end()};
  }
};

std::map<std::string, proto::OpDesc::Attr> attributes(const proto::OpDesc& op) {
  std::map<std::string, proto::OpDesc::Attr> all;
  for (const auto& attr : op.attrs()) all[attr.name()] = attr;
  return all;
}

std::string argument(const google::protobuf::RepeatedPtrField<proto::OpDesc::Var>& slots,
                     const std::string& slot) {
  for (const auto& var : slots) {
    if (var.parameter() == slot && var.arguments_size() == 1) return var.arguments(0);
  }
  return "nothing in " + slot;
}

// conv2d, batch_norm, a size taken from the input, resize.
Graph sample(const Shape& image) {
  Random random("program_writer");
  GraphBuilder b;
  const ValueId x = b.input("x", image);
  const ValueId conv =
      b.conv(x, integers(random, {4, 3, 3, 3}), {{"paddings", std::vector<std::int64_t>{1, 1}}});
  const auto statistic = [&] { return uniform(random, {4}, 1, 2); };
  const ValueId norm =
      b.batch_norm(conv, {statistic(), statistic(), statistic(), statistic()}, 1e-5);
  const ValueId shape = b.op("shape", {{"Input", {x}}});
  const ValueId size = b.op("slice", {{"Input", {shape}}},
                            {{"axes", std::vector<std::int64_t>{0}},
                             {"starts", std::vector<std::int64_t>{2}},
                             {"ends", std::vector<std::int64_t>{1LL << 40}}});
  b.output(
      b.op("bilinear_interp_v2", {{"X", {norm}}, {"OutSize", {size}}}, {{"align_corners", false}}));
  return b.graph();
}

TEST(ProgramWriter, Frame) {
  const Graph graph = sample({-1, 3, 8, 8});
  const Written w(graph);
  EXPECT_EQ(w.program.version().version(), 2006002);
  ASSERT_EQ(w.program.blocks_size(), 1);
  EXPECT_EQ(w.program.blocks(0).idx(), 0);
  EXPECT_EQ(w.program.blocks(0).parent_idx(), -1);
  const int ops = w.program.blocks(0).ops_size();
  ASSERT_EQ(ops, static_cast<int>(graph.nodes.size()) + 2);
  EXPECT_EQ(w.op(0).type(), "feed");
  EXPECT_EQ(argument(w.op(0).inputs(), "X"), "feed");
  EXPECT_EQ(argument(w.op(0).outputs(), "Out"), "x");
  EXPECT_EQ(attributes(w.op(0)).at("col").i(), 0);
  EXPECT_EQ(w.op(ops - 1).type(), "fetch");
  EXPECT_EQ(argument(w.op(ops - 1).outputs(), "Out"), "fetch");
  EXPECT_EQ(w.variables.at("feed").type().type(), kFeedMinibatch);
  EXPECT_EQ(w.variables.at("fetch").type().type(), kFetchList);
  EXPECT_TRUE(w.variables.at("fetch").persistable());
}

TEST(ProgramWriter, AttributesHavePaddlesTypes) {
  const Written w(sample({-1, 3, 8, 8}));
  const std::map<std::string, std::map<std::string, int>> expected = {
      {"conv2d",
       {{"data_format", kString},
        {"dilations", kInts},
        {"groups", kInt},
        {"padding_algorithm", kString},
        {"paddings", kInts},
        {"strides", kInts}}},
      {"batch_norm",
       {{"data_layout", kString},
        {"epsilon", kFloat},
        {"is_test", kBoolean},
        {"momentum", kFloat},
        {"trainable_statistics", kBoolean},
        {"use_global_stats", kBoolean}}},
      {"shape", {}},
      {"slice",
       {{"axes", kInts},
        {"decrease_axis", kInts},
        {"ends", kInts},
        {"infer_flags", kInts},
        {"starts", kInts}}},
      {"bilinear_interp_v2",
       {{"align_corners", kBoolean},
        {"align_mode", kInt},
        {"data_layout", kString},
        {"interp_method", kString},
        {"out_d", kInt},
        {"out_h", kInt},
        {"out_w", kInt},
        {"scale", kFloats}}}};
  int seen = 0;
  for (const proto::OpDesc& op : w.program.blocks(0).ops()) {
    const auto it = expected.find(op.type());
    if (it == expected.end()) continue;
    ++seen;
    std::map<std::string, int> types;
    for (const auto& attr : op.attrs()) types[attr.name()] = attr.type();
    EXPECT_EQ(types, it->second) << op.type();
    if (op.type() == "slice") {
      EXPECT_EQ(attributes(op).at("ends").ints(0), 2147483647);  // as far as Paddle's INTS reach
    }
  }
  EXPECT_EQ(seen, 5);
}

TEST(ProgramWriter, OutputsThatInferenceDoesNotNeedAreNamed) {
  const Written w(sample({-1, 3, 8, 8}));
  for (const proto::OpDesc& op : w.program.blocks(0).ops()) {
    if (op.type() != "batch_norm") continue;
    EXPECT_EQ(argument(op.outputs(), "MeanOut"), argument(op.inputs(), "Mean"));
    EXPECT_EQ(argument(op.outputs(), "VarianceOut"), argument(op.inputs(), "Variance"));
    const std::string saved = argument(op.outputs(), "SavedMean");
    ASSERT_TRUE(w.variables.contains(saved)) << saved;
    EXPECT_EQ(w.variables.at(saved).type().type(), kLodTensor);
    EXPECT_FALSE(w.variables.at(saved).persistable());
  }
}

TEST(ProgramWriter, DeclaresTheShapesThatAreKnown) {
  const Graph graph = sample({-1, 3, 8, 8});
  const std::string conv = graph.nodes[0].name, resized = graph.outputs[0].name;
  const Written fixed(graph);
  EXPECT_EQ(fixed.dims("x"), (Shape{-1, 3, 8, 8}));
  EXPECT_TRUE(fixed.variables.at("x").need_check_feed());
  EXPECT_EQ(fixed.dims(conv), (Shape{-1, 4, 8, 8}));
  EXPECT_EQ(fixed.dims(resized), (Shape{-1, 4, 8, 8}));
  const Written open(sample({1, 3, -1, -1}));
  EXPECT_EQ(open.dims("x"), (Shape{1, 3, -1, -1}));
  EXPECT_EQ(open.dims(conv), (Shape{1, 4, -1, -1}));
  EXPECT_EQ(open.dims(resized), (Shape{1, 4, -1, -1}));
  int weights = 0;
  for (const auto& [name, var] : open.variables)
    weights += var.persistable() && var.type().type() == kLodTensor;
  EXPECT_EQ(weights, 5);
}

}  // namespace
}  // namespace u2net::engine::test
