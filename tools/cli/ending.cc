// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/ending.h"

#include <cxxabi.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <typeinfo>

#include "engine/base/temporary_file.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr int kEnding[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool is_lack_of_memory(const std::type_info* thrown) {
  return thrown &&
         (*thrown == typeid(std::bad_alloc) || *thrown == typeid(std::bad_array_new_length));
}

// Memory can run out where nothing may be thrown: before main(), while a JSON value is destroyed
// (nlohmann's destructor allocates), and in the report of the failure before. Allocates nothing.
[[noreturn]] void end_by_exception() noexcept {
  remove_temporary_files();
  if (!is_lack_of_memory(abi::__cxa_current_exception_type())) std::abort();
  write_stderr("u2net: error: memory ran out [E-OUT-OF-MEMORY]\n");
  ::_exit(kExitResources);
}

[[gnu::constructor(101)]] void handle_exceptions() { std::set_terminate(end_by_exception); }

}  // namespace

void handle_signals() {
  std::signal(SIGXFSZ, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = [](int number) { end_by_signal(number); };
  ::sigemptyset(&action.sa_mask);
  for (const int number : kEnding) ::sigaddset(&action.sa_mask, number);
  for (const int number : kEnding) {
    if (!is_ignored(number)) ::sigaction(number, &action, nullptr);
  }
}

void end_by_signal(int number) noexcept {
  remove_temporary_files();
  std::signal(number, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(number);
  ::_exit(128 + number);  // not reached
}

}  // namespace u2net::cli
