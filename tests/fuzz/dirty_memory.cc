// SPDX-License-Identifier: Apache-2.0
// The engine's own memory starts as NaN, for whoever reads what nobody wrote: the linker's
// --wrap=aligned_alloc leads here.
#include <cstddef>
#include <cstring>

extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  void* memory = __real_aligned_alloc(alignment, bytes);
  // More than this is nothing that a test writes; pages that nobody touches shall cost nothing.
  constexpr std::size_t kMost = std::size_t{64} << 20;
  if (memory != nullptr && bytes <= kMost) std::memset(memory, 0xFF, bytes);
  return memory;
}
}
