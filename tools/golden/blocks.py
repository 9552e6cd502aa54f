# SPDX-License-Identifier: Apache-2.0
"""What many cases build of: U2-Net's convolutions, sizes, values that are fed."""

INT_MAX = 2**31 - 1
S2 = [2, 2]
HALF_PIXEL = dict(align_corners=False, align_mode=0)


def values(g, shape, dtype):
    """Values for a feed; integers are small, so that sums and products fit."""
    if dtype.startswith("int"):
        return g.rng.integers(-1000, 1000, shape).astype(dtype)
    return g.uniform(shape, -2, 2).astype(dtype)


def conv_bias(g, x, cout, axis=None, **attrs):
    return g.bias(g.conv2d(x, cout, **attrs), axis=axis)


def conv_bn(g, x, cout, **attrs):
    return g.batch_norm(conv_bias(g, x, cout, **attrs))


def block(g, x, cout, **attrs):
    """Convolution, bias, batch norm and ReLU: the unit that U2-Net is made of."""
    return g.relu(conv_bn(g, x, cout, **attrs))


def spatial_size(g, x):
    """What `paddle.shape(x)[2:]` exports as the size of an interpolation."""
    return g.cast(g.slice(g.shape(x), [0], [2], [INT_MAX]), "INT32")
