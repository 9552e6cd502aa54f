// SPDX-License-Identifier: Apache-2.0
// Work in numbered pieces that threads make at once and one takes in order.
#pragma once

#include <cstddef>
#include <functional>

namespace u2net::imaging {

// Calls make(i, worker) for every i below `count`, on `threads` threads (this one where that is 1),
// and take(i), in order and on this thread, after it. `worker` is below `threads`. No piece is
// begun more than `ahead` before the one that is to be taken next, so what lives at once is
// bounded. The first exception, in order, ends the work and is thrown. Where no threads can be had,
// fewer do it.
void in_order(std::size_t count, int threads, std::size_t ahead,
              const std::function<void(std::size_t, int)>& make,
              const std::function<void(std::size_t)>& take);

}  // namespace u2net::imaging
