// SPDX-License-Identifier: Apache-2.0
// Which operators carry the slack of their operand along with its elements.
#pragma once

#include <string_view>

namespace u2net::fuzz {

// Whatever is in slot 0 goes to where the elements go, or into nothing.
inline constexpr std::string_view kMoved[] = {"channel_shuffle",
                                              "expand_as_v2",
                                              "expand_v2",
                                              "flatten2",
                                              "flatten_contiguous_range",
                                              "flip",
                                              "gather",
                                              "gather_nd",
                                              "index_select",
                                              "meshgrid",
                                              "pad",
                                              "pad2d",
                                              "pad3d",
                                              "pixel_shuffle",
                                              "pixel_unshuffle",
                                              "roll",
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
inline constexpr std::string_view kExactOrUnknown[] = {"one_hot_v2", "set_value"};

}  // namespace u2net::fuzz
