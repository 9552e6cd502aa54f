// SPDX-License-Identifier: Apache-2.0
// The network as code, traced and evaluated, against the export that Paddle made of it.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "engine/graph/op.h"
#include "loader/load_model.h"
#include "loader/save_model.h"
#include "models/u2net.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

// Odd sizes, so that every pooling rounds and every resizing has a ratio of its own.
const Shape kSmallImage = {2, 3, 45, 38};
const Shape kAnyImage = {-1, 3, -1, -1};

std::unique_ptr<U2Net> network() { return load_u2net(bundled(".pdparams")); }

// "conv2d axis=..." without the names of values, of which parameters differ from export to export.
std::vector<std::string> operators_of(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& node : graph.nodes) {
    std::string text(node.op->type().name);
    for (const auto& [name, value] : node.op->describe()) text += " " + name + "=" + value;
    all.push_back(text + " -> " + node.name);
  }
  return all;
}

TEST(Trace, IsWhatPaddleExports) {
  const Graph expected = load_model(bundled()).graph;
  const Graph got = network()->trace({-1, 3, 320, 320});
  EXPECT_EQ(operators_of(got), operators_of(expected));
  ASSERT_EQ(got.inputs.size(), 1U);
  EXPECT_EQ(got.inputs[0].name, expected.inputs[0].name);
  EXPECT_EQ(got.type_of(got.inputs[0].value), expected.type_of(expected.inputs[0].value));
  ASSERT_EQ(got.outputs.size(), expected.outputs.size());
  for (std::size_t i = 0; i < got.outputs.size(); ++i)
    EXPECT_EQ(got.outputs[i].name, expected.outputs[i].name);
}

TEST(Trace, GivesTheSameBitsAsTheExport) {
  Random random("trace");
  std::vector<Tensor> inputs;
  inputs.push_back(uniform(random, kSmallImage, -2, 2));
  Graph exported = load_model(bundled()).graph;  // of 320 x 320, a size that no operator depends on
  exported.values[exported.inputs[0].value].type.shape = kAnyImage;

  const TempDir folder;
  save_model(folder / "net", network()->trace(kAnyImage), network()->parameter_info());
  const std::vector<Tensor> expected = run_graph(exported, inputs);
  const std::vector<Tensor> got = run_graph(load_model(folder / "net").graph, inputs);
  kernels::ThreadPool pool(2);
  const std::vector<Tensor> dynamic = network()->forward(std::vector{inputs[0].view()}, pool);
  ASSERT_EQ(got.size(), 7U);
  ASSERT_EQ(dynamic.size(), 7U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].shape(), (Shape{2, 1, 45, 38}));
    EXPECT_TRUE(
        same_bits(expected[i].view(), got[i].view(), random.repro() + " d" + std::to_string(i)));
    EXPECT_TRUE(same_bits(expected[i].view(), dynamic[i].view(),
                          random.repro() + " dynamic d" + std::to_string(i)));
  }
}

TEST(Trace, RefusesOtherInputs) {
  const auto net = network();
  for (const Shape& shape :
       {Shape{1, 3, 320}, Shape{1, 1, 320, 320}, Shape{1, 3, 0, 320}, Shape{-2, 3, -1, -1}}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {to_string(shape), "N,3,H,W"},
                           [&] { net->trace(shape); }));
  }
}

TEST(Dynamic, RefusesOtherInputs) {
  const auto net = network();
  kernels::ThreadPool pool(1);
  const Tensor channels(DType::kFloat32, {1, 4, 32, 32}), doubles(DType::kFloat64, {1, 3, 32, 32});
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"[1,4,32,32]", "[-1,3,-1,-1]"},
                         [&] { net->forward(std::vector{channels.view()}, pool); }));
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"float64", "float32"},
                         [&] { net->forward(std::vector{doubles.view()}, pool); }));
}

TEST(Dynamic, OnePixelIsEnough) {
  const auto net = network();
  kernels::ThreadPool pool(1);
  Tensor image(DType::kFloat32, {1, 3, 1, 1});
  std::fill(image.values<float>().begin(), image.values<float>().end(), 0.5F);
  for (const Tensor& output : net->forward(std::vector{image.view()}, pool))
    EXPECT_EQ(output.shape(), (Shape{1, 1, 1, 1}));
}

}  // namespace
}  // namespace u2net::engine::test
