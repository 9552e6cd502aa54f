# SPDX-License-Identifier: Apache-2.0
"""Images with their channels in the last dimension."""

from registry import rows


def channels_last(g, build, shape=(2, 7, 8, 6)):
    g.fetch(build(g, g.feed("x", list(shape))))


def conv_last(g, x, cout, type="conv2d", groups=1, **attrs):
    weight = g.param([cout, 6 // groups, 3, 3], "w")
    attrs = {"paddings": [1, 1], "groups": groups, "data_format": "NHWC", **attrs}
    return g.op(type, {"Input": x, "Filter": weight}, attrs, out="Output")


def transposed_last(g, x):
    inputs = {"Input": x, "Filter": g.param([6, 4, 2, 2], "w")}
    attrs = {"strides": [2, 2], "data_format": "NHWC"}
    return g.op("conv2d_transpose", inputs, attrs, out="Output")


def pool_last(g, x, kind, ksize, **attrs):
    return g.pool2d(x, kind, ksize, data_format="NHWC", **attrs)


def batch_norm_last(g, x):
    return g.batch_norm(x, g.batch_norm_params(6), is_test=True, data_layout="NHWC")


def interp_last(g, x, type, **attrs):
    return g.interp(type, x, out_h=11, out_w=5, data_layout="NHWC", **attrs)


def chain_last(g, x):
    y = g.relu(batch_norm_last(g, conv_last(g, x, 6)))
    y = g.add(y, g.param(g.uniform([6], -1, 1), "bias"), axis=-1)
    return g.add(interp_last(g, y, "bilinear_interp_v2", align_corners=True), interp_last(g, x, "nearest_interp_v2", align_corners=False))


rows(
    "channels_last",
    channels_last,
    {
        "conv2d": dict(build=lambda g, x: conv_last(g, x, 8, strides=[2, 1], paddings=[1, 2])),
        "depthwise": dict(build=lambda g, x: conv_last(g, x, 6, type="depthwise_conv2d", groups=6)),
        "same_pads": dict(build=lambda g, x: conv_last(g, x, 4, padding_algorithm="SAME")),
        "transposed": dict(build=transposed_last),
        "max_pool": dict(build=lambda g, x: pool_last(g, x, "max", [3, 2], strides=[2, 2], paddings=[1, 0])),
        "avg_pool": dict(build=lambda g, x: pool_last(g, x, "avg", [2, 2], strides=[2, 2], ceil_mode=True)),
        "global_pool": dict(build=lambda g, x: pool_last(g, x, "avg", [1, 1], global_pooling=True)),
        "batch_norm": dict(build=batch_norm_last),
        "batch_norm_rows": dict(build=batch_norm_last, shape=[2, 7, 6]),
        "bilinear": dict(build=lambda g, x: interp_last(g, x, "bilinear_interp_v2", align_corners=False, align_mode=0)),
        "nearest": dict(build=lambda g, x: interp_last(g, x, "nearest_interp_v2", align_corners=False)),
        "chain": dict(build=chain_last),
    },
)
