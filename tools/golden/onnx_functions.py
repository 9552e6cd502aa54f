# SPDX-License-Identifier: Apache-2.0
"""Golden cases of ONNX's functions of one operand, several in one model; see make_onnx.py."""

import numpy as np
from onnx_cases import case, ints
from onnx_operators import I64, put


@case("functions_exact", 14)
def functions_exact(net):
    x = net.input("x", (2, 4, 5, 3))
    for op in ["Abs", "Ceil", "Floor", "Sign", "Round"]:
        put(net, op, [x])
    put(net, "LeakyRelu", [x], alpha=0.25)
    put(net, "ThresholdedRelu", [x], alpha=0.5)
    put(net, "PRelu", [x, net.weight(np.float32([0.125]))])
    put(net, "PRelu", [x, net.random_weight(4, 1, 1)])
    put(net, "PRelu", [x, net.random_weight(1, 4, 1, 1)])
    put(net, "PRelu", [x, net.random_weight(4, 5, 3)])
    halves = net.node("Mul", [net.node("Floor", [x]), net.weight(np.float32(0.5))])
    put(net, "Round", [halves])


@case("slopes", 16)
def slopes(net):
    """PRelu's, broadcast in every way; the last are as large as a picture's elements or channels and neither."""
    x = net.input("x", (2, 4, 5, 3))
    for shape in [(3,), (1, 3), (5, 1), (5, 3), (4, 1, 3), (4, 5, 1), (2, 1, 1, 1), (2, 4, 5, 3), (2, 1, 5, 1)]:
        put(net, "PRelu", [x, net.random_weight(*shape)])
    put(net, "PRelu", [x, net.input("slope", (4, 1, 1))])
    square = net.node("Reshape", [x, net.weight(ints(12, 10))])
    for shape in [(10,), (12, 1), (12, 10)]:
        put(net, "PRelu", [square, net.random_weight(*shape)])
    put(net, "PRelu", [net.node("Reshape", [x, net.weight(ints(-1))]), net.random_weight(120)])


@case("functions", 20)
def functions(net):
    x = net.input("x", (3, 40))
    for op in ["Erf", "Sin", "Cos", "Softplus", "Softsign", "Elu", "Selu", "HardSigmoid", "Mish", "Gelu", "Celu"]:
        put(net, op, [x])
    put(net, "Gelu", [x], approximate="tanh")
    put(net, "Elu", [x], alpha=0.5)
    put(net, "Celu", [x], alpha=2.0)
    put(net, "HardSigmoid", [x], alpha=1 / 6, beta=0.5)
    positive = net.node("Add", [net.node("Abs", [x]), net.weight(np.float32(0.25))])
    for op in ["Log", "Sqrt", "Reciprocal", "Exp"]:
        put(net, op, [positive])


@case("functions_of_angles", 14)
def functions_of_angles(net):
    x = net.input("x", (3, 40))
    bounded = net.node("Mul", [net.node("Tanh", [x]), net.weight(np.float32(0.75))])
    for op in ["Acos", "Asin", "Atanh"]:
        put(net, op, [bounded])
    for op in ["Asinh", "Atan", "Cosh", "Sinh"]:
        put(net, op, [x])
    put(net, "Acosh", [net.node("Add", [net.node("Abs", [x]), net.weight(np.float32(1))])])
    put(net, "Shrink", [x])
    put(net, "Shrink", [x], lambd=0.75)
    put(net, "Shrink", [x], bias=0.75, lambd=0.75)
    put(net, "Shrink", [x], bias=-0.25, lambd=1.0)


@case("clip", 12)
def clip(net):
    x = net.input("x", (3, 7))
    number = lambda v: net.weight(np.float32(v))  # noqa: E731
    put(net, "Clip", [x, number(0), number(6)])
    put(net, "Clip", [x, number(-1.5), number(0.75)])
    put(net, "Clip", [x, number(-1)])
    put(net, "Clip", [x, "", number(1)])
    put(net, "Clip", [x])
    limit = net.input("limit", (), value=np.array(0.5, np.float32))
    put(net, "Clip", [x, "", limit])
    i = net.node("Cast", [x], to=I64)
    put(net, "Clip", [i, net.weight(np.int64(-1)), net.weight(np.int64(2))], I64)


@case("clip_opset_7", 7)
def clip_opset_7(net):
    x = net.input("x", (3, 7))
    put(net, "Clip", [x], min=0.0, max=6.0)
    put(net, "Clip", [x], min=-0.5)
    put(net, "Clip", [x])


@case("functions_opset_24", 24)
def functions_opset_24(net):
    x = net.input("x", (2, 3, 5))
    for op in ["Relu", "Tanh", "Softplus", "Mish"]:
        put(net, op, [x])
    put(net, "Swish", [x])
    put(net, "Swish", [x], alpha=1.5)
