# SPDX-License-Identifier: Apache-2.0
"""Cases of the operators that move elements, rename shapes, and take elements by number.

A row is an operator with its inputs and attributes; `count` is how many results it has.
"""

import functools

import numpy as np

from blocks import INT_MAX
from registry import rows


def data_of(g, spec):
    """A feed: a list is a shape of floats, an array is itself."""
    return g.uniform(spec, -2, 2) if isinstance(spec, list) else spec


def longs(*values):
    return np.array(values, "int64")


def numbers(shape, dtype):
    return (np.arange(np.prod(shape)) * 7 % 23 - 9).reshape(shape).astype(dtype)


def moved(g, type, inputs, attrs=None, out="Out", count=1, params=None):
    """`inputs` are fed, or joined where there is a list of them; `params` are constants."""
    slots = {}
    for slot, spec in inputs.items():
        many = spec if isinstance(spec, tuple) else (spec,)
        slots[slot] = [g.feed(f"{slot.lower()}{i}", data=data_of(g, s)) for i, s in enumerate(many)]
    for slot, spec in (params or {}).items():
        many = spec if isinstance(spec, tuple) else (spec,)
        slots[slot] = [g.param(s) for s in many]
    g.fetch(*g.ops(type, slots, attrs, out, count))


def x(spec, **attrs):
    return dict(inputs={"X": spec}, attrs=attrs)


TABLE = {
    "flatten_contiguous_range": {
        "middle": x([2, 3, 4, 5], start_axis=1, stop_axis=2),
        "negative": x([2, 3, 4, 5], start_axis=-3, stop_axis=-1),
        "0d": x(np.float32(1.5).reshape([]), start_axis=0, stop_axis=-1),
    },
    "flatten2": {"axis_2": x([2, 3, 4, 5], axis=2)},
    "squeeze2": {
        "given": x([1, 3, 1, 5], axes=[0, -2]),
        "not_1": x([1, 3, 1, 5], axes=[1, 2]),
        "all": x(numbers([1, 3, 1], "int64"), axes=[]),
        "to_0d": x([1, 1], axes=[0, 1]),
    },
    "unsqueeze2": {
        "several": x([3, 4], axes=[0, -1, 2]),
        "of_0d": x(np.float32(2.5).reshape([]), axes=[0]),
        "tensor": dict(inputs={"X": [3, 4]}, attrs={"axes": []}, params={"AxesTensor": np.array([1, -1], "int32")}),
    },
    "transpose2": {
        "nchw_to_nhwc": x([2, 3, 17, 5], axis=[0, 2, 3, 1]),
        "of_2": x([19, 35], axis=[1, 0]),
        "of_6": x(numbers([2, 3, 1, 2, 4, 2], "int64"), axis=[5, 0, 3, 1, 4, 2]),
        "bool": x(numbers([3, 4, 5], "int32") > 0, axis=[2, 1, 0]),
        "heads": x([1, 7, 4, 8], axis=[0, 2, 1, 3]),
    },
    "expand_v2": {
        "dimensions": x([1, 3, 1], shape=[4, -1, 5]),
        "new_dimensions": x([3, 1], shape=[2, 2, -1, 4]),
        "of_0d": x(np.int32(7).reshape([]), shape=[2, 3]),
        "tensors": dict(
            inputs={"X": [1, 3]},
            attrs={"shape": [-1, -1]},
            params={"expand_shapes_tensor": (np.array([4], "int32"), np.array([3], "int32"))},
        ),
    },
    "expand_as_v2": {
        "like": dict(inputs={"X": [3, 1], "Y": [2, 3, 4]}, attrs={"target_shape": [2, 3, 4]})
    },
    "tile": {
        "all": x([2, 3], repeat_times=[2, 3]),
        "fewer_repeats": x([2, 3, 2], repeat_times=[2]),
        "more_repeats": x(numbers([3], "int32"), repeat_times=[2, 1, 2]),
        "tensor": dict(
            inputs={"X": [2, 3]}, attrs={"repeat_times": []}, params={"RepeatTimes": np.array([1, 2], "int32")}
        ),
    },
    "strided_slice": {
        "steps": dict(
            inputs={"Input": [5, 7]},
            attrs=dict(axes=[0, 1], starts=[0, -6], ends=[INT_MAX, -1], strides=[2, 3], infer_flags=[1, 1]),
        ),
        "to_the_first": dict(
            inputs={"Input": [5, 7]},
            attrs=dict(axes=[0, 1], starts=[INT_MAX, 5], ends=[-1, -1], strides=[-1, -2], infer_flags=[1, 1]),
        ),
        "before_the_first": dict(
            inputs={"Input": [5]},
            attrs=dict(axes=[0], starts=[4], ends=[-9], strides=[-1], infer_flags=[1]),
        ),
        "decreased": dict(
            inputs={"Input": numbers([4, 5], "int64")},
            attrs=dict(
                axes=[0, 1], starts=[1, 4], ends=[2, 0], strides=[1, -3], infer_flags=[1, 1], decrease_axis=[0]
            ),
        ),
    },
    "flip": {"both": x([2, 3, 4], axis=[0, -1])},
    "roll": {
        "axes": x([3, 4, 5], shifts=[1, -7], axis=[0, -1]),
        "flat": x(numbers([3, 4], "int64"), shifts=[5], axis=[]),
    },
    "channel_shuffle": {
        "nchw": x([2, 6, 3, 4], groups=3, data_format="NCHW"),
        "nhwc": x([1, 3, 4, 6], groups=2, data_format="NHWC"),
    },
    "shuffle_channel": {"old": x([1, 6, 2, 3], group=2)},
    "pixel_shuffle": {
        "nchw": x([2, 12, 3, 4], upscale_factor=2, data_format="NCHW"),
        "nhwc": x([1, 3, 2, 18], upscale_factor=3, data_format="NHWC"),
    },
    "pixel_unshuffle": {
        "nchw": x([2, 3, 4, 6], downscale_factor=2, data_format="NCHW"),
        "nhwc": x([1, 6, 3, 2], downscale_factor=3, data_format="NHWC"),
    },
    "split": {
        "num": dict(**x([2, 6, 3], axis=1, num=3, sections=[]), count=3),
        "sections": dict(**x([2, 3, 7], axis=2, num=0, sections=[2, -1, 1]), count=3),
        "int64": dict(**x(numbers([4, 2], "int64"), axis=0, num=0, sections=[1, 3]), count=2),
        "tensors": dict(
            inputs={"X": [5, 6]},
            attrs={"axis": 0, "num": 0, "sections": [-1, -1]},
            params={
                "AxisTensor": np.array([1], "int32"),
                "SectionsTensorList": (np.array([2], "int32"), np.array([4], "int32")),
            },
            count=2,
        ),
    },
    "unbind": {"axis_1": dict(**x([2, 3, 4], axis=1), count=3)},
    "unstack": {"last": dict(**x([2, 3], axis=-1, num=3), out="Y", count=3)},
    "stack": {
        "axis_1": dict(inputs={"X": ([2, 3], [2, 3], [2, 3])}, attrs={"axis": 1}, out="Y"),
        "last_of_0d": dict(
            inputs={"X": (np.int64(3).reshape([]), np.int64(4).reshape([]))}, attrs={"axis": -1}, out="Y"
        ),
    },
    "meshgrid": {"three": dict(inputs={"X": ([2], [3], [4])}, count=3)},
    "gather": {
        "axis_0": dict(inputs={"X": [5, 3], "Index": longs(4, 0, 4)}, attrs={"axis": 0}),
        "axis_1": dict(inputs={"X": [2, 5, 3], "Index": np.array([1, 4], "int32")}, attrs={"axis": 1}),
        "0d": dict(inputs={"X": [4, 3], "Index": np.int64(2).reshape([])}, attrs={"axis": 0}),
        "axis_tensor": dict(
            inputs={"X": [3, 4], "Index": longs(3, 1)}, attrs={"axis": 0}, params={"Axis": np.array([1], "int32")}
        ),
    },
    "gather_nd": {
        "elements": dict(inputs={"X": [3, 4], "Index": np.array([[0, 1], [2, 3]], "int64")}),
        "slices": dict(inputs={"X": [3, 4], "Index": np.array([[[2], [0]]], "int32")}),
    },
    "index_sample": {
        "rows": dict(inputs={"X": [2, 5], "Index": np.array([[4, 0, 0], [1, 2, 3]], "int32")}),
        "numbers": dict(inputs={"X": numbers([3, 4], "int64"), "Index": np.array([[3], [0], [2]], "int64")}),
    },
    "index_select": {"last": dict(inputs={"X": [2, 4], "Index": longs(3, 3, 0)}, attrs={"dim": -1})},
    "take_along_axis": {
        "axis_1": dict(
            inputs={"Input": [2, 4], "Index": np.array([[3, 0, 0], [1, 2, 3]], "int64")},
            attrs={"Axis": 1},
            out="Result",
        )
    },
    "scatter": {
        "overwrite": dict(
            inputs={"X": [4, 3], "Ids": longs(2, 0, 2), "Updates": [3, 3]}, attrs={"overwrite": True}
        ),
        "sum": dict(
            inputs={"X": [4, 2, 3], "Ids": np.array([[1], [3], [1]], "int32"), "Updates": [3, 2, 3]},
            attrs={"overwrite": False},
        ),
        "numbers": dict(
            inputs={"X": numbers([5], "int64"), "Ids": longs(4, 1), "Updates": longs(70, 80)},
            attrs={"overwrite": True},
        ),
    },
    "scatter_nd_add": {
        "elements": dict(inputs={"X": [3, 4], "Index": np.array([[0, 1], [2, 3], [0, 1]], "int64"), "Updates": [3]}),
        "slices": dict(inputs={"X": [3, 4], "Index": np.array([[[2], [0]]], "int32"), "Updates": [1, 2, 4]}),
    },
    "put_along_axis": {
        name: dict(
            inputs={"Input": [2, 4], "Index": np.array([[3, 0, 3], [1, 1, 2]], "int64"), "Value": [2, 3]},
            attrs={"Axis": 1, "Reduce": reduce, "Include_self": own},
            out="Result",
        )
        for name, reduce, own in [
            ("assign", "assign", True),
            ("add", "add", True),
            ("mul", "mul", True),
            ("largest", "amax", True),
            ("add_alone", "add", False),
            ("smallest_alone", "amin", False),
            ("mean", "mean", True),
            ("mean_alone", "mean", False),
        ]
    }
    | {
        "mean_of_numbers": dict(
            inputs={"Input": longs(9, 4, 7), "Index": longs(2, 2, 0), "Value": longs(5, 2, 8)},
            attrs={"Axis": 0, "Reduce": "mean", "Include_self": True},
            out="Result",
        )
    },
    "one_hot_v2": {
        "float": x(longs(1, 0, 3), depth=4, dtype=5, allow_out_of_range=False),
        "matrix": x(np.array([[1, 2], [0, 1]], "int32"), depth=3, dtype=5, allow_out_of_range=False),
    },
    "set_value": {
        "number": dict(
            inputs={"Input": [3, 4]},
            attrs=dict(
                dtype=5, axes=[1], starts=[0], ends=[4], steps=[2], decrease_axes=[], none_axes=[],
                shape=[1], values=[2.5],
            ),
        ),
        "tensor": dict(
            inputs={"Input": [3, 4, 2], "ValueTensor": [3, 1]},
            attrs=dict(
                dtype=5, axes=[1], starts=[-2], ends=[-1], steps=[1], decrease_axes=[1], none_axes=[], shape=[],
            ),
        ),
        "int64": dict(
            inputs={"Input": numbers([6], "int64")},
            attrs=dict(
                dtype=3, axes=[0], starts=[1], ends=[4], steps=[1], decrease_axes=[], none_axes=[],
                shape=[3], values=[7, 8, 9],
            ),
        ),
    },
    "crop_tensor": {
        "box": x([3, 5, 6], shape=[2, 3, 4], offsets=[1, 0, 2]),
        "to_the_end": x(numbers([2, 5, 4], "int64"), shape=[-1, 2, -1], offsets=[0, 1, 2]),
        "tensors": dict(
            inputs={"X": [3, 5]},
            attrs=dict(shape=[-1, -1], offsets=[0, 0]),
            params={"Shape": np.array([2, 3], "int32"), "Offsets": np.array([1, 2], "int32")},
        ),
    },
    "diag_v2": {
        "vector": x([4], offset=0, padding_value=0.0),
        "vector_above": x([3], offset=2, padding_value=0.5),
        "vector_below": x(numbers([3], "int64"), offset=-1, padding_value=7.0),
        "of_infinity": x(np.full([3], np.inf, "float32"), offset=0, padding_value=0.0),
        "matrix": x([3, 5], offset=0, padding_value=0.0),
        "matrix_above": x([3, 5], offset=3, padding_value=0.0),
        "matrix_below": x(numbers([4, 2], "int32"), offset=-1, padding_value=0.0),
    },
    "repeat_interleave": {
        "middle": x([2, 3, 4], Repeats=3, dim=1),
        "last": x(numbers([2, 3], "int64"), Repeats=2, dim=1),
        "first": x([3, 2], Repeats=2, dim=0),
    },
    "tril_triu": {
        "lower": x([2, 3, 5], diagonal=1, lower=True),
        "upper": x(numbers([4, 3], "int64"), diagonal=-1, lower=False),
    },
    "unfold": {
        "padded": dict(
            **x([2, 3, 5, 6], kernel_sizes=[3, 2], strides=[2, 1], paddings=[1, 0, 2, 1], dilations=[1, 2]),
            out="Y",
        )
    },
    "size": {"of": dict(inputs={"Input": [2, 3, 5]})},
    "pad": {"of_3": x([2, 3, 2], paddings=[1, 0, 0, 2, 3, 1], pad_value=0.5)},
    "pad3d": {
        "constant": x([1, 2, 2, 3, 4], paddings=[1, 0, 2, 1, 0, 3], mode="constant", value=0.25, data_format="NCDHW"),
        "reflect": x([1, 2, 3, 3, 4], paddings=[3, 1, 2, 0, 1, 2], mode="reflect", value=0.0, data_format="NCDHW"),
        "replicate": x([1, 2, 2, 3, 4], paddings=[5, 1, 2, 0, 1, 2], mode="replicate", value=0.0, data_format="NCDHW"),
        "circular_ndhwc": x(
            [1, 2, 3, 4, 2], paddings=[4, 1, 2, 0, 1, 2], mode="circular", value=0.0, data_format="NDHWC"
        ),
    },
}


for type, table in TABLE.items():
    rows(type, functools.partial(moved, type=type), table)
