# SPDX-License-Identifier: Apache-2.0
"""What the tests (python -m unittest discover python/tests) give the package: models and pictures of the source tree
(U2NET_SOURCE_DIR, or beside this file)."""
import os
from pathlib import Path

import numpy as np

import u2net

SOURCE = Path(os.environ.get("U2NET_SOURCE_DIR", Path(__file__).resolve().parent.parent.parent))
U2NETP = str(SOURCE / "models/u2netp/u2netp")
COFFEE = SOURCE / "models/pictures/coffee.png"
SMALL = str(SOURCE / "tests/data/golden/add_of_conv_to_itself/model")  # one input, one output
HAS_ONEDNN = "onednn" in u2net.available_modes()


def network_input(batch=1, size=320):
    return np.random.default_rng(7).standard_normal((batch, 3, size, size)).astype(np.float32)


def small_input(model):
    shape = [size if size > 0 else 2 for size in model.input_handles[0].shape()]
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)
