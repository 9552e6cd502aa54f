// SPDX-License-Identifier: Apache-2.0
#include "tests/support/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace u2net::engine::test {
namespace {

// The first failure of the running test.
std::string failure() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const testing::TestResult& result = *test->result();
  for (int i = 0; i < result.total_part_count(); ++i) {
    if (result.GetTestPartResult(i).failed())
      return std::string("failed: ") + result.GetTestPartResult(i).summary();
  }
  return {};
}

std::string outcome_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& e) {
    return e.what();
  }
  return failure();
}

}  // namespace

std::string in_child(const std::function<void()>& action, unsigned seconds) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child < 0) return "no child";
  if (child == 0) {
    ::alarm(seconds);
    const std::string outcome = outcome_of(action);
    const ssize_t written = ::write(ends[1], outcome.data(), outcome.size());
    ::_exit(written == static_cast<ssize_t>(outcome.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string outcome;
  char buffer[256];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    outcome.append(buffer, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return "lost";
  if (WIFSIGNALED(status)) return std::string("signal: ") + ::strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? outcome : "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace u2net::engine::test
