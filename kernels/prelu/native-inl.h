// SPDX-License-Identifier: Apache-2.0
// prelu on images: alpha is repeated over what it has one element for.
#pragma once

#include "kernels/binary/native-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int B>
void prelu_blocks(const ConstImage& x, const Broadcast& alpha, const Image& dst, ThreadPool& pool) {
  broadcast_rows<B>(x, alpha, dst, pool, [](Vec<B> value, Vec<B> factor, Vec<B>) {
    return value > Vec<B>{} ? value : factor * value;
  });
}

template <int W>
void prelu_image(const ConstImage& x, const Broadcast& alpha, const Image& dst, ThreadPool& pool) {
  dst.layout->block == 1 ? prelu_blocks<1>(x, alpha, dst, pool)
                         : prelu_blocks<W>(x, alpha, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
