// SPDX-License-Identifier: Apache-2.0
// Whether a sanitizer makes everything many times slower; or the emulator that runs the tests of
// another processor (U2NET_EMULATED).
#pragma once

namespace u2net::engine::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(U2NET_EMULATED)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace u2net::engine::test
