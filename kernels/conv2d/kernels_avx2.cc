// SPDX-License-Identifier: Apache-2.0
// 16 registers of 8 floats: 6 rows times 2 vectors of sums, two for the vectors, one for a sample.
#define U2NET_ISA avx2
#include "kernels/conv2d/kernels-inl.h"

namespace u2net::kernels {

constinit const ConvCode conv_code_avx2 = avx2::conv_code<8, 6>();

}  // namespace u2net::kernels
