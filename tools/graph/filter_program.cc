// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/filter_program.h"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <new>
#include <system_error>
#include <utility>

#include "engine/base/error.h"

extern char** environ;

namespace u2net::drawing {
using namespace engine;
namespace {

constexpr std::size_t kMaxMessage = 300;

std::string system_message(int error) { return std::system_category().message(error); }

[[noreturn]] void fail(const std::string& program, const std::string& why, std::string hint = {}) {
  throw Error(ErrorCode::kOutput, "cannot draw the graph: the program '" + program + "' " + why,
              std::move(hint));
}

// Both ends closed with the object; a child gets none but those that are given to it. A pair of
// sockets: a write to one whose reader is gone fails without a signal.
class Pipe {
 public:
  explicit Pipe(const std::string& program) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0)
      fail(program, "cannot be reached: " + system_message(errno));
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close(ends_[0]); }
  void close_write() { close(ends_[1]); }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

class Child {
 public:
  Child(const std::vector<std::string>& command, const Pipe& in, const Pipe& out, const Pipe& err)
      : program_(command.front()) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int error = posix_spawn_file_actions_adddup2(&actions, in.read_end(), STDIN_FILENO);
    if (error == 0)
      error = posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
    if (error == 0)
      error = posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
    // What this process ignores is not for the program to ignore.
    sigset_t usual;
    ::sigemptyset(&usual);
    ::sigaddset(&usual, SIGPIPE);
    ::sigaddset(&usual, SIGXFSZ);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
      error = ::posix_spawnp(&pid_, words.front(), &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) {
      fail(program_, "is not on PATH",
           "install Graphviz (Debian: apt install graphviz), or write a .dot file instead");
    }
    if (error == ENOMEM) throw std::bad_alloc();
    if (error != 0) fail(program_, "cannot be started: " + system_message(error));
  }
  ~Child() {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Whether it ended by itself with status 0.
  bool wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  std::string program_;
  pid_t pid_ = -1;
};

// Appends what there is to read; false at the end.
bool drain(int descriptor, std::string& text) {
  char buffer[1 << 16];
  const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
  if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

// Feeds and reads at the same time: a child that waits for its reader does not read.
void exchange(Pipe& in, Pipe& out, Pipe& err, const std::string& input, std::string& output,
              std::string& messages) {
  std::size_t written = 0;
  bool reading_out = true, reading_err = true;
  while (reading_out || reading_err) {
    pollfd open[3] = {{in.write_end(), POLLOUT, 0},
                      {reading_out ? out.read_end() : -1, POLLIN, 0},
                      {reading_err ? err.read_end() : -1, POLLIN, 0}};
    if (::poll(open, 3, -1) < 0 && errno != EINTR) return;
    if (open[0].revents != 0) {
      const ssize_t count = ::send(in.write_end(), input.data() + written, input.size() - written,
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) written += static_cast<std::size_t>(count);
      const bool broken = count < 0 && errno != EINTR && errno != EAGAIN;
      if (broken || written == input.size()) in.close_write();
    }
    if (open[1].revents != 0) reading_out = drain(out.read_end(), output);
    if (open[2].revents != 0) reading_err = drain(err.read_end(), messages);
  }
}

}  // namespace

std::string filter_through(const std::vector<std::string>& command, const std::string& input) {
  const std::string& program = command.front();
  Pipe in(program), out(program), err(program);
  std::string output, messages;
  Child child(command, in, out, err);
  in.close_read();
  out.close_write();
  err.close_write();
  exchange(in, out, err, input, output, messages);
  if (!child.wait()) {
    fail(program,
         "failed" + (messages.empty() ? std::string() : ": " + messages.substr(0, kMaxMessage)));
  }
  return output;
}

}  // namespace u2net::drawing
