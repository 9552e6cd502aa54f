# SPDX-License-Identifier: Apache-2.0
"""Layers whose way depends on sizes, for the golden cases of both of Paddle's formats."""

import paddle
import paddle.nn.functional as F
from paddle import nn


class Branches(nn.Layer):
    """Sides are made even where they are not, by branches in each other; others cannot be taken."""

    def __init__(self):
        super().__init__()
        self.conv, self.never = nn.Conv2D(3, 4, 3, padding=1), nn.Conv2D(4, 4, 9)

    def forward(self, x):
        y = self.conv(x)
        h, w = paddle.shape(x)[2], paddle.shape(x)[3]
        if h % 2 == 1:
            y = F.pad(y, [0, 0, 0, 1])
            if w % 2 == 1:
                y = F.pad(y, [0, 1, 0, 0])
            else:
                y = y * 2
        if h > 100:
            y = self.never(y)
        else:
            y = F.relu(y)
        return y, F.avg_pool2d(y, 2, 2)


class Loops(nn.Layer):
    """Halved until it is small: as often as the size says. The other loop never goes round."""

    def __init__(self, least=1):
        super().__init__()
        self.least = least
        self.conv = nn.Conv2D(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        n = paddle.full([1], 0, "int32")
        while paddle.shape(y)[2] > self.least:
            y = F.avg_pool2d(y, 2, 2)
            n = n + 1
        while paddle.shape(y)[3] > 100:
            y = F.max_pool2d(y, 2, 2)
        return y, n
