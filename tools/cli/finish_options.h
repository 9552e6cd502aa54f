// SPDX-License-Identifier: Apache-2.0
// Options of `run` about edges, and about what a cutout holds.
#pragma once

#include <CLI/CLI.hpp>

#include "models/picture/finish.h"

namespace u2net::cli {

void add_finish_options(CLI::App& app, imaging::Finish& finish);

}  // namespace u2net::cli
