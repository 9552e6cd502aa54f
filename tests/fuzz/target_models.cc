// SPDX-License-Identifier: Apache-2.0
// ONNX models; programs (.pdmodel, .json) with parameters that fit them, and parameters with a
// program that fits.
#include <optional>

#include "loader/load_model.h"
#include "loader/onnx/onnx_reader.h"
#include "loader/program.h"
#include "loader/u2n/u2n_reader.h"
#include "tests/fuzz/file_checks.h"
#include "tests/fuzz/target_list.h"
#include "tests/support/packed_model.h"
#include "tests/support/program_builder.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

constexpr std::int64_t kMostParameterElements = 1 << 18;

// The bytes of a parameter file for what the program declares; nothing where that is too much.
std::optional<std::string> parameters_for(const Program& program) {
  std::string bytes;
  std::int64_t elements = 0;
  for (const Program::Declared& declared : program.parameters) {
    const TensorType& type = program.graph.type_of(declared.value);
    elements += element_count(type.shape);
    if (elements > kMostParameterElements) return std::nullopt;
    Tensor tensor(type);
    for (std::size_t i = 0; i < tensor.bytes(); ++i)  // floats of about 1, integers of any size
      tensor.data()[i] = std::byte{static_cast<std::uint8_t>(i % 4 == 3   ? 0x3F
                                                             : i % 4 == 2 ? 0x40
                                                                          : i)};
    bytes += test::record_of(tensor).bytes();
  }
  return bytes;
}

void load_and_run(std::span<const std::uint8_t> program, const std::string& parameters) {
  LoadedModel model = load_model(
      {.program = std::as_bytes(program), .parameters = std::as_bytes(std::span(parameters))});
  try_to_run(model.graph);
}

}  // namespace

void fuzz_program_file(std::span<const std::uint8_t> bytes) {
  expect_refusals(kModelRefusals, [&] {
    const std::optional<std::string> parameters =
        parameters_for(read_any_program(std::as_bytes(bytes), "a program"));
    if (parameters) load_and_run(bytes, *parameters);
  });
}

void fuzz_onnx(std::span<const std::uint8_t> bytes) {
  expect_refusals(kModelRefusals, [&] {
    ByteStream stream = ByteStream::from_memory(std::as_bytes(bytes), "a model");
    try_to_run(read_onnx_program(std::move(stream), std::nullopt).graph);
  });
}

// As it comes, and with the digests that whoever made it could have made right.
void fuzz_packed_model(std::span<const std::uint8_t> bytes) {
  const std::string as_is(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const std::string& file : {as_is, test::with_right_digests(as_is)}) {
    for (GraphStage stage : {GraphStage::kAsWritten, GraphStage::kAfterPasses}) {
      expect_refusals(kModelRefusals, [&] {
        LoadedModel model =
            read_u2n(ByteStream::from_memory(std::as_bytes(std::span(file)), "a model"), stage);
        try_to_run(model.graph, {.mode = "native",
                                 .disabled_passes = {},
                                 .passes_have_run = model.passes_have_run,
                                 .packed = std::move(model.packed)});
        if (stage == GraphStage::kAsWritten) try_to_run(model.graph);
      });
    }
  }
}

void fuzz_parameters(std::span<const std::uint8_t> bytes) {
  static const std::string program = test::small_program().program();
  expect_refusals(kModelRefusals, [&] {
    const auto* data = reinterpret_cast<const std::uint8_t*>(program.data());
    load_and_run({data, program.size()},
                 std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  });
}

}  // namespace u2net::fuzz
