// SPDX-License-Identifier: Apache-2.0
// u2net pack: a model and what this processor's kernels make of its weights -> one .u2n file.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/error.h"
#include "loader/u2n/u2n_reader.h"
#include "loader/u2n/u2n_writer.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/model_options.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

struct PackOptions {
  ModelChoice model;
  SizeChoice size;
  std::string output;
  bool verbose = false;
};

// A packed model alone may be made anew in its own place: it has all that it was made of.
void refuse_overwrite(const PackOptions& options, const LoadedModel& loaded) {
  if (!loaded.packed_for.empty()) return;
  const fs::path output = options.output;
  for (const std::optional<fs::path>& path :
       {std::optional<fs::path>(options.model.model), std::optional(loaded.files.program),
        loaded.files.combined}) {
    std::error_code ignored;
    if (path && fs::equivalent(*path, output, ignored))
      throw Error(ErrorCode::kUsage,
                  "'" + output.string() + "' would replace the model that it is made of");
  }
}

// What the kernels want at that size; nothing where sizes depend on what is fed.
std::vector<PackedWeight> pack_weights(const std::shared_ptr<const Model>& model,
                                       const PackOptions& options) {
  const std::vector<TensorType> types = input_types(model->inputs(), options.size);
  std::vector<TensorView> inputs;
  for (const TensorType& type : types) inputs.push_back({type.dtype, type.shape, nullptr});
  Session session(model, {.threads = options.model.threads, .kernels = options.model.kernels});
  try {
    const Plan& plan = session.prepare(inputs);
    for (const std::string& note : plan.notes) {
      if (options.verbose) print_note(note);
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kInputShape || options.size.any()) throw;
    print_warning(std::string("no weights are packed: ") + e.what());
  }
  return model->weights().entries();
}

int pack(PackOptions options) {
  complete(options.model);
  LoadedModel loaded = load_graph_model(
      {.mode = "native", .model = options.model.model, .parameters = options.model.parameters},
      GraphStage::kAsWritten);
  refuse_overwrite(options, loaded);
  make_output_directory(fs::path(options.output).parent_path());
  const auto model = std::make_shared<const Model>(
      loaded.graph, ModelOptions{.mode = "native", .disabled_passes = {}});
  loaded.graph.file_bytes = model->graph().file_bytes;
  std::vector<PackedWeight> packed = pack_weights(model, options);
  if (options.verbose)
    print_note(std::to_string(packed.size()) + " weights are packed for " +
               kernels_of_this_processor());
  write_file_atomically(options.output, write_u2n({.model = loaded,
                                                   .after_passes = model->graph(),
                                                   .packed = std::move(packed),
                                                   .kernels = kernels_of_this_processor()}));
  write_stdout(options.output + "\n");
  return kExitOk;
}

constexpr const char* kPackFooter =
    "The file is a model of its own: give it as MODEL or -m. It has the weights as they are and, "
    "for\n"
    "mode native, as the kernels of this processor want them at --size; they are used where they "
    "lie\n"
    "in the file, by all processes together. On another processor, at other sizes and in other "
    "modes\n"
    "results are the same, and what is missing is packed when the model is loaded.\n"
    "\n"
    "Examples:\n"
    "  u2net pack models/u2netp -o u2netp.u2n\n"
    "  u2net run -m u2netp.u2n photo.jpg";

}  // namespace

Action define_pack(CLI::App& app) {
  auto options = std::make_shared<PackOptions>();
  app.footer(kPackFooter);
  add_model_argument(app, options->model);
  app.add_option("-o,--output", options->output, "File to write, FILE.u2n")
      ->type_name("FILE")
      ->required();
  add_parameters_option(app, options->model);
  add_size_options(app, options->size);
  add_threads_option(app, options->model);
  add_precision_option(app, options->model);
  add_kernel_options(app, options->model);
  app.add_flag("-v,--verbose", options->verbose, "Say what is packed");
  return [options] { return pack(*options); };
}

}  // namespace u2net::cli
