# SPDX-License-Identifier: Apache-2.0
"""Chains around a convolution: what may be fused, and what must not be."""

from blocks import block, conv_bias, conv_bn
from graph import EXTRA
from registry import case, rows


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
