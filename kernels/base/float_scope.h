// SPDX-License-Identifier: Apache-2.0
// The floating-point environment of every kernel, whatever that of the caller: round to nearest, no
// traps, and what is smaller than the smallest normal number is zero, as an operand and as a
// result. Processors take a hundred times as long for such numbers; PaddleInference flushes them,
// too.
#pragma once

#include <cstdint>
#ifdef U2NET_X86
#include <xmmintrin.h>
#endif

namespace u2net::kernels {

// Of the calling thread, while it lives; then everything is as it was, the exception flags
// included. Where the processor is none of x86 it does nothing.
class FloatScope {
 public:
  FloatScope() : before_(enter()) {}
  ~FloatScope() { leave(before_); }
  FloatScope(const FloatScope&) = delete;
  FloatScope& operator=(const FloatScope&) = delete;

  // What a scope does at either end, for threads in which no scope can live.
  static std::uint32_t enter() {
#ifdef U2NET_X86
    // MXCSR: all exceptions masked, flush to zero (bit 15), denormals are zero (bit 6).
    constexpr std::uint32_t kKernels = 0x1F80 | 0x8000 | 0x0040;
    const std::uint32_t before = _mm_getcsr();
    if (before != kKernels) _mm_setcsr(kKernels);
    return before;
#else
    return 0;
#endif
  }
  static void leave([[maybe_unused]] std::uint32_t before) {
#ifdef U2NET_X86
    _mm_setcsr(before);
#endif
  }

 private:
  std::uint32_t before_;
};

}  // namespace u2net::kernels
