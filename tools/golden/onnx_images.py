# SPDX-License-Identifier: Apache-2.0
"""Golden cases of ONNX's operators that look at images through windows or resize them; see make_onnx.py."""

import numpy as np
from onnx_cases import CASES, COORDINATES, case, resize
from onnx_operators import put


def conv_transpose(**attributes):
    def build(net):
        group = attributes.get("group", 1)
        kernel = attributes.get("kernel_shape", [3, 3])
        x = net.input("x", (2, 4, 5, 6))
        put(net, "ConvTranspose", [x, net.random_weight(4, 6 // group, *kernel), net.random_weight(6)], **attributes)

    return 11, build


CASES["conv_transpose"] = conv_transpose(strides=[2, 2], pads=[1, 0, 1, 2])
CASES["conv_transpose_groups"] = conv_transpose(group=2, strides=[2, 1], output_padding=[1, 0], dilations=[1, 2])
CASES["conv_transpose_2x2"] = conv_transpose(kernel_shape=[2, 2], strides=[2, 2])
CASES["conv_transpose_same_upper"] = conv_transpose(auto_pad="SAME_UPPER", strides=[2, 2])
CASES["conv_transpose_same_small"] = conv_transpose(auto_pad="SAME_UPPER", kernel_shape=[2, 2], strides=[3, 3])
CASES["conv_transpose_same_lower"] = conv_transpose(auto_pad="SAME_LOWER", strides=[2, 2])


@case("conv_transpose_to_size")
def conv_transpose_to_size(net):
    """Full results are of 11x13."""
    x = net.input("x", (2, 4, 5, 6), [2, 4, "h", "w"])
    for auto_pad in ["NOTSET", "SAME_UPPER", "SAME_LOWER"]:
        for size in [[10, 12], [8, 13], [9, 10]]:
            shape = {"output_shape": size, "auto_pad": auto_pad}
            put(net, "ConvTranspose", [x, net.random_weight(4, 3, 3, 3)], strides=[2, 2], **shape)
    row = net.input("row", (1, 4, 6))
    put(net, "ConvTranspose", [row, net.random_weight(4, 2, 3)], strides=[2], output_shape=[10])


@case("conv_of_rows")
def conv_of_rows(net):
    x = net.input("x", (2, 4, 9), ["n", 4, "w"])
    put(net, "Conv", [x, net.random_weight(6, 4, 3), net.random_weight(6)], pads=[1, 2], strides=[2])
    put(net, "ConvTranspose", [x, net.random_weight(4, 3, 3)], strides=[2], output_padding=[1])


@case("pools_of_rows")
def pools_of_rows(net):
    x = net.input("x", (2, 4, 9), ["n", 4, "w"])
    put(net, "MaxPool", [x], kernel_shape=[3], strides=[2], pads=[1, 1])
    put(net, "AveragePool", [x], kernel_shape=[2])
    put(net, "GlobalAveragePool", [x])
    put(net, "GlobalMaxPool", [x])


@case("pools_of_volumes")
def pools_of_volumes(net):
    x = net.input("x", (2, 4, 3, 5, 6), ["n", 4, "d", "h", "w"])
    put(net, "GlobalAveragePool", [x])
    put(net, "GlobalMaxPool", [x])


@case("pools_that_begin_inside")
def pools_that_begin_inside(net):
    x = net.input("x", (1, 3, 5, 6))
    for kernel, stride, pad in [(2, 3, 1), (3, 2, 1), (1, 3, 0), (2, 2, 1)]:
        for op in ["MaxPool", "AveragePool"]:
            window = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad if pad < kernel else 0] * 4}
            put(net, op, [x], ceil_mode=1, **window)


@case("average_pool_include_uneven", 11)
def average_pool_include_uneven(net):
    x = net.input("x", (1, 3, 5, 6))
    put(net, "AveragePool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 1, 2], count_include_pad=1)


@case("average_pool_include_ceil", 19)
def average_pool_include_ceil(net):
    """A window that reaches beyond the padding counts what is inside of that."""
    x = net.input("x", (1, 3, 6, 8))
    for kernel, stride, pad in [(3, 2, 0), (3, 2, 1), (2, 3, 1), (4, 3, 2)]:
        window = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4}
        put(net, "AveragePool", [x], ceil_mode=1, count_include_pad=1, **window)


@case("grid_samples", 16)
def grid_samples(net):
    x, grid = net.input("x", (2, 3, 5, 6)), net.input("grid", (2, 4, 3, 2))
    grid = net.node("Mul", [grid, net.weight(np.float32(0.3))])
    for mode in ["bilinear", "nearest"]:
        for padding in ["zeros", "border", "reflection"]:
            for corners in [0, 1]:
                put(net, "GridSample", [x, grid], mode=mode, padding_mode=padding, align_corners=corners)


def way(mode, coordinates):
    return {"opset": 19, "mode": mode, "coordinate_transformation_mode": coordinates}


for coordinates in COORDINATES:
    CASES[f"resize_cubic_{coordinates}"] = resize(sizes=[1, 2, 8, 13], **way("cubic", coordinates))
    CASES[f"resize_cubic_{coordinates}_to_one"] = resize(sizes=[1, 2, 1, 4], **way("cubic", coordinates))
CASES["resize_cubic_by_scales"] = resize(scales=[1, 1, 1.7, 0.6], **way("cubic", "half_pixel"))
CASES["resize_linear_symmetric"] = resize(sizes=[1, 2, 9, 8], **way("linear", "half_pixel_symmetric"))
CASES["resize_linear_rows"] = resize(sizes=[2, 3, 11], shape=(2, 3, 7), **way("linear", "half_pixel"))
CASES["resize_nearest_rows"] = resize(
    scales=[1, 1, 2], shape=(2, 3, 7), nearest_mode="floor", **way("nearest", "asymmetric")
)
