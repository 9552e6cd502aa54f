// SPDX-License-Identifier: Apache-2.0
// What an If of ONNX may not say.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/loader/onnx/onnx_models.h"

namespace u2net::engine::test {
namespace {

onnx::Node& first_if(onnx::Model& model) {
  for (onnx::Node& node : *model.mutable_graph()->mutable_node()) {
    if (node.op_type() == "If") return node;
  }
  ADD_FAILURE() << "there is no If";
  return *model.mutable_graph()->mutable_node(0);
}

// Changes the branch of that name.
void change(onnx::Node& node, const std::string& name, const std::function<void(onnx::Graph&)>& f) {
  for (onnx::Attribute& attribute : *node.mutable_attribute()) {
    if (attribute.name() != name) continue;
    onnx::Graph graph;
    ASSERT_TRUE(graph.ParseFromString(attribute.g()));
    f(graph);
    attribute.set_g(graph.SerializeAsString());
  }
}

TEST(OnnxBranches, ThatSayWhatTheyMayNot) {
  const onnx::Model whole = model_of("branches_of_open_sizes");
  const auto with = [&](const std::function<void(onnx::Graph&)>& f) {
    onnx::Model model = whole;
    change(first_if(model), "else_branch", f);
    return model;
  };
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "else_branch with 1 inputs"},
                      with([](onnx::Graph& g) { g.add_input()->set_name("x2"); })));
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "2 outputs", "else_branch 1"},
                      with([](onnx::Graph& g) { g.mutable_output()->RemoveLast(); })));
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "without a name in its else_branch"},
                      with([](onnx::Graph& g) { g.mutable_output(0)->clear_name(); })));
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, {"1 operator is", "NonZero (1x)"},
                      with([](onnx::Graph& g) { g.mutable_node(0)->set_op_type("NonZero"); })));
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'a' is defined twice"},
                      with([](onnx::Graph& g) { g.mutable_node(2)->set_output(0, "a"); })));
}

TEST(OnnxBranches, ThatAreNone) {
  const onnx::Model whole = model_of("branches_of_open_sizes");
  onnx::Model model = whole;
  first_if(model).mutable_attribute()->RemoveLast();
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "_branch"}, model));
  model = whole;
  first_if(model).mutable_attribute(0)->set_g("\x0a\xff");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "damaged"}, model));
  model = whole;
  first_if(model).add_input("x");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "2 inputs, not one"}, model));
  model = whole;
  first_if(model).set_input(0, "");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "no condition"}, model));
}

TEST(OnnxBranches, ConditionsOfManyElements) {
  onnx::Model model = model_of("branches_known");
  onnx::Tensor& condition = *model.mutable_graph()->add_initializer();
  condition.set_name("two");
  condition.add_dims(2);
  condition.set_data_type(9);
  condition.set_raw_data(std::string(2, '\1'));
  first_if(model).set_input(0, "two");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'If'", "[2]", "one element"}, model));
}

TEST(OnnxBranches, NamesEndWithThem) {
  onnx::Model model = model_of("branches_of_open_sizes");
  onnx::Node& behind = *model.mutable_graph()->add_node();
  behind.set_op_type("Relu");
  behind.add_input("t");  // of a branch
  behind.add_output("late");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"reads 't'", "nothing before it"}, model));
}

TEST(OnnxBranches, InManyBranches) {
  for (const int depth : {7, 8}) {
    onnx::Model model = model_of("branches_of_open_sizes");
    onnx::Node& node = first_if(model);
    for (int i = 0; i < depth; ++i) {
      onnx::Graph around;
      *around.add_node() = node;
      for (const std::string& name : node.output()) around.add_output()->set_name(name + "i");
      for (int k = 0; k < node.output_size(); ++k)
        around.mutable_node(0)->set_output(k, node.output(k) + "i");
      node.mutable_attribute(0)->set_g(around.SerializeAsString());
    }
    if (depth == 7) {
      EXPECT_NO_THROW(load_text(model.SerializeAsString()));
    } else {
      EXPECT_TRUE(refused(ErrorCode::kModelLimit, {"'If'", "8 branches"}, model));
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
