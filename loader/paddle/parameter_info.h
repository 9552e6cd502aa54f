// SPDX-License-Identifier: Apache-2.0
// The .pdiparams.info file, which Paddle reads to go on training: a pickle of
//   {parameter name: {"structured_name": ..., "stop_gradient": ..., "trainable": ...}}
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace u2net::engine {

struct ParameterInfo {
  std::string name;             // in the program: conv2d_0.w_0
  std::string structured_name;  // in the code: stage1.rebnconvin.conv_s1.weight
  bool trainable = true;        // false: a statistic, which also stops gradients
};

std::string write_parameter_info(std::span<const ParameterInfo> infos);

// Entries without a structured name are left out. Throws Error with the codes kModelNotFound,
// kModelParams, kModelUnsupported or kModelLimit; nothing in the file is executed.
std::vector<ParameterInfo> read_parameter_info(const std::filesystem::path& path);

}  // namespace u2net::engine
