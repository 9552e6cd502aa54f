# SPDX-License-Identifier: Apache-2.0
"""What the golden cases of ONNX are made of: the list that they enter, and what several of them share."""

import numpy as np

# Name to (opset, function that builds its graph), in the order in which they are made.
CASES = {}
COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]


def case(name, opset=13):
    def add(function):
        CASES[name] = (opset, function)
        return function

    return add


def ints(*values):
    return np.array(values, np.int64)


def resize(scales=None, sizes=None, shape=(1, 2, 5, 6), opset=13, **attributes):
    def build(net):
        x = net.input("x", shape)
        if opset < 9:
            return net.output(net.node("Upsample", [x], scales=scales, **attributes))
        if opset < 11:
            inputs = [x, net.weight(np.float32(scales))]
            return net.output(net.node("Upsample" if opset == 9 else "Resize", inputs, **attributes))
        roi = net.weight(np.zeros(0, np.float32)) if opset == 11 else ""
        none = roi if opset == 11 else ""
        inputs = [x, roi, net.weight(np.float32(scales))] if scales else [x, roi, none, net.weight(ints(*sizes))]
        net.output(net.node("Resize", inputs, **attributes))

    return opset, build
