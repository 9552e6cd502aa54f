// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA avx512
#include "tools/microbench/machine_peak-inl.h"

namespace u2net::bench {

constinit const PeakCode peak_code_avx512 = {kernels::avx512::multiply_add<16>,
                                             kernels::avx512::read<16>};

}  // namespace u2net::bench
