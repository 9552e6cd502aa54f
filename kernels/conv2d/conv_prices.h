// SPDX-License-Identifier: Apache-2.0
// What the amounts of ConvTerms cost: fitted by tools/fit_costs, which writes this file, to
// bench/costs.
#pragma once

#include <string_view>

#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::kernels {

// In nanoseconds of one thread, on Intel(R) Xeon(R) Processor; other machines are scaled to it.
struct ConvPrices {
  std::string_view form, set;
  double ns[ConvTerms::kCount];  // calls, products, steps, pieces, moves, filters
};

// Of a value that goes from planar to blocked or back; of a byte that comes from memory, for each
// of 2 threads.
inline constexpr double kConversionNs = 0.5;
inline constexpr double kFilterByteNs = 0.0895;

inline constexpr ConvPrices kConvPrices[] = {
    {"blocked", "avx512", {263.3, 0.1824, 0, 11.17, 0.3615, 0.4625}},
    {"planar_source", "avx512", {400.6, 0.1733, 1.498, 0, 1.189, 4.007}},
    {"planar_result", "avx512", {0, 0.4163, 0.6852, 21.29, 0, 0.7904}},
    {"planar", "avx512", {0, 1.197, 0.2611, 8.749, 1.118, 368.1}},
    {"winograd6", "avx512", {282, 0.3244, 0.5185, 146.2, 0.77, 0}},
    {"winograd4", "avx512", {591.3, 0.319, 0.2287, 100.1, 0.4385, 0}},
    {"depthwise", "avx512", {378.9, 0.0766, 0.2381, 22.23, 0.3039, 3.801}},
    {"grouped", "avx512", {0, 0.1125, 0.3114, 8.947, 0.6214, 5.668}},
    {"winograd4_compact", "avx512", {0, 0.3009, 0, 18.07, 2.037, 1.004}},
    {"blocked", "avx2", {517, 0.1272, 0.07237, 5.468, 0.2463, 0.6515}},
    {"planar_source", "avx2", {602, 0.06793, 1.671, 0.1148, 0.3531, 2.648}},
    {"planar_result", "avx2", {461.8, 0.188, 1.156, 13.13, 0, 0.5343}},
    {"planar", "avx2", {0, 2.916, 0.07132, 3.145, 0, 28.09}},
    {"winograd6", "avx2", {978.5, 0.1128, 0.8279, 63.97, 1.59, 0.7433}},
    {"winograd4", "avx2", {0, 0.105, 0.85, 46.9, 1.196, 1.006}},
    {"depthwise", "avx2", {1542, 0.1205, 0.1158, 1.003, 0.7138, 5.263}},
    {"grouped", "avx2", {1209, 0.05087, 0.2844, 14.12, 0.4062, 4.214}},
    {"blocked", "portable", {749.8, 0.4067, 0, 0, 0.2342, 0.2663}},
    {"planar_source", "portable", {0, 0.1914, 1.52, 0, 0.7558, 27.92}},
    {"planar_result", "portable", {0, 0.6021, 2.181, 88.39, 0, 3.95}},
    {"planar", "portable", {4.72e+04, 3.219, 1.76, 30.82, 3.449, 203.5}},
    {"winograd6", "portable", {0, 0.2822, 0.7798, 369.9, 3.362, 0.6237}},
    {"winograd4", "portable", {0, 0.3162, 0.341, 170.3, 3.858, 0.5674}},
    {"depthwise", "portable", {5439, 0.4156, 0.5148, 0, 0, 23.41}},
    {"grouped", "portable", {2.077e+04, 0, 8.822, 0, 1.893, 19.25}},
};

}  // namespace u2net::kernels
