// SPDX-License-Identifier: Apache-2.0
// Loads programs and parameters that tests have in memory, as load_model() does from files.
#pragma once

#include <string>
#include <string_view>

#include "loader/load_model.h"
#include "tests/support/program_builder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {

// Through real files.
LoadedModel load_files(std::string_view program, std::string_view parameters);
LoadedModel load(const ProgramBuilder& builder);

// Without files, for the thousands: the same steps as load_model().
Graph load_bytes(std::string_view program, std::string_view parameters);

}  // namespace u2net::engine::test
