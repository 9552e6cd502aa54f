// SPDX-License-Identifier: Apache-2.0
// The iCCP chunk of a PNG: a name, and a profile under zlib.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// Empty where the chunk's body is damaged or the profile too large: metadata spoil no picture.
std::vector<std::byte> read_iccp(Bytes body);

// What read_iccp() reads.
std::vector<std::byte> iccp_body(Bytes icc);

}  // namespace u2net::imaging
