// SPDX-License-Identifier: Apache-2.0
// u2net run: pictures to masks, cutouts, results and panels.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "models/picture/picture_network.h"
#include "models/picture/postprocess.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/finish_options.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/json_report.h"
#include "tools/cli/model_options.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/picture_list.h"
#include "tools/cli/run_picture.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

struct RunOptions {
  std::vector<std::string> paths;
  std::string output_dir;
  std::string outputs = "mask,cutout,result,panel";
  PictureNetwork::Size size;
  PictureNetwork::Kind kind;
  ModelChoice model;
  imaging::DecodeLimits limits;
  imaging::Finish finish;
  std::string json;
  bool verbose = false;
  bool quiet = false;
};

PictureNetwork::Size picture_size(const std::string& text) {
  if (text == "native") return {.of_the_picture = true};
  SizeChoice choice;
  if (parse_size(text, choice)) return {.height = choice.height, .width = choice.width};
  throw CLI::ValidationError("--size", "'" + text + "' is neither HxW nor native");
}

std::string milliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", ms);
  return text;
}

std::string flat_warning(const PictureJob& job, const PictureResult& result) {
  char value[80] = "not finite everywhere";
  if (result.constant) {
    std::snprintf(value, sizeof value, "constant (%.4g)", static_cast<double>(result.raw_min));
  } else if (result.finite) {
    std::snprintf(value, sizeof value, "at most %.4g, a subject's is %.4g or more: no subject",
                  static_cast<double>(result.raw_max), static_cast<double>(imaging::kSubjectLevel));
  }
  return "'" + job.input.string() + "': prediction is " + value + "; writing an empty mask";
}

Json picture_json(const PictureJob& job, const PictureResult& result) {
  Json outputs = Json::object();
  for (const auto& [kind, path] : result.written)
    outputs[std::string(output_name(kind))] = path.string();
  return {{"input", job.input.string()},
          {"width", result.width},
          {"height", result.height},
          {"network_width", result.network_width},
          {"network_height", result.network_height},
          {"outputs", std::move(outputs)},
          {"raw_min", shortest(result.raw_min)},
          {"raw_max", shortest(result.raw_max)},
          {"flat", result.flat},
          {"decode_ms", rounded(result.decode_ms)},
          {"preprocess_ms", rounded(result.preprocess_ms)},
          {"infer_ms", rounded(result.infer_ms)},
          {"compose_ms", rounded(result.compose_ms)},
          {"encode_ms", rounded(result.encode_ms)}};
}

// The pictures of one call, one after the other, with what is told about them.
class Run {
 public:
  Run(const RunOptions& options, const std::vector<PictureJob>& jobs, PictureNetwork& network)
      : options_(options),
        jobs_(jobs),
        network_(network),
        progress_(stderr_is_terminal() && !options.quiet && !options.verbose, jobs.size()) {}

  int run() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      progress_.show(i, jobs_[i].input.string());
      run_one(jobs_[i]);
    }
    progress_.clear();
    if (failures_.empty()) return kExitOk;
    return failures_.size() == jobs_.size() ? exit_code(failures_.front().code()) : kExitSomeFailed;
  }

  Json take_images() { return std::move(images_); }

 private:
  void run_one(const PictureJob& job) {
    PictureResult result;
    std::optional<Error> failure = job.failure;
    if (!failure) {
      try {
        run_picture(job, options_.limits, options_.finish, network_, result);
      } catch (...) {
        failure = current_error();
      }
    }
    progress_.clear();
    if (failure) {
      fail(job, *failure);
    } else {
      succeed(job, result);
    }
    if (options_.json == kStdout) return;
    for (const auto& [kind, path] : result.written) write_stdout(path.string() + "\n");
  }

  void fail(const PictureJob& job, const Error& failure) {
    print_error(failure);
    images_.push_back({{"input", job.input.string()}, {"error", error_json(failure)}});
    failures_.push_back(failure);
  }

  void succeed(const PictureJob& job, const PictureResult& result) {
    if (result.flat && !options_.quiet) print_warning(flat_warning(job, result));
    images_.push_back(picture_json(job, result));
    if (!options_.verbose) return;
    print_note("'" + job.input.string() + "': " + std::to_string(result.width) + "x" +
               std::to_string(result.height) + ", network " + std::to_string(result.network_width) +
               "x" + std::to_string(result.network_height) + ", decode " +
               milliseconds(result.decode_ms) + ", preprocess " +
               milliseconds(result.preprocess_ms) + ", infer " + milliseconds(result.infer_ms) +
               ", compose " + milliseconds(result.compose_ms) + ", encode " +
               milliseconds(result.encode_ms));
  }

  const RunOptions& options_;
  const std::vector<PictureJob>& jobs_;
  PictureNetwork& network_;
  Progress progress_;
  Json images_ = Json::array();
  std::vector<Error> failures_;
};

PrecisionDecision precision_of(const RunOptions& options, PictureNetwork& network) {
  const Plan* plan = network.plan();
  return plan ? plan->precision : precision_without_plan(options.model.kernels.precision);
}

void describe_network(const RunOptions& options, PictureNetwork& network) {
  const Plan* plan = network.plan();
  if (plan && !options.quiet) {
    for (const std::string& warning : plan->warnings) print_warning(warning);
  }
  if (!options.verbose) return;
  print_note("model '" + options.model.model + "', mode " + options.model.mode + ", " +
             std::to_string(network.threads()) + " threads, input " +
             std::to_string(network.height()) + "x" + std::to_string(network.width()) +
             ", preset " + std::string(network.preset().name) +
             (plan ? ", " + std::to_string(plan->steps.size()) + " steps" : ""));
  if (const std::string text = to_text(precision_of(options, network)); !plan && !text.empty())
    print_note(text);
  if (!plan) return;
  for (const std::string& note : plan->notes) print_note(note);
}

int run(RunOptions options) {
  const std::vector<OutputKind> kinds = parse_output_kinds(options.outputs);
  const std::vector<PictureJob> jobs = plan_pictures(options.paths, kinds, options.output_dir);
  const bool json_file = !options.json.empty() && options.json != kStdout;
  if (json_file) refuse_overwrite(jobs, options.json);

  PictureNetwork network(open_session(options.model), options.size, options.kind);
  describe_network(options, network);
  make_output_directory(options.output_dir);

  Run pictures(options, jobs, network);
  const int code = pictures.run();
  if (!options.json.empty()) {
    Json report = new_report("run");
    report["model"] = options.model.model;
    report["mode"] = options.model.mode;
    report["precision"] = precision_json(precision_of(options, network));
    report["threads"] = network.threads();
    report["images"] = pictures.take_images();
    write_report(report, options.json);
  }
  return code;
}

std::string preset_names() {
  std::string names;
  for (const imaging::NetworkPreset& preset : imaging::network_presets())
    append_word(names, preset.name);
  return names;
}

constexpr const char* kRunFooter =
    "The paths of the files that were written go to standard output, one a line; with --json\n"
    "the report goes there instead. Behind a bare --json a word is taken as FILE unless it is\n"
    "a picture or a folder. A picture that fails does not stop the others. Files are replaced\n"
    "only when they are complete. A network with open sizes finds finer edges at a larger --size,\n"
    "and may take the parts of a large subject for several; it was trained at 320x320.\n"
    "\n"
    "Examples:\n"
    "  u2net run photo.jpg\n"
    "  u2net run -o out --write cutout,panel photos/ more/cat.png\n"
    "  u2net run --json=report.json -o out photos/\n"
    "  u2net run --size native -m net.pdparams photo.jpg";

}  // namespace

bool run_json_file_follows(std::string_view word) {
  std::error_code ignored;
  return word == kStdout || !(std::filesystem::is_directory(word, ignored) || is_picture(word));
}

Action define_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  app.footer(kRunFooter);
  app.add_option("PATH", options->paths,
                 "Pictures (JPEG, PNG, BMP, PNM), or folders of them (not the folders inside)")
      ->type_name("")
      ->required();
  app.add_option("-o,--output-dir", options->output_dir,
                 "Folder for the results, made if it is missing (default: this one)")
      ->type_name("DIR");
  app.add_option("--write", options->outputs,
                 "What to write of each picture, some of: mask (grey), cutout (the\n"
                 "subject, transparent elsewhere), result (on white), panel (picture,\n"
                 "mask and result side by side) (default: all)")
      ->type_name("LIST");
  app.add_option_function<std::string>(
         "--size", [options](const std::string& text) { options->size = picture_size(text); },
         "Height and width at which the network sees pictures, or native: each picture's own\n"
         "(default: what the model declares, or 320x320)")
      ->type_name("HxW|native");
  app.add_option_function<std::string>(
         "--preset",
         [options](const std::string& name) {
           options->kind.preset = &imaging::find_network_preset(name);
         },
         "What the network is, and so how pictures are prepared and what its output means:\n" +
             preset_names() + " (default: as its shapes tell)")
      ->type_name("NAME");
  app.add_option("--class", options->kind.subject,
                 "Of a network with several classes, the one that the mask is of (default: all\n"
                 "but the background)")
      ->type_name("N");
  add_finish_options(app, options->finish);
  add_model_option(app, options->model);
  add_parameters_option(app, options->model);
  add_mode_option(app, options->model);
  add_threads_option(app, options->model);
  add_passes_option(app, options->model);
  add_precision_option(app, options->model);
  add_kernel_options(app, options->model);
  app.add_option("--json", options->json,
                 "Write a report with times to FILE (default: standard output)")
      ->type_name("[FILE]");
  app.add_option("--max-pixels", options->limits.max_pixels,
                 "Refuse larger pictures (default: 100000000)")
      ->type_name("N")
      ->check(
          CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()).description(""));
  auto* verbose =
      app.add_flag("-v,--verbose", options->verbose, "Say what is done, and how long it takes");
  app.add_flag("-q,--quiet", options->quiet, "No warnings, no progress: errors only")
      ->excludes(verbose);
  return [options] { return run(*options); };
}

}  // namespace u2net::cli
