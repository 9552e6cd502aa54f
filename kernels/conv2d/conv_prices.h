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
    {"blocked", "avx512", {447, 0.178, 0.3127, 2.315, 0.1917, 1.644}},
    {"planar_source", "avx512", {0.4452, 0.1155, 1.89, 8.854, 0.8808, 6.535}},
    {"planar_result", "avx512", {321.9, 0.3668, 1.239, 22.76, 0, 0.9012}},
    {"planar", "avx512", {0, 1.274, 0.2598, 12.86, 0, 481.8}},
    {"winograd6", "avx512", {1243, 0.1392, 1.818, 6.894, 2.049, 1.47}},
    {"winograd4", "avx512", {1259, 0.1164, 1.831, 56.56, 1.176, 1.882}},
    {"depthwise", "avx512", {0, 0, 0.252, 10.77, 1.525, 5.961}},
    {"grouped", "avx512", {0, 0.09359, 0.2749, 2.398, 1.566, 7.979}},
    {"blocked", "avx2", {517.2, 0.1272, 0.07558, 5.443, 0.2484, 0.6515}},
    {"planar_source", "avx2", {615.2, 0.07079, 1.655, 0, 0.273, 2.637}},
    {"planar_result", "avx2", {460.7, 0.188, 1.156, 13.17, 0, 0.5334}},
    {"planar", "avx2", {0, 2.791, 0.07276, 0.8648, 2.247, 29.91}},
    {"winograd6", "avx2", {815, 0.1148, 0.7871, 54.15, 1.633, 0.7953}},
    {"winograd4", "avx2", {0, 0.102, 0.8351, 44.9, 1.198, 1.143}},
    {"depthwise", "avx2", {1542, 0.1205, 0.1158, 1.003, 0.7138, 5.263}},
    {"grouped", "avx2", {1209, 0.05087, 0.2844, 14.12, 0.4062, 4.214}},
    {"blocked", "portable", {750.5, 0.4068, 0, 0, 0.2267, 0.266}},
    {"planar_source", "portable", {0, 0.1969, 1.5, 0, 0.4877, 27.54}},
    {"planar_result", "portable", {0, 0.6016, 2.181, 89.08, 0, 3.989}},
    {"planar", "portable", {7.934e+04, 3.551, 1.809, 31.24, 0, 166.2}},
    {"winograd6", "portable", {0, 0.2894, 0.5731, 255.9, 3.582, 0.7896}},
    {"winograd4", "portable", {0, 0.3211, 0.21, 136.8, 3.989, 0.6693}},
    {"depthwise", "portable", {5439, 0.4156, 0.5148, 0, 0, 23.41}},
    {"grouped", "portable", {2.077e+04, 0, 8.822, 0, 1.893, 19.25}},
};

}  // namespace u2net::kernels
