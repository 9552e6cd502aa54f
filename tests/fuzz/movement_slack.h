// SPDX-License-Identifier: Apache-2.0
// Which operators carry the slack of their operand along with its elements.
#pragma once

#include <string_view>

namespace u2net::fuzz {

// Whatever is in slot 0 goes to where the elements go, or into nothing.
inline constexpr std::string_view kMoved[] = {"channel_shuffle",
                                              "crop_tensor",
                                              "expand_as_v2",
                                              "expand_v2",
                                              "flatten2",
                                              "flatten_contiguous_range",
                                              "flip",
                                              "gather",
                                              "gather_nd",
                                              "index_sample",
                                              "index_select",
                                              "meshgrid",
                                              "pad",
                                              "pad2d",
                                              "pad3d",
                                              "pixel_shuffle",
                                              "pixel_unshuffle",
                                              "repeat_interleave",
                                              "roll",
                                              "select_input",
                                              "split",
                                              "squeeze2",
                                              "stack",
                                              "strided_slice",
                                              "take_along_axis",
                                              "tile",
                                              "transpose2",
                                              "tril_triu",
                                              "unbind",
                                              "unfold",
                                              "unsqueeze2",
                                              "unstack"};

// Exact of exact operands, else unknown.
inline constexpr std::string_view kExactOrUnknown[] = {
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",    "diag_v2",
    "isfinite_v2", "isinf_v2",    "isnan_v2",   "put_along_axis", "one_hot_v2",
    "scatter",     "scatter_nd",  "set_value"};

}  // namespace u2net::fuzz
