# SPDX-License-Identifier: Apache-2.0
"""Cases of `make_pir.py` that move elements, rename shapes, and take elements by number."""

import paddle
import paddle.nn.functional as F


def sizes(x):
    return paddle.shape(x)


def with_values(x):
    y = x * 1
    y[:, 0] = 2.0
    y[:, 1, ::2] = x[:, 2, ::2]
    return y


def bits(x):
    n = paddle.cast(x * 16, "int32")
    a, b = x > 0, x < 1
    m = paddle.full_like(n, 6)
    of_numbers = (n & m, n | m, n ^ m, ~n)
    return (*of_numbers, a & b, ~a, paddle.isnan(x), paddle.isinf(1 / (x - x)), paddle.isfinite(x))


def scattered(x):
    rows = paddle.to_tensor([1, 0, 1], "int64")
    places = paddle.argsort(x, axis=-1)[..., :2]
    return (
        paddle.scatter(x[0], rows, x[1]),
        paddle.scatter(x[0], rows, x[1], overwrite=False),
        paddle.scatter_nd_add(x, rows.reshape([3, 1]), paddle.concat([x, x[:1]])),
        paddle.put_along_axis(x, places, 2.5, 3),
        paddle.put_along_axis(x, places, x[..., 1:3], -1, "add"),
        paddle.put_along_axis(x, places, x[..., 1:3], -1, "mean", include_self=False),
    )


FUNCTIONS = {
    "bits": bits,
    "boxes": lambda x: (
        paddle.crop(x, [-1, 2, 3, 3], [0, 1, 1, 2]),
        paddle.crop(x, sizes(x) - paddle.to_tensor([0, 2, 4, 3], "int64"), [0, 0, 3, 1]),
        paddle.repeat_interleave(x, 2, 1),
    ),
    "diagonals": lambda x: (paddle.diag(x[0, 0]), paddle.diag(x[0, 0, 0], 1, 2.5)),
    "flatten": lambda x: paddle.flatten(x, 1, -2),
    "squeeze": lambda x: paddle.squeeze(paddle.unsqueeze(x, [0, -1]), [-1]),
    "transpose": lambda x: paddle.transpose(x, [0, 2, 3, 1]),
    "split": lambda x: paddle.split(x, [1, 1, -1], 1)[::-1],
    "split_num": lambda x: paddle.concat(paddle.split(x, 3, 1)[::-1], 1),
    "unbind": lambda x: paddle.unbind(x, 1)[1],
    "unstack": lambda x: paddle.unstack(x, 1, 3),
    "stack_0": lambda x: paddle.stack([x, x * 2], 0),
    "stack_last": lambda x: paddle.stack([x, x * 2], -1),
    "meshgrid": lambda x: paddle.meshgrid(x[0, 0, 0], x[0, 0, :, 0]),
    "expand": lambda x: paddle.expand(x[:, :1], [sizes(x)[0], 4, -1, sizes(x)[3]]),
    "expand_as": lambda x: paddle.expand_as(x[:, :1], x),
    "tile": lambda x: paddle.tile(x, [1, sizes(x)[1], 1, 2]),
    "steps": lambda x: x[..., ::2, 1::3],
    "backwards": lambda x: x[:, ::-1, 5:1:-2],
    "flip_roll": lambda x: paddle.roll(paddle.flip(x, [2, 3]), [1, -2], [2, 3]),
    "shuffles": lambda x: F.channel_shuffle(F.pixel_shuffle(paddle.concat([x] * 8, 1), 2), 3),
    "gather": lambda x: paddle.gather(x, paddle.cast(x[0, 0, 0, :2] * 0 + 2, "int64"), 1),
    "numbers": lambda x: (
        paddle.index_select(x, sizes(x)[1:2] - 1, 1),
        paddle.gather_nd(x, paddle.stack([sizes(x)[:2] - 1, sizes(x)[:2] - 2])),
    ),
    "one_hot": lambda x: F.one_hot(paddle.cast(x[0, 0, 0, :2] * 0 + 1, "int64"), 4),
    "pad_reflect": lambda x: F.pad(x, [1, 2, 0, 1], mode="reflect"),
    "pad_to_even": lambda x: F.pad(x, [0, sizes(x)[3] - 5, 1, sizes(x)[2] - 6]),
    "pad_all": lambda x: F.pad(x, [0, 0, 1, 1, 0, 2, 1, 0], value=0.5),
    "scattered": scattered,
    "set_value": with_values,
    "triangles": lambda x: (paddle.tril(x, 1), paddle.triu(x, -1)),
    "unfold": lambda x: F.unfold(x, [3, 3], 2, 1, 1),
    "count": lambda x: x * paddle.cast(paddle.numel(x), "float32"),
    "to_0d": lambda x: x[0, 1, 2, 3],
}
