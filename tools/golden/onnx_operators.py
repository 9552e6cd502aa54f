# SPDX-License-Identifier: Apache-2.0
"""Golden cases of ONNX's operators, several of a family in one model; see make_onnx.py."""

import numpy as np
from onnx import TensorProto, numpy_helper
from onnx_cases import case, ints

F, B, I32, I64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT32, TensorProto.INT64


def put(net, op, inputs, elements=F, **attributes):
    """An output of its own."""
    net.output(net.node(op, inputs, **attributes), elements)


for opset in [11, 13]:

    @case(f"softmax_opset_{opset}", opset)
    def softmax(net):
        x = net.input("x", (2, 3, 4, 5), ["n", 3, "h", 5])
        for op in ["Softmax", "LogSoftmax"]:
            put(net, op, [x])
            for axis in [0, 1, 2, 3, -2]:
                put(net, op, [x], axis=axis)


@case("arithmetic", 15)
def arithmetic(net):
    x, y = net.input("x", (2, 3, 4)), net.input("y", (3, 1))
    y = net.node("Add", [net.node("Abs", [y]), net.weight(np.float32(0.5))])
    for op in ["Div", "Sub", "Mod", "Max", "Min"]:
        put(net, op, [x, y], **({"fmod": 1} if op == "Mod" else {}))
    put(net, "Pow", [net.node("Abs", [x]), y])
    for exponent in [2, 0.5, 3, -1]:
        put(net, "Pow", [net.node("Abs", [x]), net.weight(np.float32(exponent))])
    put(net, "Pow", [x, net.weight(np.int64(2))])
    z = net.weight(np.float32([[[0.25]]]))
    for op in ["Max", "Min", "Mean", "Sum"]:
        put(net, op, [x, y, z])
        put(net, op, [x])


@case("integers", 14)
def integers(net):
    x = net.input("x", (4, 6), elements=I32, value=net.random.integers(-20, 20, (4, 6)).astype(np.int32))
    y = net.weight(np.array([3, -4, 5, -7, 2, 1], np.int32))
    for op in ["Add", "Sub", "Mul", "Div", "Mod", "Max", "Min"]:
        put(net, op, [x, y], I32)
    for op in ["Abs", "Neg", "Sign"]:
        put(net, op, [x], I32)
    put(net, "ReduceSum", [x, net.weight(ints(1))], I32)
    put(net, "ReduceMax", [x], I32, axes=[0])
    put(net, "ReduceProd", [x], I32, axes=[-1], keepdims=0)


@case("logic", 16)
def logic(net):
    x, y = net.input("x", (3, 4)), net.input("y", (1, 4))
    for op in ["Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"]:
        put(net, op, [x, y], B)
    a, b = net.node("Greater", [x, y]), net.node("Less", [x, net.weight(np.float32(0))])
    for op in ["And", "Or", "Xor"]:
        put(net, op, [a, b], B)
    put(net, "Not", [a], B)
    put(net, "Where", [a, x, y])
    put(net, "Where", [b, net.weight(np.float32(-1)), x])


@case("classes", 14)
def classes(net):
    values = np.float32([[np.nan, np.inf, -np.inf, 0], [1, -1, 3e38, -3e38]])
    x = net.input("x", (2, 4), value=values)
    put(net, "IsNaN", [x], B)
    for negative in [0, 1]:
        for positive in [0, 1]:
            put(net, "IsInf", [x], B, detect_negative=negative, detect_positive=positive)


@case("bits", 18)
def bits(net):
    x = net.input("x", (4, 6), elements=I32, value=net.random.integers(-20, 20, (4, 6)).astype(np.int32))
    y = net.input("y", (6,), elements=I32, value=np.array([3, -4, 0, -7, 255, 1], np.int32))
    for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
        put(net, op, [x, y], I32)
    put(net, "BitwiseNot", [x], I32)


@case("reductions_opset_11", 11)
def reductions_opset_11(net):
    x = net.input("x", (2, 3, 4, 5), ["n", 3, "h", "w"])
    for op in ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"]:
        put(net, op, [x], axes=[1], keepdims=0)
        put(net, op, [x], axes=[-1, -2])
    put(net, "ReduceMean", [x], axes=[2, 3], keepdims=0)
    put(net, "ReduceMean", [x])
    put(net, "ReduceMax", [x], keepdims=0)
    put(net, "ReduceLogSumExp", [x], axes=[3])
    put(net, "ReduceLogSum", [net.node("Abs", [x])], axes=[3])
    put(net, "ReduceProd", [x], axes=[0], keepdims=0)


@case("reductions", 18)
def reductions(net):
    x = net.input("x", (2, 3, 4, 5))
    for op in ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"]:
        put(net, op, [x, net.weight(ints(1, -1))], keepdims=0)
        put(net, op, [x])
    put(net, "ReduceSum", [x], noop_with_empty_axes=1)
    axes = net.input("axes", (1,), elements=I64, value=ints(2))
    put(net, "ReduceMean", [x, axes])


@case("arg_extremes")
def arg_extremes(net):
    x = net.input("x", (2, 3, 4, 5))
    for op in ["ArgMax", "ArgMin"]:
        put(net, op, [x], I64)
        put(net, op, [x], I64, axis=1)
        put(net, op, [x], I64, axis=-1, keepdims=0)


@case("arg_extremes_last", 13)
def arg_extremes_last(net):
    x = net.node("Floor", [net.input("x", (2, 9, 4), ["n", "c", 4])])
    for op in ["ArgMax", "ArgMin"]:
        put(net, op, [x], I64, axis=1, select_last_index=1)
        put(net, op, [x], I64, axis=-1, keepdims=0, select_last_index=1)
    row = net.node("Floor", [net.input("row", (12,))])
    put(net, "ArgMax", [row], I64, keepdims=0, select_last_index=1)


@case("top_k")
def top_k(net):
    x = net.input("x", (2, 9, 3))
    for attributes in [{"axis": 1}, {"axis": 1, "largest": 0}]:
        values, places = net.node("TopK", [x, net.weight(ints(4))], 2, **attributes)
        net.output(values)
        net.output(places, I64)
    net.output(net.node("TopK", [x, net.weight(ints(2))], 2)[1], I64)


@case("top_k_opset_9", 9)
def top_k_opset_9(net):
    values, places = net.node("TopK", [net.input("x", (3, 8))], 2, k=3, axis=1)
    net.output(values)
    net.output(places, I64)


@case("cumsum", 14)
def cumsum(net):
    x = net.input("x", (3, 4, 5))
    put(net, "CumSum", [x, net.weight(np.int64(1))])
    put(net, "CumSum", [x, net.weight(np.int64(-1))], exclusive=1, reverse=1)


@case("pads_opset_9", 9)
def pads_opset_9(net):
    x = net.input("x", (1, 2, 4, 5))
    put(net, "Pad", [x], pads=[0, 0, 1, 2, 0, 1, 3, 0], value=1.5)
    put(net, "Pad", [x], pads=[0, 0, 1, 2, 0, 0, 3, 4], mode="reflect")
    put(net, "Pad", [x], pads=[0, 0, 2, 1, 0, 0, 0, 3], mode="edge")
    put(net, "Pad", [x], pads=[0, 0, -1, 1, 0, 0, 0, -2])


@case("pads", 19)
def pads(net):
    x = net.input("x", (2, 4, 5), ["n", "c", "w"])
    put(net, "Pad", [x, net.weight(ints(0, 1, 2, 0, 0, 3)), net.weight(np.float32(-2))])
    put(net, "Pad", [x, net.weight(ints(2, 1)), "", net.weight(ints(-1))], mode="reflect")
    put(net, "Pad", [x, net.weight(ints(0, 2, 1, 0, 1, 2))], mode="wrap")
    put(net, "Pad", [x, net.weight(ints(0, 2, 1, 0, 1, 2))], mode="edge")
    # As PyTorch writes them: computed of constants.
    zeros = net.node("ConstantOfShape", [net.weight(ints(4))], value=numpy_helper.from_array(ints(0)))
    all_pads = net.node("Concat", [net.weight(ints(1, 2)), zeros], axis=0)
    rows = net.node("Reshape", [all_pads, net.weight(ints(-1, 2))])
    turned = net.node("Slice", [rows, net.weight(ints(-1)), net.weight(ints(-(2**62))), net.weight(ints(0)), net.weight(ints(-1))])
    flat = net.node("Reshape", [net.node("Transpose", [turned], perm=[1, 0]), net.weight(ints(-1))])
    put(net, "Pad", [x, net.node("Cast", [flat], to=I64)])


@case("splits_opset_11", 11)
def splits_opset_11(net):
    x = net.input("x", (2, 6, 5))
    for parts in [net.node("Split", [x], 3, axis=1), net.node("Split", [x], 2, axis=-1, split=[1, 4])]:
        for part in parts:
            net.output(part)


@case("splits", 18)
def splits(net):
    x = net.input("x", (2, 7, 5), ["n", "c", 5])
    for parts in [
        net.node("Split", [x, net.weight(ints(4, 1))], 2, axis=2),
        net.node("Split", [x], 3, axis=1, num_outputs=3),
    ]:
        for part in parts:
            net.output(part)


@case("transposes")
def transposes(net):
    x = net.input("x", (2, 3, 4, 5))
    put(net, "Transpose", [x])
    put(net, "Transpose", [x], perm=[0, 2, 3, 1])


@case("squeeze_all")
def squeeze_all(net):
    put(net, "Squeeze", [net.input("x", (1, 3, 1, 2))])


@case("expands")
def expands(net):
    x = net.input("x", (3, 1), ["n", 1])
    put(net, "Expand", [x, net.weight(ints(2, 1, 4))])
    put(net, "Expand", [x, net.weight(ints(1))])
    put(net, "Expand", [x, net.node("Shape", [net.input("y", (2, 1, 5), ["a", 1, "b"])])])
    put(net, "Tile", [x, net.weight(ints(2, 3))])


@case("gathers_of_many")
def gathers_of_many(net):
    x = net.input("x", (4, 5, 3), [4, "h", "w"])
    put(net, "Gather", [x, net.weight(ints(3, 0, 2, -1).reshape(2, 2))], axis=0)
    put(net, "Gather", [x, net.weight(np.array([[1, 4, -2]], np.int32))], axis=1)
    put(net, "Gather", [x, net.weight(np.arange(99) % 3)], axis=2)
    places = net.input("places", (2, 2), elements=I64, value=ints(1, 0, 2, -1).reshape(2, 2))
    put(net, "Gather", [x, places], axis=1)
    put(net, "GatherElements", [x, net.weight(net.random.integers(-3, 3, (4, 5, 3)))], axis=2)
    put(net, "GatherND", [x, net.weight(ints(0, 1, 3, -2).reshape(2, 2))])


@case("gathers_in_batches")
def gathers_in_batches(net):
    x = net.input("x", (2, 3, 4), ["n", 3, "w"])
    places = net.input("places", (2, 3), ["n", 3], I64, ints(3, 0, -1, 1, 2, -4).reshape(2, 3))
    put(net, "GatherND", [x, net.weight(ints(0, -1).reshape(2, 1))], batch_dims=1)
    put(net, "GatherND", [x, net.weight(ints(2, 0, -1, 3, 1, -4, 0, 0).reshape(2, 2, 2))], batch_dims=1)
    put(net, "GatherND", [x, net.node("Unsqueeze", [places, net.weight(ints(2))])], batch_dims=2)


@case("scatters", 18)
def scatters(net):
    x, values = net.input("x", (3, 4)), net.input("values", (2, 3))
    places = net.weight(ints(3, 0, -1, 1, 1, 2).reshape(2, 3))
    for reduction in ["none", "add", "mul", "min", "max"]:
        put(net, "ScatterElements", [x, places, values], axis=1, reduction=reduction)
        rows = net.weight(ints(0, 1, 2, -1, 0, 1).reshape(3, 2))
        put(net, "ScatterND", [x, rows, net.random_weight(3)], reduction=reduction)
    put(net, "ScatterND", [x, net.weight(ints(2, 0).reshape(2, 1)), net.random_weight(2, 4)])
    put(net, "ScatterElements", [x, net.weight(np.array([[2, 0, 1, 1]], np.int32)), net.random_weight(1, 4)])


@case("scatter_opset_9", 9)
def scatter_opset_9(net):
    x, places = net.input("x", (3, 4)), net.weight(ints(2, 0, 1, 1).reshape(1, 4))
    put(net, "Scatter", [x, places, net.random_weight(1, 4)])


@case("slices_in_steps")
def slices_in_steps(net):
    x = net.input("x", (2, 9, 8))
    i = lambda *values: net.weight(ints(*values))  # noqa: E731
    put(net, "Slice", [x, i(1, 0), i(9, 100), i(1, 2), i(2, 3)])
    put(net, "Slice", [x, i(-1), i(-(2**63)), i(1), i(-1)])
    put(net, "Slice", [x, i(7, -2), i(1, -6), i(1, 2), i(-3, -2)])
    starts = net.input("starts", (1,), elements=I64, value=ints(1))
    put(net, "Slice", [x, starts, i(8), i(2), i(2)])


@case("creation")
def creation(net):
    x = net.input("x", (2, 3), ["n", "w"])
    put(net, "ConstantOfShape", [net.node("Shape", [x])], value=numpy_helper.from_array(np.float32([1.5])))
    put(net, "ConstantOfShape", [net.weight(ints(2, 2))])
    put(net, "ConstantOfShape", [net.node("Shape", [x])], I64, value=numpy_helper.from_array(ints(7)))
    put(net, "Size", [x], I64)
    number = lambda v: net.weight(np.int64(v))  # noqa: E731
    put(net, "Range", [number(5), number(-4), number(-2)], I64)
    width = net.node("Gather", [net.node("Shape", [x]), number(1)], axis=0)
    put(net, "Range", [number(0), width, number(1)], I64)
    put(net, "Range", [net.weight(np.float32(v)) for v in [0, 2, 0.5]])


@case("one_hots")
def one_hots(net):
    x = net.input("x", (2, 3), elements=I64, value=ints(0, 4, -1, 2, 9, -5).reshape(2, 3))
    depth, values = net.weight(np.int64(5)), net.weight(np.float32([0.25, 2]))
    for axis in [-1, 0, 1]:
        put(net, "OneHot", [x, depth, values], axis=axis)


@case("triangles", 14)
def triangles(net):
    x = net.input("x", (2, 4, 5))
    put(net, "Trilu", [x])
    put(net, "Trilu", [x, net.weight(np.int64(-1))], upper=0)


@case("products")
def products(net):
    x, y = net.input("x", (2, 3, 4, 5)), net.input("y", (3, 5, 6))
    put(net, "MatMul", [x, y])
    put(net, "MatMul", [x, net.random_weight(5)])
    put(net, "MatMul", [net.random_weight(4), x])
    a, c = net.input("a", (4, 5)), net.random_weight(6)
    put(net, "Gemm", [a, net.random_weight(6, 5), c], transB=1)
    put(net, "Gemm", [a, net.random_weight(5, 6)])
    put(net, "Gemm", [a, net.random_weight(6, 4), net.random_weight(5, 1)], transA=1, transB=1, alpha=0.5, beta=2.0)


@case("products_of_integers")
def products_of_integers(net):
    x = net.input("x", (2, 3, 4), elements=I32, value=np.arange(24, dtype=np.int32).reshape(2, 3, 4) - 9)
    put(net, "MatMul", [x, net.weight(np.arange(8, dtype=np.int32).reshape(4, 2) - 5)], elements=I32)
    put(net, "ReduceMean", [x], elements=I32, axes=[1], keepdims=0)


@case("einsums", 12)
def einsums(net):
    x, y = net.input("x", (2, 3, 4)), net.input("y", (2, 4, 5))
    z, w = net.input("z", (3, 3, 2)), net.random_weight(4)
    put(net, "Einsum", [x, y], equation="bij,bjk->bik")
    put(net, "Einsum", [x, y], equation="bij, bjk -> kb")
    put(net, "Einsum", [x, w], equation="...j,j->...")
    put(net, "Einsum", [x, y, w], equation="bij,bjk,j->ik")
    put(net, "Einsum", [z], equation="iij->j")
    put(net, "Einsum", [x, w], equation="...j,j")
    counts = net.input("counts", (2, 3), elements=I64, value=np.arange(6).reshape(2, 3) - 2)
    put(net, "Einsum", [counts, counts], equation="ij,kj->ik", elements=I64)


@case("norms_of_nothing", 17)
def norms_of_nothing(net):
    x = net.input("x", (3, 4), value=np.float32([[0, 0, 0, 0], [3, 0, 4, 0], [0, -1, 0, 0]]))
    for p in [1, 2]:
        put(net, "LpNormalization", [x], axis=-1, p=p)
        put(net, "LpNormalization", [x], axis=0, p=p)


@case("norms", 17)
def norms(net):
    x = net.input("x", (2, 6, 5, 4), ["n", 6, "h", 4])
    put(net, "LayerNormalization", [x, net.random_weight(4), net.random_weight(4)])
    put(net, "LayerNormalization", [x, net.random_weight(5, 4)], axis=2, epsilon=1e-3)
    put(net, "InstanceNormalization", [x, net.random_weight(6), net.random_weight(6)])
    put(net, "LpNormalization", [x], axis=1)
    put(net, "LpNormalization", [x], axis=-1, p=1)


for opset, size in [(18, 3), (21, 6)]:

    @case(f"group_norm_opset_{opset}", opset)
    def group_norm(net, size=size):
        x = net.input("x", (2, 6, 5, 4), ["n", 6, "h", "w"])
        put(net, "GroupNormalization", [x, net.random_weight(size), net.random_weight(size)], num_groups=3)


@case("depth_and_space")
def depth_and_space(net):
    x, y = net.input("x", (2, 12, 3, 2), ["n", 12, "h", "w"]), net.input("y", (2, 3, 4, 6), ["n", 3, "h2", "w2"])
    put(net, "DepthToSpace", [x], blocksize=2)
    put(net, "DepthToSpace", [x], blocksize=2, mode="CRD")
    put(net, "SpaceToDepth", [y], blocksize=2)


@case("reshape_to_nothing", 14)
def reshape_to_nothing(net):
    x = net.input("x", (2, 3))
    nothing = net.node("Slice", [x, net.weight(ints(0)), net.weight(ints(0)), net.weight(ints(1))])
    put(net, "Reshape", [nothing, net.weight(ints(3, 0, 2))], allowzero=1)


@case("quantizes", 13)
def quantizes(net):
    x, scale = net.input("x", (2, 3, 5)), net.weight(np.float32(0.03125))
    scales = net.weight(np.float32([0.03, 0.25, 0.011]))
    zeros = {
        TensorProto.UINT8: net.weight(np.uint8(120)),
        TensorProto.INT8: net.weight(np.int8(-3)),
    }
    for elements, zero in zeros.items():
        y = net.node("QuantizeLinear", [x, scale, zero])
        net.output(y, elements)
        net.output(net.node("DequantizeLinear", [y, scale, zero]))
    y = net.node("QuantizeLinear", [x, scales, net.weight(np.int8([0, 5, -7]))], axis=1)
    net.output(y, TensorProto.INT8)
    put(net, "DequantizeLinear", [y, scales, net.weight(np.int8([0, 5, -7]))], axis=-2)
    net.output(net.node("QuantizeLinear", [x, scale]), TensorProto.UINT8)
    put(net, "DequantizeLinear", [net.weight(np.array([5, -70000, 1 << 20], np.int32)), scales], axis=0)


@case("quantized_conv", 13)
def quantized_conv(net):
    """Weights of int8, one scale a channel, and a bias of int32, as quantising tools write them."""
    x, scale, zero = net.input("x", (1, 4, 7, 6)), net.weight(np.float32(0.03125)), net.weight(np.int8(0))
    x = net.node("DequantizeLinear", [net.node("QuantizeLinear", [x, scale, zero]), scale, zero])
    scales = net.weight(np.float32([0.5, 0.25, 0.125, 1, 2, 0.0625]) / 256)
    filters = net.weight(net.random.integers(-128, 128, (6, 4, 3, 3)).astype(np.int8))
    bias = net.weight(net.random.integers(-2000, 2000, 6).astype(np.int32))
    filters = net.node("DequantizeLinear", [filters, scales, net.weight(np.zeros(6, np.int8))], axis=0)
    bias = net.node("DequantizeLinear", [bias, net.weight(np.float32([2, 1, 0.5, 4, 8, 0.25]) / 4096)], axis=0)
    y = net.node("Relu", [net.node("Conv", [x, filters, bias], pads=[1, 1, 1, 1])])
    net.output(y)
