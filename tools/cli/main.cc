// SPDX-License-Identifier: Apache-2.0
// The `u2net` command: hands the command line to a subcommand and turns whatever it throws into one
// line on stderr and an exit code.
#include <CLI/CLI.hpp>
#include <cctype>
#include <map>
#include <string>

#include "engine/base/text.h"
#include "engine/run/mode.h"
#include "tools/cli/arguments.h"
#include "tools/cli/build_info.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/ending.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json_report.h"
#include "tools/cli/openmp_spin.h"
#include "tools/cli/standard_streams.h"
#include "tools/imaging/codecs.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/deflate.h"
#include "tools/imaging/header.h"
#include "tools/imaging/output_format.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr const char* kDescription =
    "Runs U2-Net networks exported by PaddlePaddle on a CPU: finds the subject of a picture\n"
    "and cuts it out.\n";

constexpr const char* kMainFooter =
    "Examples:\n"
    "  u2net run photo.jpg                      writes photo.mask.png, photo.cutout.png, ...\n"
    "  u2net run -o out --write cutout photos/  every picture of a folder, cut out\n"
    "  u2net infer model --input x=x.npy        raw tensors: writes out0.npy, out1.npy, ...\n"
    "  u2net inspect model                      inputs, outputs, operators, memory\n"
    "  u2net graph model -o model.html          a page to explore it\n"
    "  u2net bench --modes all                  one mode against the other\n"
    "  u2net export net.pdparams -o out/net     the network in code as Paddle's files\n"
    "\n"
    "Results go to standard output, messages to standard error. Exit codes: 0 success,\n"
    "1 some of the inputs failed, 2 usage, 3 model, 4 input, 5 output, 6 mode not in this\n"
    "build, 7 no memory or no threads, 70 a bug; 128 and its number where a signal ends it\n"
    "(130 Ctrl-C, 143 SIGTERM), which leaves finished files and no others.\n"
    "`u2net COMMAND --help` explains a command.";

std::string version_text() {
  std::string modes;
  for (const std::string& mode : available_modes()) append_word(modes, mode);
  std::string text = "u2net " + std::string(version()) + " (modes: " + modes + ")\n" +
                     "pictures: " + imaging::readable_formats() + "; written as " +
                     imaging::output_format_names() + ", deflated by " + imaging::deflate_name();
  std::string missing = imaging::missing_codecs();
  if (!imaging::has_colour_management())
    append_word(missing, "the use of colour profiles (Little CMS)");
  return missing.empty() ? text : text + "\nnot in this build: " + missing;
}

// CLI11's messages as ours: lower case, without a full stop. Options keep their spelling.
std::string lower_first(std::string text) {
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]))) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

Error usage_error(const CLI::ParseError& error, const Arguments& arguments) {
  if (arguments.command) {
    return {ErrorCode::kUsage, lower_first(error.what()),
            std::string("see u2net ") + arguments.command->name + " --help"};
  }
  const std::string& word = arguments.words.front();
  const bool is_option = word.starts_with('-');
  return {ErrorCode::kUsage,
          is_option ? lower_first(error.what()) : "there is no command '" + word + "'",
          "see u2net --help"};
}

// A report that would go to a file is not written: the file may be what the error is about.
int report_failure(const Error& error, const Arguments& arguments) {
  print_error(error);
  if (arguments.json == kStdout && arguments.command) {
    try {
      Json report = new_report(arguments.command->name);
      report["error"] = error_json(error);
      write_report(report, kStdout);
    } catch (...) {
      // The first failure is the one to tell; that the report is missing shows by itself.
    }
  }
  return exit_code(error.code());
}

int run_command_line(const Arguments& arguments) {
  CLI::App app(kDescription, "u2net");
  app.footer(kMainFooter);
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", version_text,
                       "Print the version, and the modes and picture formats of this build");
  app.get_formatter()->column_width(34);
  std::map<const CLI::App*, Action> actions;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    actions[sub] = command.define(*sub);
  }
  if (arguments.words.empty()) {
    write_stderr(app.help());
    return kExitUsage;
  }
  try {
    app.parse(std::vector<std::string>(arguments.words.rbegin(), arguments.words.rend()));
  } catch (const CLI::CallForVersion&) {
    write_stdout(version_text() + "\n");
    return kExitOk;
  } catch (const CLI::Success&) {
    write_stdout(app.help());
    return kExitOk;
  } catch (const CLI::ParseError& e) {
    return report_failure(usage_error(e, arguments), arguments);
  }
  return actions.at(app.get_subcommands().front())();
}

}  // namespace
}  // namespace u2net::cli

int main(int argc, char** argv) {
  using namespace u2net::cli;
  bound_openmp_spinning(argv);
  handle_signals();
  protect_standard_streams();
  Arguments arguments;
  try {
    arguments = read_arguments(argc, argv);
    return run_command_line(arguments);
  } catch (...) {
    return report_failure(current_error(), arguments);
  }
}
