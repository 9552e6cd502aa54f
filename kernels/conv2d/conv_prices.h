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
inline constexpr double kFilterByteNs = 0.0833;

inline constexpr ConvPrices kConvPrices[] = {
    {"winograd6", "avx512", {1422, 0.1437, 1.307, 156.4, 1.074, 1.924}},
    {"winograd4", "avx512", {1303, 0.1292, 1.374, 81.26, 0.4414, 2.65}},
    {"blocked", "avx512", {386.5, 0.1639, 0, 5.722, 0.1382, 1.905}},
    {"planar_source", "avx512", {219.1, 0.1126, 1.856, 0, 1.195, 4.609}},
    {"planar_result", "avx512", {201.3, 0.2947, 1.136, 16.3, 0.4997, 1.479}},
    {"planar", "avx512", {0, 1.261, 0.2409, 15.25, 0, 447.4}},
    {"winograd6", "avx2", {663, 0.1014, 0.959, 257.6, 0.8355, 0.904}},
    {"winograd4", "avx2", {0, 0.09743, 0.9591, 135.6, 0.4586, 1.29}},
    {"blocked", "avx2", {432.4, 0.1166, 0.2858, 4.049, 0.1496, 0.6866}},
    {"planar_source", "avx2", {497, 0.07682, 1.475, 0.966, 0.2914, 2.768}},
    {"planar_result", "avx2", {352.2, 0.167, 1.172, 13.39, 0, 0.5868}},
    {"planar", "avx2", {0, 2.608, 0.06662, 0, 2.745, 32.38}},
    {"winograd6", "portable", {219.6, 0.2961, 0.5808, 359.5, 3.481, 0.2225}},
    {"winograd4", "portable", {0, 0.3341, 0.2377, 175.5, 3.35, 0.2198}},
    {"blocked", "portable", {711, 0.3723, 0, 0, 0.3662, 0.2865}},
    {"planar_source", "portable", {0, 0.1922, 1.879, 0.4525, 0, 17.46}},
    {"planar_result", "portable", {0, 0.782, 1.835, 48.02, 0, 0.7272}},
    {"planar", "portable", {0, 2.921, 1.824, 25.47, 0, 176.4}},
    {"depthwise", "avx512", {570.5, 0.001025, 0.2367, 7.179, 1.56, 6.803}},
    {"grouped", "avx512", {643.7, 0.03287, 0.2937, 3.214, 1.557, 8.808}},
    {"depthwise", "avx2", {1495, 0.09418, 0.1342, 1.279, 0.6792, 6.049}},
    {"grouped", "avx2", {4316, 0.04512, 0.289, 11.2, 0.4049, 2.668}},
    {"depthwise", "portable", {1.575e+04, 0.2364, 0.2367, 0, 0.7073, 21.63}},
    {"grouped", "portable", {0, 0, 8.204, 0, 2.274, 32.44}},
};

}  // namespace u2net::kernels
