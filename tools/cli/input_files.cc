// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/input_files.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "tools/npy/npy.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

using Ports = std::vector<PortInfo>;

std::string port_text(const PortInfo& port) {
  return "'" + port.name + "' " + to_string(port.type.shape) + " " +
         std::string(dtype_name(port.type.dtype));
}

std::string port_list(const Ports& ports) {
  if (ports.empty()) return "no inputs";
  std::string text;
  for (const PortInfo& port : ports) append_word(text, port_text(port));
  return text;
}

struct NamedFile {
  std::size_t port;
  fs::path file;
};

// NAME=FILE, or FILE alone where the model has one input; a FILE may hold a '=' too.
NamedFile parse_input(const std::string& text, const Ports& ports) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  std::error_code ignored;
  const bool file_alone = equals == std::string::npos || fs::exists(text, ignored);
  if (equals != std::string::npos) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].name == name) return {i, text.substr(equals + 1)};
    }
  }
  if (file_alone && ports.size() == 1) return {0, text};
  if (equals == std::string::npos) {
    throw Error(ErrorCode::kUsage,
                "--input '" + text +
                    "' does not say which input it is; this model has: " + port_list(ports),
                "write --input NAME=FILE");
  }
  throw Error(ErrorCode::kInputShape,
              "no input named '" + name + "'; this model has: " + port_list(ports));
}

}  // namespace

std::vector<Tensor> read_inputs(const std::vector<std::string>& texts, const Ports& ports) {
  std::vector<std::optional<fs::path>> files(ports.size());
  for (const std::string& text : texts) {
    NamedFile input = parse_input(text, ports);
    if (files[input.port])
      throw Error(ErrorCode::kUsage, "input '" + ports[input.port].name + "' is given twice");
    files[input.port] = std::move(input.file);
  }
  std::string missing;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!files[i]) append_word(missing, port_text(ports[i]));
  }
  if (!missing.empty()) {
    throw Error(ErrorCode::kInputShape, "inputs are missing: " + missing,
                "give each with --input NAME=FILE.npy");
  }
  std::vector<Tensor> tensors;
  for (const auto& file : files) tensors.push_back(npy::read_npy(*file));
  return tensors;
}

}  // namespace u2net::cli
