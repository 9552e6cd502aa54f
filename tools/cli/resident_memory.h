// SPDX-License-Identifier: Apache-2.0
// How much memory the process holds, as the kernel counts it.
#pragma once

#include <cstddef>
#include <optional>

namespace u2net::cli {

std::optional<std::size_t> resident_bytes();
// The largest resident_bytes() since the last reset_peak_resident(), or since the start.
std::optional<std::size_t> peak_resident_bytes();
// False where the kernel does not allow it.
bool reset_peak_resident();

}  // namespace u2net::cli
