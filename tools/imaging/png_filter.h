// SPDX-License-Identifier: Apache-2.0
// PNG's row filters (PNG specification, section 9): each byte becomes its difference to what the
// bytes left of it, above it and left above it foretell, so that smooth pictures become small
// numbers.
//
// Which of the five filters a row takes is guessed by the smallest sum of absolute differences, as
// libpng's authors advise. The sum is that of a few stretches of the row, not of all of it: a
// picture of many pixels is filtered once, not five times. Filtering, unlike its reversal, depends
// on nothing that it made itself, so compilers vectorize all five.
#pragma once

#include <cstddef>
#include <cstdint>

namespace u2net::imaging {

// `above`: the row over this one, zeros for the first. `pixel`: bytes a
// pixel, 1 to 4. Writes 1 + `bytes` bytes: the filter's number, then the differences.
void filter_row(const std::uint8_t* row, const std::uint8_t* above, std::size_t bytes,
                std::size_t pixel, std::uint8_t* out);

}  // namespace u2net::imaging
