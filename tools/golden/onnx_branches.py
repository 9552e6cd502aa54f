# SPDX-License-Identifier: Apache-2.0
"""Golden cases of ONNX's If; see make_onnx.py."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx_cases import case, ints
from onnx_sizes import size


def branch(nodes, outputs, weights=()):
    """Nodes are (operator, inputs, output, attributes); names of the graph around it are in reach."""
    made = [helper.make_node(op, inputs, [output], **attributes) for op, inputs, output, attributes in nodes]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    return helper.make_graph(made, "branch", [], values, [numpy_helper.from_array(w, name) for name, w in weights])


def choose(net, condition, then, otherwise, outputs=1):
    return net.node("If", [condition], outputs, then_branch=then, else_branch=otherwise)


@case("branches_of_open_sizes", 13)
def branches_of_open_sizes(net):
    """Which one is taken follows from sizes that only a run knows; ranks and shapes of the results differ."""
    x = net.input("x", (2, 3, 4, 5), ["n", 3, "h", "w"])
    rows, columns = size(net, x, 2), size(net, x, 3)
    half = net.weight(np.float32(0.5))
    turned = branch([("Transpose", [x], "t", {"perm": [0, 1, 3, 2]}), ("Mul", ["t", half], "a", {}),
                     ("Neg", ["t"], "b", {})], ["a", "b"])
    flat = branch([("Flatten", [x], "t", {}), ("Add", ["t", half], "a", {}), ("Relu", [x], "b", {})], ["a", "b"])
    for op in ["Less", "Greater"]:
        for value in choose(net, net.node(op, [rows, columns]), turned, flat, 2):
            net.output(value)
    # The end of PyTorch's squeeze(0): the dimension goes if it is 1.
    one = net.node("Equal", [size(net, x, 0), net.weight(ints(1))])
    gone = branch([("Squeeze", [x, net.weight(ints(0))], "y", {})], ["y"])
    left = branch([("Identity", [x], "y", {})], ["y"])
    net.output(net.node("Neg", [choose(net, one, gone, left)]))


@case("branches_known", 13)
def branches_known(net):
    """Of conditions that are known when a file is read, the other branch may hold what no engine runs."""
    x = net.input("x", (2, 3, 4))
    weight = np.arange(4, dtype=np.float32)
    taken = branch([("Mul", [x, "w"], "y", {})], ["y"], [("w", weight)])
    other = branch([("NonZero", [x], "n", {}), ("Cast", ["n"], "y", {"to": TensorProto.FLOAT})], ["y"])
    net.output(choose(net, net.weight(np.array(True)), taken, other))
    net.output(choose(net, net.node("Equal", [size(net, x, 1), net.weight(ints(4))]), other, taken))


@case("branches_in_branches", 16)
def branches_in_branches(net):
    x = net.input("x", (3, 4), ["n", "m"])
    few = net.node("Less", [size(net, x, 0), net.weight(ints(2))])
    many = net.node("Greater", [size(net, x, 1), net.weight(ints(3))])
    deepest = branch([("Mul", ["around", "w"], "y", {})], ["y"], [("w", np.float32([[2]]))])
    plain = branch([("Identity", ["around"], "y", {})], ["y"])
    inner = branch([("Neg", [x], "around", {}), ("If", [many], "z", {"then_branch": deepest, "else_branch": plain})],
                   ["z"])
    outer = branch([("Abs", [x], "z", {})], ["z"])
    net.output(choose(net, few, outer, inner))
    net.output(choose(net, few, inner, outer))
