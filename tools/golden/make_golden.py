# SPDX-License-Identifier: Apache-2.0
"""Makes the golden test cases: small Paddle models, inputs, and the outputs that Paddle computes.

    pip install paddlepaddle==2.6.2 "numpy<2" setuptools
    python tools/golden/make_golden.py tests/data/golden [--only NAME]

`--only NAME` makes that case alone. `--check` makes nothing: it runs every case already in the
folder and compares the outputs bit for bit. The cases are those of the `cases_*.py`.

Each case is a folder with `model.pdmodel`, `model.pdiparams` (unless the model has no parameters),
`in_<name>.npy` for every input and `out<k>.npy` for every output, k being its fetch column. The
outputs come from the files as saved, loaded again by Paddle Inference with oneDNN and the graph
optimisations off. Everything is seeded by the case's name.
"""

import argparse
import pathlib
import shutil
import sys

import zlib  # noqa: F401  (before paddle: some exports crash without it)

import numpy as np
import paddle
from paddle import inference

from cases import CASES

PADDLE_VERSION = "2.6.2"


def run(folder):
    """The outputs of the saved model for the saved inputs, as {name of the file: array}."""
    config = inference.Config()
    config.set_prog_file(str(folder / "model.pdmodel"))
    if (folder / "model.pdiparams").exists():
        config.set_params_file(str(folder / "model.pdiparams"))
    config.disable_mkldnn()
    config.switch_ir_optim(False)
    config.set_cpu_math_library_num_threads(1)
    config.disable_glog_info()
    predictor = inference.create_predictor(config)
    for name in predictor.get_input_names():
        predictor.get_input_handle(name).copy_from_cpu(np.load(folder / f"in_{name}.npy"))
    predictor.run()
    outputs = {}
    for column, name in enumerate(predictor.get_output_names()):
        outputs[f"out{column}.npy"] = predictor.get_output_handle(name).copy_to_cpu()
    return outputs


def write_array(path, array):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, np.asarray(array, order="C"), version=(1, 0))


def make(name, root):
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with paddle.utils.unique_name.guard():
        inputs = CASES[name](name, folder)
    for input_name, array in inputs.items():
        write_array(folder / f"in_{input_name}.npy", array)
    for file, array in run(folder).items():
        write_array(folder / file, array)


def differences(folder):
    outputs = run(folder)
    saved = {path.name for path in folder.glob("out*.npy")}
    found = sorted(saved ^ set(outputs))
    for file in sorted(saved & set(outputs)):
        expected = np.load(folder / file)
        if (expected.dtype, expected.shape, expected.tobytes()) != (
            outputs[file].dtype,
            outputs[file].shape,
            outputs[file].tobytes(),
        ):
            found.append(file)
    return found


def check(folders):
    failed = 0
    for folder in folders:
        found = differences(folder)
        if found:
            failed += 1
            print(f"{folder.name}: differs in {', '.join(found)}")
    size = sum(path.stat().st_size for folder in folders for path in folder.iterdir())
    print(f"{len(folders)} cases, {size / 1e6:.2f} MB, {failed} differ")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", metavar="NAME", choices=CASES, help="make this case alone")
    parser.add_argument(
        "--check", action="store_true", help="make nothing; run the cases in the folder and compare"
    )
    options = parser.parse_args()
    if paddle.__version__ != PADDLE_VERSION:
        sys.exit(f"PaddlePaddle {PADDLE_VERSION} is needed, this is {paddle.__version__}")

    names = [options.only] if options.only else list(CASES)
    if not options.check:
        for name in names:
            make(name, options.folder)
    return 1 if check([options.folder / name for name in names]) else 0


if __name__ == "__main__":
    sys.exit(main())
