# SPDX-License-Identifier: Apache-2.0
"""The golden test cases.

`CASES` maps a name to a function (name, folder) that writes the model and returns its inputs. Cases
of a single op are rows of the tables below. Cases about how ops meet are functions marked `@case`.
"""

import functools

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F

import cases_maths
import cases_movement
import cases_quantization
import export
from graph import BARE, CLIPPED, EXTRA

INT_MAX = 2**31 - 1

CASES = {}


def register(name, make):
    assert name not in CASES, name
    CASES[name] = make


def case(build=None, **settings):
    """Registers `build(graph)` under its own name; `settings` are attributes of the graph."""
    if build is None:
        return functools.partial(case, **settings)
    register(build.__name__, functools.partial(export.graph_case, build=build, settings=settings))
    return build


def rows(prefix, build, table):
    """Registers a case for each row of the table: `build(graph, **row)`."""
    for name, row in table.items():
        settings = {"style": row.pop("style", CLIPPED)}
        bound = functools.partial(build, **row)
        register(
            f"{prefix}_{name}", functools.partial(export.graph_case, build=bound, settings=settings)
        )


def layer_case(**settings):
    """Registers a layer to export with `paddle.jit.save`; `settings` go to `export.layer_case`."""

    def decorate(layer):
        register(layer.__name__, functools.partial(export.layer_case, layer=layer, **settings))
        return layer

    return decorate


cases_movement.register_rows(rows)


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


# Chains around a convolution: what may be fused, and what must not be.


def conv_bias(g, x, cout, axis=None, **attrs):
    return g.bias(g.conv2d(x, cout, **attrs), axis=axis)


def conv_bn(g, x, cout, **attrs):
    return g.batch_norm(conv_bias(g, x, cout, **attrs))


def block(g, x, cout, **attrs):
    """Convolution, bias, batch norm and ReLU: the unit that U2-Net is made of."""
    return g.relu(conv_bn(g, x, cout, **attrs))


def chain(g, x, cout, bias=True, axis=None, bn=True, relu=True, **attrs):
    value = g.conv2d(g.feed("x", x), cout, **attrs)
    value = g.bias(value, axis=axis) if bias else value
    value = g.batch_norm(value) if bn else value
    g.fetch(g.relu(value) if relu else value)


rows(
    "chain",
    chain,
    {
        "conv_bias_bn_relu": dict(x=[1, 3, 9, 10], cout=16),
        "conv_bias_bn_relu_batch_3": dict(x=[3, 13, 6, 7], cout=5),
        "conv_bias_axis_1_bn_relu": dict(x=[2, 16, 7, 6], cout=8, axis=1),
        "conv_bias_axis_1_surplus_attributes": dict(x=[1, 5, 7, 6], cout=8, axis=1, style=EXTRA),
        "conv_bn_relu": dict(x=[2, 8, 6, 7], cout=24, bias=False),
        "conv_bn": dict(x=[1, 8, 6, 7], cout=7, bias=False, relu=False),
        "conv_bias_relu": dict(x=[1, 7, 6, 7], cout=16, bn=False),
        "conv_bias": dict(x=[2, 16, 6, 7], cout=1, bn=False, relu=False),
        "conv_relu": dict(x=[1, 8, 6, 7], cout=8, bias=False, bn=False),
        "grouped_conv_bias_bn_relu": dict(x=[1, 16, 6, 7], cout=24, groups=4),
        "depthwise_conv_bias_bn_relu": dict(
            x=[2, 8, 6, 7], cout=8, groups=8, type="depthwise_conv2d"
        ),
        "1x1_conv_bias_bn_relu": dict(x=[1, 24, 5, 6], cout=13, kernel=1),
    },
)


@case
def conv_output_with_two_consumers(g):
    y = g.conv2d(g.feed("x", [2, 8, 6, 7]), 8)
    g.fetch(g.relu(g.batch_norm(y)), g.sigmoid(y))


@case
def bias_sum_with_two_consumers(g):
    y = conv_bias(g, g.feed("x", [1, 5, 7, 6]), 7)
    g.fetch(g.add(g.relu(g.batch_norm(y)), y))


@case
def bn_output_with_two_consumers(g):
    y = conv_bn(g, g.feed("x", [1, 8, 6, 7]), 8)
    g.fetch(g.add(g.relu(y), y))


@case
def conv_output_fetched_too(g):
    y = g.conv2d(g.feed("x", [1, 8, 6, 7]), 16)
    g.fetch(g.relu(g.batch_norm(g.bias(y))), y)


@case
def bias_sum_fetched_too(g):
    y = conv_bias(g, g.feed("x", [3, 5, 6, 5]), 13)
    g.fetch(y, g.relu(g.batch_norm(y)))


@case
def bn_output_fetched_too(g):
    y = conv_bn(g, g.feed("x", [2, 8, 6, 7]), 8)
    g.fetch(g.relu(y), y)


@case
def relu_output_fetched_too(g):
    y = block(g, g.feed("x", [1, 8, 6, 7]), 8)
    g.fetch(y, block(g, y, 5))


@case
def residual_after_relu(g):
    x = g.feed("x", [1, 3, 9, 8])
    stem = block(g, x, 16)
    g.fetch(g.add(block(g, block(g, stem, 8), 16), stem))


@case
def residual_after_relu_7_channels_batch_2(g):
    x = g.feed("x", [2, 5, 7, 8])
    stem = block(g, x, 7)
    g.fetch(g.add(block(g, stem, 7), stem))


@case
def residual_before_relu(g):
    x = g.feed("x", [2, 8, 7, 6])
    stem = block(g, x, 8)
    g.fetch(g.relu(g.add(conv_bn(g, block(g, stem, 8), 8), stem)))


@case
def residual_before_relu_without_bn(g):
    x = g.feed("x", [1, 8, 7, 6])
    g.fetch(g.relu(g.add(conv_bias(g, x, 8, axis=1), x)))


@case
def residual_between_conv_and_bn(g):
    x = g.feed("x", [1, 8, 7, 6])
    g.fetch(g.relu(g.batch_norm(g.add(conv_bias(g, x, 8), x))))


@case
def residual_as_x(g):
    x = g.feed("x", [1, 13, 5, 6])
    stem = block(g, x, 13)
    g.fetch(g.add(stem, block(g, stem, 13)))


@case
def residual_used_later(g):
    stem = block(g, g.feed("x", [2, 8, 6, 7]), 8)
    total = g.add(block(g, stem, 8), stem)
    g.fetch(g.add(block(g, total, 8), g.sigmoid(stem)))


@case
def residual_fetched_too(g):
    stem = block(g, g.feed("x", [1, 8, 6, 7]), 8)
    g.fetch(g.add(block(g, stem, 8), stem), stem)


@case
def residual_sum_feeds_two_convs(g):
    x = g.feed("x", [1, 8, 6, 7])
    total = g.add(block(g, x, 8), x)
    g.fetch(g.add(block(g, total, 16), block(g, total, 16)))


@case
def residual_is_input(g):
    x = g.feed("x", [3, 5, 6, 7])
    g.fetch(g.add(block(g, block(g, x, 8), 5), x))


@case
def residual_is_second_input(g):
    x, r = g.feed("x", [1, 8, 6, 7]), g.feed("r", [1, 8, 6, 7])
    g.fetch(g.relu(g.add(conv_bn(g, x, 8), r)))


@case
def residual_is_constant(g):
    r = g.param(g.uniform([1, 8, 6, 7], -2, 2))
    g.fetch(g.relu(g.add(conv_bn(g, g.feed("x", [1, 3, 6, 7]), 8), r)))


@case
def residual_per_channel(g):
    x, r = g.feed("x", [2, 3, 6, 7]), g.feed("r", [1, 8, 1, 1])
    g.fetch(g.relu(g.add(conv_bn(g, x, 8), r)))


@case
def residual_over_batch(g):
    x, r = g.feed("x", [3, 3, 5, 6]), g.feed("r", [1, 8, 5, 6])
    g.fetch(g.relu(g.add(conv_bn(g, x, 8), r)))


@case
def residual_larger_than_conv(g):
    x, r = g.feed("x", [2, 3, 1, 1]), g.feed("r", [2, 8, 5, 6])
    g.fetch(g.relu(g.add(conv_bn(g, x, 8), r)))


@case
def residual_from_pool(g):
    stem = block(g, g.feed("x", [1, 3, 9, 7]), 8)
    pooled = g.pool2d(stem, "max", 2, strides=[2, 2], ceil_mode=True)
    g.fetch(g.add(block(g, stem, 8, strides=[2, 2]), pooled))


@case
def add_of_conv_to_itself(g):
    y = conv_bias(g, g.feed("x", [1, 8, 6, 7]), 8)
    g.fetch(g.relu(g.add(y, y)))


@case
def add_of_relu_to_itself(g):
    y = block(g, g.feed("x", [2, 5, 6, 7]), 7)
    g.fetch(g.add(y, y))


@case
def add_of_input_to_itself(g):
    x = g.feed("x", [2, 3, 6, 7])
    g.fetch(g.add(x, x))


@case
def add_of_two_convs(g):
    x = g.feed("x", [1, 8, 6, 7])
    g.fetch(g.relu(g.add(conv_bn(g, x, 16), conv_bn(g, x, 16, kernel=1))))


@case
def add_of_two_blocks(g):
    x = g.feed("x", [2, 5, 6, 7])
    g.fetch(g.add(block(g, x, 8), block(g, x, 8, dilations=[2, 2])))


@case
def relu_twice(g):
    g.fetch(g.relu(block(g, g.feed("x", [1, 8, 6, 7]), 8)))


@case
def bn_twice(g):
    g.fetch(g.relu(g.batch_norm(conv_bn(g, g.feed("x", [1, 8, 6, 7]), 8))))


@case
def bn_after_relu(g):
    g.fetch(g.batch_norm(g.relu(conv_bias(g, g.feed("x", [2, 8, 6, 7]), 8))))


@case
def bn_before_padded_conv(g):
    g.fetch(conv_bias(g, g.batch_norm(g.feed("x", [1, 8, 6, 7])), 8))


@case
def bias_after_relu(g):
    g.fetch(g.bias(g.relu(g.conv2d(g.feed("x", [1, 8, 6, 7]), 8))))


@case
def bias_twice(g):
    g.fetch(g.relu(g.bias(conv_bias(g, g.feed("x", [1, 8, 6, 7]), 8), axis=1)))


@case
def bias_along_width(g):
    """A 1-D Y with axis -1 is along W, even where W is the number of channels."""
    y = g.conv2d(g.feed("x", [1, 3, 8, 8]), 8)
    g.fetch(
        g.add(y, g.param(g.uniform([8], -2, 2)), axis=-1),
        g.add(y, g.param(g.uniform([8], -2, 2)), axis=1),
    )


@case
def bias_is_input(g):
    y = g.conv2d(g.feed("x", [1, 3, 6, 7]), 8)
    g.fetch(g.relu(g.add(y, g.feed("bias", [8]), axis=1)))


@case
def conv_weight_is_input(g):
    x, w = g.feed("x", [1, 3, 6, 7]), g.feed("w", [8, 3, 3, 3])
    g.fetch(g.relu(g.batch_norm(g.conv2d(x, 8, weight=w))))


@case
def conv_then_multiply(g):
    y = g.conv2d(g.feed("x", [1, 3, 6, 7]), 8)
    g.fetch(g.relu(g.mul(y, g.param(g.uniform([1, 8, 1, 1], -2, 2)))))


@case
def conv_then_scale(g):
    g.fetch(g.relu(g.scale(conv_bias(g, g.feed("x", [1, 3, 6, 7]), 8), scale=-1.5, bias=0.25)))


@case
def conv_then_sigmoid(g):
    y = conv_bias(g, g.feed("x", [2, 16, 6, 7]), 1)
    g.fetch(g.sigmoid(y))


@case
def weight_shared_by_two_convs(g):
    x = g.feed("x", [2, 8, 6, 7])
    w = g.param([8, 8, 3, 3])
    y = g.relu(g.batch_norm(g.bias(g.conv2d(x, 8, weight=w))))
    g.fetch(
        g.relu(g.batch_norm(g.bias(g.conv2d(y, 8, weight=w)))),
        g.conv2d(y, 8, weight=w, dilations=[2, 2]),
    )


@case
def bias_shared_by_two_convs(g):
    x = g.feed("x", [1, 5, 6, 7])
    b = g.param(g.uniform([7], -2, 2))
    y = g.relu(g.batch_norm(g.bias(g.conv2d(x, 7), value=b)))
    g.fetch(g.relu(g.bias(g.conv2d(y, 7), value=b)))


@case
def reshaped_bias_shared_by_two_convs(g):
    x = g.feed("x", [1, 5, 6, 7])
    b = g.reshape2(g.param(g.uniform([7], -2, 2)), [1, 7, 1, 1])
    y = g.relu(g.add(g.conv2d(x, 7), b))
    g.fetch(g.relu(g.add(g.conv2d(y, 7), b)))


@case
def bn_shared_by_two_convs(g):
    x = g.feed("x", [1, 5, 6, 7])
    bn = g.batch_norm_params(8)
    y = g.relu(g.batch_norm(conv_bias(g, x, 8), bn))
    g.fetch(g.relu(g.batch_norm(conv_bias(g, y, 8), bn)))


@case
def same_variable_fetched_twice(g):
    y = block(g, g.feed("x", [1, 3, 6, 7]), 8)
    z = g.sigmoid(y)
    g.fetch(y, z, y)


@case
def input_fetched(g):
    x = g.feed("x", [2, 3, 6, 7])
    g.fetch(x, block(g, x, 5))


@case
def unused_ops(g):
    x = g.feed("x", [1, 3, 6, 7])
    y = block(g, x, 8)
    block(g, y, 8)
    g.fetch(g.sigmoid(y))


# concat and its neighbours


@case
def concat_consumed_twice(g):
    x = g.feed("x", [2, 3, 6, 7])
    c = g.concat([block(g, x, 8), block(g, x, 8)])
    g.fetch(g.add(block(g, c, 8), block(g, c, 8)))


@case
def concat_of_concat(g):
    x = g.feed("x", [2, 3, 6, 7])
    inner = g.concat([block(g, x, 8), block(g, x, 16)])
    g.fetch(block(g, g.concat([inner, block(g, x, 8), x]), 8), inner)


@case
def concat_same_tensor_twice(g):
    y = block(g, g.feed("x", [2, 3, 6, 7]), 8)
    g.fetch(block(g, g.concat([y, y]), 8), g.concat([y, y]))


@case
def concat_member_fetched(g):
    x = g.feed("x", [1, 3, 6, 7])
    a, b = block(g, x, 8), block(g, x, 8)
    g.fetch(block(g, g.concat([a, b]), 5), b)


@case
def concat_member_used_elsewhere(g):
    x = g.feed("x", [2, 3, 8, 6])
    a = block(g, x, 8)
    pooled = g.pool2d(a, "max", 2, strides=[2, 2])
    b = block(g, a, 8)
    g.fetch(block(g, g.concat([b, a]), 8), block(g, pooled, 8))


@case
def concat_member_in_two_concats(g):
    x = g.feed("x", [1, 3, 6, 7])
    a, b, c = block(g, x, 8), block(g, x, 8), block(g, x, 8)
    g.fetch(block(g, g.concat([a, b]), 8), block(g, g.concat([c, a]), 8))


@case
def concat_member_is_residual_sum(g):
    x = g.feed("x", [1, 8, 6, 7])
    a = g.add(block(g, x, 8), x)
    g.fetch(block(g, g.concat([a, x]), 8))


@case
def concat_members_of_5_and_7_channels(g):
    x = g.feed("x", [2, 3, 6, 7])
    g.fetch(block(g, g.concat([block(g, x, 5), block(g, x, 7)]), 13))


@case
def concat_fetched(g):
    x = g.feed("x", [2, 3, 6, 7])
    c = g.concat([block(g, x, 8), block(g, x, 5)])
    g.fetch(c, block(g, c, 8))


@case
def concat_over_batch_of_convs(g):
    x = g.feed("x", [2, 3, 6, 7])
    g.fetch(block(g, g.concat([block(g, x, 8), block(g, x, 8)], axis=0), 8))


@case
def concat_over_height_and_width_of_convs(g):
    x = g.feed("x", [2, 3, 5, 7])
    a, b = block(g, x, 8), block(g, x, 8)
    g.fetch(block(g, g.concat([a, b], axis=2), 8), block(g, g.concat([a, b], axis=3), 8))


@case
def concat_then_relu_and_pool(g):
    x = g.feed("x", [1, 3, 7, 7])
    c = g.concat([conv_bn(g, x, 8), conv_bn(g, x, 8)])
    g.fetch(g.pool2d(g.relu(c), "max", 2, strides=[2, 2], ceil_mode=True))


def concat(g, shapes, axis, dtype="float32"):
    xs = [g.feed(f"x{i}", data=values(g, shape, dtype)) for i, shape in enumerate(shapes)]
    g.fetch(g.concat(xs, axis=axis))


def values(g, shape, dtype):
    """Values for a feed; integers are small, so that sums and products fit."""
    if dtype.startswith("int"):
        return g.rng.integers(-1000, 1000, shape).astype(dtype)
    return g.uniform(shape, -2, 2).astype(dtype)


rows(
    "concat",
    concat,
    {
        "axis_0": dict(shapes=[[1, 3, 4, 5], [2, 3, 4, 5]], axis=0),
        "axis_1_blocks_of_8": dict(shapes=[[2, 8, 4, 5], [2, 16, 4, 5]], axis=1),
        "axis_1_odd_channels": dict(shapes=[[2, 5, 4, 5], [2, 7, 4, 5], [2, 8, 4, 5]], axis=1),
        "axis_2": dict(shapes=[[2, 3, 4, 5], [2, 3, 1, 5]], axis=2),
        "axis_3": dict(shapes=[[2, 3, 4, 5], [2, 3, 4, 2]], axis=3),
        "axis_minus_1": dict(shapes=[[3, 4, 5], [3, 4, 2]], axis=-1),
        "axis_minus_3_of_6": dict(shapes=[[1, 1, 5, 6]] * 6, axis=-3),
        "1_input": dict(shapes=[[1, 3, 4, 5]], axis=1),
        "default_axis": dict(shapes=[[2, 3], [1, 3]], axis=0, style=BARE),
        "int64": dict(shapes=[[2, 3], [2, 4]], axis=1, dtype="int64"),
        "int32_1d": dict(shapes=[[2], [1], [3]], axis=0, dtype="int32"),
    },
)


@case
def concat_axis_tensor(g):
    xs = [g.feed("x0", [2, 3, 4]), g.feed("x1", [2, 5, 4])]
    g.fetch(g.concat(xs, axis=0, axis_tensor=g.feed("axis", data=np.array([1], "int32"))))


# batch_norm alone


def batch_norm(g, x, **attrs):
    g.fetch(g.batch_norm(g.feed("x", x), **attrs))


rows(
    "batch_norm",
    batch_norm,
    {
        "is_test": dict(x=[2, 13, 5, 6], is_test=True),
        "use_global_stats": dict(x=[1, 8, 5, 6], is_test=False, use_global_stats=True),
        "epsilon": dict(x=[1, 5, 6, 7], is_test=True, epsilon=1e-3),
        "2d": dict(x=[3, 10], is_test=True),
        "3d": dict(x=[2, 5, 7], is_test=True),
        "default_attributes": dict(x=[1, 8, 5, 6], is_test=True, style=BARE),
        "surplus_attributes": dict(x=[1, 8, 5, 6], is_test=True, style=EXTRA),
    },
)


# elementwise_add, elementwise_mul


def elementwise(g, type, x, y, dtype="float32", **attrs):
    x, y = g.feed("x", data=values(g, x, dtype)), g.feed("y", data=values(g, y, dtype))
    g.fetch(g.op(type, {"X": x, "Y": y}, attrs))


rows(
    "elementwise_add",
    functools.partial(elementwise, type="elementwise_add"),
    {
        "same_shape": dict(x=[2, 5, 6, 7], y=[2, 5, 6, 7]),
        "channels_axis_1": dict(x=[2, 5, 6, 7], y=[5], axis=1),
        "channels_by_1_axis_1": dict(x=[2, 5, 6, 7], y=[5, 1], axis=1),
        "channels_1c11": dict(x=[2, 8, 6, 7], y=[1, 8, 1, 1]),
        "channels_by_height_axis_1": dict(x=[2, 3, 4, 5], y=[3, 4], axis=1),
        "batch_axis_0": dict(x=[3, 4, 5], y=[3], axis=0),
        "height_width": dict(x=[2, 5, 6, 7], y=[6, 7]),
        "height_width_axis_2": dict(x=[2, 5, 6, 7], y=[6, 7], axis=2),
        "width": dict(x=[2, 5, 6, 7], y=[7]),
        "scalar": dict(x=[2, 3, 4, 5], y=[1]),
        "0d": dict(x=[2, 3, 4, 5], y=[]),
        "x_smaller": dict(x=[6, 7], y=[2, 3, 6, 7]),
        "x_smaller_same_rank": dict(x=[1, 3, 1, 1], y=[2, 3, 4, 5]),
        "both_broadcast": dict(x=[2, 1, 5], y=[1, 3, 1]),
        "int32": dict(x=[2, 3, 4], y=[2, 3, 4], dtype="int32"),
        "int64_scalar": dict(x=[5], y=[1], dtype="int64"),
        "default_axis": dict(x=[2, 3, 4, 5], y=[4, 5], style=BARE),
        "surplus_attributes": dict(x=[2, 3, 4, 5], y=[3], axis=1, style=EXTRA),
    },
)

rows(
    "elementwise_mul",
    functools.partial(elementwise, type="elementwise_mul"),
    {
        "same_shape": dict(x=[2, 5, 6, 7], y=[2, 5, 6, 7]),
        "channels_axis_1": dict(x=[2, 5, 6, 7], y=[5], axis=1),
        "channels_1c11": dict(x=[2, 8, 6, 7], y=[1, 8, 1, 1]),
        "mask": dict(x=[2, 3, 6, 7], y=[2, 1, 6, 7]),
        "both_broadcast": dict(x=[2, 1, 5], y=[1, 3, 1]),
        "int32_scalar": dict(x=[2, 3], y=[1], dtype="int32"),
        "int64": dict(x=[4], y=[4], dtype="int64"),
    },
)


# relu, sigmoid, scale, cast


@case
def relu(g):
    x = g.uniform([3, 5, 7], -2, 2)
    x[0, 0, :3] = [-0.0, 0.0, -1e-37]
    g.fetch(g.relu(g.feed("x", data=x)))


@case
def relu_special_values(g):
    x = np.tile(np.array([np.nan, np.inf, -np.inf, -0.0, 3.4e38, -3.4e38, 1e-37], "float32"), 5)
    g.fetch(g.relu(g.feed("x", data=x)))


@case
def sigmoid(g):
    x = np.concatenate([np.linspace(-200, 200, 81), np.linspace(-5, 5, 41), [-0.0]]).astype(
        "float32"
    )
    g.fetch(g.sigmoid(g.feed("x", data=x)))


@case
def sigmoid_special_values(g):
    x = np.tile(np.array([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-37], "float32"), 5)
    g.fetch(g.sigmoid(g.feed("x", data=x)))


def unary(g, type, x, **attrs):
    g.fetch(g.op(type, {"X": g.feed("x", data=np.asarray(x, "float32"))}, attrs))


SPECIAL = np.tile([np.nan, np.inf, -np.inf, 3e37, -3e37, 1e-37, 0], 5)

rows(
    "tanh",
    functools.partial(unary, type="tanh"),
    {
        "wide": dict(x=np.linspace(-100, 100, 81)),
        "image": dict(x=np.linspace(-5, 5, 315).reshape(1, 5, 7, 9)),
        "near_0": dict(x=np.linspace(-0.5, 0.5, 201) ** 3),
        "special_values": dict(x=SPECIAL),
    },
)

rows(
    "hard_swish",
    functools.partial(unary, type="hard_swish"),
    {
        "wide": dict(x=np.linspace(-100, 100, 81)),
        "image": dict(x=np.linspace(-5, 5, 315).reshape(1, 5, 7, 9)),
        "default_attributes": dict(x=np.linspace(-4, 4, 60).reshape(3, 20), style=BARE),
        "special_values": dict(x=SPECIAL),
    },
)


def scale(g, dtype="float32", tensor=None, **attrs):
    x = g.feed("x", data=values(g, [2, 3, 5], dtype))
    tensor = tensor and g.feed("scale", data=np.array([tensor], dtype))
    g.fetch(g.scale(x, tensor, **attrs))


rows(
    "scale",
    scale,
    {
        "bias_after": dict(scale=2.5, bias=-0.75, bias_after_scale=True),
        "bias_before": dict(scale=2.5, bias=-0.75, bias_after_scale=False),
        "identity": dict(scale=1.0, bias=0.0),
        "default_attributes": dict(style=BARE),
        "tensor": dict(tensor=-1.25, scale=3.0, bias=0.5),
        "int32": dict(dtype="int32", scale=2.0, bias=3.0),
        "int64": dict(dtype="int64", scale=-3.0, bias=1.0),
    },
)


def cast(g, data, through):
    x = g.feed("x", data=data)
    for dtype in through:
        x = g.cast(x, dtype)
    g.fetch(x)


rows(
    "cast",
    cast,
    {
        "float_to_int32": dict(data=np.linspace(-3, 3, 25).astype("float32"), through=["INT32"]),
        "float_to_int64": dict(
            data=np.array([-1e6, -2.9, -0.5, 0.5, 2.9, 123456.7], "float32"), through=["INT64"]
        ),
        "int32_to_float": dict(
            data=np.array([-7, 0, 7, 16777217, -16777219], "int32"), through=["FP32"]
        ),
        "int32_to_int64": dict(data=np.array([[-7, 0], [7, INT_MAX]], "int32"), through=["INT64"]),
        "int64_to_int32": dict(data=np.array([-7, 0, 7, INT_MAX], "int64"), through=["INT32"]),
        "float_bool_float": dict(
            data=np.array([-1.5, -0.0, 0, 0.25, 3], "float32"), through=["BOOL", "FP32"]
        ),
        "float_to_float64": dict(data=np.linspace(-1, 1, 12).astype("float32"), through=["FP64"]),
        "float_to_float": dict(data=np.linspace(-1, 1, 12).astype("float32"), through=["FP32"]),
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


S2 = [2, 2]

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


HALF_PIXEL = dict(align_corners=False, align_mode=0)
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


def spatial_size(g, x):
    """What `paddle.shape(x)[2:]` exports as the size of an interpolation."""
    return g.cast(g.slice(g.shape(x), [0], [2], [INT_MAX]), "INT32")


# shape, slice, reshape2, and programs about sizes


@case
def shape_of_input(g):
    g.fetch(g.shape(g.feed("x", [2, 3, 5, 7])))


@case
def shape_of_any_size(g):
    x = g.feed("x", [2, 3, 5, 7], spec=[-1, 3, -1, -1])
    g.fetch(g.shape(x), g.shape(g.pool2d(x, "max", 2, strides=S2, ceil_mode=True)))


def slice_(g, x, axes, starts, ends, dtype="float32", decrease_axis=()):
    g.fetch(g.slice(g.feed("x", data=values(g, x, dtype)), axes, starts, ends, decrease_axis))


rows(
    "slice",
    slice_,
    {
        "one_axis": dict(x=[2, 6, 4, 5], axes=[1], starts=[1], ends=[4]),
        "several_axes": dict(x=[2, 6, 4, 5], axes=[0, 2, 3], starts=[1, 0, 2], ends=[2, 3, 5]),
        "negative": dict(x=[2, 6, 4, 5], axes=[1, 3], starts=[-4, -3], ends=[-1, 5]),
        "to_the_end": dict(x=[2, 6, 4, 5], axes=[2], starts=[1], ends=[INT_MAX]),
        "to_the_end_of_fluid": dict(x=[2, 6, 4, 5], axes=[2], starts=[1], ends=[10000000]),
        "clamped": dict(x=[4, 5], axes=[0, 1], starts=[-9, 2], ends=[9, 9]),
        "int32_vector": dict(x=[4], axes=[0], starts=[2], ends=[INT_MAX], dtype="int32"),
        "int64": dict(x=[3, 4], axes=[0], starts=[1], ends=[3], dtype="int64"),
        "decrease_axis": dict(
            x=[2, 6, 4, 5], axes=[1, 2], starts=[3, 1], ends=[4, 3], decrease_axis=[1]
        ),
        "decrease_two_axes": dict(
            x=[2, 6, 4], axes=[0, 2], starts=[1, -1], ends=[2, INT_MAX], decrease_axis=[0, 2]
        ),
        "to_0d": dict(x=[4], axes=[0], starts=[2], ends=[3], dtype="int32", decrease_axis=[0]),
        "last_to_0d": dict(
            x=[4], axes=[0], starts=[-1], ends=[INT_MAX], dtype="int32", decrease_axis=[0]
        ),
    },
)


@case
def slice_by_tensors(g):
    starts, ends = g.feed("starts", data=np.array([1, 2], "int32")), g.feed(
        "ends", data=np.array([3, -1], "int32")
    )
    x = g.feed("x", [4, 3, 6])
    g.fetch(g.slice(x, [0, 2], [0, 0], [1, 1], StartsTensor=starts, EndsTensor=ends))


@case
def slice_by_tensor_lists(g):
    x, like = g.feed("x", [9, 3, 9]), g.feed("like", [2, 4, 3, 7])
    size = g.shape(like)
    starts = [g.slice(size, [0], [i], [i + 1]) for i in (0, 2)]
    ends = [g.slice(size, [0], [i], [i + 1], decrease_axis=[0]) for i in (1, 3)]
    g.fetch(g.slice(x, [0, 2], [0, 0], [1, 1], StartsTensorList=starts, EndsTensorList=ends))


def reshape2(g, x, shape):
    g.fetch(g.reshape2(g.feed("x", x), shape))


rows(
    "reshape2",
    reshape2,
    {
        "literal": dict(x=[2, 3, 4], shape=[4, 6]),
        "copy_and_infer": dict(x=[2, 3, 4, 5], shape=[0, 0, -1]),
        "infer_first": dict(x=[2, 3, 4], shape=[-1, 4]),
        "same_shape": dict(x=[2, 3, 4], shape=[0, 0, 0]),
        "to_4d": dict(x=[8], shape=[1, -1, 1, 1]),
    },
)


@case
def reshape2_shape_tensor(g):
    x, shape = g.feed("x", [2, 3, 4]), g.feed("shape", data=np.array([4, -1], "int32"))
    g.fetch(g.reshape2(x, [2, 12], shape_tensor=shape))


@case
def reshape2_shape_tensor_list(g):
    x = g.feed("x", [2, 3, 4, 5])
    size = g.shape(x)
    channels = g.slice(size, [0], [1], [2])
    rest = g.feed("rest", data=np.array([-1], "int32"))
    g.fetch(g.reshape2(x, [-1, -1], shape_tensor_list=[channels, rest]))


@case
def reshape2_to_computed_shape(g):
    x = g.feed("x", [2, 6, 4, 5], spec=[-1, 6, -1, -1])
    size = g.cast(g.shape(x), "INT64")
    batch, spatial = g.slice(size, [0], [0], [1]), g.slice(size, [0], [2], [INT_MAX])
    target = g.concat(
        [g.cast(batch, "INT32"), g.param(np.array([3, 2], "int32")), g.cast(spatial, "INT32")],
        axis=0,
    )
    y = g.reshape2(x, [], shape_tensor=target)
    g.fetch(y, target)


@case
def reshape2_between_convs(g):
    y = block(g, g.feed("x", [2, 3, 6, 4]), 8)
    z = g.reshape2(y, [0, 8, 4, 6])
    g.fetch(block(g, z, 8))


@case
def size_arithmetic(g):
    """A size that is doubled before it is used: no constant folding by pattern alone."""
    x = g.feed("x", [1, 3, 5, 6], spec=[-1, 3, -1, -1])
    size = g.slice(g.shape(x), [0], [2], [INT_MAX])
    doubled = g.scale(size, scale=2.0, bias=1.0)
    g.fetch(g.interp("bilinear_interp_v2", x, out_size=doubled, **HALF_PIXEL), g.add(size, doubled))


# Inputs and outputs


@case(reverse_io=True)
def io_columns_not_in_file_order(g):
    a, b = g.feed("a", [1, 3, 6, 7]), g.feed("b", [1, 8, 6, 7])
    y = block(g, a, 8)
    g.fetch(g.sigmoid(y), g.add(y, b), g.concat([b, y]))


@case
def io_input_unused(g):
    a, _ = g.feed("a", [1, 3, 6, 7]), g.feed("b", [2, 2])
    g.fetch(block(g, a, 5))


@case
def io_any_batch_and_size(g):
    x = g.feed("x", [3, 3, 9, 7], spec=[-1, 3, -1, -1])
    g.fetch(block(g, g.pool2d(block(g, x, 8), "max", 2, strides=S2, ceil_mode=True), 8))


@case
def io_without_parameters(g):
    x = g.feed("x", [1, 3, 9, 8], spec=[-1, 3, -1, -1])
    up = g.interp("bilinear_interp_v2", x, scale=[2.0, 2.0], **HALF_PIXEL)
    g.fetch(g.sigmoid(g.pool2d(up, "avg", 3, strides=S2)))


@case
def io_unused_parameter(g):
    g.param([3, 2, 2], "aaa_unused")
    g.param(np.array([1, 2], "int64"), "zzz_unused")
    g.fetch(block(g, g.feed("x", [1, 3, 6, 7]), 8))


@case
def io_fetch_of_parameter(g):
    b = g.param(g.uniform([8], -2, 2))
    g.fetch(g.relu(g.bias(g.conv2d(g.feed("x", [1, 3, 6, 7]), 8), value=b)), b)


# Small networks in the manner of U2-Net


def resize_like(g, x, like):
    return g.interp("bilinear_interp_v2", x, out_size=spatial_size(g, like), **HALF_PIXEL)


def residual_u_block(g, x, middle, cout, **attrs):
    stem = block(g, x, cout, **attrs)
    e1 = block(g, stem, middle, **attrs)
    e2 = block(g, g.pool2d(e1, "max", 2, strides=S2, ceil_mode=True), middle, **attrs)
    bottom = block(g, e2, middle, dilations=[2, 2], **attrs)
    d2 = block(g, g.concat([bottom, e2]), middle, **attrs)
    d1 = block(g, g.concat([resize_like(g, d2, e1), e1]), cout, **attrs)
    return g.add(d1, stem)


def small_u2net(g, x, middle, cout, spec=None, **attrs):
    x = g.feed("x", x, spec=spec)
    s1 = residual_u_block(g, x, middle, cout, **attrs)
    s2 = residual_u_block(
        g, g.pool2d(s1, "max", 2, strides=S2, ceil_mode=True), middle, cout, **attrs
    )
    s1d = residual_u_block(g, g.concat([resize_like(g, s2, s1), s1]), middle, cout, **attrs)
    d1 = conv_bias(g, s1d, 1, **attrs)
    d2 = resize_like(g, conv_bias(g, s2, 1, **attrs), d1)
    fuse = g.param(g.uniform([1, 2, 1, 1], -2, 2))
    d0 = conv_bias(g, g.concat([d1, d2]), 1, kernel=1, weight=fuse, **attrs)
    g.fetch(*(g.scale(g.sigmoid(d), scale=1.0, bias=0.0) for d in (d0, d1, d2)))


ANY = [-1, 3, -1, -1]

rows(
    "u2net",
    small_u2net,
    {
        "16_8_channels": dict(x=[1, 3, 21, 17], middle=8, cout=16, spec=ANY),
        "16_8_channels_batch_2": dict(x=[2, 3, 12, 20], middle=8, cout=16, spec=ANY),
        "7_5_channels": dict(x=[1, 3, 13, 18], middle=5, cout=7, spec=ANY),
        "7_5_channels_batch_3": dict(x=[3, 3, 9, 11], middle=5, cout=7),
        "bias_axis_1_surplus_attributes": dict(
            x=[1, 3, 15, 16], middle=8, cout=16, axis=1, style=EXTRA
        ),
    },
)


# Layers exported by Paddle itself


class ConvBNReLU(nn.Layer):
    def __init__(self, cin, cout, dilation=1, bias=True):
        super().__init__()
        bias_attr = nn.initializer.Uniform(-1, 1) if bias else False
        self.conv = nn.Conv2D(
            cin, cout, 3, padding=dilation, dilation=dilation, bias_attr=bias_attr
        )
        self.bn = nn.BatchNorm2D(cout)
        # Statistics as after training: those of a new layer (0 and 1) would hide mistakes.
        self.bn.weight.set_value(paddle.uniform([cout], min=0.5, max=1.5))
        self.bn.bias.set_value(paddle.uniform([cout], min=-0.5, max=0.5))
        self.bn._mean.set_value(paddle.uniform([cout], min=-0.5, max=0.5))
        self.bn._variance.set_value(paddle.uniform([cout], min=0.25, max=2.0))

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


@layer_case(spec=[-1, 3, -1, -1], x=[2, 3, 9, 10])
class jit_conv_bn_relu(nn.Layer):
    def __init__(self):
        super().__init__()
        self.a, self.b = ConvBNReLU(3, 8), ConvBNReLU(8, 8, dilation=2, bias=False)

    def forward(self, x):
        a = self.a(x)
        return a + self.b(a), a


@layer_case(spec=[-1, 3, -1, -1], x=[1, 3, 9, 11])
class jit_resize_like(nn.Layer):
    """The four ways to give a size, and the op sequences they export."""

    def __init__(self):
        super().__init__()
        self.conv = ConvBNReLU(3, 5)

    def forward(self, x):
        y = F.max_pool2d(self.conv(x), 2, stride=2, ceil_mode=True)
        size = paddle.shape(x)
        return (
            F.interpolate(y, size=size[2:], mode="bilinear"),
            F.interpolate(y, size=[size[2], size[3]], mode="bilinear"),
            F.interpolate(y, size=[7, 12], mode="bilinear", align_corners=True),
            F.interpolate(y, scale_factor=2, mode="bilinear"),
            F.interpolate(y, scale_factor=[1.5, 0.7], mode="bilinear", align_mode=1),
            F.interpolate(y, scale_factor=3, mode="nearest"),
        )


@layer_case(spec=[1, 4, 8, 9], x=[1, 4, 8, 9])
class jit_depthwise_and_pools(nn.Layer):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2D(4, 8, 3, padding="same", groups=4)
        self.pointwise = nn.Conv2D(8, 6, 1, padding="valid")

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        weights = F.sigmoid(F.adaptive_avg_pool2d(y, 1))
        pooled = F.avg_pool2d(y, 3, stride=2, padding=1, exclusive=False)
        return y * weights, pooled, F.max_pool2d(y, [3, 2])


@layer_case(spec=[-1, 3, -1, -1], x=[1, 3, 8, 7])
class jit_without_parameters(nn.Layer):
    def forward(self, x):
        return F.sigmoid(F.interpolate(F.relu(x), size=paddle.shape(x)[2:] * 2, mode="bilinear"))


@layer_case(spec=[-1, 3, -1, -1], x=[2, 3, 19, 22], clip_extra=False)
class jit_small_u2net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.stem = ConvBNReLU(3, 8)
        self.down, self.bottom = ConvBNReLU(8, 8), ConvBNReLU(8, 8, dilation=2)
        self.up, self.side = ConvBNReLU(16, 8), nn.Conv2D(8, 1, 3, padding=1)

    def forward(self, x):
        stem = self.stem(x)
        down = self.down(F.max_pool2d(stem, 2, stride=2, ceil_mode=True))
        bottom = self.bottom(down) + down
        up = F.interpolate(bottom, size=paddle.shape(stem)[2:], mode="bilinear")
        out = self.up(paddle.concat([up, stem], 1)) + stem
        return F.sigmoid(self.side(out)), out


@layer_case(spec=[-1, 3, -1, -1], x=[1, 3, 7, 6])
class jit_branches(nn.Layer):
    """Sides are made even where they are not, by branches in each other; others cannot be taken."""

    def __init__(self):
        super().__init__()
        self.conv, self.never = nn.Conv2D(3, 4, 3, padding=1), nn.Conv2D(4, 4, 9)

    def forward(self, x):
        y = self.conv(x)
        h, w = paddle.shape(x)[2], paddle.shape(x)[3]
        if h % 2 == 1:
            y = F.pad(y, [0, 0, 0, 1])
            if w % 2 == 1:
                y = F.pad(y, [0, 1, 0, 0])
            else:
                y = y * 2
        if h > 100:
            y = self.never(y)
        else:
            y = F.relu(y)
        return y, F.avg_pool2d(y, 2, 2)


@layer_case(spec=[-1, 3, -1, -1], x=[1, 3, 21, 18])
class jit_loops(nn.Layer):
    """Halved until it is small: as often as the size says. The other loop never goes round."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        n = paddle.full([1], 0, "int32")
        while paddle.shape(y)[2] > 3:
            y = F.avg_pool2d(y, 2, 2)
            n = n + 1
        while paddle.shape(y)[3] > 100:
            y = F.max_pool2d(y, 2, 2)
        return y, n


cases_maths.register_all(register)
cases_quantization.register_all(register)
# The families with a file of their own register their cases as well.
import cases_elementwise  # noqa: E402, F401
