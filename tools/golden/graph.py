# SPDX-License-Identifier: Apache-2.0
"""Builds a Paddle program op by op, so that a case controls every attribute in its file."""

import zlib

import numpy as np
import paddle
from paddle.base import core
from paddle.base.proto import framework_pb2 as pb

# How the attributes of an op are written.
CLIPPED = "clipped"  # as Paddle 2.6 exports: all semantic attributes, the extra ones clipped
EXTRA = "extra"  # nothing clipped, and on top of it the surplus attributes of Paddle 2.0
BARE = "bare"  # only the attributes that the case names: the others take the operator's defaults

# Slots that Paddle 2.0 to 2.2 wrote, empty, and 2.6 does not.
EMPTY_SLOTS = {"conv2d": ["Bias", "ResidualData"], "depthwise_conv2d": ["Bias", "ResidualData"]}

# Ops with a further result, for training alone.
WITH_XSHAPE = {"flatten2", "flatten_contiguous_range", "squeeze2", "transpose2", "unsqueeze2"}

# Attributes that Paddle 2.0 to 2.2 wrote and 2.6 does not. All are inert on a CPU without oneDNN.
SURPLUS = {
    "conv2d": {
        "use_cudnn": True,
        "use_mkldnn": False,
        "use_quantizer": False,
        "mkldnn_data_type": "float32",
        "fuse_relu_before_depthwise_conv": False,
        "fuse_relu": False,
        "fuse_activation": "",
        "fuse_alpha": 0.0,
        "fuse_beta": 0.0,
        "fuse_residual_connection": False,
        "Scale_in": 1.0,
        "Scale_out": 1.0,
        "Scale_in_eltwise": 1.0,
        "Scale_weights": [1.0],
        "exhaustive_search": False,
        "workspace_size_MB": 512,
    },
    "batch_norm": {"use_mkldnn": False, "fuse_with_relu": False},
    "elementwise_add": {
        "use_mkldnn": False,
        "use_quantizer": False,
        "mkldnn_data_type": "float32",
        "x_data_format": "",
        "y_data_format": "",
        "Scale_x": 1.0,
        "Scale_y": 1.0,
        "Scale_out": 1.0,
    },
    "relu": {"use_mkldnn": False, "use_cudnn": False},
    "sigmoid": {"use_mkldnn": False, "use_cudnn": False},
    "scale": {"use_mkldnn": False},
    "pool2d": {
        "use_cudnn": True,
        "use_mkldnn": False,
        "use_quantizer": False,
        "mkldnn_data_type": "float32",
        "is_test": False,
    },
    "concat": {"use_mkldnn": False, "use_quantizer": False, "mkldnn_data_type": "float32"},
    "reshape2": {"use_mkldnn": False, "use_quantizer": False, "mkldnn_data_type": "float32"},
    "slice": {"use_mkldnn": False, "mkldnn_data_type": "float32"},
    "cast": {"use_mkldnn": False},
    "bilinear_interp_v2": {"use_mkldnn": False},
}

# Debug text: long, and it names files of the machine that exports.
DEBUG_ATTRIBUTES = ("op_callstack", "op_namescope")


def seed_of(name):
    return zlib.crc32(name.encode())


def grid(rng, shape, low, high, steps):
    """Multiples of 1/steps in [low, high)."""
    return (rng.integers(int(low * steps), int(high * steps), shape) / steps).astype("float32")


class Graph:
    """A program being built, with its feeds, parameters and fetches.

    Every op method returns the op's output. Feeds are multiples of 1/512 in [-2, 2) and filters are
    multiples of 1/512 in [-1/8, 1/8): a convolution of one by the other is exact in float32 in
    whatever order it is summed (up to 255 products), yet the feeds need more bits than bfloat16.
    """

    def __init__(self, name, style=CLIPPED, reverse_io=False):
        """`reverse_io` writes the feed and the fetch ops in the order opposite to their columns."""
        paddle.enable_static()
        self.style = style
        self.reverse_io = reverse_io
        self.rng = np.random.default_rng(seed_of(name))
        self.program = paddle.static.Program()
        self.feeds = {}
        self.params = {}
        self.fetches = []
        self._block = self.program.global_block()
        self._given = []  # per op, the names of the attributes that the case gave
        self._next = 8  # soon past 10, where the order of names is not that of numbers

    # Values

    def feed(self, name, shape=None, data=None, spec=None):
        """An input of the program; `spec` is its declared shape if not the data's (-1 = any)."""
        if data is None:
            data = grid(self.rng, shape, -2, 2, 512)
        self.feeds[name] = np.asarray(data)
        spec = list(self.feeds[name].shape) if spec is None else spec
        return self._block.create_var(
            name=name,
            shape=spec,
            dtype=str(self.feeds[name].dtype),
            is_data=True,
            need_check_feed=True,
            stop_gradient=True,
        )

    def param(self, value, name=None):
        """A constant of the model: an array, or a shape for a filter of that shape."""
        if not isinstance(value, np.ndarray):
            value = grid(self.rng, value, -1 / 8, 1 / 8, 512)
        name = name or f"param_{self._number()}.w_0"
        self.params[name] = value
        return self._block.create_var(
            name=name,
            shape=list(value.shape),
            dtype=str(value.dtype),
            persistable=True,
            stop_gradient=True,
        )

    def variable(self, name):
        return self._block.var(name)

    def fetch(self, *values):
        self.fetches += values

    # Ops

    def op(self, type, inputs, attrs=None, out="Out", outputs=None):
        """Appends an op; `outputs` are further slots, with a variable or None for a new one."""
        attrs = attrs or {}
        number = self._number()
        result = self._block.create_var(name=f"{type}_{number}.tmp_0", dtype="float32")
        slots = {out: [result]}
        for i, (slot, variable) in enumerate((outputs or {}).items(), 1):
            slots[slot] = [
                variable or self._block.create_var(name=f"{type}_{number}.tmp_{i}", dtype="float32")
            ]
        inputs = {
            slot: list(v) if isinstance(v, (list, tuple)) else [v]
            for slot, v in inputs.items()
            if v is not None
        }
        self._block.append_op(type=type, inputs=inputs, outputs=slots, attrs=attrs)
        self._given.append(set(attrs))
        return result

    def ops(self, type, inputs, attrs=None, out="Out", count=1):
        """Appends an op that has `count` results in its slot `out`; returns them."""
        number = self._number()
        results = [
            self._block.create_var(name=f"{type}_{number}.tmp_{i}", dtype="float32")
            for i in range(count)
        ]
        attrs = attrs or {}
        outputs = {out: results}
        if type in WITH_XSHAPE:
            outputs["XShape"] = [self._block.create_var(name=f"{type}_{number}.xshape", dtype="float32")]
        self._block.append_op(type=type, inputs=inputs, outputs=outputs, attrs=attrs)
        self._given.append(set(attrs))
        return results

    def conv2d(self, x, cout, kernel=3, *, type="conv2d", weight=None, **attrs):
        """`cout` filters; `kernel` is a number or (height, width). Keeps the size unless padded."""
        kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
        if weight is None:
            cin = x.shape[1] // attrs.get("groups", 1)
            weight = self.param([cout, cin, kh, kw], f"conv2d_{self._number()}.w_0")
        if "paddings" not in attrs and self.style != BARE:
            dilations = attrs.get("dilations", [1, 1])
            attrs["paddings"] = [kh // 2 * dilations[0], kw // 2 * dilations[1]]
        return self.op(type, {"Input": x, "Filter": weight}, attrs, out="Output")

    def bias(self, x, axis=None, value=None):
        """A bias per channel, as Paddle 2.6 exports it, or with axis=1 as 2.0 did."""
        if value is None:
            value = self.param(self.uniform([x.shape[1]], -1, 1), f"conv2d_{self._number()}.b_0")
        if axis is not None:
            return self.add(x, value, axis=axis)
        return self.add(x, self.reshape2(value, [1, x.shape[1], 1, 1]), axis=-1)

    def batch_norm_params(self, channels):
        prefix = f"batch_norm_{self._number()}"
        return {
            "Scale": self.param(self.uniform([channels], 0.5, 1.5), f"{prefix}.w_0"),
            "Bias": self.param(self.uniform([channels], -0.5, 1), f"{prefix}.b_0"),
            "Mean": self.param(self.uniform([channels], -1, 1), f"{prefix}.w_1"),
            "Variance": self.param(self.uniform([channels], 0.25, 4), f"{prefix}.w_2"),
        }

    def batch_norm(self, x, params=None, **attrs):
        params = params or self.batch_norm_params(x.shape[1])
        attrs = attrs or {"is_test": True}
        outputs = {
            "MeanOut": params["Mean"],
            "VarianceOut": params["Variance"],
            "SavedMean": None,
            "SavedVariance": None,
        }
        if self.style == EXTRA:
            outputs["ReserveSpace"] = None
        return self.op("batch_norm", {"X": x, **params}, attrs, out="Y", outputs=outputs)

    def relu(self, x):
        return self.op("relu", {"X": x})

    def sigmoid(self, x):
        return self.op("sigmoid", {"X": x})

    def scale(self, x, tensor=None, **attrs):
        return self.op("scale", {"X": x, "ScaleTensor": tensor}, attrs)

    def cast(self, x, dtype):
        to = core.VarDesc.VarType.__members__[dtype]
        return self.op("cast", {"X": x}, {"in_dtype": int(x.dtype), "out_dtype": int(to)})

    def add(self, x, y, **attrs):
        return self.op("elementwise_add", {"X": x, "Y": y}, attrs)

    def mul(self, x, y, **attrs):
        return self.op("elementwise_mul", {"X": x, "Y": y}, attrs)

    def pool2d(self, x, pooling_type, ksize, **attrs):
        ksize = [ksize, ksize] if isinstance(ksize, int) else ksize
        return self.op("pool2d", {"X": x}, {"pooling_type": pooling_type, "ksize": ksize, **attrs})

    def interp(self, type, x, out_size=None, size_tensor=None, scale_tensor=None, **attrs):
        inputs = {"X": x, "OutSize": out_size, "SizeTensor": size_tensor, "Scale": scale_tensor}
        return self.op(type, inputs, {"interp_method": type.split("_")[0], **attrs})

    def concat(self, xs, axis=1, axis_tensor=None):
        return self.op("concat", {"X": xs, "AxisTensor": axis_tensor}, {"axis": axis})

    def shape(self, x):
        return self.op("shape", {"Input": x})

    def slice(self, x, axes, starts, ends, decrease_axis=(), **tensors):
        """`tensors`: StartsTensor, EndsTensor, StartsTensorList, EndsTensorList."""
        attrs = {"axes": axes, "starts": starts, "ends": ends, "decrease_axis": list(decrease_axis)}
        attrs["infer_flags"] = [-1 if tensors else 1] * len(axes)
        return self.op("slice", {"Input": x, **tensors}, attrs)

    def reshape2(self, x, shape, shape_tensor=None, shape_tensor_list=None):
        inputs = {"X": x, "Shape": shape_tensor, "ShapeTensor": shape_tensor_list}
        return self.op("reshape2", inputs, {"shape": shape}, outputs={"XShape": None})

    def uniform(self, shape, low, high):
        return self.rng.uniform(low, high, shape).astype("float32")

    # What is written

    def serialize(self):
        """The bytes of the `.pdmodel`."""
        clipped = self.program._remove_training_info(clip_extra=self.style != EXTRA)
        desc = pb.ProgramDesc.FromString(clipped.desc.serialize_to_string())
        block = desc.blocks[0]
        for op, given in zip(block.ops, self._given):
            self._restyle(op, given)
        strip_debug_text(desc)
        self._add_io(block)
        if self.style == EXTRA:
            desc.version.version = 2000002
        return desc.SerializeToString()

    def _restyle(self, op, given):
        if self.style == BARE:
            kept = [a for a in op.attrs if a.name in given]
            del op.attrs[:]
            op.attrs.extend(kept)
        if self.style == EXTRA:
            present = {a.name for a in op.attrs}
            surplus = SURPLUS.get("conv2d" if op.type == "depthwise_conv2d" else op.type, {})
            for name, value in surplus.items():
                if name not in present:
                    add_attribute(op, name, value)
            for slot in EMPTY_SLOTS.get(op.type, []):
                op.inputs.add(parameter=slot)

    def _add_io(self, block):
        """Adds the feed and fetch ops and the two variables they use."""
        feeds, fetches = [], []
        for column, name in enumerate(self.feeds):
            feeds.append(io_op("feed", "feed", name, column))
        for column, variable in enumerate(self.fetches):
            fetches.append(io_op("fetch", variable.name, "fetch", column))
        if self.reverse_io:
            feeds.reverse()
            fetches.reverse()
        ops = [*feeds, *block.ops, *fetches]
        del block.ops[:]
        block.ops.extend(ops)
        for name, kind in (("feed", pb.VarType.FEED_MINIBATCH), ("fetch", pb.VarType.FETCH_LIST)):
            variable = block.vars.add(name=name, persistable=True)
            variable.type.type = kind

    def _number(self):
        self._next += 1
        return self._next


def io_op(type, source, target, column):
    op = pb.OpDesc(type=type)
    op.inputs.add(parameter="X", arguments=[source])
    op.outputs.add(parameter="Out", arguments=[target])
    add_attribute(op, "col", column)
    return op


def add_attribute(op, name, value):
    attribute = op.attrs.add(name=name)
    if isinstance(value, bool):
        attribute.type, attribute.b = pb.BOOLEAN, value
    elif isinstance(value, int):
        attribute.type, attribute.i = pb.INT, value
    elif isinstance(value, float):
        attribute.type, attribute.f = pb.FLOAT, value
    elif isinstance(value, str):
        attribute.type, attribute.s = pb.STRING, value
    else:
        attribute.type = pb.FLOATS
        attribute.floats.extend(value)


def strip_debug_text(desc):
    for block in desc.blocks:
        for op in block.ops:
            kept = [a for a in op.attrs if a.name not in DEBUG_ATTRIBUTES]
            del op.attrs[:]
            op.attrs.extend(kept)
