// SPDX-License-Identifier: Apache-2.0
// What a file that is compiled for one instruction set contributes.
#pragma once

#include "kernels/conv2d/direct.h"
#include "kernels/conv2d/winograd.h"

namespace u2net::kernels {

struct ConvCode {
  WinogradCode winograd6, winograd4;
  DirectCode blocked, planar_source, depthwise, planar_result, planar;
};

extern const ConvCode conv_code_portable;
extern const ConvCode conv_code_portable8, conv_code_portable16;  // for tests
#ifdef U2NET_X86
extern const ConvCode conv_code_avx2, conv_code_avx512;
#endif

}  // namespace u2net::kernels
