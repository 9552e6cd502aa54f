// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA portable
#include "kernels/image_ops-inl.h"

namespace u2net::kernels {

constinit const ImageOps image_ops_portable = portable::make_image_ops<4>(kPortable);

}  // namespace u2net::kernels
