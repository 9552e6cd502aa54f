# SPDX-License-Identifier: Apache-2.0
"""Makes the golden cases of ONNX: `model.onnx`, its inputs and the outputs of ONNX Runtime.

    pip install onnx onnxruntime
    python tools/golden/make_onnx.py tests/data/onnx [--only NAME | --missing]

A folder a case: model.onnx (and model.onnx.data where weights lie outside), in_NAME.npy, out0.npy, ... Everything is
seeded by the case's name. The models are checked by onnx.checker, and ONNX Runtime runs them without optimisation.
"""

import argparse
import pathlib
import shutil
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx_cases import COORDINATES, case, ints, resize
from onnx_images import CASES

import onnx_branches  # noqa: F401  (their cases are on the list)
import onnx_functions  # noqa: F401
import onnx_resizes  # noqa: F401
import onnx_sizes  # noqa: F401


class Net:
    """A graph under construction. Inputs are float32 multiples of 1/64 unless they are given."""

    def __init__(self, name):
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.weights, self.inputs, self.outputs, self.values = [], [], [], [], {}

    def input(self, name, shape, declared=None, elements=TensorProto.FLOAT, value=None):
        self.inputs.append(helper.make_tensor_value_info(name, elements, declared or shape))
        if value is None:
            value = (self.random.integers(-256, 257, shape) / 64).astype(np.float32)
        self.values[name] = value
        return name

    def weight(self, value, name=None):
        name = name or f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def random_weight(self, *shape):
        return self.weight((self.random.integers(-128, 129, shape) / 256).astype(np.float32))

    def positive_weight(self, *shape):
        return self.weight((self.random.integers(128, 384, shape) / 256).astype(np.float32))

    def node(self, op, inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def output(self, name, elements=TensorProto.FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, elements, None))

    def model(self, opset):
        graph = helper.make_graph(self.nodes, "case", self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 4 if opset < 15 else 8 if opset < 24 else 10
        return onnx.shape_inference.infer_shapes(model)


def of_one(op, shape=(1, 4, 7, 6), opset=13, **attributes):
    def build(net):
        net.output(net.node(op, [net.input("x", shape)], **attributes))

    return opset, build


for name, op in [("relu", "Relu"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh"), ("neg", "Neg")]:
    CASES[name] = of_one(op)
CASES["hard_swish"] = of_one("HardSwish", opset=14)
CASES["global_average_pool"] = of_one("GlobalAveragePool")
CASES["global_max_pool"] = of_one("GlobalMaxPool")
CASES["flatten"] = of_one("Flatten")
CASES["flatten_all"] = of_one("Flatten", axis=0)
CASES["flatten_last"] = of_one("Flatten", axis=3)
CASES["flatten_behind"] = of_one("Flatten", axis=4)
CASES["reduce_mean_opset_11"] = of_one("ReduceMean", opset=11, axes=[-1, 2], keepdims=1)
CASES["max_pool_ceil"] = of_one("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
CASES["max_pool_3x3_ceil"] = of_one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
CASES["max_pool_pads"] = of_one("MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1])
CASES["max_pool_same_upper"] = of_one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
CASES["average_pool"] = of_one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
CASES["average_pool_include"] = of_one(
    "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1
)
CASES["average_pool_valid"] = of_one("AveragePool", kernel_shape=[2, 3], auto_pad="VALID")


def conv(channels=4, out=6, kernel=(3, 3), bias=True, opset=11, shape=None, **attributes):
    def build(net):
        x = net.input("x", shape or (1, channels, 7, 6))
        group = attributes.get("group", 1)
        inputs = [x, net.random_weight(out, channels // group, *kernel)]
        if bias:
            inputs.append(net.random_weight(out))
        net.output(net.node("Conv", inputs, **attributes))

    return opset, build


CASES["conv_pads"] = conv(pads=[1, 0, 2, 1])
CASES["conv_groups"] = conv(group=2, bias=False, pads=[1, 1, 1, 1])
CASES["conv_depthwise_strides"] = conv(out=4, group=4, strides=[2, 1], pads=[1, 1, 1, 1], kernel_shape=[3, 3])
CASES["conv_dilations"] = conv(dilations=[2, 1], pads=[2, 1, 2, 1])
CASES["conv_same_upper"] = conv(auto_pad="SAME_UPPER", strides=[2, 2])
CASES["conv_same_upper_even"] = conv(auto_pad="SAME_UPPER", kernel=(2, 4))
CASES["conv_same_lower_even"] = conv(auto_pad="SAME_LOWER", kernel=(2, 4), dilations=[1, 1])
CASES["conv_valid"] = conv(auto_pad="VALID", kernel=(1, 3))
CASES["conv_batch"] = conv(shape=(3, 4, 5, 5), opset=21, pads=[1, 1, 1, 1])


@case("batch_normalization", 9)
def batch_normalization(net):
    x = net.input("x", (2, 5, 3, 4))
    weights = [net.random_weight(5), net.random_weight(5), net.random_weight(5), net.positive_weight(5)]
    net.output(net.node("BatchNormalization", [x, *weights], epsilon=1e-3))


@case("binary", 14)
def binary(net):
    x, y = net.input("x", (2, 3, 4, 5)), net.input("y", (3, 1, 5))
    net.output(net.node("Mul", [net.node("Add", [x, y]), net.node("Sub", [y, x])]))
    net.output(net.node("Sum", [x, y, net.weight(np.float32([0.5]))]))


@case("chain", 11)
def chain(net):
    x = net.input("x", (1, 3, 9, 7), ["n", 3, "h", "w"])
    y = net.node("Conv", [x, net.random_weight(8, 3, 3, 3), net.random_weight(8)], pads=[1, 1, 1, 1])
    norm = [net.random_weight(8), net.random_weight(8), net.random_weight(8), net.positive_weight(8)]
    y = net.node("Relu", [net.node("BatchNormalization", [y, *norm])])
    z = net.node("MaxPool", [y], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    sizes = net.node("Slice", [net.node("Shape", [y]), net.weight(ints(2)), net.weight(ints(4)), net.weight(ints(0))])
    z = resized_to(net, z, sizes)
    y = net.node("Concat", [z, y], axis=-3)
    net.output(net.node("Sigmoid", [net.node("Conv", [y, net.random_weight(2, 16, 1, 1)])]))


def resized_to(net, x, sizes, **attributes):
    """As PyTorch writes it: batch and channels of x in front of the sizes."""
    front = net.node("Slice", [net.node("Shape", [x]), net.weight(ints(0)), net.weight(ints(2)), net.weight(ints(0))])
    all_sizes = net.node("Concat", [front, net.node("Cast", [sizes], to=TensorProto.INT64)], axis=0)
    empty = net.weight(np.zeros(0, np.float32))
    attributes = {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel", **attributes}
    return net.node("Resize", [x, empty, empty, all_sizes], **attributes)


@case("size_by_gather", 11)
def size_by_gather(net):
    x = net.input("x", (1, 2, 5, 4), ["n", 2, "h", "w"])
    y = net.input("y", (1, 1, 8, 9), ["n", 1, "h2", "w2"])

    def side(axis):
        one = net.node("Gather", [net.node("Shape", [y]), net.weight(np.int64(axis))], axis=0)
        return net.node("Unsqueeze", [one], axes=[0])

    net.output(resized_to(net, x, net.node("Concat", [side(2), side(-1)], axis=0)))


ROUNDINGS = {"floor": "floor", "ceil": "ceil", "down": "round_prefer_floor", "up": "round_prefer_ceil"}
for coordinates in COORDINATES:
    mode = {"coordinate_transformation_mode": coordinates}
    CASES[f"resize_linear_{coordinates}"] = resize(sizes=[1, 2, 8, 15], mode="linear", **mode)
    CASES[f"resize_linear_{coordinates}_by_scales"] = resize(scales=[1, 1, 1.7, 0.6], mode="linear", **mode)
    CASES[f"resize_linear_{coordinates}_to_one"] = resize(sizes=[1, 2, 1, 3], mode="linear", **mode)
    for short, rounding in ROUNDINGS.items():
        CASES[f"resize_nearest_{coordinates}_{short}"] = resize(
            sizes=[1, 2, 9, 4], nearest_mode=rounding, **mode
        )
CASES["resize_nearest_default"] = resize(scales=[1, 1, 2, 3])
CASES["resize_nearest_ties_down"] = resize(scales=[1, 1, 0.5, 0.5], shape=(1, 2, 6, 8))
CASES["resize_nearest_ties_up"] = resize(
    scales=[1, 1, 0.5, 0.5], shape=(1, 2, 6, 8), nearest_mode="round_prefer_ceil"
)
CASES["resize_nearest_to_one"] = resize(sizes=[1, 2, 1, 1], nearest_mode="floor")
CASES["resize_tf_half_pixel_for_nn"] = resize(
    sizes=[1, 2, 8, 4], opset=11, nearest_mode="floor", coordinate_transformation_mode="tf_half_pixel_for_nn"
)
CASES["resize_axes"] = resize(sizes=[7, 9], opset=18, mode="linear", axes=[3, 2])
CASES["resize_opset_10"] = resize(scales=[1, 1, 2, 2], opset=10, mode="nearest")
CASES["resize_opset_10_linear"] = resize(scales=[1, 1, 2, 2], opset=10, mode="linear")
CASES["upsample_opset_9"] = resize(scales=[1, 1, 2, 3], opset=9, mode="nearest")
CASES["upsample_opset_7"] = resize(scales=[1.0, 1.0, 2.0, 2.0], opset=7, mode="linear")


@case("resize_computed_scales")
def resize_computed_scales(net):
    x = net.input("x", (1, 2, 5, 6))
    scales = net.input("scales", (4,), value=np.float32([1, 1, 2, 1.5]))
    net.output(net.node("Resize", [x, "", scales], mode="linear"))


@case("reshape")
def reshape(net):
    x = net.input("x", (2, 3, 4, 5), ["n", 3, 4, 5])
    net.output(net.node("Reshape", [x, net.weight(ints(0, -1, 5))]))


@case("reshape_by_shape", 14)
def reshape_by_shape(net):
    x = net.input("x", (2, 3, 4, 5), ["n", "c", "h", "w"])
    batch = net.node("Gather", [net.node("Shape", [x]), net.weight(ints(0))], axis=0)
    shape = net.node("Concat", [batch, net.weight(ints(-1))], axis=0)
    net.output(net.node("Reshape", [x, shape]))


@case("slices", 11)
def slices(net):
    x = net.input("x", (2, 5, 6))
    net.output(net.node("Slice", [x, net.weight(ints(1, -4)), net.weight(ints(2**62, -1)), net.weight(ints(1, -1))]))
    net.output(net.node("Slice", [x, net.weight(ints(1)), net.weight(ints(2))]))


@case("slices_opset_9", 9)
def slices_opset_9(net):
    x = net.input("x", (2, 5, 6))
    net.output(net.node("Slice", [x], axes=[1, 2], starts=[0, 2], ends=[-1, 1000]))
    net.output(net.node("Slice", [x], starts=[0, 2], ends=[1, 4]))


@case("gathers")
def gathers(net):
    x = net.input("x", (2, 5, 3))
    net.output(net.node("Gather", [x, net.weight(np.int64(-1))], axis=1))
    net.output(net.node("Gather", [x, net.weight(ints(3, 4, 0, 2, -1))], axis=-2))


@case("squeezes_opset_11", 11)
def squeezes_opset_11(net):
    x = net.input("x", (2, 1, 5, 1), ["n", 1, "h", 1])
    net.output(net.node("Squeeze", [x], axes=[1, -1]))
    net.output(net.node("Unsqueeze", [x], axes=[0, 5]))
    net.output(net.node("Unsqueeze", [net.node("Squeeze", [x], axes=[3])], axes=[1]))


@case("squeezes")
def squeezes(net):
    x = net.input("x", (2, 1, 5, 1), ["n", 1, "h", 1])
    net.output(net.node("Squeeze", [x, net.weight(ints(1))]))
    net.output(net.node("Unsqueeze", [x, net.weight(ints(-1))]))


@case("shapes", 15)
def shapes(net):
    x = net.input("x", (2, 3, 4, 5), ["n", "c", "h", "w"])
    net.output(net.node("Shape", [x]), TensorProto.INT64)
    net.output(net.node("Shape", [x], start=1, end=-1), TensorProto.INT64)


@case("casts")
def casts(net):
    x = net.input("x", (3, 5))
    net.output(net.node("Cast", [net.node("Cast", [x], to=TensorProto.INT32)], to=TensorProto.DOUBLE), TensorProto.DOUBLE)
    net.output(net.node("Cast", [x], to=TensorProto.BOOL), TensorProto.BOOL)


@case("identities", 12)
def identities(net):
    x = net.input("x", (2, 3))
    y = net.node("Dropout", [net.node("Identity", [x])])
    net.output(net.node("Identity", [net.node("Relu", [y])]))
    net.output(net.node("Identity", [x]))


@case("constants")
def constants(net):
    x = net.input("x", (2, 3))
    for attributes in [
        {"value": numpy_helper.from_array(np.float32([[0.5], [1.5]]))},
        {"value_float": 2.5},
        {"value_floats": [1.0, -2.0, 4.0]},
    ]:
        x = net.node("Add", [x, net.node("Constant", [], **attributes)])
    net.output(x)
    net.output(net.node("Constant", [], value_ints=[3, -4]), TensorProto.INT64)


@case("typed_fields")
def typed_fields(net):
    """Initialisers that are lists of numbers, not bytes; and one that the inputs list as well."""
    x = net.input("x", (2, 3))
    for name, elements, values in [
        ("f", TensorProto.FLOAT, [1.5, -2.5, 3.0]),
        ("d", TensorProto.DOUBLE, [0.25, 0.5, -1.0]),
        ("i", TensorProto.INT32, [1, -2, 3]),
        ("l", TensorProto.INT64, [-5, 6, 2**33]),
        ("s", TensorProto.INT16, [-300, 5, 0]),
        ("u", TensorProto.UINT8, [255, 0, 7]),
        ("b", TensorProto.BOOL, [1, 0, 1]),
    ]:
        net.weights.append(helper.make_tensor(name, elements, [3], values))
        x = net.node("Add", [x, net.node("Cast", [name], to=TensorProto.FLOAT)])
    net.inputs.append(helper.make_tensor_value_info("f", TensorProto.FLOAT, [3]))
    net.output(x)


@case("outside")
def outside(net):
    x = net.input("x", (1, 2, 4, 4))
    y = net.node("Conv", [x, net.random_weight(3, 2, 3, 3), net.random_weight(3)])
    net.output(net.node("Add", [y, net.weight(np.float32([[[[0.5]]]]))]))


def make(name, root):
    opset, build = CASES[name]
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    net = Net(name)
    build(net)
    model = net.model(opset)
    if all(output.type.tensor_type.HasField("shape") for output in model.graph.output):
        onnx.checker.check_model(model)
    path = folder / "model.onnx"
    if name == "outside":
        onnx.save(
            model, path, save_as_external_data=True, location="model.onnx.data", size_threshold=0, convert_attribute=True
        )
    else:
        onnx.save(model, path)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    for key, value in net.values.items():
        np.save(folder / f"in_{key}.npy", value)
    for i, output in enumerate(session.run(None, net.values)):
        np.save(folder / f"out{i}.npy", output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--only", choices=sorted(CASES))
    parser.add_argument("--missing", action="store_true", help="only those that are not there")
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else CASES:
        if arguments.missing and (arguments.root / name).exists():
            continue
        make(name, arguments.root)
        print(name)


if __name__ == "__main__":
    main()
