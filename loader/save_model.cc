// SPDX-License-Identifier: Apache-2.0
#include "loader/save_model.h"

#include <cstddef>
#include <string>

#include "engine/base/atomic_file.h"
#include "loader/paddle/params_writer.h"
#include "loader/paddle/program_writer.h"
#include "loader/pir/pir_writer.h"

namespace u2net::engine {

std::vector<std::filesystem::path> save_model(const std::filesystem::path& prefix,
                                              const Graph& graph,
                                              std::span<const ParameterInfo> info,
                                              ProgramFormat format) {
  const bool is_pir = format == ProgramFormat::kPir;
  std::vector<FileContent> files;
  const auto add = [&](const char* suffix, const std::string& bytes) {
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    files.push_back({prefix.string() + suffix, {data, data + bytes.size()}});
  };
  if (is_pir) {
    add(".json", write_pir_program(graph));
  } else {
    add(".pdmodel", write_program(graph));
  }
  // Paddle refuses an empty parameter file.
  if (const std::string parameters = write_parameters(graph); !parameters.empty())
    add(".pdiparams", parameters);
  if (!is_pir && !info.empty()) add(".pdiparams.info", write_parameter_info(info));
  write_files_atomically(files);

  std::vector<std::filesystem::path> paths;
  for (FileContent& file : files) paths.push_back(std::move(file.path));
  return paths;
}

}  // namespace u2net::engine
