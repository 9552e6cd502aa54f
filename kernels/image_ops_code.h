// SPDX-License-Identifier: Apache-2.0
// What the files that are compiled for one instruction set contribute.
#pragma once

#include "kernels/image_ops.h"

namespace u2net::kernels {

extern const ImageOps image_ops_portable;
extern const ImageOps image_ops_portable8, image_ops_portable16;  // for tests
#ifdef U2NET_X86
extern const ImageOps image_ops_avx2, image_ops_avx512;
#endif

}  // namespace u2net::kernels
