// SPDX-License-Identifier: Apache-2.0
// How a filter becomes bfloat16. Neighbouring samples of an image are much alike, so what the taps
// of one channel are off by does the less the nearer it adds up to nothing. Every tap becomes one
// of the two numbers that it lies between, not always the nearer one.
#pragma once

#include <cstdint>

#include "kernels/base/bf16.h"

namespace u2net::kernels {

// Of one channel of one output, so that sum(e^2) + sum(e)^2 is small, where e is what a tap is off
// by: never more than by rounding each to the nearest. A tap that bfloat16 has stays what it is,
// and what is rounded to zero or is not finite is rounded as ever.
void round_taps(const float* taps, std::int64_t count, Bf16* rounded);

}  // namespace u2net::kernels
