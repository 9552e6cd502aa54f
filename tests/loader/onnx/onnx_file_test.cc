// SPDX-License-Identifier: Apache-2.0
// What an ONNX file may not say, and files that are damaged.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <limits>
#include <string>

#include "engine/graph/infer.h"
#include "tests/loader/onnx/onnx_models.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

TEST(OnnxFile, LoadsFromMemory) {
  EXPECT_EQ(load_text(case_file("chain")).opset, 11);
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"initialiser 'w0'", "model.onnx.data"},
                         [&] { load_text(case_file("outside")); }));
}

TEST(OnnxFile, IsFoundByPrefixAndInAFolder) {
  const fs::path folder = source_folder() / "tests/data/onnx/chain";
  EXPECT_EQ(load_model(folder / "model").opset, 11);
  EXPECT_EQ(load_model(folder).opset, 11);
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"ONNX"},
                         [&] { load_model(folder / "model.onnx", folder / "w"); }));
}

TEST(OnnxFile, OperatorSets) {
  onnx::Model model = model_of("relu");
  for (int version : {6, 25}) {
    model.mutable_opset_import(0)->set_version(version);
    EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, {std::to_string(version), "7 to 24"}, model));
  }
  model.clear_opset_import();
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"operator set"}, model));
}

// A resizing that rounds to no sample does not say how.
TEST(OnnxFile, LooksAtRoundingWhereThereIsOne) {
  for (const char* name : {"resize_linear_half_pixel", "resize_nearest_half_pixel_ceil"}) {
    onnx::Model model = model_of(name);
    onnx::Node& node = *model.mutable_graph()->mutable_node(0);
    onnx::Attribute* rounding = nullptr;
    for (onnx::Attribute& attribute : *node.mutable_attribute()) {
      if (attribute.name() == "nearest_mode") rounding = &attribute;
    }
    if (rounding == nullptr) rounding = node.add_attribute();
    rounding->set_name("nearest_mode");
    rounding->set_type(3);  // a text
    rounding->set_s("nowhere");
    if (std::string_view(name).starts_with("resize_linear")) {
      EXPECT_NO_THROW(load_text(model.SerializeAsString()));
    } else {
      EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, {"nearest_mode 'nowhere'"}, model));
    }
  }
}

TEST(OnnxFile, UnknownOperatorsAreNamedTogether) {
  onnx::Model model = model_of("chain");
  model.mutable_graph()->mutable_node(0)->set_op_type("Loop");
  model.mutable_graph()->mutable_node(1)->set_domain("com.example");
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported,
                      {"2 operators", "Loop (1x)", "com.example.BatchNormalization (1x)"}, model));
}

// Of every operator that there is a model of: refused, or known to do without.
TEST(OnnxFile, OperatorsWithoutOperands) {
  for (const auto& entry :
       std::filesystem::directory_iterator(source_folder() / "tests/data/onnx")) {
    if (!entry.is_directory()) continue;
    const onnx::Model whole = model_of(entry.path().filename().string());
    for (int i = 0; i < whole.graph().node_size(); ++i) {
      onnx::Model model = whole;
      model.mutable_graph()->mutable_node(i)->clear_input();
      try {
        load_text(model.SerializeAsString());
      } catch (const Error& e) {
        EXPECT_NE(e.code(), ErrorCode::kInternal) << entry.path() << " node " << i;
      }
    }
  }
  onnx::Model einsum = model_of("einsums");
  for (onnx::Node& node : *einsum.mutable_graph()->mutable_node()) {
    if (node.op_type() == "Einsum") node.clear_input();
  }
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"Einsum"}, einsum));
}

TEST(OnnxFile, WindowsOfOtherThanImages) {
  onnx::Model model = model_of("conv_pads");
  for (onnx::Attribute& a : *model.mutable_graph()->mutable_node(0)->mutable_attribute()) {
    if (a.name() == "pads") a.clear_ints(), a.add_ints(1), a.add_ints(1);
  }
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, {"'Conv'", "1 dimensions"}, model));
}

TEST(OnnxFile, NamesThatMeanNothing) {
  onnx::Model model = model_of("relu");
  model.mutable_graph()->mutable_node(0)->set_input(0, "y");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'Relu'", "'y'"}, model));
  model = model_of("relu");
  model.mutable_graph()->mutable_output(0)->set_name("y");
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"output", "'y'"}, model));
  model.mutable_graph()->mutable_output(0)->clear_name();
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"output", "no name"}, model));
  model = model_of("conv_pads");
  *model.mutable_graph()->add_initializer() = model.graph().initializer(0);
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'w0'", "twice"}, model));
}

// Coordinates in batches of which x [2,3,4] or the index [2,1] has fewer dimensions, or others.
TEST(OnnxFile, BatchesThatDoNotFit) {
  onnx::Model model = model_of("gathers_in_batches");
  onnx::Node& gather = *model.mutable_graph()->mutable_node(0);
  ASSERT_EQ(gather.op_type(), "GatherND");
  model.mutable_graph()->mutable_initializer(0)->set_dims(0, 1);
  model.mutable_graph()->mutable_initializer(0)->set_dims(1, 2);
  const Tensor x(TensorType{DType::kFloat32, {2, 3, 4}}), places(TensorType{DType::kInt64, {2, 3}});
  for (const std::int64_t dims : {-1, 1, 2, 99}) {
    gather.mutable_attribute(0)->set_i(dims);
    Graph graph = load_text(model.SerializeAsString()).graph;
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat,
                           {"gather_nd", "[1,2]", "[2,3,4]", std::to_string(dims)}, [&] {
                             infer_shapes(graph, std::array{x.view(), places.view()});
                           }));
  }
}

// A node that stands for thousands of the engine's.
TEST(OnnxFile, ManyOperatorsInOne) {
  onnx::Model model = model_of("relu");
  onnx::Node& node = *model.mutable_graph()->mutable_node(0);
  node.set_op_type("Sum");
  for (int i = 1; i < 15'000; ++i) node.add_input("x");
  const std::clock_t start = std::clock();
  EXPECT_EQ(load_text(model.SerializeAsString()).graph.nodes.size(), 14'999U);
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0);
  for (int i = 0; i < 15'000; ++i) node.add_input("x");
  EXPECT_TRUE(refused(ErrorCode::kModelLimit, {"20000 operators"}, model));
}

// What following the types may look at counts in total: each of these norms looks at all of a large
// variance. 8e9 elements would take seconds.
TEST(OnnxFile, ManyLooksAtOneWeight) {
  constexpr std::int64_t kChannels = 2'000'000;
  onnx::Model model = model_of("relu");
  onnx::Graph& graph = *model.mutable_graph();
  onnx::Tensor& ones = *graph.add_initializer();
  ones.set_name("ones");
  ones.set_data_type(1);  // float32
  ones.add_dims(kChannels);
  const std::vector<float> values(kChannels, 1.0F);
  ones.set_raw_data(values.data(), values.size() * sizeof(float));
  auto& shape = *graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.clear_dim();
  for (std::int64_t dim : {std::int64_t{1}, kChannels}) shape.add_dim()->set_dim_value(dim);
  for (int i = 0; i < 4000; ++i) {
    onnx::Node& node = *graph.add_node();
    node.set_op_type("BatchNormalization");
    node.add_input(i == 0 ? graph.input(0).name() : "y" + std::to_string(i - 1));
    for (int k = 0; k < 4; ++k) node.add_input("ones");
    node.add_output("y" + std::to_string(i));
  }
  const std::clock_t begin = std::clock();
  EXPECT_EQ(load_text(model.SerializeAsString()).graph.nodes.size(), 4001U);
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 1.5);
}

TEST(OnnxFile, WeightsThatAreNotWhatTheySay) {
  onnx::Model model = model_of("conv_pads");
  onnx::Tensor& weight = *model.mutable_graph()->mutable_initializer(0);
  weight.set_dims(0, 1000);
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'w0'", "864"}, model));
  weight.set_dims(0, -6);
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'w0'", "-6"}, model));
  weight.set_dims(0, 6);
  weight.set_data_type(8);
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, {"'w0'", "8"}, model));
  weight.set_data_type(1);
  weight.clear_raw_data();
  EXPECT_TRUE(refused(ErrorCode::kModelFormat, {"'w0'", "0 elements"}, model));
}

TEST(OnnxFile, HalvesAreConverted) {
  onnx::Model model = model_of("conv_pads");
  onnx::Tensor& bias = *model.mutable_graph()->mutable_initializer(1);
  bias.set_data_type(10);
  // 1, -2, 2^-24, infinity, 65504, 0
  bias.set_raw_data(std::string("\x00\x3c\x00\xc0\x01\x00\x00\x7c\xff\x7b\x00\x00", 12));
  const LoadedModel loaded = load_text(model.SerializeAsString());
  ASSERT_EQ(loaded.notes.size(), 1U);
  for (const Value& value : loaded.graph.values) {
    if (value.name != "w1") continue;
    const auto values = value.constant->values<float>();
    EXPECT_EQ(
        std::vector<float>(values.begin(), values.end()),
        (std::vector<float>{1, -2, 0x1p-24F, std::numeric_limits<float>::infinity(), 65504, 0}));
  }
  bias.set_data_type(16);
  bias.clear_raw_data();
  for (int i = 0; i < 6; ++i) bias.add_int32_data(0x3f80);
  EXPECT_EQ(load_text(model.SerializeAsString()).notes.size(), 1U);
}

// The file beside the model, with entries that a test falsifies.
class OutsideData : public testing::Test {
 protected:
  void set(const std::string& key, const std::string& value) {
    for (onnx::Tensor& tensor : *model.mutable_graph()->mutable_initializer()) {
      for (onnx::Entry& entry : *tensor.mutable_external_data()) {
        if (entry.key() == key) entry.set_value(value);
      }
    }
  }
  testing::AssertionResult refused_for(ErrorCode code, std::string_view part) {
    write_file(dir / "m/model.onnx", model.SerializeAsString());
    return fails_with(code, {part}, [&] { load_model(dir / "m/model.onnx"); });
  }
  void SetUp() override {
    fs::create_directory(dir / "m");
    const std::string data = read_file(source_folder() / "tests/data/onnx/outside/model.onnx.data");
    write_file(dir / "m/model.onnx.data", data);
    write_file(dir / "secret", data);
  }

  const TempDir dir;
  onnx::Model model = model_of("outside");
};

TEST_F(OutsideData, StaysInTheFolder) {
  for (const char* path : {"../secret", "/etc/passwd", "x/../../secret", ""}) {
    set("location", path);
    EXPECT_TRUE(refused_for(ErrorCode::kModelFormat, "outside of the model's folder")) << path;
  }
  fs::create_symlink(dir / "secret", dir / "m/link");
  set("location", "link");
  EXPECT_TRUE(refused_for(ErrorCode::kModelFormat, "a link out of the model's folder"));
  set("location", "nothing");
  EXPECT_TRUE(refused_for(ErrorCode::kModelNotFound, "nothing"));
}

TEST_F(OutsideData, StaysInTheFile) {
  for (const char* offset : {"18446744073709551615", "1000000000000"}) {
    set("offset", offset);
    EXPECT_TRUE(refused_for(ErrorCode::kModelFormat, offset));
  }
  set("offset", "-1");
  EXPECT_TRUE(refused_for(ErrorCode::kModelFormat, "'-1'"));
  set("offset", "0");
  set("length", "5");
  EXPECT_TRUE(refused_for(ErrorCode::kModelFormat, "5 bytes"));
}

// One file of a few bytes must not become any number of weights.
TEST_F(OutsideData, IsReadOnce) {
  const onnx::Tensor first = model.graph().initializer(0);
  for (int i = 0; i < 100; ++i) {
    onnx::Tensor& copy = *model.mutable_graph()->add_initializer();
    copy = first;
    copy.set_name("copy" + std::to_string(i));
  }
  EXPECT_TRUE(refused_for(ErrorCode::kModelLimit, "larger than the files"));
}

// Every truncation and changes of every byte: it loads or is refused with one line.
class DamagedOnnx : public testing::TestWithParam<const char*> {};

void try_onnx(const std::string& bytes, int& refusals, const std::string& what) {
  const std::clock_t start = std::clock();
  try {
    load_text(bytes);
  } catch (const Error& e) {
    ++refusals;
    EXPECT_TRUE(is_one_line(e.what())) << what;
    EXPECT_NE(e.code(), ErrorCode::kInternal) << what << e.what();
  }
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0) << what;
}

TEST_P(DamagedOnnx, LoadsOrIsRefused) {
  const std::string whole = case_file(GetParam());
  int refusals = 0;
  testing::internal::CaptureStderr();
  for (std::size_t length = 0; length < whole.size(); ++length)
    try_onnx(whole.substr(0, length), refusals, "cut to " + std::to_string(length));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char other :
         {'\x00', '\xff', static_cast<char>(whole[at] ^ 0x80), static_cast<char>(whole[at] ^ 1)}) {
      std::string damaged = whole;
      damaged[at] = other;
      try_onnx(damaged, refusals, "byte " + std::to_string(at));
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "libraries have no business there";
  EXPECT_GT(refusals, 300);
}

INSTANTIATE_TEST_SUITE_P(Cases, DamagedOnnx,
                         testing::Values("branches_in_branches", "chain", "constants",
                                         "size_by_gather", "typed_fields"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace u2net::engine::test
