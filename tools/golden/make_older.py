# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/older: one small network as Paddle 1.8 to 2.2 laid models out.

    pip install paddlepaddle==2.6.2 "numpy<2" setuptools
    python tools/golden/make_older.py tests/data/older

combined/ is `__model__` + `__params__`, separate/ is `__model__` + one file a parameter. The program has
biases added along axis 1, version 1 of bilinear_interp, and the attributes and empty slots of those
days. Input and outputs are beside the two; the outputs come from Paddle Inference with oneDNN and the
graph optimisations off.
"""

import pathlib
import shutil
import sys

import numpy as np
import paddle
from paddle import inference

from blocks import HALF_PIXEL, S2, block, conv_bias, spatial_size
from graph import EXTRA, Graph


def network(g):
    first = block(g, g.feed("x", [2, 3, 13, 18], spec=[-1, 3, -1, -1]), 8, axis=1)
    deep = block(g, g.pool2d(first, "max", 2, strides=S2, ceil_mode=True), 8, axis=1)
    up = g.interp("bilinear_interp", deep, out_size=spatial_size(g, first), **HALF_PIXEL)
    last = block(g, g.concat([up, first]), 8, axis=1)
    out = conv_bias(g, g.add(last, first), 1, axis=1)
    g.fetch(g.scale(g.sigmoid(out), scale=1.0, bias=0.0), last)


def save(graph, folder, filename):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "__model__").write_bytes(graph.serialize())
    scope = paddle.static.Scope()
    with paddle.static.scope_guard(scope):
        for name, value in graph.params.items():
            scope.var(name).get_tensor().set(value, paddle.CPUPlace())
        variables = [graph.program.global_block().var(name) for name in graph.params]
        executor = paddle.static.Executor(paddle.CPUPlace())
        paddle.static.io.save_vars(executor, str(folder), vars=variables, filename=filename)


def run(folder, feeds):
    config = inference.Config(str(folder / "__model__"), str(folder / "__params__"))
    config.disable_mkldnn()
    config.switch_ir_optim(False)
    config.set_cpu_math_library_num_threads(1)
    config.disable_glog_info()
    predictor = inference.create_predictor(config)
    for name, value in feeds.items():
        predictor.get_input_handle(name).copy_from_cpu(value)
    predictor.run()
    return [predictor.get_output_handle(n).copy_to_cpu() for n in predictor.get_output_names()]


def main():
    root = pathlib.Path(sys.argv[1])
    graph = Graph("older", style=EXTRA)
    network(graph)
    save(graph, root / "combined", "__params__")
    save(graph, root / "separate", None)
    for name, value in graph.feeds.items():
        np.save(root / f"in_{name}.npy", value)
    for column, value in enumerate(run(root / "combined", graph.feeds)):
        np.save(root / f"out{column}.npy", value)


if __name__ == "__main__":
    main()
