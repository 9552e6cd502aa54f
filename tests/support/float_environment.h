// SPDX-License-Identifier: Apache-2.0
// The floating-point environment of the calling thread: rounding, traps and flushing, and the flags
// of exceptions that were.
#pragma once

#include <cstdint>

#if defined(__SSE__) || defined(__aarch64__)
#define U2NET_TEST_FLOAT_ENVIRONMENT
#endif

namespace u2net::engine::test {

#if defined(__SSE__)
// MXCSR
inline std::uint64_t float_environment() { return __builtin_ia32_stmxcsr(); }
inline void set_float_environment(std::uint64_t bits) {
  __builtin_ia32_ldmxcsr(static_cast<unsigned>(bits));
}
constexpr std::uint64_t kFlags = 0x3F;
constexpr std::uint64_t kOfKernels = 0x1F80 | 0x8040;  // no traps, flush results and operands
// Towards zero and with the flag of an overflow set; the traps stay masked.
constexpr std::uint64_t kOfACaller = 0x1F80 | 0x6000 | 0x8;
#elif defined(__aarch64__)
// FPCR, and FPSR above it.
inline std::uint64_t float_environment() {
  std::uint64_t control = 0, status = 0;
  __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(control), "=r"(status)::"memory");
  return control | status << 32;
}
inline void set_float_environment(std::uint64_t bits) {
  const std::uint64_t control = bits & 0xffffffffU, status = bits >> 32;
  __asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %1" ::"r"(control), "r"(status) : "memory");
}
constexpr std::uint64_t kFlags = std::uint64_t{0xffffffffU} << 32;
constexpr std::uint64_t kOfKernels = 1 << 24;
constexpr std::uint64_t kOfACaller = 3 << 22 | std::uint64_t{1} << 34;
#endif

}  // namespace u2net::engine::test
