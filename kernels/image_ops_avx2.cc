// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA avx2
#include "kernels/image_ops-inl.h"

namespace u2net::kernels {

constinit const ImageOps image_ops_avx2 = avx2::make_image_ops<8>(kAvx2);

}  // namespace u2net::kernels
