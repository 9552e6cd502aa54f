// SPDX-License-Identifier: Apache-2.0
// Plain C++ for any processor: vectors of 4 floats, which most have.
#define U2NET_ISA portable
#include "kernels/conv2d/kernels-inl.h"

namespace u2net::kernels {

constinit const ConvCode conv_code_portable = portable::conv_code<4, 6>();

}  // namespace u2net::kernels
