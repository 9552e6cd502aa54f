// SPDX-License-Identifier: Apache-2.0
// The convolution code of one instruction set that has tiles.
#pragma once

#include "kernels/conv2d/tiles/tile_conv-inl.h"

namespace u2net::kernels {

template <>
const ConvCode& code_for<U2NET_ISA::kSet, ConvCode>() {
  using U2NET_ISA::FormCode, U2NET_ISA::kTileOutputs;
  static constexpr ConvRun kRun[] = {FormCode<TileConv>::run<kTileOutputs, 1>,
                                     FormCode<TileConv>::run<kTileOutputs, 1>};
  static constexpr ConvCode kCode = {kTileOutputs, kTileRowsOfBlock, kRun, nullptr, nullptr};
  return kCode;
}

}  // namespace u2net::kernels
