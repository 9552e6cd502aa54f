// SPDX-License-Identifier: Apache-2.0
// The options of `u2net run`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/picture/picture_network.h"
#include "tools/cli/model_options.h"
#include "tools/cli/run_picture.h"

namespace CLI {
class App;
}

namespace u2net::cli {

struct RunOptions {
  std::vector<std::string> paths;
  std::string output_dir;
  std::string output;                  // a file, or kStandardStream
  std::optional<std::string> outputs;  // none: as the place of the results tells
  std::string format;
  std::string background;
  std::string crop;  // empty: no
  PictureNetwork::Size size;
  PictureNetwork::Kind kind;
  ModelChoice model;
  ResultOptions results;
  std::string json;
  bool json_lines = false;
  bool recursive = false;
  bool watch = false;
  bool verbose = false;
  bool quiet = false;
};

// Of the network alone: --size to --precision.
void add_network_options(CLI::App& app, const std::shared_ptr<RunOptions>& options);
void add_run_options(CLI::App& app, const std::shared_ptr<RunOptions>& options);

}  // namespace u2net::cli
