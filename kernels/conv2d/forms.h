// SPDX-License-Identifier: Apache-2.0
// The forms of convolution: a header and a line here for each. Where two of them cost the same, the
// first is taken.
#pragma once

#include "kernels/conv2d/direct/blocked.h"
#include "kernels/conv2d/direct/depthwise.h"
#include "kernels/conv2d/direct/grouped.h"
#include "kernels/conv2d/direct/planar.h"
#include "kernels/conv2d/direct/planar_result.h"
#include "kernels/conv2d/direct/planar_source.h"
#include "kernels/conv2d/tiles/tile_conv.h"
#include "kernels/conv2d/winograd.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/winograd-inl.h"
#endif

namespace u2net::kernels {

// Each has describe(), and in the files that are compiled for one instruction set a FormCode.
template <class... Forms>
struct ConvFormList {};

using ConvForms = ConvFormList<  //
    WinogradOf<6>,               //
    WinogradOf<4>,               //
    WinogradOf<4, true>,         //
    BlockedConv,                 //
    PlanarSourceConv,            //
    DepthwiseConv,               //
    GroupedConv,                 //
    PlanarResultConv,            //
    PlanarConv>;

// Those on tiles, for images in bf16 and bf16x2.
using TileForms = ConvFormList<TileConv, SplitTileConv>;

}  // namespace u2net::kernels
