# SPDX-License-Identifier: Apache-2.0
"""Makes small files as real PyTorch saves them, new format and old.

    pip install torch
    python tools/golden/make_pth.py tests/data/pth

Each holds `conv.weight` [2,3] = 0, 0.5, 1, ..., 2.5 and `bn.running_mean` [2] = -1, 2 beside a counter that nobody needs; `two`
has them twice, and so cannot be told apart.
"""

import collections
import pathlib
import sys

import torch

VALUES = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 2


def state(kind=torch.float32, weight=VALUES):
    return collections.OrderedDict(
        {
            "conv.weight": weight.to(kind),
            "bn.running_mean": torch.tensor([-1.0, 2.0], dtype=kind),
            "bn.num_batches_tracked": torch.tensor(7),
        }
    )


class Network(torch.nn.Module):
    pass


def main():
    root = pathlib.Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    shared = torch.cat([torch.full((1,), 9.0), VALUES.t().contiguous().flatten()])
    files = {
        "plain": state(),
        "half": state(torch.float16),
        "bfloat16": state(torch.bfloat16),
        "double": state(torch.float64),
        "strided": state(weight=shared[1:].reshape(3, 2).t()),
        "parameter": {k: torch.nn.Parameter(v, requires_grad=False) for k, v in state().items()},
        "checkpoint": {"epoch": 3, "lr": 0.1, "state_dict": state(), "optimizer": {"state": {}}},
        "two": {"model": state(), "ema": state()},
        "network": Network(),
        "tensor": torch.ones(3),
    }
    for name, content in files.items():
        torch.save(content, root / f"{name}.pth")
        torch.save(content, root / f"{name}.old.pth", _use_new_zipfile_serialization=False)
    torch.save(state(), root / "protocol4.pth", pickle_protocol=4)


if __name__ == "__main__":
    main()
