// SPDX-License-Identifier: Apache-2.0
#include "tests/loader/loading.h"

#include <span>

#include "engine/base/error.h"
#include "loader/paddle/params_reader.h"
#include "loader/program.h"
#include "loader/recognise.h"

namespace u2net::engine::test {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void reject_mistakes(std::string_view bytes, FileRole role) {
  const auto found =
      recognise_mistake(as_bytes(bytes.substr(0, kRecognisedBytes)), bytes.size(), role);
  if (found) throw Error(ErrorCode::kModelFormat, found->what, found->hint);
}

}  // namespace

LoadedModel load_files(std::string_view program, std::string_view parameters) {
  const TempDir dir;
  write_file(dir / "m.pdmodel", program);
  write_file(dir / "m.pdiparams", parameters);
  return load_model(dir / "m");
}

LoadedModel load(const ProgramBuilder& builder) {
  return load_files(builder.program(), builder.parameters());
}

Graph load_bytes(std::string_view program_bytes, std::string_view parameter_bytes) {
  reject_mistakes(program_bytes, FileRole::kProgram);
  Program program = read_any_program(as_bytes(program_bytes), "m.pdmodel");
  std::vector<Parameter> wanted;
  for (const Program::Declared& declared : program.parameters) {
    Value& value = program.graph.values[static_cast<std::size_t>(declared.value)];
    wanted.push_back({declared.name, value.type, &value.constant});
  }
  if (wanted.empty()) return std::move(program.graph);
  reject_mistakes(parameter_bytes, FileRole::kParameters);
  ByteStream stream = ByteStream::from_memory(as_bytes(parameter_bytes), "m.pdiparams");
  read_combined_parameters(stream, wanted);
  return std::move(program.graph);
}

}  // namespace u2net::engine::test
