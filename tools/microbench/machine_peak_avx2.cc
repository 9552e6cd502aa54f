// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA avx2
#include "tools/microbench/machine_peak-inl.h"

namespace u2net::bench {

constinit const PeakCode peak_code_avx2 = {kernels::avx2::multiply_add<8>, kernels::avx2::read<8>};

}  // namespace u2net::bench
