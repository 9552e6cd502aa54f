# SPDX-License-Identifier: Apache-2.0
"""Tensors in, tensors out: Paddle's Config and create_predictor, and InferenceModel on top."""
from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Sequence

from . import _u2net
from ._errors import make
from ._fork import renew_in_children

if TYPE_CHECKING:
    import numpy as np

BUNDLED = "u2netp"


def _contiguous(array: Any) -> np.ndarray:
    """The array itself where the engine can read it in place; a copy in this machine's order of bytes."""
    import numpy as np
    try:
        array = np.asarray(array, order="C")  # ascontiguousarray() would give a number a dimension
    except ValueError as error:  # lists of several lengths
        raise make("E-INPUT-SHAPE", f"no array: {error}") from None
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise make("E-INPUT-SHAPE", f"an array of {array.dtype}, expected one of numbers", "array.astype(numpy.float32)")
    ordered: np.ndarray = array.astype(array.dtype.newbyteorder("="), copy=False)
    return ordered


def _path(path: str | bytes | os.PathLike[str]) -> str:
    """Of a model or its parameters, whatever kind of path was given."""
    text = os.fsdecode(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise make("E-USAGE", f"the path {text!r} is not UTF-8") from None
    return text


class Config:
    """Which model, and how to run it. Picklable; nothing is read before a predictor is made.

    Config("m.pdmodel", "m.pdiparams"), Config("folder"), Config("prefix"), Config("packed.u2n"),
    or Config() for the U2Netp that is compiled in.
    """

    def __init__(self, prog_file: str | os.PathLike[str] | None = None,
                 params_file: str | os.PathLike[str] | None = None) -> None:
        self._model: str | None = None
        self._params: str | None = None
        self._buffers: tuple[bytes, bytes] | None = None
        self._mode: str | None = None
        self._threads = 0
        self._passes: list[str] = []
        self._ir_optim = True
        self._precision = "f32"
        if prog_file is not None:
            self.set_model(prog_file, params_file)

    def set_model(self, prog_file: str | os.PathLike[str],
                  params_file: str | os.PathLike[str] | None = None) -> None:
        self._model = _path(prog_file)
        self._params = None if params_file is None else _path(params_file)
        self._buffers = None

    def set_model_buffer(self, prog: bytes, prog_size: int, params: bytes, params_size: int) -> None:
        self._buffers = bytes(prog[:prog_size]), bytes(params[:params_size])

    def prog_file(self) -> str:
        return self._model or ""

    def params_file(self) -> str:
        return self._params or ""

    def model_from_memory(self) -> bool:
        return self._buffers is not None

    # How to run.
    def set_mode(self, mode: str) -> None:
        """One of u2net.available_modes()."""
        self._mode = mode

    def mode(self) -> str:
        if self._mode is not None:
            return self._mode
        return "native" if self._ir_optim else "static"

    def set_precision(self, precision: str) -> None:
        """What mode native may compute in, where that is faster: "f32" (default), "bf16", "bf16x3", "mixed"."""
        self._precision = precision

    def precision(self) -> str:
        return self._precision

    def enable_mkldnn(self) -> None:
        self._mode = "onednn"

    def disable_mkldnn(self) -> None:
        self._mode = "inference"

    def mkldnn_enabled(self) -> bool:
        return self.mode() == "onednn"

    def switch_ir_optim(self, on: bool = True) -> None:
        """Off: the program as written (mode static)."""
        self._ir_optim = on
        if not on:
            self._mode = None

    def ir_optim(self) -> bool:
        return self.mode() not in ("static", "dynamic")

    def delete_pass(self, name: str) -> None:
        self._passes.append(name)

    def set_cpu_math_library_num_threads(self, threads: int) -> None:
        """0, the default: OMP_NUM_THREADS, or every processor that the process may use."""
        self._threads = threads

    def cpu_math_library_num_threads(self) -> int:
        return self._threads

    def enable_use_gpu(self, *_: Any, **__: Any) -> None:
        raise make("E-USAGE", "there is no GPU here: u2net runs on CPUs alone",
                   "leave use_gpu out, or disable_gpu()")

    def disable_gpu(self) -> None:
        pass

    def use_gpu(self) -> bool:
        return False

    # Always so.
    def enable_memory_optim(self, on: bool = True) -> None:
        pass

    def disable_glog_info(self) -> None:
        pass

    def switch_use_feed_fetch_ops(self, on: bool = False) -> None:
        pass

    def _load(self) -> _u2net.Model:
        options: dict[str, Any] = {"mode": self.mode(), "threads": self._threads, "disabled_passes": self._passes,
                                   "precision": self._precision}
        if self._buffers is not None:
            return _u2net.Model(program_bytes=self._buffers[0], parameter_bytes=self._buffers[1], **options)
        return _load_named(self._model, self._params, options)


def _load_named(model: str | None, params: str | None, options: dict[str, Any]) -> _u2net.Model:
    """By path; "u2netp", where there is no such file, and None are the model that is compiled in."""
    if model == BUNDLED and _u2net.has_bundled_model() and not os.path.exists(model) \
            and not os.path.exists(model + ".pdmodel"):
        model = None
    return _u2net.Model(model, params or "", **options)


class _Handle:
    """One input or output of a Predictor."""

    def __init__(self, predictor: Predictor, name: str) -> None:
        self._predictor, self._name = predictor, name

    def name(self) -> str:
        return self._name

    def lod(self) -> list[Any]:
        return []


class InputHandle(_Handle):
    def reshape(self, shape: Sequence[int]) -> None:
        """The next array decides; kept for programs written for Paddle."""

    def copy_from_cpu(self, array: Any) -> None:
        import numpy as np
        self._predictor._inputs[self._name] = np.array(array, order="C", copy=True)

    def share_external_data(self, array: np.ndarray) -> None:
        """Reads the array in place at every run, which must be there and C-contiguous until then."""
        if not array.flags.c_contiguous:
            raise make("E-INPUT-SHAPE", f"input '{self._name}': the array is not C-contiguous",
                       "copy_from_cpu() takes any")
        self._predictor._inputs[self._name] = array

    def shape(self) -> list[int]:
        array = self._predictor._inputs.get(self._name)
        if array is not None:
            return list(array.shape)
        model = self._predictor._model
        return list(model.input_shapes[model.input_names.index(self._name)])

    def type(self) -> str:
        model = self._predictor._model
        return model.input_types[model.input_names.index(self._name)]


class OutputHandle(_Handle):
    def copy_to_cpu(self) -> np.ndarray:
        return self._array().copy()

    def shape(self) -> list[int]:
        return list(self._array().shape)

    def type(self) -> str:
        return str(self._array().dtype)

    def _array(self) -> np.ndarray:
        outputs = self._predictor._outputs
        if outputs is None:
            raise make("E-USAGE", f"output '{self._name}': there are no outputs before a run")
        return outputs[self._predictor.get_output_names().index(self._name)]


class Predictor:
    """Runs a model. For one thread at a time; clone() gives another thread its own, with the same weights.

    It works in a child of os.fork() as well, unless the mode is "onednn" and the parent has used it.
    """

    def __init__(self, config: Config, _model: _u2net.Model | None = None) -> None:
        self._config = config
        self._model = config._load() if _model is None else _model
        self._session: _u2net.Session | None = _u2net.Session(self._model)
        self._busy = threading.Lock()
        self._inputs: dict[str, np.ndarray] = {}
        self._outputs: list[np.ndarray] | None = None
        renew_in_children(self)

    def _after_fork(self) -> None:
        if self._busy.locked():  # the session is as another thread of the parent left it
            self._session = None
        self._busy = threading.Lock()

    def _run(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        if self._session is None:
            self._session = _u2net.Session(self._model)
        return self._session.run([_contiguous(x) for x in inputs])

    def get_input_names(self) -> list[str]:
        return self._model.input_names

    def get_output_names(self) -> list[str]:
        return self._model.output_names

    def get_input_handle(self, name: str) -> InputHandle:
        self._check("input", name, self.get_input_names())
        return InputHandle(self, name)

    def get_output_handle(self, name: str) -> OutputHandle:
        self._check("output", name, self.get_output_names())
        return OutputHandle(self, name)

    def run(self, inputs: Sequence[Any] | None = None) -> list[np.ndarray] | bool:
        """With arrays: the outputs. Without: what the input handles were given; True."""
        if not self._busy.acquire(blocking=False):
            raise make("E-USAGE", "a Predictor is for one thread at a time, and another one is in it", "clone() it")
        try:
            if inputs is not None:
                self._outputs = self._run(list(inputs))
                return [output.copy() for output in self._outputs]
            missing = [name for name in self.get_input_names() if name not in self._inputs]
            if missing:
                raise make("E-INPUT-SHAPE", f"input '{missing[0]}' was not set")
            self._outputs = self._run([self._inputs[name] for name in self.get_input_names()])
            return True
        finally:
            self._busy.release()

    def clone(self) -> Predictor:
        return Predictor(self._config, self._model)

    def clear_intermediate_tensor(self) -> None:
        pass

    def try_shrink_memory(self) -> int:
        self._outputs = None
        self._session = _u2net.Session(self._model)
        return 0

    def __reduce__(self) -> tuple[Any, ...]:
        return Predictor, (self._config,)

    @staticmethod
    def _check(kind: str, name: str, names: list[str]) -> None:
        if name not in names:
            known = ", ".join(f"'{n}'" for n in names)
            raise make("E-INPUT-SHAPE", f"no {kind} named '{name}'; this model has: {known}")


def create_predictor(config: Config) -> Predictor:
    return Predictor(config)


class InferenceModel:
    """An exported network that is called like a function.

    model = InferenceModel("u2netp", use_mkldnn=True); model.eval(); d0, *_ = model(x, batch_size=4)

    `use_mkldnn=False` runs mode "inference", True mode "onednn"; `mode` overrides both.
    """

    def __init__(self, modelpath: str | os.PathLike[str], use_gpu: bool = False, gpu_id: int = 0,
                 use_mkldnn: bool = False, cpu_threads: int = 0, *, mode: str | None = None) -> None:
        self.config = Config(modelpath)
        if use_gpu:
            self.config.enable_use_gpu(100, gpu_id)
        if mode is not None:
            self.config.set_mode(mode)
        elif use_mkldnn:
            self.config.enable_mkldnn()
        else:
            self.config.disable_mkldnn()
        self.config.set_cpu_math_library_num_threads(cpu_threads)
        self.predictor: Predictor | None = None

    def eval(self) -> InferenceModel:
        """Loads the model."""
        self.predictor = create_predictor(self.config)
        self.input_names, self.output_names = self.predictor.get_input_names(), self.predictor.get_output_names()
        self.input_num, self.output_num = len(self.input_names), len(self.output_names)
        self.input_handles = [self.predictor.get_input_handle(name) for name in self.input_names]
        self.output_handles = [self.predictor.get_output_handle(name) for name in self.output_names]
        return self

    def __call__(self, *input_datas: Any, batch_size: int = 1) -> Any:
        return self.forward(*input_datas, batch_size=batch_size)

    def forward(self, *input_datas: Any, batch_size: int = 1) -> Any:
        """The outputs as a tuple of arrays (an array where there is one), `batch_size` pictures at a time."""
        import numpy as np
        predictor = self.predictor or self.eval().predictor
        assert predictor is not None
        if batch_size < 1:
            raise make("E-USAGE", f"batch_size: got {batch_size}, expected 1 or more")
        inputs = [_contiguous(x) for x in input_datas]
        if len(inputs) != self.input_num:
            raise make("E-INPUT-SHAPE", f"the model has {self.input_num} inputs, got {len(inputs)}")
        count = {len(x) if x.ndim else 0 for x in inputs}
        if len(count) != 1 or 0 in count:
            raise make("E-INPUT-SHAPE", f"inputs for {sorted(count)} pictures")
        pieces = -(-count.pop() // batch_size)
        steps = zip(*(np.array_split(x, pieces) for x in inputs))
        results: list[Any] = [predictor.run(step) for step in steps]
        outputs = tuple(np.concatenate(parts, 0) if pieces > 1 else parts[0] for parts in zip(*results))
        return outputs if len(outputs) > 1 else outputs[0]

    def __repr__(self) -> str:
        if self.predictor is None:
            return f"InferenceModel({self.config.prog_file()!r}, mode={self.config.mode()!r})"
        return (f"input_num: {self.input_num}\ninput_names: {self.input_names}\n"
                f"output_num: {self.output_num}\noutput_names: {self.output_names}")

    def __getstate__(self) -> dict[str, Any]:
        return {"config": self.config, "loaded": self.predictor is not None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.config, self.predictor = state["config"], None
        if state["loaded"]:
            self.eval()
