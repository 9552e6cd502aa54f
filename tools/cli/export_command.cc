// SPDX-License-Identifier: Apache-2.0
// u2net export: the network as code and its parameters -> the files that Paddle exports.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/tensor.h"
#include "loader/save_model.h"
#include "models/u2net.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxSide = 65536;
constexpr const char *kPdmodel = ".pdmodel", *kJson = ".json";

struct ExportOptions {
  std::string parameters;
  std::string output;
  std::string input_shape = "-1,3,320,320";
  std::string architecture;  // empty: the one that the parameters fit
  std::string format;        // empty: as the output is called
};

std::optional<Shape> parse_shape(std::string_view text) {
  Shape shape;
  const char *at = text.data(), *end = at + text.size();
  for (;;) {
    std::int64_t size = 0;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc() || (size != -1 && (size < 1 || size > kMaxSide))) return std::nullopt;
    shape.push_back(size);
    if (next == end) return shape;
    if (*next != ',') return std::nullopt;
    at = next + 1;
  }
}

Shape input_shape(const std::string& text) {
  const std::optional<Shape> shape = parse_shape(text);
  if (shape && shape->size() == 4 && (*shape)[1] == 3) return *shape;
  throw Error(ErrorCode::kUsage, "input shape '" + text + "': expected N,3,H,W, each size 1 to " +
                                     std::to_string(kMaxSide) + " or -1 for any");
}

// A folder means: under the name of the parameters.
fs::path output_prefix(const ExportOptions& options) {
  const fs::path output = options.output;
  std::error_code ignored;
  if (!output.has_filename() || fs::is_directory(output, ignored)) {
    return output / fs::path(options.parameters).stem();
  }
  return output.extension() == kPdmodel || output.extension() == kJson
             ? fs::path(output).replace_extension()
             : output;
}

ProgramFormat program_format(const ExportOptions& options) {
  const bool is_json = options.format.empty() ? fs::path(options.output).extension() == kJson
                                              : options.format == "json";
  return is_json ? ProgramFormat::kPir : ProgramFormat::kPdmodel;
}

// One of the files could be the parameters themselves, under an odd name.
void refuse_overwrite(const fs::path& prefix, const fs::path& parameters) {
  for (const char* suffix : {kPdmodel, kJson, ".pdiparams", ".pdiparams.info"}) {
    std::error_code ignored;
    const fs::path path = prefix.string() + suffix;
    if (fs::equivalent(path, parameters, ignored)) {
      throw Error(ErrorCode::kUsage,
                  "'" + path.string() + "' would replace the parameters that it is made of");
    }
  }
}

int export_model(const ExportOptions& options) {
  const Shape shape = input_shape(options.input_shape);
  if (!options.architecture.empty()) find_architecture(options.architecture);
  const fs::path prefix = output_prefix(options);
  refuse_overwrite(prefix, options.parameters);
  const auto network = load_u2net(options.parameters, options.architecture);
  if (network->converted() > 0) {
    print_note("'" + options.parameters + "': " + std::to_string(network->converted()) +
               " parameters of float64 or 16-bit floats were converted to float32");
  }
  make_output_directory(prefix.parent_path());
  for (const fs::path& path : save_model(prefix, network->trace(shape), network->parameter_info(),
                                         program_format(options))) {
    write_stdout(path.string() + "\n");
  }
  return kExitOk;
}

std::string architecture_list() {
  std::string text;
  for (const Architecture& architecture : architectures()) {
    append_word(text, architecture.name);
  }
  return text;
}

constexpr const char* kExportFooter =
    "Writes PREFIX.pdmodel, PREFIX.pdiparams and PREFIX.pdiparams.info, or PREFIX.json and\n"
    "PREFIX.pdiparams for Paddle 3, which u2net and PaddlePaddle load; their paths go to standard\n"
    "output. Files of these names are replaced.\n"
    "The parameters are read as data: nothing in them is executed.\n"
    "\n"
    "Examples:\n"
    "  u2net export u2netp.pdparams -o out/u2netp\n"
    "  u2net export u2netp.pdparams -o out/any_size --input-shape -1,3,-1,-1\n"
    "  u2net export u2netp.pdparams -o out/u2netp.json";

}  // namespace

Action define_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  app.footer(kExportFooter);
  app.add_option(
         "PARAMETERS", options->parameters,
         "State dict of the network: a .pdparams file written by paddle.save, or a .pth or .pt\n"
         "file written by torch.save")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", options->output, "PREFIX of the files to write, or a folder")
      ->type_name("PREFIX")
      ->required();
  app.add_option(
         "--input-shape", options->input_shape,
         "Shape of the input, -1 for sizes that stay open (default: " + options->input_shape + ")")
      ->type_name("N,3,H,W");
  app.add_option(
         "--arch", options->architecture,
         "The network: " + architecture_list() + " (default: the one that the parameters fit)")
      ->type_name("NAME");
  app.add_option("--format", options->format,
                 "Of the program: pdmodel (Paddle 2) or json (Paddle 3) (default: pdmodel, or as "
                 "PREFIX ends)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"pdmodel", "json"}).description(""));
  return [options] { return export_model(*options); };
}

}  // namespace u2net::cli
