# SPDX-License-Identifier: Apache-2.0
"""Elementwise operators: functions of one and two operands, comparisons, choices, and tensors made
of sizes and numbers. A case fetches the results of many small operators."""

import numpy as np

from registry import case

NAN, INF = float("nan"), float("inf")
TYPES = {"bool": 0, "int32": 2, "int64": 3, "float32": 5, "float64": 6}


def of(g, type, x, **attrs):
    return g.op(type, {"X": x}, attrs)


def pair(g, type, x, y, **attrs):
    return g.op(type, {"X": x, "Y": y}, attrs)


def fetch_each(g, x, table):
    g.fetch(*(of(g, type, x, **attrs) for type, attrs in table))


def array(values, dtype="float32", shape=None):
    made = np.array(values, dtype)
    return made if shape is None else made.reshape(shape)


def feeds(g, dtype, **values):
    return [g.feed(name, data=array(value, dtype)) for name, value in values.items()]


def image(g, name="x", shape=(2, 5, 3, 4), scale=3.0):
    return g.feed(name, data=(g.uniform(list(shape), -1, 1) * np.float32(scale)))


# Functions of one operand

ACTIVATIONS = [
    ("elu", {}),
    ("gelu", dict(approximate=False)),
    ("gelu", dict(approximate=True)),
    ("hard_sigmoid", {}),
    ("leaky_relu", {}),
    ("logsigmoid", {}),
    ("mish", {}),
    ("relu6", {}),
    ("selu", {}),
    ("silu", {}),
    ("softplus", {}),
    ("softsign", {}),
    ("swish", {}),
    ("tanh_shrink", {}),
    ("thresholded_relu", {}),
]


@case
def unary_activations(g):
    fetch_each(g, image(g, scale=8.0), ACTIVATIONS)


@case
def unary_activations_large(g):
    fetch_each(g, image(g, scale=80.0), ACTIVATIONS)


@case
def unary_activations_parameters(g):
    fetch_each(
        g,
        image(g, shape=(1, 17, 2, 3), scale=6.0),
        [
            ("brelu", dict(t_min=-1.0, t_max=1.5)),
            ("elu", dict(alpha=0.5)),
            ("hard_sigmoid", dict(slope=1 / 6, offset=0.5)),
            ("leaky_relu", dict(alpha=0.1)),
            ("softplus", dict(beta=2.0, threshold=5.0)),
            ("thresholded_relu", dict(threshold=-0.5)),
        ],
    )


@case
def unary_elementary(g):
    x = image(g)
    fetch_each(g, x, [(name, {}) for name in "abs ceil cos erf exp floor sign sin square".split()])
    y = g.feed("y", data=g.uniform([1, 9, 2, 3], 0.25, 9))
    fetch_each(g, y, [(name, {}) for name in "log reciprocal rsqrt sqrt round".split()])
    g.fetch(of(g, "pow", y, factor=0.75), of(g, "pow", x, factor=3.0))


@case
def unary_shrinking(g):
    table = [("celu", {}), ("hard_shrink", {}), ("softshrink", {}), ("stanh", {})]
    fetch_each(g, image(g), table)
    further = [
        ("celu", dict(alpha=0.5)),
        ("hard_shrink", dict(threshold=1.25)),
        ("softshrink", {"lambda": 0.75}),
        ("stanh", dict(scale_a=0.5, scale_b=2.0)),
    ]
    fetch_each(g, image(g, "y", (1, 17, 2, 3), scale=30.0), further)
    special = [NAN, INF, -INF, -0.0, 0.0, 0.5, -0.5, 3e37]
    fetch_each(g, g.feed("z", data=array(special, shape=(2, 4))), table)


@case
def unary_trigonometric(g):
    fetch_each(g, image(g), [(name, {}) for name in "asinh atan cosh expm1 sinh trunc".split()])
    y = g.feed("y", data=g.uniform([1, 9, 2, 3], -1, 1))
    fetch_each(g, y, [(name, {}) for name in "acos asin atanh log1p".split()])
    z = g.feed("z", data=g.uniform([1, 9, 2, 3], 1, 9))
    fetch_each(g, z, [(name, {}) for name in "acosh log10 log2".split()])
    g.fetch(of(g, "trunc", g.feed("n", data=array([-7, 0, 100], "int64"))))


@case
def unary_special_values(g):
    values = [NAN, INF, -INF, -0.0, 0.0, 3e37, -3e37, 88.5, -88.5, 0.5, -0.5, 1.0]
    x = g.feed("x", data=array(values, shape=(1, 2, 2, 3)))
    names = "abs ceil elu floor leaky_relu mish reciprocal relu6 sign silu swish hard_sigmoid gelu"
    fetch_each(g, x, [(name, {}) for name in names.split()])
    g.fetch(of(g, "clip", x, min=-1.0, max=2.0))


@case
def unary_integers(g):
    for name, dtype in (("x", "int32"), ("y", "int64")):
        x = g.feed(name, data=array([-7, -1, 0, 2, 100], dtype))
        fetch_each(g, x, [("abs", {}), ("sign", {}), ("square", {}), ("pow", dict(factor=2.0))])
        g.fetch(of(g, "clip", x, min=-1.0, max=50.0))


@case
def unary_rank_0(g):
    x = g.feed("x", data=np.float32(-1.75))
    fetch_each(g, x, [("abs", {}), ("floor", {}), ("silu", {}), ("leaky_relu", dict(alpha=0.25))])


@case
def clip_limits_from_tensors(g):
    x = image(g)
    least = g.feed("least", data=array([-0.75]))
    most = g.param(array([1.25]), "most.w_0")
    g.fetch(g.op("clip", {"X": x, "Min": least, "Max": most}, {"min": 9.0, "max": 10.0}))


@case
def dropout_in_both_modes(g):
    x = image(g)
    for mode in ("downgrade_in_infer", "upscale_in_train"):
        attrs = dict(dropout_prob=0.4, is_test=True, dropout_implementation=mode)
        g.fetch(g.op("dropout", {"X": x}, attrs, outputs={"Mask": None}))


# Functions of two operands

ARITHMETIC = ["sub", "div", "max", "min", "mod", "floordiv"]


def arithmetic(g, x, y, names=ARITHMETIC, **attrs):
    g.fetch(*(pair(g, "elementwise_" + name, x, y, **attrs) for name in names))


@case
def binary_images(g):
    arithmetic(g, image(g, "x"), image(g, "y"))


@case
def binary_channels_and_image(g):
    x, y = image(g, "x", [1, 5, 1, 1]), image(g, "y", [2, 5, 3, 4])
    arithmetic(g, x, y, ["sub", "div", "max", "min"])
    arithmetic(g, y, x, ["sub", "div", "max", "min"])


@case
def binary_both_repeated(g):
    arithmetic(g, image(g, "x", [2, 1, 3, 1]), image(g, "y", [5, 1, 4]))


@case
def binary_from_axis_1(g):
    arithmetic(g, image(g, "x", [2, 5, 3, 4]), image(g, "y", [5]), ["sub", "div"], axis=1)


@case
def binary_rank_6(g):
    arithmetic(g, image(g, "x", [2, 1, 2, 1, 2, 3]), image(g, "y", [1, 2, 1, 3, 1, 3]))


@case
def binary_rank_0(g):
    x, y = g.feed("x", data=np.float32(7.5)), g.feed("y", data=np.float32(-2.0))
    arithmetic(g, x, y)


@case
def binary_powers(g):
    x = g.feed("x", data=g.uniform([2, 3, 2, 2], 0.5, 3))
    arithmetic(g, x, image(g, "y", [3, 1, 1]), ["pow"])


def integers(g, dtype):
    x, y = feeds(
        g, dtype, x=[7, -7, 7, -7, 6, -6, 0, 5, 2**31 - 1], y=[2, 2, -2, -2, 3, 3, 5, -7, 10]
    )
    arithmetic(g, x, y)
    small, power = feeds(g, dtype, small=[2, -2, 3, 0, 7], power=[3, 3, -1, 0, 9])
    arithmetic(g, small, power, ["pow"])


@case
def binary_int32(g):
    integers(g, "int32")


@case
def binary_int64(g):
    integers(g, "int64")


@case
def binary_special_values(g):
    values = [NAN, 1, INF, -INF, 0.0, 0.0, INF, 5, -5, NAN, 3e38, -1]
    others = [1, NAN, INF, INF, 0.0, 1, 0, 0, 0, NAN, 3e38, INF]
    x = g.feed("x", data=array(values, shape=(1, 3, 2, 2)))
    y = g.feed("y", data=array(others, shape=(1, 3, 2, 2)))
    arithmetic(g, x, y, ["sub", "div", "max", "min"])
    arithmetic(g, x, y, ["fmax", "fmin"])


@case
def sum_of_several(g):
    x, y, z = image(g, "x"), image(g, "y"), image(g, "z")
    g.fetch(*(g.op("sum", {"X": several}) for several in ([x], [x, y], [x, y, z, x])))


# Comparisons and choices

COMPARISONS = "equal not_equal less_than less_equal greater_than greater_equal".split()
LOGIC = "logical_and logical_or logical_xor".split()


@case
def compare_special_values(g):
    x, y = feeds(
        g, "float32", x=[NAN, 1, INF, -INF, -0.0, 2, 3], y=[1, NAN, INF, INF, 0.0, 3, 2]
    )
    g.fetch(*(pair(g, name, x, y) for name in COMPARISONS + LOGIC))


@case
def compare_int64_repeated(g):
    x = g.feed("x", data=array(range(12), "int64", (3, 1, 4)))
    y = g.feed("y", data=array([1, 6], "int64", (2, 1)))
    g.fetch(*(pair(g, name, x, y) for name in COMPARISONS))


@case
def compare_truth_values(g):
    x, y = feeds(g, "bool", x=[True, False, True, False], y=[True, True, False, False])
    g.fetch(*(pair(g, name, x, y) for name in LOGIC + ["equal", "not_equal"]))
    g.fetch(of(g, "logical_not", x))


@case
def where_of_images(g):
    x, y = image(g, "x"), image(g, "y")
    g.fetch(g.op("where", {"Condition": pair(g, "less_than", x, y), "X": x, "Y": y}))


@case
def where_int64(g):
    x, y = feeds(g, "int64", x=[1, 2, 3], y=[-1, -2, -3])
    condition = g.feed("condition", data=array([True, False, True], "bool"))
    g.fetch(g.op("where", {"Condition": condition, "X": x, "Y": y}))


def prelu(g, x, alpha, **attrs):
    return g.op("prelu", {"X": x, "Alpha": g.param(g.uniform(alpha, -0.5, 0.5))}, attrs)


@case
def prelu_modes(g):
    x = image(g, shape=[2, 5, 3, 4])
    g.fetch(
        prelu(g, x, [1], mode="all", data_format="NCHW"),
        prelu(g, x, [5], mode="channel", data_format="NCHW"),
        prelu(g, x, [4], mode="channel", data_format="NHWC"),
        prelu(g, x, [1, 5, 3, 4], mode="element", data_format="NCHW"),
    )


# Tensors of sizes and numbers


@case
def fill_constant_shapes(g):
    x = g.feed("x", [2, 3, 4], spec=[-1, -1, -1])
    size = g.shape(x)
    one = g.slice(size, [0], [1], [2])
    for dtype in ("float32", "int64", "int32", "bool"):
        attrs = dict(dtype=TYPES[dtype], value=1.0)
        g.fetch(
            g.op("fill_constant", {}, dict(attrs, shape=[2, 3])),
            g.op("fill_constant", {"ShapeTensor": size}, dict(attrs, shape=[-1])),
            g.op("fill_constant", {"ShapeTensorList": [one, one]}, dict(attrs, shape=[-1, -1])),
        )
    g.fetch(
        g.op("fill_constant", {"ValueTensor": one}, dict(shape=[2], dtype=TYPES["float32"])),
        g.op("fill_constant", {}, dict(shape=[2], dtype=TYPES["float32"], str_value="-inf")),
        g.op("fill_constant", {}, dict(shape=[], dtype=TYPES["int64"], str_value="-7")),
    )


@case
def fill_like_another(g):
    x = g.feed("x", [2, 3, 4], spec=[-1, 3, -1])
    g.fetch(
        of(g, "fill_any_like", x, value=2.5, dtype=-1),
        of(g, "fill_any_like", x, value=1.0, dtype=TYPES["int64"]),
        g.op(
            "fill_constant_batch_size_like",
            {"Input": x},
            dict(shape=[7, -1], input_dim_idx=2, output_dim_idx=1, dtype=TYPES["float32"], value=0.5),
        ),
    )


@case
def range_and_linspace(g):
    x = g.feed("x", [2, 3, 5], spec=[-1, 3, -1])

    def number(value, dtype="float32"):
        return g.op("fill_constant", {}, dict(shape=[1], value=value, dtype=TYPES[dtype]))

    def steps(start, end, step):
        return g.op("range", {"Start": start, "End": end, "Step": step})

    size = g.slice(g.shape(x), [0], [2], [3])
    g.fetch(
        steps(number(0.0, "int32"), size, number(1.0, "int32")),
        steps(number(7.0, "int64"), number(-4.0, "int64"), number(-3.0, "int64")),
        steps(number(0.1), number(1.0), number(0.1)),
    )
    for dtype in ("float32", "int32"):
        limits = {"Start": number(-1.0, dtype), "Stop": number(6.0, dtype), "Num": size}
        g.fetch(g.op("linspace", limits, dict(dtype=TYPES[dtype])))


@case
def assign_value_types(g):
    x = g.feed("x", [1])
    g.fetch(
        of(g, "assign", x),
        g.op(
            "assign_value",
            {},
            dict(shape=[2, 1], dtype=TYPES["float32"], fp32_values=[0.25, -3.0]),
        ),
        g.op("assign_value", {}, dict(shape=[3], dtype=TYPES["int64"], int64_values=[1, 0, -9])),
        g.op("assign_value", {}, dict(shape=[2], dtype=TYPES["int32"], int32_values=[1, -9])),
        g.op("assign_value", {}, dict(shape=[2], dtype=TYPES["bool"], bool_values=[1, 0])),
        of(g, "increment", of(g, "assign", x), step=2.0),
    )


@case
def size_of_arithmetic(g):
    """Half the height and a third of the width, in tensors of sizes."""
    x = g.feed("x", [1, 2, 8, 9], spec=[-1, 2, -1, -1])
    size = g.shape(x)
    two = g.op("fill_constant", {}, dict(shape=[1], value=2.0, dtype=TYPES["int32"]))
    three = g.op("assign_value", {}, dict(shape=[1], dtype=TYPES["int32"], int32_values=[3]))
    height = pair(g, "elementwise_floordiv", g.slice(size, [0], [2], [3]), two)
    width = pair(g, "elementwise_div", g.slice(size, [0], [3], [4]), three)
    larger = pair(g, "elementwise_max", height, width)
    g.fetch(
        g.interp(
            "nearest_interp_v2",
            x,
            size_tensor=[larger, width],
            align_corners=False,
            out_h=-1,
            out_w=-1,
        ),
        larger,
    )


# Kinds of numbers, and bits


@case
def kinds_of_numbers(g):
    (x,) = feeds(g, "float32", x=[[0, -1.5, NAN, INF], [-INF, 3e38, -0.0, 1e-40]])
    (n,) = feeds(g, "int32", n=[1, -2])
    for value in (x, n):
        g.fetch(*(of(g, type, value) for type in ("isnan_v2", "isinf_v2", "isfinite_v2")))


@case
def bitwise_integers(g):
    x, y = feeds(g, "int32", x=[[5, -6, 7], [0, 2**30, -1]], y=[[3, 12, -7]])
    for type in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        g.fetch(pair(g, type, x, y))
    g.fetch(of(g, "bitwise_not", x))


@case
def bitwise_truths(g):
    x, y = feeds(g, "bool", x=[[True, False], [False, True]], y=[True, False])
    for type in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        g.fetch(pair(g, type, x, y))
    g.fetch(of(g, "bitwise_not", x))
