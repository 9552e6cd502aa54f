# SPDX-License-Identifier: Apache-2.0
"""concat and its neighbours."""

import numpy as np

from blocks import block, conv_bn, values
from graph import BARE
from registry import case, rows


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
