// SPDX-License-Identifier: Apache-2.0
// The convolution code of one instruction set.
#pragma once

#include "kernels/conv2d/activation-inl.h"
#include "kernels/conv2d/forms.h"
#include "kernels/pool2d/native-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, int N, class List>
struct RunTable;
template <int W, int N, class... Forms>
struct RunTable<W, N, ConvFormList<Forms...>> {
  static constexpr ConvRun kRun[] = {FormCode<Forms>::template run<W, N>...};
};

}  // namespace u2net::kernels::U2NET_ISA

namespace u2net::kernels {

template <>
const ConvCode& code_for<U2NET_ISA::kSet, ConvCode>() {
  using U2NET_ISA::kTileRows, U2NET_ISA::kVectorFloats;
  static constexpr ConvCode kCode = {
      kVectorFloats, kTileRows, U2NET_ISA::RunTable<kVectorFloats, kTileRows, ConvForms>::kRun,
      U2NET_ISA::kUnaryRuns<kVectorFloats>.data(), U2NET_ISA::pool_image<kVectorFloats>};
  return kCode;
}

}  // namespace u2net::kernels
