# SPDX-License-Identifier: Apache-2.0
"""What a worker of a cluster does with a picture. Workers import this without ray.data and pyarrow, which take longer to
import than ten pictures to cut out."""
from __future__ import annotations

import logging
import os
from typing import Any

import ray

from . import _u2net
from ._errors import make
from ._inference import BUNDLED, _path
from ._results import ResultMaker, refuse_others, write_result
from ._segment import Segmenter

OUTPUTS, FAILURE = "u2net.outputs", "u2net.failure"  # of a listed picture: its places, or why it has none

MAX_DEATHS = 3  # of workers, under the same picture; one may be the machine's

_log = logging.getLogger("u2net.ray")


class SharedModel:
    """A model for all workers of a cluster: its files' bytes lie in the object store, once on every machine, and are
    read from there in place. What cannot be read from memory (a folder, weights in further files) goes by its path,
    which every machine must have, and so does what `u2net pack` made, as workers share the mapped file; the model that is
    compiled in goes by its name."""

    def __init__(self, model: str | os.PathLike = BUNDLED, params: str | os.PathLike | None = None, *,
                 mode: str = "native", precision: str = "f32") -> None:
        self._options = {"mode": mode, "threads": 1, "precision": precision}
        self._named = _path(model), None if params is None else _path(params)
        Segmenter(*self._named, **self._options)  # what is wrong with it is told here, not by every worker
        self._files = [ray.put(file) for file in self._in_memory()]

    def _in_memory(self) -> tuple[Any, ...]:
        """Program and parameters, or nothing."""
        import numpy as np
        model, params = self._named
        if model == BUNDLED and not os.path.exists(model):
            return ()
        stem = os.path.splitext(model)[0] if os.path.isfile(model) else model
        programs = [model] if os.path.isfile(model) else [model + ending for ending in (".pdmodel", ".json")]
        program = next(filter(os.path.isfile, programs), None)
        parameters = params or stem + ".pdiparams"
        if program is None or _is_packed(program):
            return ()
        files = tuple(np.fromfile(path, np.uint8) if os.path.isfile(path) else b"" for path in (program, parameters))
        if program.endswith(".pdparams"):
            files = b"", files[0]
        try:
            Segmenter(files, **self._options)
        except ValueError as error:
            _log.info("%s goes by its path: %s", model, error)
            return ()
        return files

    def segmenter(self) -> Segmenter:
        """One of its own, of one thread."""
        if not self._files:
            return Segmenter(*self._named, **self._options)
        return Segmenter(tuple(ray.get(self._files)), **self._options)


class PictureWork:
    """Rows of pictures to what is known of them: a row has `bytes` or `path`, or both, and OUTPUTS and FAILURE if it was
    listed."""

    def __init__(self, model: SharedModel, output: str | os.PathLike | None, write: str, *, skip_existing: bool,
                 force: bool, **options: Any) -> None:
        self._segmenter = model.segmenter()
        self._maker = ResultMaker(write, **options)
        self._output = None if output is None else os.fsencode(os.path.abspath(output))
        self._skip_existing, self._force = skip_existing, force
        self._folders: set[bytes] = set()

    @property
    def kinds(self) -> list[str]:
        return list(self._maker.endings)

    def tried(self, row: dict[str, Any]) -> dict[str, Any]:
        if row.get(FAILURE):
            return {"attempts": 0, "error": row[FAILURE]}
        for attempt in (1, 2):
            try:
                return {**self._done(row), "attempts": attempt}
            except Exception as error:  # whatever it is, it is this picture's alone
                failure = {"attempts": attempt, "error": _told(error)}
        return failure

    def _done(self, row: dict[str, Any]) -> dict[str, Any]:
        places = self._places(row)
        wanted = {kind: path for kind, path in places.items()
                  if not (path and self._skip_existing and os.path.exists(path))}
        written = {kind: shown(path) for kind, path in places.items() if path}
        if not wanted:
            return {**written, "skipped": True}
        picture = row.get("bytes")
        if picture is None:
            if not row.get("path"):
                raise make("E-INPUT-NOT-FOUND", "a row with neither bytes nor path")
            picture = _u2net.read_file(os.fsencode(row["path"]))
        for path in filter(None, wanted.values()):
            if not self._force:
                refuse_others(path, picture)
        result, files = self._maker.make(self._segmenter, picture, list(wanted))
        for (kind, path), file in zip(wanted.items(), files):
            if path:
                self._make_folder(os.path.dirname(path))
                write_result(path, file)
            else:
                written[kind] = file
        height, width = result.mask.shape
        return {**written, "width": width, "height": height, "raw_min": result.raw_min, "raw_max": result.raw_max,
                "flat": result.flat, "skipped": False}

    def _places(self, row: dict[str, Any]) -> dict[str, bytes | None]:
        """Where the results go: as planned, or by the picture's whole name, or nowhere."""
        if row.get(OUTPUTS):
            return dict(zip(self._maker.endings, row[OUTPUTS]))
        if self._output is None:
            return dict.fromkeys(self._maker.endings)
        name = os.path.basename(os.fsencode(row.get("path") or ""))
        if not name:
            raise make("E-USAGE", "a picture without a path, after which its results could be named")
        return {kind: os.path.join(self._output, name + os.fsencode(f".{kind}{ending}"))
                for kind, ending in self._maker.endings.items()}

    def _make_folder(self, folder: bytes) -> None:
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)
            self._folders.add(folder)


def deadly(workers: int) -> dict[str, Any]:
    """What is known of a picture that so many workers died of."""
    return {"attempts": workers, "error": f"{workers} workers died of it"}


def _is_packed(program: str) -> bool:
    with open(program, "rb") as file:
        return file.read(4) == b"\x89U2N"


def shown(path: str | bytes) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _told(error: Exception) -> str:
    name = getattr(error, "name", None)
    return str(error) if isinstance(name, str) and name.startswith("E-") else f"{type(error).__name__}: {error}"
