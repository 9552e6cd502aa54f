// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "engine/base/text.h"
#include "tools/cli/finish_options.h"
#include "tools/cli/input_sizes.h"
#include "tools/imaging/header.h"

namespace u2net::cli {
namespace {

PictureNetwork::Size picture_size(const std::string& text) {
  if (text == "native") return {.of_the_picture = true};
  SizeChoice choice;
  if (parse_size(text, choice)) return {.height = choice.height, .width = choice.width};
  throw CLI::ValidationError("--size", "'" + text + "' is neither HxW nor native");
}

std::string preset_names() {
  std::string names;
  for (const imaging::NetworkPreset& preset : imaging::network_presets())
    append_word(names, preset.name);
  return names;
}

void add_input_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
  app.add_option("PATH", options->paths,
                 "Pictures (" + imaging::readable_formats() +
                     "),\nfolders of them, or - for standard input")
      ->type_name("")
      ->required();
  app.add_flag("-r,--recursive", options->recursive,
               "Folders inside of folders too; the results lie in a tree of the same form");
  app.add_flag("--watch", options->watch,
               "Go on: take pictures as they come into the folders, until interrupted");
  app.add_option("--max-pixels", options->results.limits.max_pixels,
                 "Refuse larger pictures (default: 100000000)")
      ->type_name("N")
      ->check(
          CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()).description(""));
}

void add_place_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
  auto* directory = app.add_option("-o,--output-dir", options->output_dir,
                                   "Folder for the results, made if it is missing (default: this "
                                   "one); - for\nstandard output, which takes one result");
  directory->type_name("DIR");
  app.add_option("--output", options->output,
                 "File for the one result of one picture; its ending says the format")
      ->type_name("FILE")
      ->excludes(directory);
  auto* force = app.add_flag("--force", options->results.replace,
                             "Replace whatever is in the way of a result (without it: earlier\n"
                             "results of the same picture alone)");
  app.add_flag("--skip-existing", options->results.resume,
               "Make the results that are not there yet, and leave the others")
      ->excludes(force);
}

void add_result_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
  app.add_option("--write", options->outputs,
                 "What to write of each picture, some of: mask (grey), cutout (the\n"
                 "subject, transparent elsewhere), result (on white, or on --background),\n"
                 "panel (picture, mask and result side by side) (default: all; into one file\n"
                 "the cutout, as JPEG the result)")
      ->type_name("LIST");
  app.add_option("--format", options->format,
                 "Write as " + imaging::output_format_names() +
                     " (default: png); as jpeg results and panels alone")
      ->type_name("FORMAT");
  app.add_option("--quality", options->results.quality,
                 "Of jpeg (default: 92) and webp (default: without loss)")
      ->type_name("1..100")
      ->check(CLI::Range(1, 100).description(""));
  app.add_option("--background", options->background,
                 "Behind the subject in results and panels: #rgb, #rrggbb, r,g,b, a name such as\n"
                 "white, or a picture, which is made to cover all (default: white)")
      ->type_name("COLOUR|PICTURE");
  app.add_flag("--crop{5%}", options->crop,
               "Crop everything to the subject, with a margin of so many pixels or N% of its\n"
               "larger side (default: 5%)");
}

}  // namespace

void add_network_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
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
  add_model_option(app, options->model);
  add_parameters_option(app, options->model);
  add_mode_option(app, options->model);
  add_plan_options(app, options->model);
}

namespace {

void add_report_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
  app.add_option("--json", options->json,
                 "Write a report with times to FILE (default: standard output)")
      ->type_name("[FILE]");
  app.add_flag("--json-lines", options->json_lines,
               "Write a line of JSON for each picture to standard output as it is done");
  auto* verbose = app.add_flag("-v,--verbose", options->verbose,
                               "Say what is done, what is left out, and how long it takes");
  app.add_flag("-q,--quiet", options->quiet, "No warnings, no progress: errors only")
      ->excludes(verbose);
}

}  // namespace

void add_run_options(CLI::App& app, const std::shared_ptr<RunOptions>& options) {
  add_input_options(app, options);
  add_place_options(app, options);
  add_result_options(app, options);
  add_finish_options(app, options->results.finish);
  add_network_options(app, options);
  add_report_options(app, options);
}

}  // namespace u2net::cli
