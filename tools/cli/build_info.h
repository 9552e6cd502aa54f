// SPDX-License-Identifier: Apache-2.0
// What this binary is and where it runs, for --version and the JSON reports.
#pragma once

#include <string>
#include <string_view>

namespace u2net::cli {

std::string_view version();
std::string compiler();
std::string_view build_type();
std::string_view build_flags();
// The commit that was checked out when the build was configured; empty outside of a repository.
std::string_view build_commit();
// False for debug and sanitizer builds, whose times mean nothing.
bool is_optimised_build();

std::string cpu_name();
// The widest vector instructions: "avx512", "avx2", "neon" or "portable".
std::string host_isa();

}  // namespace u2net::cli
