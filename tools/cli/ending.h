// SPDX-License-Identifier: Apache-2.0
// How the process ends other than by returning from main(): by a signal, or for want of memory. No
// temporary file stays either way.
#pragma once

namespace u2net::cli {

// First thing in main(). SIGHUP, SIGINT, SIGQUIT, SIGTERM and SIGXCPU, unless the caller has them
// ignored (nohup), end the process as they would anyway, so that a shell says 130 or 143, after the
// temporary files are gone. A file that grows too large (SIGXFSZ) is an error of its writer.
void handle_signals();

// Removes the temporary files and dies of the signal. Async-signal-safe.
[[noreturn]] void end_by_signal(int number) noexcept;

}  // namespace u2net::cli
