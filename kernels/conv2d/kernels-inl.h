// SPDX-License-Identifier: Apache-2.0
// The convolution code of one instruction set, for vectors of W floats and N rows of registers.
#pragma once

#include "kernels/conv2d/forms.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, int N, class List>
struct RunTable;
template <int W, int N, class... Forms>
struct RunTable<W, N, ConvFormList<Forms...>> {
  static constexpr ConvRun kRun[] = {FormCode<Forms>::template run<W, N>...};
};

template <int W, int N>
constexpr ConvCode conv_code() {
  return {W, N, RunTable<W, N, ConvForms>::kRun};
}

}  // namespace u2net::kernels::U2NET_ISA
