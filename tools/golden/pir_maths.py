# SPDX-License-Identifier: Apache-2.0
"""Cases of make_pir.py with products of matrices, reductions, normalisation, and what enlarges images."""

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn


class Norms(nn.Layer):
    def __init__(self):
        super().__init__()
        self.layer, self.plain = nn.LayerNorm(3), nn.LayerNorm(3, weight_attr=False, bias_attr=False)
        self.instance, self.group = nn.InstanceNorm2D(3), nn.GroupNorm(3, 3)

    def forward(self, x):
        columns = paddle.reshape(x, [0, -1, 3])
        return self.layer(columns), self.plain(columns), self.instance(x), self.group(x)


class BatchNorms(nn.Layer):
    """Those that lack both of scale and bias, and one each."""

    def __init__(self):
        super().__init__()
        self.both = nn.BatchNorm2D(3, weight_attr=False, bias_attr=False)
        self.scale, self.bias = nn.BatchNorm2D(3, weight_attr=False), nn.BatchNorm2D(3, bias_attr=False)
        for norm in (self.both, self.scale, self.bias):
            norm._mean.set_value(paddle.uniform([3], min=-0.5, max=0.5))
            norm._variance.set_value(paddle.uniform([3], min=0.25, max=2.0))
        self.scale.bias.set_value(paddle.uniform([3], min=-0.5, max=0.5))
        self.bias.weight.set_value(paddle.uniform([3], min=0.5, max=1.5))

    def forward(self, x):
        return self.bias(self.scale(self.both(x)))


class Deconvolutions(nn.Layer):
    def __init__(self):
        super().__init__()
        self.two = nn.Conv2DTranspose(3, 4, 2, 2)
        self.padded = nn.Conv2DTranspose(4, 4, 3, 2, 1, output_padding=1, groups=2)
        self.depthwise = nn.Conv2DTranspose(4, 4, 3, 2, 1, groups=4)

    def forward(self, x):
        y = self.two(x)
        size = paddle.shape(y)[2:] * 2
        return self.padded(y), self.depthwise(y, output_size=size)


class Linear(nn.Layer):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 4)

    def forward(self, x):
        rows = paddle.reshape(x, [0, -1, 6])
        return self.linear(rows[:, :, 1:]), paddle.bmm(rows, paddle.reshape(x, [0, 6, -1]))


def extremes(x):
    return (
        paddle.argmax(x, 1),
        paddle.argmin(x),
        paddle.argmax(x, axis=-1, keepdim=True, dtype="int32"),
    )


def reductions(x):
    truths = paddle.cast(x, "bool")
    return (
        paddle.mean(x, 1),
        paddle.sum(x, [2, 3], keepdim=True),
        paddle.max(x),
        paddle.min(x, -1),
        paddle.prod(x, 1),
        paddle.amax(x, 1),
        paddle.amin(x, [1, 2]),
        paddle.logsumexp(x, 1),
        paddle.any(truths, 1),
        paddle.all(truths),
        paddle.sum(truths),
        paddle.sum(paddle.cast(x * 4, "int32"), 1),
        paddle.norm(x, p="fro", axis=[2, 3]),
    )


def sorting(x):
    best, where = paddle.topk(x, 2, axis=1)
    few, _ = paddle.topk(x, paddle.shape(x)[1] - 1, axis=2)
    return best, where, few, paddle.argsort(x, axis=-1, descending=True), paddle.cumsum(x, 1)


def sums_of_products(x):
    rows, columns = x[0, 0, :5, :4], x[0, 1, :4, :3]
    added = paddle.addmm(x[0, 2, :1, :3], rows, columns, beta=0.5, alpha=2.0)
    return added, paddle.dot(x[0, 0], x[0, 1]), paddle.cumprod(x, 1)


class ChannelsLast(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 4, 3, padding=1, data_format="NHWC")
        self.norm = nn.BatchNorm2D(4, data_format="NHWC")
        self.back = nn.Conv2DTranspose(4, 2, 2, 2, data_format="NHWC")

    def forward(self, x):
        y = F.relu(self.norm(self.conv(paddle.transpose(x, [0, 2, 3, 1]))))
        pooled = F.max_pool2d(y, 2, 2, data_format="NHWC")
        resized = F.interpolate(pooled, size=[5, 8], mode="bilinear", data_format="NHWC")
        return self.back(resized), F.adaptive_avg_pool2d(y, 1, data_format="NHWC")


def einsums(x):
    rows, columns = x[0, 0, :5, :4], x[0, :, :4, :2]
    masks = paddle.einsum("qc,bchw->bqhw", x[0, 0, :5, :3], x)
    return masks, paddle.einsum("ij,kjl->kil", rows, columns), paddle.einsum("bchw->bc", x)


def infinities(x):
    """Numbers that JSON has no word for, in attributes and constants: a mask's, a pad's, a clip's and a norm's."""
    hidden = paddle.full_like(x, float("-inf"))
    seen = F.softmax(paddle.where(x > -3.0, x, hidden), -1)
    padded = F.max_pool2d(F.pad(x, [1, 1, 1, 1], value=float("-inf")), 3, 1)
    return seen, padded, paddle.clip(x, float("-inf"), 0.5), paddle.norm(x, p=np.inf, axis=1)


CASES = {
    "infinities": infinities,
    "channels_last": ChannelsLast,
    "sums_of_products": sums_of_products,
    "einsums": einsums,
    "deconvolutions": Deconvolutions,
    "extremes": extremes,
    "linear": Linear,
    "matmul": lambda x: paddle.matmul(x, x, transpose_y=True),
    "normalized": lambda x: (paddle.norm(x, 2, 1), paddle.norm(x, 1, -1, keepdim=True)),
    "norms": Norms,
    "batch_norms_without": BatchNorms,
    "pool_index": lambda x: F.max_pool2d(x, 2, 2, return_mask=True) + F.adaptive_max_pool2d(x, 3, return_mask=True),
    "reductions": reductions,
    "resized": lambda x: (
        F.interpolate(x, size=[9, 5], mode="bicubic"),
        F.interpolate(paddle.mean(x, 2), scale_factor=2, mode="linear", data_format="NCW"),
    ),
    "sampled": lambda x: F.grid_sample(x, paddle.reshape(x, [0, 9, 7, 2]), padding_mode="reflection"),
    "softmax": lambda x: (F.softmax(x, 1), F.log_softmax(x, -1)),
    "sorting": sorting,
}
