// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA avx512
#include "kernels/image_ops-inl.h"

namespace u2net::kernels {

constinit const ImageOps image_ops_avx512 = avx512::make_image_ops<16>(kAvx512);

}  // namespace u2net::kernels
