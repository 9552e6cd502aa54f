# SPDX-License-Identifier: Apache-2.0
"""Makes the `.pdparams` files that the tests read: what real Paddle writes, and what must be refused.

    pip install paddlepaddle==2.6.2 "numpy<2" setuptools      # in one environment
    pip install paddlepaddle==3.3.1 "numpy>=2"                # in another
    python tools/golden/make_pdparams.py tests/data/pdparams paddle     # in each of them
    python tools/golden/make_pdparams.py tests/data/pdparams refused    # any Python

`paddle` writes `paddle<major>_<content>_<protocol>.pdparams`; element i of every array is known: see
`fill`. `refused` writes pickles that refer to something other than arrays. Those under `refused/live`
really do something when Python loads them: the script checks, in a folder of its own, that each of
them creates the file `pickle_was_executed`.
"""

import argparse
import collections
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile

PROTOCOLS = (2, 3, 4)
EVIDENCE = "pickle_was_executed"


# What Paddle writes.


def fill(dtype, shape, order="C"):
    """Element i, counted row by row: (i - 3) / 2, i - 3, i, or whether 3 divides i."""
    import numpy as np

    index = np.arange(np.prod(shape, dtype=np.int64))
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        values = (index - 3) / 2
    elif dtype.kind == "b":
        values = index % 3 == 0
    else:
        values = index - 3 if dtype.kind == "i" else index
    return np.asarray(values.astype(dtype).reshape(shape), order=order)


def tensors():
    import paddle

    content = collections.OrderedDict()
    for structured_name, name, dtype, shape in (
        ("conv.weight", "conv2d_7.w_0", "float32", (2, 3, 1, 2)),
        ("conv.bias", "conv2d_7.b_0", "float32", (2,)),
        ("doubles", "create_parameter_0.w_0", "float64", (3, 2)),
        ("counts", "generated_tensor_1", "int64", (5,)),
        ("sizes", "generated_tensor_2", "int32", (1, 4)),
        ("flags", "generated_tensor_3", "bool", (4,)),
        ("bytes", "generated_tensor_4", "uint8", (256,)),
        ("signed", "generated_tensor_5", "int8", (7,)),
        ("short", "generated_tensor_6", "int16", (7,)),
        ("scalar", "generated_tensor_7", "float32", ()),
    ):
        content[structured_name] = paddle.to_tensor(fill(dtype, shape))
        content[structured_name].name = name
    return content


def arrays():
    content = collections.OrderedDict()
    content["rows"] = fill("<f4", (2, 3, 4))
    content["columns"] = fill("<f4", (2, 3, 4), "F")
    content["columns.bool"] = fill("?", (3, 5), "F")
    content["empty"] = fill("<f4", (0, 3))
    content["one"] = fill("u1", (1,))
    content["again"] = content["rows"]
    return content


def save_with_slices(content, path, protocol, max_bytes):
    """paddle.save with another number for the 2**30 - 1 bytes above which it cuts an array."""
    import paddle
    from paddle.framework import io_utils

    function = io_utils._unpack_saved_dict
    original = function.__code__
    constants = tuple(max_bytes if c == 2**30 - 1 else c for c in original.co_consts)
    if constants == original.co_consts:
        sys.exit("this Paddle computes its limit in another way")
    function.__code__ = original.replace(co_consts=constants)
    try:
        paddle.save(content, str(path), protocol=protocol)
    finally:
        function.__code__ = original


def make_paddle(folder):
    import zlib  # noqa: F401  (before paddle: some exports crash without it)

    import paddle
    from paddle.framework.io import _pickle_save

    prefix = f"paddle{paddle.__version__.split('.')[0]}"
    for protocol in PROTOCOLS:

        def path(content):
            return folder / f"{prefix}_{content}_{protocol}.pdparams"

        paddle.save(tensors(), str(path("tensors")), protocol=protocol)
        paddle.save(arrays(), str(path("arrays")), protocol=protocol)
        with open(path("tuples"), "wb") as file:  # tensors as paddle.save writes them in nests
            _pickle_save(tensors(), file, protocol)
        if protocol < 4:
            save_with_slices(tensors(), path("slices"), protocol, max_bytes=20)

    def save_one(content, value):
        paddle.save({"x": value}, str(folder / f"{prefix}_{content}.pdparams"))

    save_one("float16", paddle.to_tensor(fill("float16", (4,))))
    save_one("bfloat16", paddle.to_tensor(fill("float32", (4,))).astype("bfloat16"))
    save_one("big_endian", fill(">f4", (4,)))
    save_one("complex", fill("float32", (4,)).astype("complex64"))
    save_one("strings", fill("float32", (4,)).astype("S3"))
    save_one("objects", fill("float32", (4,)).astype("O"))


# What must be refused.


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def name(module, attribute):
    return b"c" + f"{module}\n{attribute}\n".encode()


def stack_name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


def entry(value, protocol=2):
    """The dict {'x': value}."""
    return bytes([0x80, protocol]) + b"}" + text("x") + value + b"s."


COMMAND = f"touch {EVIDENCE}"
CODE = f"open('{EVIDENCE}', 'w').close()"


class Calls:
    def __init__(self, callable_, *arguments):
        self.call = (callable_, arguments)

    def __reduce__(self):
        return self.call


def live():
    """{name: a pickle that creates the file when Python loads it}"""
    import os

    os_system = name("os", "system")
    run = text(COMMAND) + b"\x85R"
    files = {
        "global_os_system": entry(os_system + run),
        "stack_global_os_system": entry(stack_name("os", "system") + run, 4),
        "stack_global_nested_name": entry(
            stack_name("os", "sys.modules.get") + text("os") + b"\x85R0" + os_system + run, 4
        ),
        "inst_os_system": entry(b"(" + text(COMMAND) + b"ios\nsystem\n"),
        "obj_os_system": entry(b"(" + os_system + text(COMMAND) + b"o"),
        "builtins_exec": entry(name("builtins", "exec") + text(CODE) + b"\x85R", 3),
        "builtins_eval": entry(name("builtins", "eval") + text(CODE) + b"\x85R", 3),
        "python2_eval": entry(name("__builtin__", "eval") + text(CODE) + b"\x85R"),
        "as_key": b"\x80\x02}" + os_system + run + text("x") + b"s.",
        "as_root": b"\x80\x02" + os_system + run + b".",
        "after_an_entry": b"\x80\x02}(" + text("x") + b"N" + text("y") + os_system + run + b"u.",
        "in_a_tuple": entry(text("n") + os_system + run + b"\x86"),
        "from_the_memo": entry(os_system + b"q\x000h\x00" + run),
        "in_an_ordered_dict": b"\x80\x02"
        + name("collections", "OrderedDict")
        + b")R"
        + text("x")
        + os_system
        + run
        + b"s.",
        "as_a_state": entry(name("collections", "OrderedDict") + b")R" + os_system + run + b"b0N"),
    }
    for protocol in PROTOCOLS:
        files[f"written_by_python_{protocol}"] = pickle.dumps(
            {"x": Calls(os.system, COMMAND)}, protocol
        )
        files[f"exec_by_python_{protocol}"] = pickle.dumps({"x": Calls(exec, CODE)}, protocol)
    return files


def inert():
    """{name: a pickle with something that no state_dict has, though it does no harm}"""
    ordered = name("collections", "OrderedDict")
    encode = name("_codecs", "encode")
    dtype = name("numpy", "dtype")
    ndarray = name("numpy", "ndarray")
    return {
        "newobj": entry(ordered + b")\x81"),
        "newobj_ex": entry(ordered + b")}\x92", 4),
        "obj": entry(b"(" + ordered + b"o"),
        "inst": entry(b"(icollections\nOrderedDict\n"),
        "persid": entry(b"Px\n"),
        "binpersid": entry(text("x") + b"Q"),
        "ext1": entry(b"\x82\x01"),
        "ext2": entry(b"\x83\x01\x00"),
        "ext4": entry(b"\x84\x01\x00\x00\x00"),
        "dup": entry(b"N20"),
        "set": entry(b"\x8f", 4),
        "float": entry(b"G" + struct.pack(">d", 1.0)),
        "string": entry(b"U\x01a"),
        "no_opcode": entry(b"\xff"),
        "encode_rot13": entry(encode + text("abc") + text("rot13") + b"\x86R"),
        "decode": entry(name("_codecs", "decode") + text("abc") + b"\x85R"),
        "dtype_of_a_tuple": entry(dtype + b")\x85R"),
        "ndarray_called": entry(ndarray + b"J\xff\xff\xff\x7f\x85\x85R"),
        "reconstruct_of_another": entry(
            name("numpy.core.multiarray", "_reconstruct") + ordered + b"K\x00\x85C\x01b\x87R", 3
        ),
        "scalar": entry(name("numpy.core.multiarray", "scalar") + dtype + b"\x85R"),
        "call_of_a_string": entry(text("os.system") + b")R"),
        "call_without_tuple": entry(ordered + b"]R"),
        "state_of_a_dict": entry(b"}}b"),
        "state_of_a_function": entry(encode + b")b"),
        "name_of_integers": entry(b"K\x01K\x02\x93", 4),
        "ordered_dict_subclass": entry(
            stack_name("collections", "OrderedDict.fromkeys") + b")R", 4
        ),
        "eval_of_a_lod_tensor": entry(
            name("builtins", "eval") + text("data") + b"}" + text("data") + b"Ns\x86R", 3
        ),
    }


def check_live(path):
    with tempfile.TemporaryDirectory() as folder:
        program = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
        subprocess.run(
            [sys.executable, "-c", program, str(path.resolve())],
            cwd=folder,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if not (pathlib.Path(folder) / EVIDENCE).exists():
            sys.exit(f"{path} does nothing in Python: it proves nothing")


def make_refused(folder):
    for kind, files in (("live", live()), ("inert", inert())):
        (folder / "refused" / kind).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            path = folder / "refused" / kind / f"{file}.pdparams"
            path.write_bytes(content)
            if kind == "live":
                check_live(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("what", choices=("paddle", "refused"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    (make_paddle if options.what == "paddle" else make_refused)(options.folder)


if __name__ == "__main__":
    main()
