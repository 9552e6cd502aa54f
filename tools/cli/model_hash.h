// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tools/cli/json_report.h"

namespace u2net::cli {

// File name -> SHA-256 in hexadecimal, of the files that a model path stands for.
Json model_sha256(const std::string& model, const std::string& parameters);

}  // namespace u2net::cli
