# SPDX-License-Identifier: Apache-2.0
"""Writes the model of a case and returns its inputs.

A model is a program built by `graph.py`, or a layer exported by Paddle.
"""

import numpy as np
import paddle
from paddle.base.proto import framework_pb2 as pb

from graph import Graph, grid, seed_of, strip_debug_text


def graph_case(name, folder, build, settings):
    graph = Graph(name, **settings)
    build(graph)
    (folder / "model.pdmodel").write_bytes(graph.serialize())
    if graph.params:
        save_params(graph, folder)
    return graph.feeds


def save_params(graph, folder):
    scope = paddle.static.Scope()
    with paddle.static.scope_guard(scope):
        for name, value in graph.params.items():
            scope.var(name).get_tensor().set(value, paddle.CPUPlace())
        variables = [graph.program.global_block().var(name) for name in graph.params]
        executor = paddle.static.Executor(paddle.CPUPlace())
        paddle.static.io.save_vars(
            executor, str(folder), vars=variables, filename="model.pdiparams"
        )


def layer_case(name, folder, layer, spec, x, clip_extra=True):
    paddle.disable_static()
    paddle.seed(seed_of(name))
    layer = layer()
    layer.eval()
    spec = [paddle.static.InputSpec(spec, "float32", "x")]
    exported = paddle.jit.to_static(layer, input_spec=spec, full_graph=True)
    paddle.jit.save(exported, str(folder / "model"), clip_extra=clip_extra)
    (folder / "model.pdiparams.info").unlink(missing_ok=True)

    model = folder / "model.pdmodel"
    desc = pb.ProgramDesc.FromString(model.read_bytes())
    strip_debug_text(desc)
    model.write_bytes(desc.SerializeToString())
    return {"x": grid(np.random.default_rng(seed_of(name)), x, -2, 2, 512)}
