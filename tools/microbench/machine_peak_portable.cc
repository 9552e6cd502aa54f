// SPDX-License-Identifier: Apache-2.0
#define U2NET_ISA portable
#include "tools/microbench/machine_peak-inl.h"

namespace u2net::bench {

constinit const PeakCode peak_code_portable = {kernels::portable::multiply_add<4>,
                                               kernels::portable::read<4>};

}  // namespace u2net::bench
