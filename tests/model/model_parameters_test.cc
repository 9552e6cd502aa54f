// SPDX-License-Identifier: Apache-2.0
// What a state_dict must hold for a network to take it.
#include <gtest/gtest.h>

#include <string>

#include "models/u2net.h"
#include "tests/support/expect_error.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "some.pdparams";

// Parameters of the right shapes, all 1.
StateDict state_for(const std::string& architecture) {
  StateDict state;
  const U2Net network(find_architecture(architecture));
  for (const ModelParameter& p : network.parameters().all()) {
    auto tensor = std::make_shared<Tensor>(DType::kFloat32, p.shape);
    std::fill(tensor->values<float>().begin(), tensor->values<float>().end(), 1.0F);
    state.tensors[p.structured_name] = std::move(tensor);
  }
  return state;
}

std::int64_t elements_of(const std::string& architecture, bool trainable_only) {
  const U2Net network(find_architecture(architecture));
  std::int64_t sum = 0;
  for (const ModelParameter& p : network.parameters().all()) {
    if (p.trainable || !trainable_only) sum += element_count(p.shape);
  }
  return sum;
}

const ModelParameter& parameter(const U2Net& network, const std::string& structured_name) {
  for (const ModelParameter& p : network.parameters().all()) {
    if (p.structured_name == structured_name) return p;
  }
  throw std::runtime_error("no parameter " + structured_name);
}

// The published sizes: 1.13 and 44.0 million parameters.
TEST(ModelParameters, AreAsManyAsPublished) {
  EXPECT_EQ(elements_of("u2netp", false), 1'136'877);
  EXPECT_EQ(elements_of("u2netp", true), 1'131'181);
  EXPECT_EQ(elements_of("u2net", true), 44'009'869);
  EXPECT_EQ(U2Net(find_architecture("u2net")).parameters().all().size(), 686U);
}

TEST(ModelParameters, OfTheBundledFile) {
  const auto network = load_u2net(test::source_folder() / "models/u2netp/u2netp.pdparams");
  EXPECT_EQ(network->architecture().name, "u2netp");
  const ModelParameter& weight = parameter(*network, "stage1.rebnconvin.conv_s1.weight");
  EXPECT_EQ(weight.shape, (Shape{64, 3, 3, 3}));
  EXPECT_EQ(weight.name, "conv2d_0.w_0");
  EXPECT_TRUE(weight.trainable);
  const ModelParameter& variance = parameter(*network, "stage1d.rebnconv1d.bn_s1._variance");
  EXPECT_EQ(variance.name, "batch_norm2d_111.w_2");
  EXPECT_FALSE(variance.trainable);
}

TEST(ModelParameters, DecideTheArchitecture) {
  for (const std::string name : {"u2netp", "u2net"}) {
    StateDict state = state_for(name);
    EXPECT_EQ(U2Net::detect(state, kFile).name, name);
    state.tensors.erase("outconv.weight");  // what is missing then is load()'s to say
    EXPECT_EQ(U2Net::detect(state, kFile).name, name);
  }
  StateDict other;
  other.tensors["conv1.weight"] = std::make_shared<Tensor>(DType::kFloat32, Shape{64, 3, 7, 7});
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams,
                         {kFile, "none of its 1 parameters", "u2netp or u2net"},
                         [&] { U2Net::detect(other, kFile); }));
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'u2nets'", "u2netp, u2net"},
                         [] { find_architecture("u2nets"); }));
}

TEST(ModelParameters, AllProblemsAreListedAtOnce) {
  StateDict state = state_for("u2netp");
  state.tensors.erase("stage1.rebnconvin.conv_s1.weight");
  state.tensors.erase("side6.bias");
  state.tensors["stage9.weight\n"] = std::make_shared<Tensor>(DType::kFloat32, Shape{1});
  state.tensors["outconv.weight"] = std::make_shared<Tensor>(DType::kFloat32, Shape{1, 5, 1, 1});
  state.tensors["outconv.bias"] = std::make_shared<Tensor>(DType::kFloat64, Shape{1});
  U2Net network(find_architecture("u2netp"));
  EXPECT_TRUE(fails_with(
      ErrorCode::kModelParams,
      {kFile, "u2netp", "2 missing: stage1.rebnconvin.conv_s1.weight, side6.bias",
       "1 surplus: 'stage9.weight?'",
       "2 misshaped: outconv.weight [1,5,1,1] for [1,6,1,1], outconv.bias float64 [1] for [1]"},
      [&] { network.load(state, kFile); }));
  EXPECT_EQ(network.parameters().all().front().tensor, nullptr);
}

TEST(ModelParameters, NegativeVariancesAreRefused) {
  StateDict state = state_for("u2netp");
  auto variance = std::make_shared<Tensor>(DType::kFloat32, Shape{64});
  std::fill(variance->values<float>().begin(), variance->values<float>().end(), -0.5F);
  state.tensors["stage2.rebnconvin.bn_s1._variance"] = variance;
  U2Net network(find_architecture("u2netp"));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams,
                         {kFile, "stage2.rebnconvin.bn_s1._variance", "-0.5"},
                         [&] { network.load(state, kFile); }));
}

// A parameter file has no names inside: two parameters under one name would lose one of them.
TEST(ModelParameters, NamesAreTakenWhereEachHasItsOwn) {
  StateDict state = state_for("u2netp");
  const auto first_name = [&] {
    U2Net network(find_architecture("u2netp"));
    network.load(state, kFile);
    return network.parameters().all().front().name;
  };
  int number = 0;
  for (const auto& [name, tensor] : state.tensors)
    state.parameter_names[name] = "p" + std::to_string(number++);
  const std::string given = state.parameter_names.at("stage1.rebnconvin.conv_s1.weight");
  EXPECT_EQ(first_name(), given);
  state.parameter_names["outconv.bias"] = given;
  EXPECT_EQ(first_name(), "conv2d_0.w_0");
  state.parameter_names["outconv.bias"] = "feed";
  EXPECT_EQ(first_name(), "conv2d_0.w_0");
  state.parameter_names.erase("outconv.bias");
  EXPECT_EQ(first_name(), "conv2d_0.w_0");
}

// The program's own values step aside for parameters that are called like them.
TEST(ModelParameters, NamesOfTheProgramStayUnique) {
  StateDict state = state_for("u2netp");
  int number = 0;
  for (const auto& [name, tensor] : state.tensors)
    state.parameter_names[name] = "p" + std::to_string(number++);
  state.parameter_names["outconv.bias"] = "image";
  state.parameter_names["outconv.weight"] = "relu_0.tmp_0";
  U2Net network(find_architecture("u2netp"));
  network.load(state, kFile);
  const Graph graph = network.trace({1, 3, 64, 64});
  std::map<std::string, int> counts;
  for (const Value& value : graph.values) ++counts[value.name];
  for (const auto& [name, count] : counts) EXPECT_EQ(count, 1) << name;
  EXPECT_EQ(graph.inputs[0].name, "image_");
}

}  // namespace
}  // namespace u2net::engine::test
