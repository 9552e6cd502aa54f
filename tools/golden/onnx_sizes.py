# SPDX-License-Identifier: Apache-2.0
"""Golden cases of what PyTorch's exporters compute of sizes; see make_onnx.py."""

import numpy as np
from onnx import numpy_helper
from onnx_cases import case, ints
from onnx_operators import put


def size(net, x, axis):
    return net.node("Gather", [net.node("Shape", [x]), net.weight(ints(axis))])


@case("pads_of_declared_sizes", 13)
def pads_of_declared_sizes(net):
    """Up to a multiple of 4, as windows of attention need it; every size is declared."""
    x = net.input("x", (1, 5, 6, 2))
    four, zeros = net.weight(ints(4)), net.weight(ints(0, 0, 0, 0, 0))
    more = [net.node("Mod", [net.node("Sub", [four, size(net, x, axis)]), four]) for axis in [1, 2]]
    pads = net.node("Concat", [zeros, *more, net.weight(ints(0))], axis=0)
    put(net, "Pad", [x, pads])


@case("pads_of_open_sizes", 13)
def pads_of_open_sizes(net):
    """Up to the size of another image, as U-Nets do before they join two."""
    x, y = net.input("x", (2, 3, 4, 5), ["n", 3, "h", "w"]), net.input("y", (1, 2, 7, 8), [1, 2, "h2", "w2"])
    more = [net.node("Sub", [size(net, y, axis), size(net, x, axis)]) for axis in [2, 3]]
    front = [net.node("Div", [m, net.weight(ints(2))]) for m in more]
    behind = [net.node("Sub", [m, f]) for m, f in zip(more, front)]
    zeros = net.weight(ints(0, 0))
    pads = net.node("Concat", [zeros, *front, zeros, *behind], axis=0)
    put(net, "Pad", [x, pads])
    put(net, "Pad", [x, pads, net.weight(np.float32(1.5))])
    for mode in ["reflect", "edge"]:
        put(net, "Pad", [x, pads], mode=mode)


@case("norms_of_open_sizes", 17)
def norms_of_open_sizes(net):
    """A row for each picture, put in front: what -1 keeps is chosen from a list of sizes, whose length follows."""
    x, row = net.input("x", (2, 5, 8), ["n", 5, 8]), net.random_weight(1, 1, 8)
    wanted = net.node("Concat", [size(net, x, 0), net.weight(ints(-1, -1))], axis=0)
    ones = net.node("ConstantOfShape", [net.node("Shape", [wanted])], value=numpy_helper.from_array(ints(1)))
    kept = net.node("Equal", [wanted, net.node("Mul", [ones, net.weight(ints(-1))])])
    rows = net.node("Expand", [row, net.node("Where", [kept, ones, wanted])])
    both = net.node("Concat", [rows, x], axis=1)
    put(net, "LayerNormalization", [both, net.random_weight(8), net.random_weight(8)], axis=-1)


@case("reshape_allowzero_computed", 18)
def reshape_allowzero_computed(net):
    x = net.input("x", (2, 6, 5), ["n", 6, "w"])
    shape = net.node("Concat", [size(net, x, 0), net.weight(ints(2, 3)), size(net, x, 2)], axis=0)
    y = net.node("Transpose", [net.node("Reshape", [x, shape], allowzero=1)], perm=[0, 2, 1, 3])
    again = net.node("Concat", [size(net, x, 0), net.weight(ints(6)), size(net, x, 2)], axis=0)
    put(net, "Reshape", [y, again], allowzero=1)
    nothing = net.node("Slice", [x, net.weight(ints(0)), net.weight(ints(0)), net.weight(ints(1))])
    sizes = net.node("Concat", [size(net, nothing, 1), size(net, x, 2), size(net, x, 0)], axis=0)
    put(net, "Reshape", [nothing, sizes], allowzero=1)
