// SPDX-License-Identifier: Apache-2.0
// One target under libFuzzer; U2NET_FUZZ_TARGET says which.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/fuzz/targets.h"

// libheif (1.15) leaves the 40 bytes behind in which it hands its AV1 decoder an image without
// data.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdav1d.so\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const u2net::fuzz::Target* const target = u2net::fuzz::find_target(U2NET_FUZZ_TARGET);
  try {
    target->run({data, size});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "\nFINDING: %s\n", e.what());
    std::abort();
  }
  return 0;
}
