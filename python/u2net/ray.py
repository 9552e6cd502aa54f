# SPDX-License-Identifier: Apache-2.0
"""Pictures by the million on a Ray cluster: pip install u2net[ray].

    report = u2net.ray.remove("photos/", "cutouts/")                 # folders to files
    cutouts = u2net.ray.remove(ray.data.read_parquet("photos.parquet"))   # a column of files to a column of files

Every picture becomes one row, whatever happens to it: what fails is tried once more and then told in the column
`error`; what a dead worker or a dead machine was at is done by others. Files of results are those of `u2net run`, to
the byte.
"""
from __future__ import annotations

import logging
import os
from typing import Any, Iterable

import pyarrow as pa
import ray
import ray.data

from . import _u2net
from ._errors import make
from ._inference import BUNDLED, _path
from ._ray_ledger import Ledger, make_ledger
from ._results import ResultMaker, refuse_others, write_result
from ._segment import Segmenter

__all__ = ["Remover", "SharedModel", "remove"]

_log = logging.getLogger(__name__)

# What a row says of its picture, beside a column for each kind of result.
_FACTS = {"width": pa.int32(), "height": pa.int32(), "raw_min": pa.float32(), "raw_max": pa.float32(),
          "flat": pa.bool_(), "skipped": pa.bool_(), "attempts": pa.int32(), "error": pa.string()}
_OUTPUTS, _FAILURE = "u2net.outputs", "u2net.failure"  # of a listed picture: its places, or why it has none
_MAX_ROWS = 256  # of a block of paths: a task of seconds
_BLOCKS_EACH = 16  # of every worker, where there are few: the last ones end at about the same time


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


class Remover:
    """A worker: rows of pictures in, rows of results out; for Dataset.map_batches with batch_format="pyarrow".

    A row has `bytes`, the file of a picture, or `path`, where it lies, or both. With `output`, a folder, files of
    results are written there, and the column of each kind in `write` has their paths; without, the files themselves.
    Other columns stay as they are.
    """

    def __init__(self, model: SharedModel, output: str | os.PathLike | None = None, *, write: str = "cutout",
                 skip_existing: bool = False, force: bool = False, ledger: Ledger | None = None, **options: Any) -> None:
        self._segmenter = model.segmenter()
        self._maker = ResultMaker(write, **options)
        self._output = None if output is None else os.fsencode(os.path.abspath(output))
        self._skip_existing, self._force, self._ledger = skip_existing, force, ledger
        self._folders: set[bytes] = set()

    def __call__(self, batch: pa.Table) -> pa.Table:
        rows = batch.select([name for name in ("bytes", "path", _OUTPUTS, _FAILURE) if name in batch.column_names])
        facts = []
        with Ledger.page(self._ledger, rows) as page:
            for index, row in enumerate(rows.to_pylist()):
                deaths = page.begin(index)
                facts.append(page.failure(deaths) if page.is_hopeless(deaths) else self._tried(row))
                page.end(index)
        return self._table(batch, facts)

    def _table(self, batch: pa.Table, facts: list[dict[str, Any]]) -> pa.Table:
        result = batch.drop_columns([name for name in ("bytes", _OUTPUTS, _FAILURE) if name in batch.column_names])
        if "path" in result.column_names and not pa.types.is_string(result.schema.field("path").type):
            shown = [_shown(path) for path in result.column("path").to_pylist()]
            result = result.set_column(result.column_names.index("path"), "path", pa.array(shown, pa.string()))
        kind_type = pa.large_binary() if self._output is None else pa.string()
        for name, kind in [*dict.fromkeys(self._maker.endings, kind_type).items(), *_FACTS.items()]:
            column = pa.array([row.get(name) for row in facts], kind)
            if name in result.column_names:
                result = result.drop_columns([name])
            result = result.append_column(name, column)
        return result

    def _tried(self, row: dict[str, Any]) -> dict[str, Any]:
        if row.get(_FAILURE):
            return {"attempts": 0, "error": row[_FAILURE]}
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
        written = {kind: _shown(path) for kind, path in places.items() if path}
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
        if row.get(_OUTPUTS):
            return dict(zip(self._maker.endings, row[_OUTPUTS]))
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


def _is_packed(program: str) -> bool:
    with open(program, "rb") as file:
        return file.read(4) == b"\x89U2N"


def _shown(path: str | bytes) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _told(error: Exception) -> str:
    name = getattr(error, "name", None)
    return str(error) if isinstance(name, str) and name.startswith("E-") else f"{type(error).__name__}: {error}"


def _beside_reading(cpus: float) -> float:
    """What reads and writes takes whole processors for moments: it has to fit beside workers on each of them."""
    largest = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    return cpus / 2 if largest >= 2 else 0


def _plan(names: list[bytes], output: str | os.PathLike | None, write: str, format: str,
          recursive: bool) -> tuple[list[Any], list[Any]]:
    """Pictures with the places of their results, as the command plans them, and what is left out."""
    if output is not None:
        return _u2net.plan_pictures(names, write, os.fsencode(os.path.abspath(output)), format, recursive)
    plans = [_u2net.plan_pictures([name], write, b"/dev/null", format, recursive) for name in names]
    jobs = [(picture, [], failure) for plan in plans for picture, _, failure in plan[0]]  # nothing lies anywhere
    return jobs, [file for plan in plans for file in plan[1]]


def _listed(paths: str | os.PathLike | Iterable[str | os.PathLike], output: str | os.PathLike | None, write: str, format: str,
            recursive: bool, workers: int) -> ray.data.Dataset:
    """The pictures that there are, in blocks."""
    several = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    # A worker is in another folder.
    names = [os.fsencode(os.path.abspath(path)) for path in several]
    jobs, left_out = _plan(names, output, write, format, recursive)
    for path, why in left_out:
        _log.info("left out: '%s': %s", os.fsdecode(path), why)
    schema = pa.schema({"path": pa.binary(), _OUTPUTS: pa.list_(pa.binary()), _FAILURE: pa.string()})
    rows = min(max(-(-len(jobs) // (workers * _BLOCKS_EACH)), 1), _MAX_ROWS)
    blocks = [pa.table([pa.array(column, kind) for column, kind in zip(zip(*jobs[at:at + rows]), schema.types)],
                       schema=schema) for at in range(0, len(jobs), rows)]
    return ray.data.from_arrow(blocks or [schema.empty_table()])


def remove(pictures: str | os.PathLike | Iterable[str | os.PathLike] | ray.data.Dataset,
           output: str | os.PathLike | None = None, *, write: str = "cutout", format: str = "png",
           recursive: bool = False, skip_existing: bool = False, force: bool = False,
           model: str | os.PathLike | SharedModel = BUNDLED, params: str | os.PathLike | None = None,
           mode: str = "native", precision: str = "f32", workers: int | None = None, cpus: float = 1,
           batch_size: int = 16, **options: Any) -> ray.data.Dataset:
    """A row a picture, with a column for each kind of result in `write` (mask, cutout, result, panel) and what was seen:
    width, height, raw_min, raw_max, flat (there is no subject), skipped, attempts, error.

    `pictures` are paths of pictures and folders, or a Dataset with a column `bytes` or `path`. With `output` files are
    written there at once; without, the Dataset that comes back does its work when it is read or written. Paths must
    mean the same on every machine. `workers` take `cpus` each, one thread is theirs; by default they are as many as the
    cluster has processors for. Further options are those of the command: quality, refine, decontaminate, post_process,
    keep_hidden, background.
    """
    ResultMaker(write, format=format, **options)  # what is wrong with the options is told before anything starts
    shared = model if isinstance(model, SharedModel) else SharedModel(model, params, mode=mode, precision=precision)
    most = workers or max(1, int(ray.cluster_resources().get("CPU", 1) / cpus))
    given = isinstance(pictures, ray.data.Dataset)
    dataset = pictures if given else _listed(pictures, output, write, format, recursive, most)
    results = dataset.map_batches(
        Remover, batch_size=batch_size if given else None, batch_format="pyarrow", zero_copy_batch=True,
        fn_constructor_kwargs={"model": shared, "output": output, "write": write, "format": format,
                               "skip_existing": skip_existing, "force": force, "ledger": make_ledger(), **options},
        # Where pictures are to be read first, workers come as there is work.
        compute=ray.data.ActorPoolStrategy(min_size=1 if given else most, max_size=most,
                                           max_tasks_in_flight_per_actor=2),
        num_cpus=_beside_reading(cpus) if given else cpus)
    return results if output is None else results.materialize()
