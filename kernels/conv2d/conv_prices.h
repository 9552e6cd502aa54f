// SPDX-License-Identifier: Apache-2.0
// What the amounts of ConvTerms cost: fitted by tools/fit_costs, which writes this file, to
// bench/costs/intel-r-xeon-r-processor.json.
#pragma once

#include <string_view>

#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::kernels {

// In nanoseconds of one thread, on Intel(R) Xeon(R) Processor.
struct ConvPrices {
  std::string_view form, set;
  double ns[ConvTerms::kCount];  // calls, products, steps, pieces, moves, filters
};

// Of a value that goes from planar to blocked or back; of a byte that comes from memory, for each
// of 2 threads.
inline constexpr double kConversionNs = 0.5;
inline constexpr double kFilterByteNs = 0.0873;

inline constexpr ConvPrices kConvPrices[] = {
    {"blocked", "avx512", {486.8, 0.1676, 0, 6.078, 0.3492, 1.686}},
    {"planar_source", "avx512", {470.3, 0.1097, 2.038, 0, 1.313, 4.255}},
    {"planar_result", "avx512", {824.1, 0.3239, 1.267, 17.1, 0.105, 1.041}},
    {"planar", "avx512", {0, 1.293, 0.2516, 12.63, 0, 447.9}},
    {"blocked", "avx2", {517.2, 0.1272, 0.07558, 5.443, 0.2484, 0.6515}},
    {"planar_source", "avx2", {615.2, 0.07079, 1.655, 0, 0.273, 2.637}},
    {"planar_result", "avx2", {460.7, 0.188, 1.156, 13.17, 0, 0.5334}},
    {"planar", "avx2", {0, 2.791, 0.07276, 0.8648, 2.247, 29.91}},
    {"blocked", "portable", {792.2, 0.3871, 0, 0, 0.5374, 0.2803}},
    {"planar_source", "portable", {0, 0.2107, 1.948, 0, 0, 17.31}},
    {"planar_result", "portable", {0, 0.5873, 2.273, 48.89, 0, 1.017}},
    {"planar", "portable", {0, 4.336, 2.183, 19.21, 0, 31.23}},
    {"winograd6", "avx512", {1408, 0.134, 0.8945, 0, 2.703, 1.893}},
    {"winograd4", "avx512", {1607, 0.1375, 1.338, 22.68, 1.501, 1.804}},
    {"winograd6", "avx2", {815, 0.1148, 0.7871, 54.15, 1.633, 0.7953}},
    {"winograd4", "avx2", {0, 0.102, 0.8351, 44.9, 1.198, 1.143}},
    {"winograd6", "portable", {201.4, 0.3424, 0.2051, 0, 3.874, 0.2871}},
    {"winograd4", "portable", {0, 0.3423, 0.1143, 71.61, 3.901, 0.4483}},
    {"depthwise", "avx512", {305.8, 0.00911, 0.2179, 8.033, 1.649, 6.403}},
    {"grouped", "avx512", {875, 0.09644, 0.2672, 1.76, 1.56, 7.065}},
    {"depthwise", "avx2", {1542, 0.1205, 0.1158, 1.003, 0.7138, 5.263}},
    {"grouped", "avx2", {1209, 0.05087, 0.2844, 14.12, 0.4062, 4.214}},
    {"depthwise", "portable", {1.213e+04, 0.2806, 0.611, 0, 0, 24.66}},
    {"grouped", "portable", {2.935e+04, 0, 8.797, 0, 1.937, 17.73}},
};

}  // namespace u2net::kernels
