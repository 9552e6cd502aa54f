# SPDX-License-Identifier: Apache-2.0
"""Convolution, pooling and resizing of images."""

import functools

import numpy as np

from blocks import HALF_PIXEL, INT_MAX, S2, block, spatial_size
from graph import BARE, EXTRA
from registry import case, rows


# conv2d, depthwise_conv2d. Paddings keep the size unless given.


def conv(g, x, cout, kernel=3, **attrs):
    g.fetch(g.conv2d(g.feed("x", x), cout, kernel, **attrs))


rows(
    "conv2d",
    conv,
    {
        "3x3": dict(x=[1, 5, 9, 11], cout=7),
        "3x3_from_3_channels": dict(x=[2, 3, 13, 10], cout=16),
        "3x3_blocks_of_8": dict(x=[3, 16, 7, 9], cout=8),
        "3x3_24_to_13_channels": dict(x=[1, 24, 6, 7], cout=13),
        "3x3_to_1_channel": dict(x=[2, 16, 8, 9], cout=1),
        "3x3_from_1_channel": dict(x=[1, 1, 8, 9], cout=8),
        "3x3_wide": dict(x=[1, 8, 3, 37], cout=16),
        "3x3_on_1x1": dict(x=[2, 8, 1, 1], cout=8),
        "3x3_to_1x1": dict(x=[2, 6, 3, 3], cout=10, paddings=[0, 0]),
        "1x1_6_to_1_channel": dict(x=[1, 6, 9, 10], cout=1, kernel=1),
        "1x1_13_to_24_channels": dict(x=[2, 13, 5, 7], cout=24, kernel=1),
        "1x1_stride_2": dict(x=[1, 8, 9, 8], cout=16, kernel=1, strides=[2, 2]),
        "1x1_padded": dict(x=[1, 5, 4, 6], cout=8, kernel=1, paddings=[1, 2]),
        "5x5": dict(x=[1, 8, 9, 8], cout=16, kernel=5),
        "7x7_stride_2": dict(x=[1, 3, 17, 15], cout=8, kernel=7, strides=[2, 2]),
        "3x1": dict(x=[2, 8, 6, 7], cout=8, kernel=(3, 1)),
        "2x4": dict(x=[1, 5, 7, 8], cout=8, kernel=(2, 4), paddings=[1, 1]),
        "stride_2_odd": dict(x=[2, 8, 11, 9], cout=16, strides=[2, 2]),
        "stride_2x1": dict(x=[1, 8, 9, 7], cout=8, strides=[2, 1]),
        "stride_3_dilation_2": dict(x=[1, 5, 13, 12], cout=8, strides=[3, 3], dilations=[2, 2]),
        "dilation_2": dict(x=[2, 8, 9, 10], cout=8, dilations=[2, 2]),
        "dilation_4": dict(x=[1, 16, 10, 9], cout=16, dilations=[4, 4]),
        "dilation_8_small_image": dict(x=[1, 8, 6, 5], cout=8, dilations=[8, 8]),
        "dilation_1x3": dict(x=[1, 7, 8, 9], cout=5, dilations=[1, 3]),
        "pads_top_bottom_left_right": dict(x=[1, 5, 7, 8], cout=8, paddings=[0, 1, 2, 3]),
        "pads_of_4_stride_2": dict(
            x=[2, 8, 8, 9], cout=8, paddings=[2, 0, 1, 4], strides=[2, 2], dilations=[2, 1]
        ),
        "pads_beyond_kernel": dict(x=[1, 5, 4, 3], cout=8, paddings=[5, 4]),
        "same": dict(x=[1, 8, 6, 7], cout=8, kernel=5, paddings=[0, 0], padding_algorithm="SAME"),
        "same_stride_2_even": dict(
            x=[1, 8, 8, 10], cout=8, paddings=[0, 0], padding_algorithm="SAME", strides=[2, 2]
        ),
        "same_stride_2_odd": dict(
            x=[1, 5, 9, 7], cout=8, paddings=[3, 3], padding_algorithm="SAME", strides=[2, 2]
        ),
        "same_stride_3_2x4": dict(
            x=[1, 5, 8, 10], cout=6, kernel=(2, 4), padding_algorithm="SAME", strides=[3, 3]
        ),
        "same_ignores_dilation": dict(
            x=[1, 8, 7, 8], cout=8, padding_algorithm="SAME", dilations=[2, 2]
        ),
        "valid_keeps_dilation": dict(
            x=[1, 8, 7, 9], cout=8, paddings=[2, 2], padding_algorithm="VALID", dilations=[2, 3]
        ),
        "groups_2": dict(x=[2, 16, 6, 7], cout=16, groups=2),
        "groups_4": dict(x=[1, 12, 7, 6], cout=20, groups=4, strides=[2, 2]),
        "groups_are_channels": dict(x=[1, 8, 6, 7], cout=8, groups=8),
        "any_layout": dict(x=[1, 3, 6, 7], cout=8, data_format="AnyLayout"),
        "default_attributes": dict(x=[2, 5, 6, 7], cout=8, style=BARE),
        "surplus_attributes": dict(x=[1, 8, 6, 7], cout=8, style=EXTRA),
    },
)

rows(
    "depthwise_conv2d",
    functools.partial(conv, type="depthwise_conv2d"),
    {
        "3x3": dict(x=[1, 8, 7, 9], cout=8, groups=8),
        "3x3_13_channels": dict(x=[2, 13, 6, 7], cout=13, groups=13),
        "multiplier_2": dict(x=[1, 6, 7, 6], cout=12, groups=6),
        "stride_2": dict(x=[2, 16, 9, 8], cout=16, groups=16, strides=[2, 2]),
        "5x5_dilation_2": dict(x=[1, 8, 9, 10], cout=8, kernel=5, groups=8, dilations=[2, 2]),
        "surplus_attributes": dict(x=[1, 8, 6, 7], cout=8, groups=8, style=EXTRA),
    },
)


# pool2d


def pool(g, pooling_type, x, ksize=2, **attrs):
    g.fetch(g.pool2d(g.feed("x", x), pooling_type, ksize, **attrs))


def computed_pool(g, pooling_type, x, less, one_by_one=False, **attrs):
    """The window is `less` than the image, which the program computes."""
    x = g.feed("x", x, spec=[-1, x[1], -1, -1])
    size = g.scale(g.slice(g.shape(x), [0], [2], [INT_MAX]), bias=-float(less))
    if one_by_one:
        size = [g.slice(size, [0], [i], [i + 1], [0]) for i in range(2)]
    g.fetch(g.pool2d(x, pooling_type, size, **attrs))


rows(
    "max_pool2d_computed",
    functools.partial(computed_pool, pooling_type="max"),
    {"window": dict(x=[2, 3, 8, 7], less=4, strides=S2, paddings=[1, 1])},
)
rows(
    "avg_pool2d_computed",
    functools.partial(computed_pool, pooling_type="avg"),
    {
        "window": dict(x=[1, 3, 7, 6], less=4, one_by_one=True, strides=S2, ceil_mode=True),
        "adaptive": dict(x=[1, 3, 7, 6], less=3, adaptive=True),
        "adaptive_one_by_one": dict(x=[2, 2, 5, 8], less=2, one_by_one=True, adaptive=True),
    },
)

rows(
    "max_pool2d",
    functools.partial(pool, pooling_type="max"),
    {
        "k2_s2_even": dict(x=[2, 8, 8, 6], strides=S2),
        "k2_s2_odd": dict(x=[1, 5, 9, 7], strides=S2),
        "k2_s2_odd_ceil": dict(x=[2, 8, 9, 7], strides=S2, ceil_mode=True),
        "k2_s2_ceil_of_1x1": dict(x=[1, 8, 1, 1], strides=S2, ceil_mode=True),
        "k3_s2_p1": dict(x=[1, 8, 9, 8], ksize=3, strides=S2, paddings=[1, 1]),
        "k3_s1_p1": dict(x=[1, 7, 6, 7], ksize=3, paddings=[1, 1]),
        "k3_s2_ceil": dict(x=[1, 8, 8, 6], ksize=3, strides=S2, ceil_mode=True),
        "k3x2_s2x3": dict(x=[1, 5, 9, 11], ksize=[3, 2], strides=[2, 3]),
        "pads_of_4": dict(x=[1, 5, 7, 8], ksize=3, strides=S2, paddings=[0, 1, 1, 2]),
        "ceil_window_in_padding": dict(x=[1, 3, 5, 5], strides=S2, paddings=[1, 1], ceil_mode=True),
        "global": dict(x=[2, 8, 5, 7], ksize=2, global_pooling=True, paddings=[1, 1]),
        "same": dict(x=[1, 5, 7, 8], ksize=3, strides=S2, padding_algorithm="SAME"),
        "valid": dict(
            x=[1, 5, 7, 8], ksize=3, strides=S2, paddings=[1, 1], padding_algorithm="VALID"
        ),
        "valid_ceil": dict(
            x=[1, 5, 8, 7], ksize=3, strides=S2, padding_algorithm="VALID", ceil_mode=True
        ),
        "default_attributes": dict(x=[1, 3, 5, 6], style=BARE),
        "surplus_attributes": dict(x=[1, 8, 7, 5], strides=S2, ceil_mode=True, style=EXTRA),
    },
)

rows(
    "avg_pool2d",
    functools.partial(pool, pooling_type="avg"),
    {
        "k2_s2": dict(x=[2, 8, 8, 6], strides=S2),
        "k2_s2_odd_ceil": dict(x=[1, 5, 9, 7], strides=S2, ceil_mode=True),
        "k2_s2_odd_ceil_inclusive": dict(
            x=[1, 5, 9, 7], strides=S2, ceil_mode=True, exclusive=False
        ),
        "k3_s2_p1": dict(x=[1, 8, 9, 8], ksize=3, strides=S2, paddings=[1, 1]),
        "k3_s2_p1_inclusive": dict(
            x=[1, 8, 9, 8], ksize=3, strides=S2, paddings=[1, 1], exclusive=False
        ),
        "k3_s2_p1_ceil": dict(x=[1, 5, 6, 8], ksize=3, strides=S2, paddings=[1, 1], ceil_mode=True),
        "k3_s2_p1_ceil_inclusive": dict(
            x=[1, 5, 6, 8], ksize=3, strides=S2, paddings=[1, 1], ceil_mode=True, exclusive=False
        ),
        "k3x2_s1x2": dict(x=[1, 5, 6, 7], ksize=[3, 2], strides=[1, 2]),
        "pads_of_4": dict(x=[1, 5, 7, 8], ksize=3, strides=S2, paddings=[0, 1, 1, 2]),
        "pads_of_4_inclusive": dict(
            x=[1, 5, 7, 8], ksize=3, strides=S2, paddings=[0, 1, 1, 2], exclusive=False
        ),
        "adaptive_5_to_3": dict(x=[1, 8, 5, 5], ksize=3, adaptive=True),
        "adaptive_7_to_7": dict(x=[1, 5, 7, 7], ksize=7, adaptive=True),
        "adaptive_4_to_2": dict(x=[1, 5, 4, 4], ksize=2, adaptive=True),
        "adaptive_3_to_5": dict(x=[1, 5, 3, 3], ksize=5, adaptive=True),
        "adaptive_to_1x1": dict(x=[2, 13, 6, 5], ksize=1, adaptive=True),
        "global": dict(x=[2, 8, 5, 7], ksize=1, global_pooling=True),
        "same": dict(x=[1, 5, 7, 8], ksize=3, strides=S2, padding_algorithm="SAME"),
        "valid_ceil": dict(
            x=[1, 5, 8, 7], ksize=3, strides=S2, padding_algorithm="VALID", ceil_mode=True
        ),
    },
)


# bilinear_interp_v2, nearest_interp_v2, and v1 of each


def interp(g, type, x, out_size=None, scale_tensor=None, scale_param=None, **attrs):
    """`out_size` and `scale_tensor` are fed, `scale_param` is a constant of the model."""
    x = g.feed("x", x)
    if out_size:
        out_size = g.feed("out_size", data=np.array(out_size, "int32"))
    if scale_tensor:
        scale_tensor = g.feed("scale", data=np.array(scale_tensor, "float32"))
    if scale_param:
        scale_tensor = g.param(np.array(scale_param, "float32"))
    g.fetch(g.interp(type, x, out_size=out_size, scale_tensor=scale_tensor, **attrs))


ASYMMETRIC = dict(align_corners=False, align_mode=1)
CORNERS = dict(align_corners=True, align_mode=0)


def to(h, w):
    return dict(out_h=h, out_w=w)


rows(
    "bilinear_interp_v2",
    functools.partial(interp, type="bilinear_interp_v2"),
    {
        "half_pixel_x2": dict(x=[2, 8, 5, 6], **to(10, 12), **HALF_PIXEL),
        "half_pixel_odd_ratio": dict(x=[1, 5, 7, 6], **to(11, 17), **HALF_PIXEL),
        "half_pixel_down": dict(x=[1, 5, 15, 13], **to(6, 5), **HALF_PIXEL),
        "half_pixel_large_ratio": dict(x=[1, 1, 2, 3], **to(32, 29), **HALF_PIXEL),
        "half_pixel_up_and_down": dict(x=[1, 8, 4, 13], **to(9, 5), **HALF_PIXEL),
        "asymmetric_up": dict(x=[1, 5, 7, 6], **to(11, 17), **ASYMMETRIC),
        "asymmetric_down": dict(x=[1, 5, 15, 13], **to(6, 5), **ASYMMETRIC),
        "corners_up": dict(x=[1, 5, 7, 6], **to(11, 17), **CORNERS),
        "corners_down": dict(x=[1, 5, 15, 13], **to(6, 5), **CORNERS),
        "corners_mode_1": dict(x=[1, 5, 5, 6], **to(10, 12), align_corners=True, align_mode=1),
        "same_size": dict(x=[1, 5, 7, 6], **to(7, 6), **HALF_PIXEL),
        "same_height": dict(x=[1, 5, 7, 6], **to(7, 11), **HALF_PIXEL),
        "to_1x1": dict(x=[1, 5, 7, 6], **to(1, 1), **HALF_PIXEL),
        "corners_to_1x1": dict(x=[1, 5, 7, 6], **to(1, 1), **CORNERS),
        "from_1x1": dict(x=[2, 8, 1, 1], **to(5, 4), **HALF_PIXEL),
        "scale_2": dict(x=[1, 5, 6, 5], scale=[2.0, 2.0], **HALF_PIXEL),
        "scale_up_and_down": dict(x=[1, 5, 7, 9], scale=[1.7, 0.6], **HALF_PIXEL),
        "scale_asymmetric": dict(x=[1, 5, 7, 9], scale=[1.7, 0.6], **ASYMMETRIC),
        "scale_and_out_attributes": dict(
            x=[1, 5, 6, 5], scale=[1.5, 1.5], **to(12, 10), **HALF_PIXEL
        ),
        "out_size_fed": dict(x=[1, 8, 6, 5], out_size=[11, 9], **HALF_PIXEL),
        "out_size_over_attributes": dict(
            x=[1, 5, 6, 5], out_size=[11, 9], **to(3, 4), **HALF_PIXEL
        ),
        "out_size_and_scale": dict(
            x=[1, 5, 6, 5], out_size=[11, 9], scale=[2.0, 2.0], **HALF_PIXEL
        ),
        "scale_tensor_of_1": dict(x=[1, 5, 6, 5], scale_param=[1.6], **HALF_PIXEL),
        "scale_tensor_of_2": dict(x=[1, 5, 6, 5], scale_tensor=[2.0, 1.4], **HALF_PIXEL),
        "default_attributes": dict(x=[1, 5, 6, 5], **to(11, 8), style=BARE),
        "default_align_mode": dict(x=[1, 5, 6, 5], **to(11, 8), align_corners=False, style=BARE),
        "surplus_attributes": dict(x=[1, 8, 6, 5], **to(12, 10), **HALF_PIXEL, style=EXTRA),
    },
)

rows(
    "bilinear_interp",
    functools.partial(interp, type="bilinear_interp"),
    {
        "half_pixel": dict(x=[1, 5, 7, 6], **to(11, 17), **HALF_PIXEL),
        "asymmetric": dict(x=[1, 5, 7, 6], **to(11, 17), **ASYMMETRIC),
        "corners": dict(x=[1, 5, 7, 6], **to(14, 5), **CORNERS),
        "scale": dict(x=[1, 8, 6, 5], scale=2.0, **HALF_PIXEL),
        "scale_down": dict(x=[1, 5, 9, 7], scale=0.6, **HALF_PIXEL),
        "out_size_and_scale": dict(x=[1, 5, 6, 5], out_size=[11, 9], scale=2.0, **HALF_PIXEL),
        "scale_tensor": dict(x=[1, 5, 6, 5], scale_tensor=[1.6], **HALF_PIXEL),
        "default_attributes": dict(x=[1, 5, 6, 5], **to(11, 8), style=BARE),
    },
)

rows(
    "nearest_interp_v2",
    functools.partial(interp, type="nearest_interp_v2"),
    {
        "up": dict(x=[1, 8, 5, 6], **to(10, 12), align_corners=False),
        "odd_ratio": dict(x=[1, 5, 5, 6], **to(13, 7), align_corners=False),
        "down": dict(x=[1, 5, 13, 11], **to(6, 4), align_corners=False),
        "corners_up": dict(x=[1, 5, 5, 6], **to(13, 7), align_corners=True),
        "corners_down": dict(x=[1, 5, 13, 11], **to(6, 4), align_corners=True),
        "scale": dict(x=[1, 5, 5, 6], scale=[2.0, 1.5], align_corners=False),
        "out_size_fed": dict(x=[1, 8, 6, 5], out_size=[11, 9], align_corners=False),
        "default_attributes": dict(x=[1, 5, 6, 5], **to(11, 8), style=BARE),
    },
)

rows(
    "nearest_interp",
    functools.partial(interp, type="nearest_interp"),
    {
        "up": dict(x=[1, 5, 5, 6], **to(13, 7), align_corners=False),
        "corners": dict(x=[1, 5, 5, 6], **to(13, 7), align_corners=True),
        "scale": dict(x=[1, 8, 5, 6], scale=2.0, align_corners=False),
    },
)


@case
def interp_size_from_shape(g):
    x, like = g.feed("x", [1, 8, 5, 6]), g.feed("like", [1, 3, 11, 13])
    g.fetch(g.interp("bilinear_interp_v2", x, out_size=spatial_size(g, like), **HALF_PIXEL))


@case
def interp_size_tensors(g):
    x, like = g.feed("x", [2, 5, 5, 6]), g.feed("like", [1, 3, 11, 13])
    sizes = [g.slice(g.shape(like), [0], [axis], [axis + 1], decrease_axis=[0]) for axis in (2, 3)]
    g.fetch(g.interp("bilinear_interp_v2", x, size_tensor=sizes, **HALF_PIXEL))


@case
def interp_size_tensors_over_out_size(g):
    x, like = g.feed("x", [1, 5, 5, 6]), g.feed("like", [1, 3, 11, 13])
    sizes = [g.slice(g.shape(like), [0], [axis], [axis + 1]) for axis in (3, 2)]
    other = g.feed("out_size", data=np.array([4, 4], "int32"))
    g.fetch(g.interp("bilinear_interp_v2", x, out_size=other, size_tensor=sizes, **HALF_PIXEL))


@case
def interp_between_convs(g):
    x = g.feed("x", [2, 3, 9, 11])
    skip = block(g, x, 8)
    low = block(g, g.pool2d(skip, "max", 2, strides=S2, ceil_mode=True), 8)
    up = g.interp("bilinear_interp_v2", low, out_size=spatial_size(g, skip), **HALF_PIXEL)
    g.fetch(block(g, g.concat([up, skip]), 8), up)
