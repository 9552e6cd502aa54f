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
// included. Where the processor is neither of x86 nor a 64-bit ARM it does nothing.
class FloatScope {
 public:
  FloatScope() : before_(enter()) {}
  ~FloatScope() { leave(before_); }
  FloatScope(const FloatScope&) = delete;
  FloatScope& operator=(const FloatScope&) = delete;

  // What a scope does at either end, for threads in which no scope can live. Never 0.
#if defined(U2NET_X86)
  using Environment = std::uint32_t;  // MXCSR
  static Environment enter() {
    // All exceptions masked, flush to zero (bit 15), denormals are zero (bit 6).
    constexpr Environment kKernels = 0x1F80 | 0x8000 | 0x0040;
    const Environment before = _mm_getcsr();
    if (before != kKernels) _mm_setcsr(kKernels);
    return before;
  }
  static void leave(Environment before) { _mm_setcsr(before); }
#elif defined(U2NET_AARCH64)
  using Environment = std::uint64_t;  // FPCR, above it FPSR, whose bit 31 is kept for "never 0"
  static Environment enter() {
    std::uint64_t control = 0, status = 0;
    __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(control), "=r"(status));
    if (control != kKernels) set(kKernels);
    return control | status << 32 | std::uint64_t{1} << 63;
  }
  static void leave(Environment before) {
    const std::uint64_t control = before & 0xffffffffU, status = before >> 32 & 0x7fffffffU;
    if (control != kKernels) set(control);
    __asm__ volatile("msr fpsr, %0" ::"r"(status) : "memory");
  }
#else
  using Environment = std::uint32_t;
  static Environment enter() { return 1; }
  static void leave(Environment) {}
#endif

 private:
#ifdef U2NET_AARCH64
  static constexpr std::uint64_t kKernels = 1 << 24;  // flush to zero, operands and results

  // With "memory": what is computed from memory stays on its side.
  static void set(std::uint64_t control) {
    __asm__ volatile("msr fpcr, %0" ::"r"(control) : "memory");
  }
#endif

  Environment before_;
};

}  // namespace u2net::kernels
