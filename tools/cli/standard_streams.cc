// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

#include "engine/base/error.h"
#include "tools/cli/ending.h"

namespace u2net::cli {
using namespace engine;
namespace {

// The errno of the write that failed, or 0.
int write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Whether a write to a pipe without a reader would have ended the process.
bool pipe_kills = false;

}  // namespace

void protect_standard_streams() {
  pipe_kills = std::signal(SIGPIPE, SIG_IGN) == SIG_DFL;
  for (int fd = 0; fd <= 2; ++fd) {
    // Opened for the wrong direction: what is written to a closed stdout is still an error (EBADF).
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

void write_stdout(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, text)) {
    if (error == EPIPE && pipe_kills) end_by_signal(SIGPIPE);
    throw Error(ErrorCode::kOutput,
                "cannot write to standard output: " + std::system_category().message(error));
  }
}

void write_stderr(std::string_view text) noexcept { write_all(STDERR_FILENO, text); }

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace u2net::cli
