// SPDX-License-Identifier: Apache-2.0
// prelu on images: alpha is repeated over what it has one element for.
#pragma once

#include "kernels/binary/functions.h"
#include "kernels/binary/native-inl.h"

namespace u2net::kernels::U2NET_ISA {

struct Prelu {
  static constexpr BinaryFunction kRow{};  // of no list: it has no pole
  template <class T>
  static U2NET_INLINE T of(T value, T factor) {
    return value > T{} ? value : factor * value;
  }
};

template <int W>
void prelu_image(const ConstImage& x, const Broadcast& alpha, const Image& dst, ThreadPool& pool) {
  broadcast_rows<W>(binary_run<W, Prelu, false>, x, alpha, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
