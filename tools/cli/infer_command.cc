// SPDX-License-Identifier: Apache-2.0
// u2net infer: any model on tensors from .npy files.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/error.h"
#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/input_files.h"
#include "tools/cli/model_options.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/standard_streams.h"
#include "tools/npy/npy.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

struct InferOptions {
  ModelChoice model;
  std::vector<std::string> inputs;
  std::string output_dir;
  bool verbose = false;
};

void describe_plan(const Plan& plan, bool verbose) {
  for (const std::string& warning : plan.warnings) print_warning(warning);
  if (!verbose) return;
  for (const std::string& note : plan.notes) print_note(note);
}

int infer(InferOptions options) {
  const std::unique_ptr<Session> session = open_session(options.model);
  const std::vector<Tensor> inputs = read_inputs(options.inputs, session->model().inputs());
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) views.push_back(input.view());

  const std::string precision = to_text(precision_without_plan(options.model.kernels.precision));
  if (session->plans()) {
    describe_plan(session->prepare(views), options.verbose);
  } else if (options.verbose && !precision.empty()) {
    print_note(precision);
  }
  make_output_directory(options.output_dir);
  const std::vector<TensorView>& outputs = session->run(views);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const fs::path path = fs::path(options.output_dir) / ("out" + std::to_string(i) + ".npy");
    write_file_atomically(path, npy::encode_npy(outputs[i]));
    write_stdout(path.string() + "\n");
  }
  return kExitOk;
}

constexpr const char* kInferFooter =
    "The outputs are written as out0.npy, out1.npy, ... in the order of the program's fetch\n"
    "operators, in the type that the program computes; their paths go to standard output.\n"
    "\n"
    "Examples:\n"
    "  u2net infer models/u2netp --input image.npy -o out\n"
    "  u2net infer model.pdmodel --input x=x.npy --input size=size.npy --mode static";

}  // namespace

Action define_infer(CLI::App& app) {
  auto options = std::make_shared<InferOptions>();
  app.footer(kInferFooter);
  add_model_argument(app, options->model);
  app.add_option("-i,--input", options->inputs,
                 "An input of the model, once for each; NAME= may be left out if there\n"
                 "is one alone. The .npy file has the type that the model declares")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  app.add_option("-o,--output-dir", options->output_dir,
                 "Folder for the outputs, made if it is missing (default: this one)")
      ->type_name("DIR");
  add_parameters_option(app, options->model);
  add_mode_option(app, options->model);
  add_plan_options(app, options->model);
  app.add_flag("-v,--verbose", options->verbose, "Say how the model is run");
  return [options] { return infer(*options); };
}

}  // namespace u2net::cli
