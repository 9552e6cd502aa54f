// SPDX-License-Identifier: Apache-2.0
#include "loader/load_model.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/matmul.h"
#include "kernels/cast/cast.h"
#include "loader/byte_stream.h"
#include "loader/limits.h"
#include "loader/onnx/onnx_reader.h"
#include "loader/paddle/params_reader.h"
#include "loader/program.h"
#include "loader/recognise.h"
#include "loader/u2n/u2n_reader.h"

namespace u2net::engine {
namespace {

void reject_mistakes(ByteStream& stream, FileRole role) {
  const std::optional<Recognised> found =
      recognise_mistake(stream.peek(kRecognisedBytes), stream.size(), role);
  if (!found) return;
  const bool is_program = role == FileRole::kProgram;
  throw Error(is_program ? ErrorCode::kModelFormat : ErrorCode::kModelParams,
              str_cat(is_program ? "cannot load model '" : "cannot load parameters '",
                      stream.name(), "': this is ", found->what),
              found->hint);
}

bool is_onnx(ByteStream& stream, const std::filesystem::path& path) {
  return path.extension() == ".onnx" || looks_like_onnx(stream.peek(kRecognisedBytes));
}

// No path: a model in memory.
LoadedModel load_onnx(ByteStream stream, const std::optional<std::filesystem::path>& path) {
  reject_mistakes(stream, FileRole::kProgram);
  Program program = read_onnx_program(std::move(stream), path);
  LoadedModel model{.graph = std::move(program.graph),
                    .files = {},
                    .opset = program.opset,
                    .notes = std::move(program.notes)};
  count_parameters(model);
  return model;
}

void check_size(const ByteStream& stream, std::uint64_t most) {
  if (stream.size() <= most) return;
  throw_error(ErrorCode::kModelLimit, "'", stream.name(), "' has ", stream.size(),
              " bytes, the limit is ", most);
}

// Whether it is; what is not may have fewer bytes.
bool is_packed(ByteStream& stream) {
  if (looks_like_u2n(stream.peek(kRecognisedBytes))) return true;
  check_size(stream, kMaxParameterFileBytes);
  return false;
}

// The graph with its weights declared; `wanted` tells where their values go.
LoadedModel load_program(ByteStream stream, std::vector<Parameter>& wanted) {
  check_size(stream, kMaxProgramFileBytes);
  reject_mistakes(stream, FileRole::kProgram);
  Program program = read_any_program(stream.read_all(), stream.name());
  program.graph.file_bytes = stream.size();
  LoadedModel model{.graph = std::move(program.graph),
                    .files = {},
                    .paddle_version = program.version,
                    .pir_version = program.pir_version};
  for (const Program::Declared& declared : program.parameters) {
    Value& value = model.graph.values[declared.value];
    wanted.push_back({declared.name, value.type, &value.constant});
    model.parameter_elements += element_count(value.type.shape);
  }
  model.parameter_count = static_cast<std::int64_t>(wanted.size());
  return model;
}

void load_combined(ByteStream stream, const std::vector<Parameter>& wanted, Graph& graph) {
  reject_mistakes(stream, FileRole::kParameters);
  graph.file_bytes += stream.size();
  read_combined_parameters(stream, wanted);
}

// A batch normalisation without a scale multiplies by one, without a bias adds zero: of as many
// channels as it has means. Those of one size are shared.
void add_missing_factors(Graph& graph) {
  std::map<std::pair<int, std::int64_t>, ValueId> factors;
  for (Node& node : graph.nodes) {
    if (!op_as<BatchNorm>(node)) continue;
    const Tensor* mean = graph.constant(node.input(BatchNorm::kMean));
    if (mean == nullptr) continue;
    for (int slot : {BatchNorm::kScale, BatchNorm::kBias}) {
      if (node.has_input(slot)) continue;
      const auto [factor, is_new] = factors.try_emplace({slot, mean->size()}, kNoValue);
      if (is_new) {
        Tensor values(DType::kFloat32, {mean->size()});
        std::ranges::fill(values.values<float>(), slot == BatchNorm::kScale ? 1.0F : 0.0F);
        factor->second = graph.add_constant(
            (slot == BatchNorm::kScale ? "ones." : "zeros.") + std::to_string(mean->size()),
            std::move(values));
      }
      node.inputs[slot] = {factor->second};
    }
  }
}

// The file of parameters has the last word on types and shapes. Filters of int8, which slim leaves
// to kernels of integers, are the same numbers in float32; the program goes on to scale the
// products.
void settle_weights(LoadedModel& model) {
  int count = 0;
  for (Value& value : model.graph.values) {
    if (value.constant) value.type = {value.constant->dtype(), value.constant->shape()};
  }
  for (const Node& node : model.graph.nodes) {
    const bool multiplies = op_as<Conv2d>(node) || op_as<Conv2dTranspose>(node) ||
                            op_as<MatMul>(node) || op_as<Mul>(node);
    const ValueId id = multiplies ? node.input(1) : kNoValue;
    const Tensor* narrow = model.graph.constant(id);
    if (narrow == nullptr || narrow->dtype() != DType::kInt8) continue;
    Tensor wide(DType::kFloat32, narrow->shape());
    kernels::cast_reference(wide.size(), narrow->values<std::int8_t>().data(),
                            wide.values<float>().data());
    Value& value = model.graph.values[static_cast<std::size_t>(id)];
    value.type.dtype = DType::kFloat32;
    value.constant = std::make_shared<const Tensor>(std::move(wide));
    ++count;
  }
  if (count > 0)
    model.notes.push_back(str_cat(count, " filters of int8 were converted to float32"));
  add_missing_factors(model.graph);
}

}  // namespace

void count_parameters(LoadedModel& model) {
  for (const Value& value : model.graph.values) {
    if (!value.constant) continue;
    ++model.parameter_count;
    model.parameter_elements += value.constant->size();
  }
}

LoadedModel load_model(const std::filesystem::path& path, const std::filesystem::path& parameters,
                       GraphStage stage) {
  const ModelFiles files = find_model_files(path, parameters);
  ByteStream stream = ByteStream::open(files.program, kMaxPackedFileBytes);
  const bool packed = is_packed(stream);
  if (packed || is_onnx(stream, files.program)) {
    if (!parameters.empty()) {
      throw_error(
          ErrorCode::kUsage, "'", parameters.string(), "' is given as parameters of '",
          files.program.string(),
          packed ? "', a packed model, which has its own" : "', an ONNX model, which has its own");
    }
    LoadedModel model =
        packed ? read_u2n(std::move(stream), stage) : load_onnx(std::move(stream), files.program);
    model.files.program = files.program;
    return model;
  }
  std::vector<Parameter> wanted;
  LoadedModel model = load_program(std::move(stream), wanted);
  model.files = files;
  if (wanted.empty()) return model;
  if (files.directory) {
    model.graph.file_bytes += read_separate_parameters(*files.directory, wanted);
  } else {
    load_combined(ByteStream::open(*files.combined, kMaxParameterFileBytes), wanted, model.graph);
  }
  settle_weights(model);
  return model;
}

LoadedModel load_model(const ModelBytes& bytes, GraphStage stage) {
  ByteStream stream =
      ByteStream::from_memory(bytes.program, bytes.program_name, kMaxPackedFileBytes);
  if (is_packed(stream)) return read_u2n(std::move(stream), stage);
  if (is_onnx(stream, {})) return load_onnx(std::move(stream), std::nullopt);
  std::vector<Parameter> wanted;
  LoadedModel model = load_program(std::move(stream), wanted);
  if (!wanted.empty())
    load_combined(
        ByteStream::from_memory(bytes.parameters, bytes.parameters_name, kMaxParameterFileBytes),
        wanted, model.graph);
  settle_weights(model);
  return model;
}

}  // namespace u2net::engine
