// SPDX-License-Identifier: Apache-2.0
// u2net graph: a model as a picture, or as a page to explore.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/error.h"
#include "tools/cli/command.h"
#include "tools/cli/decimal.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/graph_views.h"
#include "tools/cli/output_directory.h"
#include "tools/cli/standard_streams.h"
#include "tools/graph/picture.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

enum class Format { kDot, kSvg, kHtml };

struct GraphOptions {
  GraphChoice graph;
  std::string output;
  std::optional<int> depth;
};

Format format_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".dot" || extension == ".gv") return Format::kDot;
  if (extension == ".svg") return Format::kSvg;
  if (extension == ".html" || extension == ".htm") return Format::kHtml;
  throw Error(ErrorCode::kUsage, "cannot tell what to draw from the name '" + path.string() +
                                     "'; known: .dot, .svg, .html");
}

std::string sizes_text(const drawing::NetworkView& view) {
  std::string text = std::to_string(view.operators()) + " operators in " +
                     std::to_string(view.blocks.size() - 1) + " blocks";
  if (view.blocks.size() == 1) text = std::to_string(view.operators()) + " operators";
  if (view.macs() > 0) text += ", " + decimal("%.4g GMAC", view.macs() / 1e9);
  return text;
}

std::string inputs_text(const GraphViews& views) {
  std::string text;
  for (const TensorType& type : views.inputs)
    text += (text.empty() ? "input " : ", ") + drawing::type_text(type);
  return text.empty() ? "no input" : text;
}

std::string profile_text(const GraphViews& views) {
  if (!views.run_ms) return {};
  return decimal("%.1f ms a run", *views.run_ms) + " with " + std::to_string(views.threads) +
         (views.threads == 1 ? " thread" : " threads");
}

// What each pass did, a few passes a line.
void add_pass_lines(const std::vector<PassRecord>& passes, std::vector<std::string>& lines) {
  constexpr std::size_t kLineLength = 110;
  std::string line = "passes: ";
  for (const PassRecord& record : passes) {
    const std::string summary = drawing::summary_of(record);
    if (summary.empty()) continue;
    const std::string text = record.pass + ": " + summary;
    if (line.size() + text.size() > kLineLength) {
      lines.push_back(line);
      line.clear();
    }
    line += (line.empty() || line == "passes: " ? "" : "; ") + text;
  }
  if (line != "passes: " && !line.empty()) lines.push_back(line);
}

drawing::Caption caption_of(const GraphViews& views, bool optimized) {
  drawing::Caption caption;
  const std::string exporter =
      views.paddle_version.empty() ? "" : " by Paddle " + views.paddle_version;
  caption.title = views.name +
                  (optimized ? ", as mode " + views.mode + " runs it" : ", as exported" + exporter);
  const drawing::NetworkView& view = optimized ? *views.optimized : views.exported;
  std::string line = sizes_text(view) + "; " + inputs_text(views);
  if (const std::string time = profile_text(views); !time.empty()) line += "; " + time;
  caption.lines.push_back(line);
  if (optimized) add_pass_lines(views.passes, caption.lines);
  return caption;
}

void write_picture(const GraphOptions& options, const GraphViews& views, Format format) {
  const bool optimized = views.optimized && (options.graph.optimized || options.graph.profile);
  const drawing::NetworkView& view = optimized ? *views.optimized : views.exported;
  const drawing::PictureOptions picture{.caption = caption_of(views, optimized),
                                        .depth = options.depth.value_or(drawing::kEverything),
                                        .timed = options.graph.profile};
  const std::string text = format == Format::kDot ? drawing::dot_picture(view, picture)
                                                  : drawing::svg_picture(view, picture);
  write_file_atomically(options.output, std::as_bytes(std::span(text)));
}

void write_page(const GraphOptions& options, GraphViews views) {
  drawing::Page page;
  page.title = views.name;
  page.about = inputs_text(views);
  if (!views.paddle_version.empty()) page.about += "; exported by Paddle " + views.paddle_version;
  if (const std::string time = profile_text(views); !time.empty()) page.about += "; " + time;
  page.timed = options.graph.profile;
  page.exported = std::move(views.exported);
  if (views.optimized) {
    page.mode = views.mode;
    page.show_optimized = options.graph.optimized || options.graph.profile;
    page.optimized = *std::move(views.optimized);
    page.passes = std::move(views.passes);
  }
  const std::string text = drawing::html_page(page);
  write_file_atomically(options.output, std::as_bytes(std::span(text)));
}

int draw_graph(GraphOptions options) {
  const Format format = format_of(options.output);
  resolve_graph_mode(options.graph.model);
  if (options.graph.optimized && !find_graph_mode(options.graph.model.mode).has_passes()) {
    throw Error(ErrorCode::kUsage, "--optimized: mode '" + options.graph.model.mode +
                                       "' runs the program as exported");
  }
  make_output_directory(fs::path(options.output).parent_path());
  if (format == Format::kHtml) options.graph.both = true;
  GraphViews views = make_graph_views(options.graph);
  if (format == Format::kHtml) {
    write_page(options, std::move(views));
  } else {
    write_picture(options, views, format);
  }
  write_stdout(options.output + "\n");
  return kExitOk;
}

constexpr const char* kGraphFooter =
    "FILE.svg is a picture, FILE.html a page to explore: it has the graph before and after the\n"
    "passes, opens and closes blocks, finds operators and weights and tells all about them, and\n"
    "needs nothing but a browser. Both are laid out by Graphviz, whose program dot has to be on\n"
    "PATH. FILE.dot is written without it.\n"
    "\n"
    "Operators are grouped in blocks: by the name scopes of the program, by what the network's\n"
    "code calls the parameters (FILE.pdiparams.info), or else by residual connections.\n"
    "\n"
    "Examples:\n"
    "  u2net graph model -o model.html\n"
    "  u2net graph model -o model.svg --optimized --mode onednn\n"
    "  u2net graph model -o times.svg --profile --depth 0";

}  // namespace

Action define_graph(CLI::App& app) {
  auto options = std::make_shared<GraphOptions>();
  app.footer(kGraphFooter);
  add_model_argument(app, options->graph.model);
  app.add_option("-o,--output", options->output, "File to write: .dot, .svg or .html")
      ->type_name("FILE")
      ->required();
  app.add_flag("--optimized", options->graph.optimized, "As the passes of the mode leave it");
  app.add_flag("--profile", options->graph.profile,
               "As the mode runs it, coloured by the time that it is measured to take");
  app.add_option("--depth", options->depth,
                 "Open blocks down to this depth, 0 for none; .dot and .svg (default: all)")
      ->type_name("N")
      ->check(CLI::Range(0, 100).description(""));
  add_size_options(app, options->graph.size);
  add_parameters_option(app, options->graph.model);
  add_graph_mode_option(app, options->graph.model);
  add_threads_option(app, options->graph.model);
  add_passes_option(app, options->graph.model);
  add_kernel_options(app, options->graph.model);
  return [options] { return draw_graph(*options); };
}

}  // namespace u2net::cli
