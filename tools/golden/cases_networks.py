# SPDX-License-Identifier: Apache-2.0
"""Inputs and outputs, small networks in the manner of U2-Net, layers exported by Paddle itself."""

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F

from blocks import HALF_PIXEL, S2, block, conv_bias, spatial_size
from control_flow import Branches, Loops
from graph import EXTRA
from registry import case, layer_case, rows


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


@layer_case(spec=[-1, 3, 6, 7], x=[2, 3, 6, 7])
class jit_batch_norm_without_scale_or_bias(nn.Layer):
    """A normalisation that lacks both, one each, and one behind a convolution, which it is folded into."""

    def __init__(self):
        super().__init__()
        self.both = nn.BatchNorm2D(3, weight_attr=False, bias_attr=False)
        self.scale, self.bias = nn.BatchNorm2D(3, weight_attr=False), nn.BatchNorm2D(3, bias_attr=False)
        self.conv, self.norm = nn.Conv2D(3, 4, 3), nn.BatchNorm2D(4, weight_attr=False, bias_attr=False)
        for norm in (self.both, self.scale, self.bias, self.norm):
            norm._mean.set_value(paddle.uniform(norm._mean.shape, min=-0.5, max=0.5))
            norm._variance.set_value(paddle.uniform(norm._variance.shape, min=0.25, max=2.0))
        self.scale.bias.set_value(paddle.uniform([3], min=-0.5, max=0.5))
        self.bias.weight.set_value(paddle.uniform([3], min=0.5, max=1.5))

    def forward(self, x):
        return self.bias(self.scale(self.both(x))), self.norm(self.conv(x))


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
class jit_branches(Branches):
    pass


@layer_case(spec=[-1, 3, -1, -1], x=[1, 3, 21, 18])
class jit_loops(Loops):
    def __init__(self):
        super().__init__(least=3)
