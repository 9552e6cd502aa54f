// SPDX-License-Identifier: Apache-2.0
// stdout carries data alone, and a write to it that fails is an error like any other; but where its
// reader has gone (`u2net inspect m | head`), the process dies of SIGPIPE as other programs do,
// unless its caller has that ignored. stderr is for people; nobody is told when it cannot be
// written.
#pragma once

#include <string_view>

namespace u2net::cli {

// First thing in main(): occupies descriptors 0 to 2 where the caller closed them, so that no file
// opened later becomes stdout, and makes a closed pipe elsewhere (a FIFO as an output) an error
// instead of a signal.
void protect_standard_streams();

// Unbuffered. Throws engine::Error (kOutput).
void write_stdout(std::string_view text);
void write_stderr(std::string_view text) noexcept;

bool stderr_is_terminal();

}  // namespace u2net::cli
