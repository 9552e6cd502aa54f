// SPDX-License-Identifier: Apache-2.0
// u2net run: pictures to masks, cutouts, results and panels.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/folder_watch.h"
#include "tools/cli/json_report.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/run_options.h"
#include "tools/cli/run_pictures.h"
#include "tools/imaging/picture_list.h"

namespace u2net::cli {
using namespace engine;
namespace {

using imaging::format_of;
using imaging::is_picture;
using imaging::kOutputKinds;
using imaging::LeftOut;
using imaging::OutputFormat;
using imaging::parse_output_kinds;
using imaging::PicturePlan;
using imaging::PlaceOptions;
using imaging::plan_pictures;

// By the ending of the one file where nothing else says it.
OutputFormat choose_format(const RunOptions& options) {
  if (!options.format.empty()) return imaging::find_output_format(options.format);
  const std::string ending = std::filesystem::path(options.output).extension().string();
  if (ending.empty() || options.output == kStandardStream) return OutputFormat::kPng;
  return imaging::find_output_format(ending.substr(1));
}

std::vector<OutputKind> choose_kinds(const RunOptions& options) {
  if (options.outputs) return parse_output_kinds(*options.outputs);
  if (options.output.empty()) return {kOutputKinds.begin(), kOutputKinds.end()};
  return {imaging::keeps_alpha(options.results.format) ? OutputKind::kCutout : OutputKind::kResult};
}

void check_formats(const RunOptions& options, const std::vector<OutputKind>& kinds) {
  for (const OutputKind kind : kinds) {
    if (options.output.empty() || format_of(kind, options.results.format) == options.results.format)
      continue;
    throw Error(ErrorCode::kUsage,
                "'" + options.output + "': a " + std::string(output_name(kind)) +
                    " would be spoiled by JPEG",
                "--write result, or a name that ends in .png");
  }
}

void check_streams(const RunOptions& options) {
  if (options.output == kStandardStream && (options.json == kStdout || options.json_lines)) {
    throw Error(ErrorCode::kUsage, "the picture and the report would both go to standard output",
                "--json=FILE");
  }
  if (options.json == kStdout && options.json_lines)
    throw Error(ErrorCode::kUsage, "--json and --json-lines would both go to standard output");
  if (options.watch && !options.json.empty()) {
    throw Error(ErrorCode::kUsage, "--watch has no end at which the report of --json is written",
                "--json-lines tells of each picture as it is done");
  }
}

PlaceOptions places_of(const RunOptions& options) {
  const OutputFormat format = options.results.format;
  return {
      .directory = options.output_dir,
      .file = options.output,
      .ending = [format](OutputKind kind) { return std::string(imaging::ending_of(kind, format)); },
      .recursive = options.recursive};
}

void tell_left_out(const std::vector<LeftOut>& left_out, const RunOptions& options) {
  if (left_out.empty() || options.quiet) return;
  std::map<std::string, std::size_t> counts;
  for (const LeftOut& file : left_out) {
    ++counts[file.why];
    if (options.verbose) print_note("left out: '" + file.path.string() + "': " + file.why);
  }
  std::string text;
  for (const auto& [why, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " (" + why + ")";
  print_note("left out in folders: " + text + (options.verbose ? "" : "; -v names them"));
}

// The folders that results go to; with --recursive there are several.
void make_directories(const std::vector<PictureJob>& jobs, const RunOptions& options) {
  if (!options.output.empty()) return;
  make_output_directory(options.output_dir);
  for (const PictureJob& job : jobs) {
    if (!job.outputs.empty()) make_output_directory(job.outputs[0].second.parent_path());
  }
}

[[noreturn]] void watch(const RunOptions& options, FolderWatch& folders, RunPictures& pictures) {
  if (!options.quiet) print_note("waiting for pictures; Ctrl-C ends it");
  for (;;) {
    const std::vector<PictureJob> jobs = folders.next();
    make_directories(jobs, options);
    pictures.run(jobs);
  }
}

int run(RunOptions options) {
  if (options.output_dir == kStandardStream) options.output = std::exchange(options.output_dir, {});
  check_streams(options);
  options.results.format = choose_format(options);
  if (!options.crop.empty()) options.results.crop = parse_crop_margin(options.crop);
  const std::vector<OutputKind> kinds = choose_kinds(options);
  check_formats(options, kinds);
  const PlaceOptions places = places_of(options);
  const PicturePlan plan = plan_pictures(options.paths, kinds, places);
  // Before anything that takes time: what comes into the folders from here on is new.
  std::optional<FolderWatch> folders;
  if (options.watch) {
    folders.emplace([&] { return plan_pictures(options.paths, kinds, places).jobs; }, plan.jobs);
  }
  const bool json_file = !options.json.empty() && options.json != kStdout;
  if (json_file) refuse_overwrite(plan.jobs, options.json);
  if (!options.background.empty())
    options.results.background = parse_background(options.background, options.results.limits);

  RunPictures pictures(options, [&] { make_directories(plan.jobs, options); });
  tell_left_out(plan.left_out, options);
  pictures.run(plan.jobs);
  if (folders) watch(options, *folders, pictures);
  if (!options.json.empty()) {
    Json report = new_report("run");
    report["model"] = options.model.model;
    report["mode"] = options.model.mode;
    report["precision"] = precision_json(pictures.precision());
    report["threads"] = pictures.threads();
    report["images"] = pictures.take_images();
    write_report(report, options.json);
  }
  return pictures.exit_code();
}

constexpr const char* kRunFooter =
    "The paths of the files that were written go to standard output, one a line; with --json\n"
    "the report goes there instead. Behind a bare --json a word is taken as FILE unless it is\n"
    "a picture or a folder. A picture that fails does not stop the others. Files are replaced\n"
    "only when they are complete. Of a folder everything is taken that is a picture by its\n"
    "bytes, whatever its name; what is left out is counted. Several pictures are in work at\n"
    "once, one a thread, in at most 256 MB beside the model (one larger picture is alone). A\n"
    "network with open sizes finds finer edges at a larger --size, and may take the parts of a\n"
    "large subject for several; it was trained at 320x320.\n"
    "\n"
    "Examples:\n"
    "  u2net run photo.jpg\n"
    "  u2net run -o out --write cutout,panel photos/ more/cat.png\n"
    "  u2net run --output cat.webp --crop cat.jpg\n"
    "  curl -s $URL | u2net run - -o - > cutout.png\n"
    "  u2net run -r -o out --write cutout --skip-existing photos/\n"
    "  u2net run -o out --write result --format jpeg --background beach.jpg --watch inbox/\n"
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
  add_run_options(app, options);
  return [options] { return run(*options); };
}

}  // namespace u2net::cli
