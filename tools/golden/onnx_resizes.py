# SPDX-License-Identifier: Apache-2.0
"""Golden cases of Resize beside the common forms for images; see make_onnx.py."""

import numpy as np
from onnx_cases import case, ints
from onnx_operators import put


def by_scales(net, x, *scales, region="", **attributes):
    put(net, "Resize", [x, region, net.weight(np.float32(scales))], **attributes)


def by_sizes(net, x, *sizes, region="", **attributes):
    put(net, "Resize", [x, region, "", net.weight(ints(*sizes))], **attributes)


@case("resample_antialias", 18)
def resample_antialias(net):
    x = net.input("x", (2, 3, 13, 9), ["n", 3, "h", "w"])
    for mode in ["linear", "cubic"]:
        for coordinates in ["half_pixel", "align_corners", "asymmetric"]:
            by_sizes(net, x, 5, 4, mode=mode, coordinate_transformation_mode=coordinates, antialias=1, axes=[2, 3])
        by_scales(net, x, 0.37, 1.8, mode=mode, antialias=1, axes=[2, 3])
        by_scales(net, x, 1, 1, 0.08, 0.5, mode=mode, antialias=1)
    by_sizes(net, x, 4, 4, mode="cubic", antialias=1, axes=[2, 3], exclude_outside=1, cubic_coeff_a=-0.5)


@case("resample_crops", 13)
def resample_crops(net):
    """Partly outside; an axis of the same size is not cropped here, which ONNX Runtime does not do."""
    x = net.input("x", (1, 2, 6, 8))
    region = net.weight(np.float32([0, 0, 0.1, -0.2, 1, 1, 0.9, 0.7]))
    for mode in ["nearest", "linear", "cubic"]:
        for sizes in [(1, 2, 5, 7), (1, 2, 9, 12), (1, 2, 1, 1)]:
            by_sizes(
                net,
                x,
                *sizes,
                region=region,
                mode=mode,
                coordinate_transformation_mode="tf_crop_and_resize",
                extrapolation_value=1.5,
            )
    computed = net.input("region", (8,), value=np.float32([0, 0, 0, 0.25, 1, 1, 0.5, 1.25]))
    by_scales(
        net, x, 1, 1, 2, 1.5, region=computed, mode="linear", coordinate_transformation_mode="tf_crop_and_resize"
    )


@case("resample_aspect", 18)
def resample_aspect(net):
    x = net.input("x", (1, 2, 6, 9), [1, 2, "h", "w"])
    for policy in ["not_larger", "not_smaller"]:
        for mode in ["nearest", "linear", "cubic"]:
            by_sizes(net, x, 10, 7, mode=mode, keep_aspect_ratio_policy=policy, axes=[2, 3])
        by_sizes(net, x, 7, 10, mode="linear", keep_aspect_ratio_policy=policy, axes=[3, 2])


@case("resample_symmetric", 19)
def resample_symmetric(net):
    x = net.input("x", (1, 2, 7, 5))
    for mode in ["nearest", "linear", "cubic"]:
        by_scales(net, x, 1, 1, 1.3, 0.7, mode=mode, coordinate_transformation_mode="half_pixel_symmetric")


@case("resample_cubic_kernels", 13)
def resample_cubic_kernels(net):
    x = net.input("x", (1, 2, 6, 5))
    for a in [-0.5, -0.75]:
        for exclude in [0, 1]:
            for coordinates in ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]:
                by_sizes(
                    net,
                    x,
                    *(1, 2, 9, 3),
                    mode="cubic",
                    cubic_coeff_a=a,
                    exclude_outside=exclude,
                    coordinate_transformation_mode=coordinates,
                )


@case("resample_other_axes", 18)
def resample_other_axes(net):
    x, v, row = net.input("x", (2, 3, 4, 5)), net.input("v", (1, 2, 3, 4, 5)), net.input("row", (6,))
    for rounding in ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]:
        by_sizes(net, x, 3, 5, 4, 5, mode="nearest", nearest_mode=rounding)
        by_scales(net, row, 1.7, mode="nearest", nearest_mode=rounding)
    by_sizes(net, v, 4, 3, 7, mode="linear", axes=[2, 3, 4])
    by_scales(net, v, 0.5, 2, mode="nearest", axes=[-4, -1])
