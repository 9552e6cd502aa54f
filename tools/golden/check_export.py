# SPDX-License-Identifier: Apache-2.0
"""Checks with real PaddlePaddle what `u2net export` wrote. Not part of the test suite: it needs Paddle 2.6.

    python tools/golden/check_export.py IMAGE.npy... --original models/u2netp/u2netp --exported DIR/u2netp

Every model is run in three ways (paddle.jit.load, Paddle Inference without and with oneDNN) on every image
(float32 [1,3,H,W]). For each way the outputs of the exported model are compared with Paddle's for the
original export; the largest difference allowed is --bound. `.pdiparams` is compared with Paddle's own
writer. Prints one line a comparison and exits 1 if any fails.
"""

import zlib  # noqa: F401  before paddle, which brings its own

import argparse
import os
import pickle
import sys
import tempfile

import numpy as np
import paddle
from paddle.base.proto import framework_pb2 as pb


def run_jit(prefix):
    layer = paddle.jit.load(prefix)
    layer.eval()

    def run(image):
        with paddle.no_grad():
            return [output.numpy() for output in layer(paddle.to_tensor(image))]

    return run


def run_inference(onednn):
    def load(prefix):
        config = paddle.inference.Config(prefix + ".pdmodel", prefix + ".pdiparams")
        config.disable_gpu()
        config.disable_glog_info()
        config.set_cpu_math_library_num_threads(1)
        if onednn:
            config.enable_mkldnn()
        predictor = paddle.inference.create_predictor(config)
        names = predictor.get_input_names(), predictor.get_output_names()

        def run(image):
            predictor.get_input_handle(names[0][0]).copy_from_cpu(image)
            predictor.run()
            return [predictor.get_output_handle(name).copy_to_cpu() for name in names[1]]

        return run

    return load


WAYS = {"jit.load": run_jit, "inference": run_inference(False), "inference+onednn": run_inference(True)}


def difference(expected, got):
    if len(expected) != len(got) or any(a.shape != b.shape for a, b in zip(expected, got)):
        return float("inf")
    return max(float(np.abs(a - b).max()) for a, b in zip(expected, got))


def parameters_match(prefix):
    """Paddle's own writer gives the same bytes for the same variables."""
    program = pb.ProgramDesc.FromString(open(prefix + ".pdmodel", "rb").read())
    skipped = (pb.VarType.FEED_MINIBATCH, pb.VarType.FETCH_LIST)
    paddle.enable_static()
    scope, executor = paddle.static.Scope(), paddle.static.Executor(paddle.CPUPlace())
    with paddle.static.scope_guard(scope), tempfile.TemporaryDirectory() as folder:
        loaded, _, _ = paddle.static.load_inference_model(prefix, executor)
        names = [v.name for v in program.blocks[0].vars if v.persistable and v.type.type not in skipped]
        variables = [loaded.global_block().var(name) for name in names]
        paddle.static.io.save_vars(executor, folder, vars=variables, filename="saved")
        saved = open(os.path.join(folder, "saved"), "rb").read()
    paddle.disable_static()
    return saved == open(prefix + ".pdiparams", "rb").read()


def info_matches(prefix):
    """The three keys of every parameter, and the structured names as in the program's order."""
    info = pickle.load(open(prefix + ".pdiparams.info", "rb"))
    program = pb.ProgramDesc.FromString(open(prefix + ".pdmodel", "rb").read())
    names = {v.name for v in program.blocks[0].vars if v.persistable} - {"feed", "fetch"}
    keys = {"structured_name", "stop_gradient", "trainable"}
    return set(info) == names and all(set(entry) == keys for entry in info.values())


def check(text, good):
    print(f"{'ok  ' if good else 'FAIL'} {text}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--original", required=True, metavar="PREFIX")
    parser.add_argument("--exported", required=True, nargs="+", metavar="PREFIX")
    parser.add_argument("--bound", type=float, default=1e-5)
    parser.add_argument("images", nargs="+", metavar="IMAGE.npy")
    options = parser.parse_args()

    good = True
    for prefix in options.exported:
        good &= check(f"{prefix}: .pdiparams as Paddle writes it", parameters_match(prefix))
        good &= check(f"{prefix}: .pdiparams.info", info_matches(prefix))
    for way, load in WAYS.items():
        original = load(options.original)
        exported = {prefix: load(prefix) for prefix in options.exported}
        for path in options.images:
            image = np.load(path)
            expected = original(image)
            for prefix, run in exported.items():
                worst = difference(expected, run(image))
                good &= check(f"{prefix}: {way}, {path}: largest difference {worst:.3g}", worst <= options.bound)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
