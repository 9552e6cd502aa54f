// SPDX-License-Identifier: Apache-2.0
#include "loader/load_model.h"

#include "engine/error.h"
#include "loader/byte_stream.h"
#include "loader/limits.h"
#include "loader/params_reader.h"
#include "loader/program.h"
#include "loader/recognise.h"

namespace u2net {
namespace {

void reject_mistakes(ByteStream& stream, FileRole role) {
  const std::optional<Recognised> found = recognise_mistake(stream.peek(kRecognisedBytes), stream.size(), role);
  if (!found) return;
  const bool is_program = role == FileRole::kProgram;
  throw Error(is_program ? ErrorCode::kModelFormat : ErrorCode::kModelParams,
              std::string(is_program ? "cannot load model '" : "cannot load parameters '") + stream.name() +
                  "': this is " + found->what,
              found->hint);
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& path, const std::filesystem::path& parameters) {
  const ModelFiles files = find_model_files(path, parameters);
  ByteStream program_stream = ByteStream::open(files.program, kMaxProgramFileBytes);
  reject_mistakes(program_stream, FileRole::kProgram);
  Program program = read_any_program(program_stream.read_all(), program_stream.name());

  LoadedModel model{.graph = std::move(program.graph),
                    .files = files,
                    .paddle_version = program.version,
                    .pir_version = program.pir_version};
  std::vector<Parameter> wanted;
  for (const Program::Declared& declared : program.parameters) {
    Value& value = model.graph.values[declared.value];
    wanted.push_back({declared.name, value.type, &value.constant});
    model.parameter_elements += element_count(value.type.shape);
  }
  model.parameter_count = static_cast<std::int64_t>(wanted.size());
  if (wanted.empty()) return model;
  if (files.directory) {
    read_separate_parameters(*files.directory, wanted);
  } else {
    ByteStream stream = ByteStream::open(*files.combined, kMaxParameterFileBytes);
    reject_mistakes(stream, FileRole::kParameters);
    read_combined_parameters(stream, wanted);
  }
  return model;
}

}  // namespace u2net
