// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/openmp_spin.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace u2net::cli {
namespace {

bool names_onednn(const char* const* argv) {
  for (; *argv; ++argv) {
    const std::string_view word = *argv;
    if (word.find("onednn") != word.npos || word == "all" || word.ends_with("=all")) return true;
  }
  return false;
}

}  // namespace

void bound_openmp_spinning(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT") || !names_onednn(argv))
    return;
  if (setenv("GOMP_SPINCOUNT", "2000", /*overwrite=*/0) == 0) execv("/proc/self/exe", argv);
  // Where it cannot, it spins.
}

}  // namespace u2net::cli
