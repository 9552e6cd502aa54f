# SPDX-License-Identifier: Apache-2.0
"""shape, slice, reshape2, and programs about sizes."""

import numpy as np

from blocks import HALF_PIXEL, INT_MAX, S2, block, values
from registry import case, rows


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
