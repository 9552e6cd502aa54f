// SPDX-License-Identifier: Apache-2.0
// The templates at the widths of AVX2 and AVX-512, in plain C++: for tests on every machine.
#define U2NET_ISA portable_wide
#include "kernels/image_ops-inl.h"

namespace u2net::kernels {

constinit const ImageOps image_ops_portable8 = portable_wide::make_image_ops<8>(kPortable);
constinit const ImageOps image_ops_portable16 = portable_wide::make_image_ops<16>(kPortable);

}  // namespace u2net::kernels
