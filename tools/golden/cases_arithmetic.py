# SPDX-License-Identifier: Apache-2.0
"""Batch norm, sums and products, ReLU and its like, scale and cast, each alone."""

import functools

import numpy as np

from blocks import INT_MAX, values
from graph import BARE, EXTRA
from registry import case, rows


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
