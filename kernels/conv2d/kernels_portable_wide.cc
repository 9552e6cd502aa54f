// SPDX-License-Identifier: Apache-2.0
// The templates at the widths of AVX2 and AVX-512, in plain C++: so that tests reach them on every
// machine. With few rows of registers, as all are on the stack anyway.
#define U2NET_ISA portable_wide
#include "kernels/conv2d/kernels-inl.h"

namespace u2net::kernels {

constinit const ConvCode conv_code_portable8 = portable_wide::conv_code<8, 3>();
constinit const ConvCode conv_code_portable16 = portable_wide::conv_code<16, 2>();

}  // namespace u2net::kernels
