# SPDX-License-Identifier: Apache-2.0
"""Makes the golden cases of Paddle 3's program format (PIR): `model.json` + `model.pdiparams`.

    pip install paddlepaddle==3.3.1     (or 3.0.0)
    python tools/golden/make_pir.py tests/data/pir [--only NAME]

The folders are called <major>_<minor>_<case>, for the Paddle that wrote them; the files in them are
those of `make_golden.py`. The outputs come from the files as saved, by paddle.jit.load. Everything is seeded by the case's name.
"""

import argparse
import pathlib
import shutil
import zlib

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

import pir_maths
import pir_cases_movement
from control_flow import Branches, Loops


class Chain(nn.Layer):
    """What U2-Net consists of: convolutions with batch norms, pooling, resizing, concat, a sum."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2D(3, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2D(8)
        self.conv2 = nn.Conv2D(8, 8, 3, padding=2, dilation=2)
        self.conv3 = nn.Conv2D(16, 4, 1)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        z = self.conv2(F.max_pool2d(y, 2, 2, ceil_mode=True))
        z = F.interpolate(z, size=paddle.shape(y)[2:], mode="bilinear")
        out = self.conv3(paddle.concat([z, y], 1))
        return F.sigmoid(out), z + y


def activations(x):
    y = F.hardsigmoid(x, 0.2, 0.5) + F.relu6(x * 4) + F.leaky_relu(x, 0.1) + F.elu(x, 0.5)
    z = F.gelu(x) + F.gelu(x, True) + F.silu(x) + F.swish(x) + F.mish(x) + F.softplus(x, 2.0, 5.0)
    return y, z, F.hardtanh(x) * F.softsign(x) + F.tanhshrink(x) + F.log_sigmoid(x) + F.selu(x)


def elementary(x):
    y = paddle.abs(x) + 0.5
    z = paddle.sqrt(y) + paddle.rsqrt(y) + paddle.log(y) + paddle.reciprocal(y) + paddle.pow(y, 1.5)
    w = paddle.floor(x) + paddle.ceil(x) + paddle.sign(x) + paddle.square(x) + paddle.exp(x)
    return z, w + paddle.sin(x) + paddle.cos(x) + paddle.erf(x)


def shrinking(x):
    y = F.celu(x, 0.5) + F.hardshrink(x, 0.7) + F.softshrink(x, 0.25) + paddle.stanh(x)
    return y, F.celu(x) * F.hardshrink(x, 0.45) + F.softshrink(x)


def trigonometric(x):
    y = paddle.tanh(x)
    z = paddle.acos(y) + paddle.asin(y) + paddle.atanh(y * 0.5) + paddle.log1p(y)
    w = paddle.asinh(x) + paddle.atan(x) + paddle.cosh(x) + paddle.expm1(x) + paddle.sinh(x) + paddle.trunc(x)
    u = paddle.abs(x) + 1
    return z, w, paddle.acosh(u) + paddle.log10(u) + paddle.log2(u)


def arithmetic(x):
    y = paddle.abs(x) + 0.5
    z = (1 - x) / y - paddle.maximum(x, -x) + paddle.minimum(x, y) + paddle.pow(y, x)
    return z, paddle.clip(x, -1.0, 0.75), x // 0.5 + x % 0.375


def choices(x):
    inside = paddle.logical_and(x > -1, x <= 1)
    outside = paddle.logical_or(x <= -1, x > 1)
    both = paddle.logical_xor(inside, paddle.logical_not(outside))
    return paddle.where(inside, x, -x), paddle.cast(both, "int64"), x == x[0], x != x, x < 0, x >= 0


def made_of_sizes(x):
    n, h, w = paddle.shape(x)[0], paddle.shape(x)[2], paddle.shape(x)[3]
    rows = paddle.arange(0, h, 1, dtype="float32") + paddle.linspace(-1, 1, h)
    filled = paddle.full([n, h], 2, "int64") + paddle.cast(paddle.full([1], h), "int64")
    like = paddle.ones_like(x) + paddle.full_like(x, 2.5) + paddle.zeros([n, 3, h, w])
    half = F.interpolate(x, size=[h // 2, w % 4 + 1], mode="nearest")
    return rows, filled, like, half


class PreluAndDropout(nn.Layer):
    def __init__(self):
        super().__init__()
        self.all, self.each = nn.PReLU(), nn.PReLU(3)

    def forward(self, x):
        y = F.dropout(self.each(x), 0.4, training=False, mode="downscale_in_infer")
        return self.all(x), F.dropout2d(y, 0.3, training=False), paddle.assign(y)


class Convolutions(nn.Layer):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv2D(3, 8, 3, padding="same")
        self.depthwise = nn.Conv2D(8, 8, 3, groups=8, padding=1)
        self.grouped = nn.Conv2D(8, 4, 3, groups=2, stride=2, padding=[1, 2], bias_attr=False)
        self.norm = nn.BatchNorm2D(4)

    def forward(self, x):
        return F.relu_(self.norm(self.grouped(self.depthwise(self.same(x)))))


def of(function):
    class Layer(nn.Layer):
        def forward(self, x):
            return function(x)

    return Layer


def size_of(x):
    return paddle.shape(x)[2:]


CASES = {
    "activations": of(activations),
    "arithmetic": of(arithmetic),
    "branches": Branches,
    "chain": Chain,
    "choices": of(choices),
    "elementary": of(elementary),
    "shrinking": of(shrinking),
    "trigonometric": of(trigonometric),
    "made_of_sizes": of(made_of_sizes),
    "prelu_and_dropout": PreluAndDropout,
    "convolutions": Convolutions,
    "size_by_numbers": of(lambda x: F.interpolate(x, size=[9, 7], mode="bilinear", align_corners=True)),
    "size_by_scale": of(lambda x: F.interpolate(x, scale_factor=[2, 1.5], mode="nearest")),
    "size_by_list": of(
        lambda x: F.interpolate(
            F.avg_pool2d(x, 3, 2, 1), size=[paddle.shape(x)[2], paddle.shape(x)[3]], mode="bilinear"
        )
    ),
    "size_by_arithmetic": of(
        lambda x: F.interpolate(x, size=(size_of(x) * 2 + 1).astype("int32"), mode="bilinear")
    ),
    "loops": Loops,
    "pools": of(lambda x: F.adaptive_avg_pool2d(F.avg_pool2d(x, 2, 2, ceil_mode=True, exclusive=False), [2, 3])),
    "pools_of_sizes": of(
        lambda x: (
            F.adaptive_avg_pool2d(x, size_of(x) - 2),
            F.adaptive_avg_pool2d(x, [paddle.shape(x)[2] // 2, paddle.shape(x)[3] - 3]),
        )
    ),
    "reshape": of(lambda x: paddle.reshape(x, [0, -1, 2])),
    "reshape_by_shape": of(lambda x: paddle.reshape(x, [paddle.shape(x)[0], 3, -1])),
    "scales": of(lambda x: paddle.scale((x * 2 + 1) * 0.5 - 0.25, 3.0, 0.5, False)),
    "binary": of(lambda x: x * F.sigmoid(x) + F.relu(x)),
    "constants": of(lambda x: x + paddle.full([1, 3, 1, 1], 0.5) + paddle.to_tensor([0.25])),
    "concat_last": of(lambda x: paddle.concat([x, x], axis=-1)),
    "slices": of(lambda x: x[:, 1:, :-1]),
    "index": of(lambda x: x[:, 0]),
    "functions": of(lambda x: paddle.tanh(F.hardswish(x * 2))),
    "casts": of(lambda x: paddle.cast(paddle.cast(x * 4, "int64"), "float32")),
}
CASES.update(
    {name: made if isinstance(made, type) else of(made) for name, made in pir_maths.CASES.items()}
)


CASES.update({name: of(function) for name, function in pir_cases_movement.FUNCTIONS.items()})


def seed_of(name):
    return zlib.crc32(name.encode())


def randomise(layer):
    """Weights and statistics that are not those of a fresh layer."""
    for name, tensor in layer.state_dict().items():
        positive = name.endswith("_variance")
        tensor.set_value(
            paddle.uniform(tensor.shape, min=0.5 if positive else -0.5, max=1.5 if positive else 0.5)
        )


def run(folder, x):
    outputs = paddle.jit.load(str(folder / "model"))(paddle.to_tensor(x))
    return [output.numpy() for output in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def make(name, root):
    version = "_".join(paddle.__version__.split(".")[:2])
    folder = root / f"{version}_{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paddle.seed(seed_of(name))
    with paddle.utils.unique_name.guard():
        layer = CASES[name]()
        layer.eval()
        randomise(layer)
        spec = [paddle.static.InputSpec([None, 3, None, None], "float32", "x")]
        exported = paddle.jit.to_static(layer, input_spec=spec, full_graph=True)
        paddle.jit.save(exported, str(folder / "model"))
    random = np.random.default_rng(seed_of(name))
    x = (random.integers(-1024, 1025, (2, 3, 7, 6)) / 512).astype(np.float32)
    np.save(folder / "in_x.npy", x)
    for column, output in enumerate(run(folder, x)):
        np.save(folder / f"out{column}.npy", output)



def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--only", choices=sorted(CASES))
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else CASES:
        make(name, arguments.root)
        print(name)


if __name__ == "__main__":
    main()
