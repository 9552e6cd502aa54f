// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/order.h"

#include <algorithm>
#include <numeric>

namespace u2net::kernels {

std::vector<std::size_t> stable_order(std::size_t count, const void* context,
                                      bool (*before)(const void* context, std::size_t a,
                                                     std::size_t b)) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Stable because places differ: std::stable_sort would be five times as much code.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return before(context, a, b) || (a < b && !before(context, b, a));
  });
  return order;
}

}  // namespace u2net::kernels
