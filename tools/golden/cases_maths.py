# SPDX-License-Identifier: Apache-2.0
"""Golden cases of what works along dimensions, of products of matrices, of normalisation, and of
what enlarges images."""

import functools

import numpy as np

from graph import BARE
from registry import rows

INT32, INT64 = 2, 3


def specials(shape):
    """NaN and infinities among ordinary numbers, one kind a row."""
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 7 - 3
    rows = array.reshape(-1, shape[-1])
    rows[1, 2] = np.nan
    rows[2, 1], rows[3, 0] = np.inf, -np.inf
    rows[4, :] = -np.inf
    return array


def feed(g, x, name="x"):
    """`x`: a shape, or an array."""
    if isinstance(x, np.ndarray):
        return g.feed(name, data=x)
    return g.feed(name, x)


def integers(shape, dtype):
    return (np.arange(np.prod(shape)) * 7 % 23 - 9).reshape(shape).astype(dtype)


def further(g, result, number):
    """Another output of the operator with that result."""
    return g.variable(result.name.replace(".tmp_0", f".tmp_{number}"))


def unary(g, type, x, out="Out", also=(), **attrs):
    """One operator; `also` are further outputs, and whether to fetch them."""
    outputs = {slot: None for slot, _ in also}
    result = g.op(type, {"X": feed(g, x)}, attrs, out=out, outputs=outputs)
    g.fetch(result)
    for i, (_, fetched) in enumerate(also, 1):
        if fetched:
            g.fetch(further(g, result, i))


def matmul(g, type, x, y, weight=False, **attrs):
    a = feed(g, x)
    b = g.param(g.uniform(y, -1, 1), "w") if weight else feed(g, y, "y")
    g.fetch(g.op(type, {"X": a, "Y": b}, attrs))


def normalized(g, type, x, channels, scale=True, bias=True, **attrs):
    inputs = {
        "X": g.feed("x", x),
        "Scale": g.param(g.uniform([channels], 0.5, 1.5), "scale") if scale else None,
        "Bias": g.param(g.uniform([channels], -1, 1), "bias") if bias else None,
    }
    saved = type == "instance_norm"
    outputs = {name: None for name in (["SavedMean", "SavedVariance"] if saved else ["Mean", "Variance"])}
    g.fetch(g.op(type, inputs, attrs, out="Y", outputs=outputs))


def conv_transpose(g, x, cout, kernel=3, type="conv2d_transpose", **attrs):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    source = g.feed("x", x)
    weight = g.param([x[1], cout // attrs.get("groups", 1), kh, kw], "w")
    g.fetch(g.op(type, {"Input": source, "Filter": weight}, attrs, out="Output"))


def grid_sample(g, x, out, **attrs):
    grid = g.uniform([x[0], *out, 2], -1.4, 1.4)
    inputs = {"X": g.feed("x", x), "Grid": g.param(grid, "grid")}
    g.fetch(g.op("grid_sampler", inputs, attrs, out="Output"))


def pool_and_back(g, x, ksize, strides, paddings=(0, 0), size=None, **attrs):
    attrs.update(ksize=list(ksize), strides=list(strides), paddings=list(paddings))
    source = g.feed("x", x)
    pooled = g.op("max_pool2d_with_index", {"X": source}, attrs, outputs={"Mask": None})
    mask = further(g, pooled, 1)
    g.fetch(pooled)
    g.fetch(mask)
    if size:
        back = {
            "ksize": list(ksize),
            "strides": list(strides),
            "paddings": list(paddings),
            "unpooling_type": "max",
            "output_size": list(size),
        }
        g.fetch(g.op("unpool", {"X": pooled, "Indices": mask}, back))


def interp(g, type, x, **attrs):
    g.fetch(g.interp(type, g.feed("x", x), **attrs))


def addmm(g, added, x, y, **attrs):
    inputs = {"Input": g.feed("added", added), "X": g.feed("x", x), "Y": g.feed("y", y)}
    g.fetch(g.op("addmm", inputs, attrs))


def einsum(g, equation, *shapes):
    operands = [g.feed(f"x{i}", list(shape)) for i, shape in enumerate(shapes)]
    g.fetch(g.op("einsum", {"Operands": operands}, {"equation": equation}, outputs={"InnerCache": None, "XShape": None}))


def einsum_row(equation, *shapes):
    return dict(build=lambda g: einsum(g, equation, *shapes))


# Images with their channels in the last dimension.


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


IMAGE = [2, 5, 4, 6]
TABLES = {
    "arg_max": (
        unary,
        dict(type="arg_max"),
        {
            "channels": dict(x=IMAGE, axis=1, dtype=INT64),
            "last_int32_keepdims": dict(x=IMAGE, axis=-1, dtype=INT32, keepdims=True),
            "flatten": dict(x=[3, 7], axis=0, dtype=INT64, flatten=True),
            "flatten_keepdims": dict(x=[3, 7], axis=0, dtype=INT64, flatten=True, keepdims=True),
            "ties": dict(x=np.ones([2, 3, 4], np.float32), axis=1, dtype=INT64),
            "special": dict(x=specials([6, 5]), axis=1, dtype=INT64),
            "int64": dict(x=np.arange(24, dtype=np.int64).reshape(4, 6) % 5, axis=0, dtype=INT64),
            "wide": dict(x=[1, 3, 2, 300], axis=1, dtype=INT32),
        },
    ),
    "arg_min": (
        unary,
        dict(type="arg_min"),
        {
            "channels": dict(x=IMAGE, axis=-3, dtype=INT64),
            "special": dict(x=specials([6, 5]), axis=1, dtype=INT32),
        },
    ),
    "softmax": (
        unary,
        dict(type="softmax"),
        {
            "axis_1": dict(x=IMAGE, axis=1),
            "last": dict(x=[3, 17], axis=-1),
            "first": dict(x=[5, 3, 2], axis=0),
            "default_axis": dict(x=[3, 6], style=BARE),
            "wide": dict(x=[1, 4, 1, 270], axis=1),
            "large": dict(x=np.array([[0, 100, 200], [-1e4, 0, 5]], np.float32), axis=1),
        },
    ),
    "log_softmax": (
        unary,
        dict(type="log_softmax"),
        {
            "axis_1": dict(x=IMAGE, axis=1),
            "large": dict(x=np.array([[0, 100, 200], [-1e4, 0, 5]], np.float32), axis=-1),
        },
    ),
    "reduce_mean": (
        unary,
        dict(type="reduce_mean"),
        {
            "channels": dict(x=IMAGE, dim=[1], keep_dim=True),
            "sides": dict(x=IMAGE, dim=[2, 3], keep_dim=True),
            "last": dict(x=IMAGE, dim=[-1], keep_dim=False),
            "apart": dict(x=[2, 3, 4, 5], dim=[0, 2], keep_dim=False),
            "apart_last": dict(x=[2, 3, 4, 5], dim=[-1, 1], keep_dim=True),
            "all": dict(x=[3, 5], reduce_all=True, dim=[0]),
            "all_keep": dict(x=[3, 5], reduce_all=True, dim=[0], keep_dim=True),
            "default": dict(x=[3, 5], style=BARE),
            "rank_6": dict(x=[2, 1, 3, 2, 2, 3], dim=[1, 3, 5], keep_dim=False),
        },
    ),
    "reduce": (
        unary,
        {},
        {
            "sum_channels": dict(type="reduce_sum", x=IMAGE, dim=[1]),
            "sum_int64": dict(type="reduce_sum", x=np.arange(12, dtype=np.int64).reshape(3, 4), dim=[1]),
            "max_sides": dict(type="reduce_max", x=IMAGE, dim=[2, 3], keep_dim=True),
            "max_int32": dict(type="reduce_max", x=np.arange(12, dtype=np.int32).reshape(3, 4), dim=[0]),
            "min_last": dict(type="reduce_min", x=IMAGE, dim=[-1]),
            "min_infinite": dict(
                type="reduce_min", x=np.array([[np.inf, np.inf], [1, -np.inf]], np.float32), dim=[1]
            ),
            "prod": dict(type="reduce_prod", x=[4, 5], dim=[0]),
            "amax": dict(type="reduce_amax", x=IMAGE, dim=[1, 2]),
            "amin": dict(type="reduce_amin", x=IMAGE, dim=[1]),
            "mean_int32": dict(type="reduce_mean", x=integers([4, 3, 5], "int32"), dim=[1]),
            "mean_int64": dict(type="reduce_mean", x=integers([3, 7], "int64"), dim=[0, 1], reduce_all=True),
            "frobenius": dict(type="frobenius_norm", x=IMAGE, dim=[2, 3]),
            "logsumexp": dict(type="logsumexp", x=IMAGE, axis=[1]),
            "logsumexp_large": dict(
                type="logsumexp", x=np.array([[1e4, 1e4], [-np.inf, -np.inf]], np.float32), axis=[1]
            ),
        },
    ),
    "cumsum": (
        unary,
        dict(type="cumsum"),
        {
            "axis_1": dict(x=IMAGE, axis=1),
            "flatten": dict(x=[3, 4], axis=-1, flatten=True),
            "exclusive_reverse": dict(x=[3, 4], axis=-1, exclusive=True, reverse=True),
            "int64": dict(x=np.arange(12, dtype=np.int64).reshape(3, 4), axis=0, reverse=True),
        },
    ),
    "cumprod": (
        unary,
        dict(type="cumprod"),
        {
            "axis_1": dict(x=IMAGE, dim=1),
            "last": dict(x=[3, 7], dim=-1),
            "int64": dict(x=np.arange(12, dtype=np.int64).reshape(3, 4) - 5, dim=0),
        },
    ),
    "addmm": (
        addmm,
        {},
        {
            "plain": dict(added=[5, 3], x=[5, 7], y=[7, 3], Alpha=1.0, Beta=1.0),
            "row": dict(added=[1, 3], x=[5, 7], y=[7, 3], Alpha=0.5, Beta=-2.0),
            "column": dict(added=[5, 1], x=[5, 7], y=[7, 3], Alpha=2.0, Beta=0.25),
        },
    ),
    "dot": (
        matmul,
        dict(type="dot"),
        {"vectors": dict(x=[9], y=[9]), "rows": dict(x=[4, 9], y=[4, 9])},
    ),
    "einsum": (
        lambda g, build: build(g),
        {},
        {
            "masks": einsum_row("lbqc,bchw->lbqhw", [2, 1, 3, 4], [1, 4, 2, 5]),
            "classes": einsum_row("qc,qhw->chw", [5, 4], [5, 3, 2]),
            "matrix_by_vector": einsum_row("bij,bj->bi", [2, 3, 4], [2, 4]),
            "turned": einsum_row("ij,jk->ki", [3, 5], [5, 2]),
            "outer": einsum_row("i,j->ij", [3], [4]),
            "sum": einsum_row("ijk->ki", [2, 3, 4]),
            "trace": einsum_row("ii->", [4, 4]),
            "rest": einsum_row("...ij,...jk->...ik", [2, 1, 3, 4], [2, 2, 4, 5]),
            "rows": einsum_row("bi,bi->b", [3, 6], [3, 6]),
            "two_sums": einsum_row("abc,abd->cd", [2, 3, 4], [2, 3, 5]),
            "sums_apart": einsum_row("abc,bad->cd", [2, 3, 4], [3, 2, 5]),
        },
    ),
    "channels_last": (
        channels_last,
        {},
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
    ),
    "p_norm": (
        unary,
        dict(type="p_norm"),
        {
            "2": dict(x=IMAGE, porder=2.0, axis=1, keepdim=True),
            "1": dict(x=IMAGE, porder=1.0, axis=-1, keepdim=False),
            "3": dict(x=[3, 7], porder=3.0, axis=0),
            "0": dict(x=np.array([[0, 1, 0], [2, 0, 0]], np.float32), porder=0.0, axis=1),
            "infinite": dict(x=[3, 7], porder=float("inf"), axis=1),
            "minus_infinite": dict(x=[3, 7], porder=float("-inf"), axis=1),
            "vector": dict(x=[3, 7], porder=2.0, axis=-1, asvector=True),
        },
    ),
    "norm": (
        functools.partial(unary, also=[("Norm", False)]),
        dict(type="norm", is_test=True),
        {"axis_1": dict(x=IMAGE, axis=1, epsilon=1e-10), "last": dict(x=[3, 7], axis=-1, epsilon=0.1)},
    ),
    "top_k_v2": (
        functools.partial(unary, also=[("Indices", True)]),
        dict(type="top_k_v2"),
        {
            "largest": dict(x=IMAGE, k=3, axis=1, largest=True, sorted=True),
            "smallest": dict(x=[3, 11], k=4, axis=-1, largest=False, sorted=True),
            "1": dict(x=[2, 3, 5], k=1, axis=2, largest=True, sorted=True),
        },
    ),
    "argsort": (
        functools.partial(unary, also=[("Indices", True)]),
        dict(type="argsort"),
        {
            "descending": dict(x=[3, 9], axis=-1, descending=True),
            "axis_1": dict(x=IMAGE, axis=1, descending=False),
            "special": dict(x=specials([6, 5]), axis=1, descending=True),
        },
    ),
    "matmul_v2": (
        matmul,
        dict(type="matmul_v2"),
        {
            "2d": dict(x=[5, 7], y=[7, 3]),
            "weight": dict(x=[2, 9, 40], y=[40, 33], weight=True),
            "transposed_x": dict(x=[2, 7, 5], y=[2, 7, 3], trans_x=True, trans_y=False),
            "transposed_y": dict(x=[2, 3, 5, 7], y=[2, 3, 4, 7], trans_x=False, trans_y=True),
            "both_transposed": dict(x=[7, 5], y=[3, 7], trans_x=True, trans_y=True),
            "broadcast": dict(x=[2, 1, 5, 7], y=[3, 7, 4]),
            "vector_by_matrix": dict(x=[7], y=[2, 7, 4]),
            "matrix_by_vector": dict(x=[2, 5, 7], y=[7]),
            "vectors": dict(x=[7], y=[7]),
            "tall": dict(x=[67, 35], y=[35, 130]),
            "int32": dict(x=integers([2, 3, 5], "int32"), y=integers([5, 4], "int32")),
            "int64": dict(x=integers([3, 5], "int64"), y=integers([4, 5], "int64"), trans_y=True),
        },
    ),
    "matmul_old": (
        matmul,
        dict(type="matmul"),
        {
            "alpha": dict(x=[2, 5, 7], y=[2, 4, 7], transpose_X=False, transpose_Y=True, alpha=0.25),
            "weight": dict(x=[2, 5, 7], y=[7, 4], weight=True, transpose_X=False, transpose_Y=False),
        },
    ),
    "mul": (
        matmul,
        dict(type="mul", weight=True),
        {
            "2d": dict(x=[5, 7], y=[7, 3], x_num_col_dims=1, y_num_col_dims=1),
            "image": dict(x=[2, 3, 2, 2], y=[12, 5], x_num_col_dims=1, y_num_col_dims=1),
            "rows": dict(x=[2, 3, 6], y=[2, 3, 4], x_num_col_dims=2, y_num_col_dims=2),
        },
    ),
    "bmm": (matmul, dict(type="bmm"), {"3d": dict(x=[3, 4, 6], y=[3, 6, 5])}),
    "layer_norm": (
        functools.partial(normalized, type="layer_norm"),
        dict(epsilon=1e-5),
        {
            "last": dict(x=[2, 3, 20], channels=20, begin_norm_axis=2),
            "from_1": dict(x=[2, 3, 4], channels=12, begin_norm_axis=1),
            "plain": dict(x=[2, 3, 4], channels=0, begin_norm_axis=2, scale=False, bias=False),
            "scale_alone": dict(x=[2, 9], channels=9, begin_norm_axis=1, bias=False),
        },
    ),
    "instance_norm": (
        functools.partial(normalized, type="instance_norm"),
        dict(epsilon=1e-5),
        {
            "image": dict(x=IMAGE, channels=5),
            "plain": dict(x=IMAGE, channels=0, scale=False, bias=False),
            "rank_3": dict(x=[2, 3, 7], channels=3),
        },
    ),
    "group_norm": (
        functools.partial(normalized, type="group_norm"),
        dict(epsilon=1e-5, data_layout="NCHW"),
        {
            "2_groups": dict(x=[2, 6, 3, 5], channels=6, groups=2),
            "1_group": dict(x=[2, 6, 3, 5], channels=6, groups=1),
            "plain": dict(x=[2, 6, 3, 5], channels=0, groups=3, scale=False, bias=False),
        },
    ),
    "conv2d_transpose": (
        conv_transpose,
        {},
        {
            "k2_s2": dict(x=[1, 5, 4, 6], cout=3, kernel=2, strides=[2, 2]),
            "k4_s2_p1": dict(x=[2, 4, 5, 3], cout=6, kernel=4, strides=[2, 2], paddings=[1, 1]),
            "k3_output_padding": dict(
                x=[1, 4, 4, 5], cout=2, strides=[2, 2], paddings=[1, 1], output_padding=[1, 0]
            ),
            "k3_output_size": dict(
                x=[1, 4, 4, 5], cout=2, strides=[2, 2], paddings=[1, 1], output_size=[8, 9]
            ),
            "dilation": dict(x=[1, 3, 5, 4], cout=4, dilations=[2, 3], paddings=[1, 2]),
            "stride_3x1": dict(x=[1, 3, 3, 4], cout=4, kernel=(2, 3), strides=[3, 1]),
            "pads_of_4": dict(x=[1, 3, 4, 4], cout=4, strides=[2, 2], paddings=[0, 1, 2, 0]),
            "groups": dict(x=[1, 6, 4, 5], cout=4, groups=2, strides=[2, 2], paddings=[1, 1]),
            "same": dict(x=[1, 3, 5, 4], cout=4, kernel=4, strides=[2, 2], padding_algorithm="SAME"),
            "valid": dict(
                x=[1, 3, 5, 4], cout=4, strides=[2, 2], paddings=[1, 1], padding_algorithm="VALID"
            ),
            "depthwise": dict(
                x=[1, 4, 5, 4], cout=4, groups=4, strides=[2, 2], type="depthwise_conv2d_transpose"
            ),
        },
    ),
    "pool_with_index": (
        pool_and_back,
        {},
        {
            "k2_s2": dict(x=[2, 3, 6, 8], ksize=(2, 2), strides=(2, 2), size=(6, 8)),
            "odd": dict(x=[1, 2, 7, 5], ksize=(2, 2), strides=(2, 2), size=(7, 5)),
            "k3_s2_p1": dict(x=[1, 3, 7, 6], ksize=(3, 3), strides=(2, 2), paddings=(1, 1)),
            "adaptive": dict(x=[1, 3, 7, 5], ksize=(3, 2), strides=(1, 1), adaptive=True),
            "global": dict(x=[1, 3, 4, 5], ksize=(1, 1), strides=(1, 1), global_pooling=True),
        },
    ),
    "grid_sampler": (
        grid_sample,
        {},
        {
            f"{mode}_{padding}{'_corners' if corners else ''}": dict(
                x=[2, 3, 5, 6], out=(4, 5), mode=mode, padding_mode=padding, align_corners=corners
            )
            for mode in ("bilinear", "nearest")
            for padding in ("zeros", "border", "reflection")
            for corners in (False, True)
        },
    ),
    "bicubic_interp_v2": (
        functools.partial(interp, type="bicubic_interp_v2"),
        {},
        {
            "up": dict(x=[1, 2, 4, 5], out_h=9, out_w=7, align_corners=False),
            "down": dict(x=[1, 2, 9, 8], out_h=4, out_w=5, align_corners=False),
            "corners": dict(x=[1, 2, 4, 5], out_h=7, out_w=9, align_corners=True),
            "scale": dict(x=[1, 2, 4, 5], scale=[2.0, 1.5], align_corners=False),
        },
    ),
    "linear_interp_v2": (
        functools.partial(interp, type="linear_interp_v2"),
        {},
        {
            "up": dict(x=[2, 3, 7], out_w=12, align_corners=False, align_mode=0),
            "mode_1": dict(x=[2, 3, 7], out_w=12, align_corners=False, align_mode=1),
            "corners_scale": dict(x=[2, 3, 7], scale=[2.0], align_corners=True),
        },
    ),
}


for family, (build, common, table) in TABLES.items():
    rows(family, functools.partial(build, **common), table)
