// SPDX-License-Identifier: Apache-2.0
// What is packed is what was there: graphs, weights, and the bits that every mode gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "engine/ops/conv2d.h"
#include "engine/run/session.h"
#include "loader/limits.h"
#include "loader/load_model.h"
#include "loader/u2n/u2n_format.h"
#include "loader/u2n/xxh64.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/packed_model.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

std::uint64_t digest_of(std::string_view text) { return xxh64(std::as_bytes(std::span(text))); }

LoadedModel unpacked(const std::string& file, GraphStage stage = GraphStage::kAfterPasses) {
  return load_model(
      ModelBytes{
          .program = std::as_bytes(std::span(file)), .parameters = {}, .program_name = "packed"},
      stage);
}

// Everything that a graph says, but for what nobody reads.
std::string text_of(const Graph& graph) {
  std::string text;
  const auto add_ids = [&](const std::vector<std::vector<ValueId>>& slots) {
    for (const auto& slot : slots) {
      for (ValueId id : slot) text += " " + graph.values[static_cast<std::size_t>(id)].name;
      text += ";";
    }
  };
  const auto add_constants = [&](const std::vector<std::vector<ValueId>>& slots) {
    for (const auto& slot : slots) {
      for (ValueId id : slot) {
        const Tensor* constant = graph.constant(id);
        if (!constant) continue;
        text += " " + std::string(dtype_name(constant->dtype())) + to_string(constant->shape()) +
                std::to_string(xxh64({constant->data(), constant->bytes()}));
      }
    }
  };
  for (const Port& port : graph.inputs) {
    const TensorType& type = graph.type_of(port.value);
    text += "in " + port.name + to_string(type.shape) + std::string(dtype_name(type.dtype)) + "\n";
  }
  for (const Node& node : graph.nodes) {
    text += node.name + "|" + node.scope + "|" + std::string(node.op->type().name);
    for (const auto& [name, value] : node.op->describe()) text += " " + name + "=" + value;
    if (const auto* conv = op_as<Conv2d>(node); conv && conv->statistics) {
      for (float mean : conv->statistics->mean) text += " " + std::to_string(mean);
      for (float deviation : conv->statistics->deviation) text += " " + std::to_string(deviation);
    }
    add_ids(node.inputs);
    add_ids(node.outputs);
    add_constants(node.inputs);
    text += "\n";
  }
  for (const Port& port : graph.outputs)
    text +=
        "out " + port.name + " " + graph.values[static_cast<std::size_t>(port.value)].name + "\n";
  return text;
}

TEST(Xxh64, GivesTheDigestsOfItsAuthor) {
  EXPECT_EQ(digest_of(""), 0xEF46DB3751D8E999U);
  EXPECT_EQ(digest_of("a"), 0xD24EC4F1A98C6E5BU);
  EXPECT_EQ(digest_of("abc"), 0x44BC2CF5AD770999U);
  EXPECT_EQ(digest_of("The quick brown fox jumps over the lazy dog"), 0x0B242D361FDA71BCU);
}

// Of every format and operator that there is a model of.
std::vector<fs::path> all_models() {
  std::vector<fs::path> paths;
  for (const std::string& name : golden_names()) paths.push_back(golden_folder(name));
  for (const char* folder : {"pir", "onnx"}) {
    for (const auto& entry : fs::directory_iterator(source_folder() / "tests/data" / folder)) {
      if (entry.is_directory()) paths.push_back(entry.path());
    }
  }
  return paths;
}

// Of the program as written, on the inputs of the test.
void expect_same_results(const Graph& packed, const Graph& graph, const fs::path& folder) {
  std::vector<Tensor> inputs;
  for (const Port& port : graph.inputs) {
    const fs::path file = folder / ("in_" + port.name + ".npy");
    if (!fs::exists(file)) return;
    inputs.push_back(npy::read_npy(file));
  }
  std::vector<Tensor> results;
  try {
    results = run_graph(graph, inputs);
  } catch (const Error&) {
    return;  // of tests for what is refused
  }
  const std::vector<Tensor> same = run_graph(packed, inputs);
  ASSERT_EQ(same.size(), results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(same[i].bytes(), results[i].bytes());
    EXPECT_EQ(std::memcmp(same[i].data(), results[i].data(), results[i].bytes()), 0) << i;
  }
}

TEST(PackedModel, SaysWhatTheModelSaid) {
  int count = 0;
  for (const fs::path& path : all_models()) {
    LoadedModel model;
    try {
      model = load_model(path);
    } catch (const Error&) {
      continue;  // of tests for what is refused
    }
    SCOPED_TRACE(path.string());
    const std::string file = packed_model(model);
    LoadedModel as_written = unpacked(file, GraphStage::kAsWritten);
    EXPECT_EQ(text_of(as_written.graph), text_of(model.graph));
    EXPECT_EQ(as_written.parameter_elements, model.parameter_elements);
    EXPECT_EQ(as_written.opset, model.opset);
    const Model native(model.graph, {.mode = "native", .disabled_passes = {}});
    const LoadedModel folded = unpacked(file);
    EXPECT_TRUE(folded.passes_have_run);
    EXPECT_EQ(text_of(folded.graph), text_of(native.graph()));
    // The bytes of the files that it was of are no more than those of this one.
    EXPECT_LE(as_written.graph.file_bytes, file.size());
    as_written.graph.file_bytes = model.graph.file_bytes;
    EXPECT_TRUE(packed_model(as_written) == file);
    expect_same_results(as_written.graph, model.graph, path);
    ++count;
  }
  EXPECT_GT(count, 700);
}

std::shared_ptr<const Model> prepared_model(LoadedModel loaded, const std::string& mode) {
  return std::make_shared<const Model>(std::move(loaded.graph),
                                       ModelOptions{.mode = mode,
                                                    .disabled_passes = {},
                                                    .owns_weights = true,
                                                    .passes_have_run = loaded.passes_have_run,
                                                    .packed = std::move(loaded.packed)});
}

std::vector<Tensor> outputs_of(LoadedModel loaded, const std::string& mode,
                               const std::vector<Tensor>& inputs) {
  Session session(prepared_model(std::move(loaded), mode), {.threads = 2});
  return copies_of(session.run(views_of(inputs)));
}

void expect_same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].shape(), b[i].shape());
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].bytes()), 0) << "output " << i;
  }
}

class PackedGolden : public testing::TestWithParam<const char*> {
 protected:
  Golden golden = load_golden(GetParam());
  std::string file = packed_model(golden.model, views_of(golden.inputs));
};

TEST_P(PackedGolden, GivesTheSameBitsInEveryMode) {
  for (const std::string& mode : graph_modes()) {
    SCOPED_TRACE(mode);
    const GraphStage stage = mode == "static" ? GraphStage::kAsWritten : GraphStage::kAfterPasses;
    expect_same_bits(outputs_of(unpacked(file, stage), mode, golden.inputs),
                     outputs_of(load_model(golden_folder(golden.name)), mode, golden.inputs));
  }
}

TEST_P(PackedGolden, IsNotPackedAgain) {
  const LoadedModel loaded = unpacked(file);
  EXPECT_FALSE(loaded.packed.empty());
  const auto model = prepared_model(loaded, "native");
  Session session(model, {.threads = 1});
  const Plan& plan = session.prepare(views_of(golden.inputs));
  EXPECT_EQ(model->weights().packing_ns(), 0);
  for (const PackedWeight& weight : loaded.packed) {
    EXPECT_TRUE(std::any_of(plan.buffers.begin(), plan.buffers.end(), [&](const Plan::Buffer& b) {
      return b.constant == weight.data;
    })) << weight.layout;
  }
}

TEST_P(PackedGolden, IsPackedAnewForAnotherProcessor) {
  LoadedModel loaded =
      unpacked(packed_model(golden.model, views_of(golden.inputs), "a processor of tomorrow"));
  EXPECT_TRUE(loaded.packed.empty());
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_NE(loaded.warnings[0].find("a processor of tomorrow"), std::string::npos);
  expect_same_bits(outputs_of(std::move(loaded), "native", golden.inputs),
                   outputs_of(load_model(golden_folder(golden.name)), "native", golden.inputs));
}

// The size is what tells a layout from another one of its name.
TEST_P(PackedGolden, IsNotUsedAtAnotherSize) {
  LoadedModel loaded = unpacked(file);
  for (PackedWeight& weight : loaded.packed) --weight.bytes;
  const auto model = prepared_model(loaded, "native");
  Session session(model, {.threads = 1});
  const std::vector<Tensor> outputs = copies_of(session.run(views_of(golden.inputs)));
  EXPECT_GT(model->weights().packing_ns(), 0);
  expect_same_bits(outputs,
                   outputs_of(load_model(golden_folder(golden.name)), "native", golden.inputs));
}

INSTANTIATE_TEST_SUITE_P(Models, PackedGolden,
                         testing::Values("chain_conv_bn_relu", "chain_conv_bias_bn_relu",
                                         "jit_small_u2net"),
                         [](const auto& info) { return std::string(info.param); });

// What the other loaders take, within limits of their own, can be written and read.
TEST(PackedModel, TakesAsMuchOfAThingAsItGives) {
  LoadedModel model = load_model(golden_folder("jit_small_u2net"));
  model.graph.outputs.resize(kMaxVariables, model.graph.outputs.front());
  const LoadedModel same = unpacked(packed_model(model), GraphStage::kAsWritten);
  EXPECT_EQ(same.graph.outputs.size(), model.graph.outputs.size());
  model.graph.outputs.resize(kU2nPorts.most + 1, model.graph.outputs.front());
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelLimit,
                 {"cannot pack the model: it has 400001 inputs or outputs, the limit is 400000"},
                 [&] { packed_model(model); }));
}

TEST(PackedModel, LeavesItsWeightsInTheFile) {
  const TempDir folder;
  const LoadedModel model = load_model(golden_folder("jit_small_u2net"));
  write_file(folder / "named.anyhow", packed_model(model));
  const LoadedModel loaded = load_model(folder / "named.anyhow", {}, GraphStage::kAfterPasses);
  int borrowed = 0;
  for (const Value& value : loaded.graph.values) {
    if (!value.constant) continue;
    const bool is_large = value.constant->bytes() >= 4096;
    EXPECT_EQ(value.constant->is_borrowed(), is_large) << value.name;
    borrowed += is_large;
  }
  EXPECT_GT(borrowed, 0);
  // A link to it goes, it does not.
  fs::remove(folder / "named.anyhow");
  EXPECT_NE(text_of(loaded.graph), "");
}

TEST(PackedModel, IsFoundByItsNames) {
  const TempDir folder;
  const std::string file = packed_model(load_model(golden_folder("chain_conv_bn_relu")));
  write_file(folder / "net.u2n", file);
  EXPECT_EQ(load_model(folder.path()).files.program, folder / "net.u2n");
  EXPECT_EQ(load_model(folder / "net").files.program, folder / "net.u2n");
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"net.u2n", "a packed model, which has its own"},
                         [&] { load_model(folder / "net.u2n", folder / "net.pdiparams"); }));
  write_file(folder / "other.pdmodel",
             read_file(golden_folder("chain_conv_bn_relu") / "model.pdmodel"));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"net.u2n", "a packed model"},
                         [&] { load_model(folder / "other.pdmodel", folder / "net.u2n"); }));
}

}  // namespace
}  // namespace u2net::engine::test
