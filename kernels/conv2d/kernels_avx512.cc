// SPDX-License-Identifier: Apache-2.0
// 32 registers of 16 floats: 12 rows times 2 vectors of sums, two for the vectors, samples
// broadcast by the multiplication itself.
#define U2NET_ISA avx512
#include "kernels/conv2d/kernels-inl.h"

namespace u2net::kernels {

constinit const ConvCode conv_code_avx512 = avx512::conv_code<16, 12>();

}  // namespace u2net::kernels
