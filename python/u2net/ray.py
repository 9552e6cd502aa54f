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

from . import _ray_files, _u2net
from ._inference import BUNDLED
from ._ray_ledger import Ledger, make_ledger
from ._ray_work import FAILURE, PictureWork, SharedModel, shown
from ._results import ResultMaker

__all__ = ["Remover", "SharedModel", "remove"]

_log = logging.getLogger(__name__)

# What a row says of its picture, beside a column for each kind of result.
_FACTS = {"width": pa.int32(), "height": pa.int32(), "raw_min": pa.float32(), "raw_max": pa.float32(),
          "flat": pa.bool_(), "skipped": pa.bool_(), "attempts": pa.int32(), "error": pa.string()}
_MAX_REPORTED = 100_000  # rows of a block of the report: tens of megabytes
_MAX_ROWS = 256  # of a block of paths: a task of seconds
_BLOCKS_EACH = 16  # of every worker, where there are few: the last ones end at about the same time


class Remover:
    """A worker: rows of pictures in, rows of results out; for Dataset.map_batches with batch_format="pyarrow".

    A row has `bytes`, the file of a picture, or `path`, where it lies, or both. With `output`, a folder, files of
    results are written there, and the column of each kind in `write` has their paths; without, the files themselves.
    Other columns stay as they are.
    """

    work: type[PictureWork] = PictureWork

    def __init__(self, model: SharedModel, output: str | os.PathLike | None = None, *, write: str = "cutout",
                 skip_existing: bool = False, force: bool = False, ledger: Ledger | None = None, **options: Any) -> None:
        self._work = self.work(model, output, write, skip_existing=skip_existing, force=force, **options)
        self._kind_type = pa.large_binary() if output is None else pa.string()
        self._ledger = ledger

    def __call__(self, batch: pa.Table) -> pa.Table:
        rows = batch.select([name for name in ("bytes", "path", FAILURE) if name in batch.column_names])
        facts = []
        with Ledger.page(self._ledger, rows) as page:
            for index, row in enumerate(rows.to_pylist()):
                deaths = page.begin(index)
                facts.append(page.failure(deaths) or self._work.tried(row))
                page.end(index)
        rest = batch.drop_columns([name for name in ("bytes", FAILURE) if name in batch.column_names])
        if "path" in rest.column_names and not pa.types.is_string(rest.schema.field("path").type):
            column = _shown_paths(rest.column("path").to_pylist())
            rest = rest.set_column(rest.column_names.index("path"), "path", column)
        return _with_facts(rest, self._work.kinds, self._kind_type, facts)


def _shown_paths(paths: list[str | bytes]) -> pa.Array:
    return pa.array([shown(path) for path in paths], pa.string())


def _with_facts(table: pa.Table, kinds: list[str], kind_type: pa.DataType, facts: list[dict[str, Any]]) -> pa.Table:
    for name, kind in [*dict.fromkeys(kinds, kind_type).items(), *_FACTS.items()]:
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, pa.array([row.get(name) for row in facts], kind))
    return table


def _beside_reading(cpus: float) -> float:
    """What reads and writes takes whole processors for moments: it has to fit beside workers on each of them."""
    largest = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    return cpus / 2 if largest >= 2 else 0


def _listed(paths: str | os.PathLike | Iterable[str | os.PathLike], output: str | os.PathLike | None, write: str, format: str,
            recursive: bool) -> list[_ray_files.Job]:
    """Pictures with the places of their results, as the command plans them."""
    several = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    # A worker is in another folder.
    names = [os.fsencode(os.path.abspath(path)) for path in several]
    if output is not None:
        plans = [_u2net.plan_pictures(names, write, os.fsencode(os.path.abspath(output)), format, recursive)]
    else:  # one by one: results that lie nowhere are in nobody's way
        plans = [_u2net.plan_pictures([name], write, b"/dev/null", format, recursive) for name in names]
    for path, why in (file for plan in plans for file in plan[1]):
        _log.info("left out: '%s': %s", os.fsdecode(path), why)
    return [(path, [] if output is None else places, failure) for plan in plans for path, places, failure in plan[0]]


def _as_dataset(jobs: list[_ray_files.Job], workers: int) -> ray.data.Dataset:
    """In blocks, for results that lie nowhere."""
    listed = [(path, failure) for path, _, failure in jobs]
    schema = pa.schema({"path": pa.binary(), FAILURE: pa.string()})
    rows = min(max(-(-len(jobs) // (workers * _BLOCKS_EACH)), 1), _MAX_ROWS)
    blocks = [pa.table([pa.array(column, kind) for column, kind in zip(zip(*listed[at:at + rows]), schema.types)],
                       schema=schema) for at in range(0, len(jobs), rows)]
    return ray.data.from_arrow(blocks or [schema.empty_table()])


def _report(jobs: list[_ray_files.Job], kinds: list[str], facts: list[dict[str, Any]]) -> ray.data.Dataset:
    blocks = []
    for at in range(0, len(jobs), _MAX_REPORTED) or [0]:
        paths = pa.table({"path": _shown_paths([path for path, _, _ in jobs[at:at + _MAX_REPORTED]])})
        blocks.append(_with_facts(paths, kinds, pa.string(), facts[at:at + _MAX_REPORTED]))
    return ray.data.from_arrow(blocks)


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
    maker = ResultMaker(write, format=format, **options)  # what is wrong with the options is told before anything starts
    shared = model if isinstance(model, SharedModel) else SharedModel(model, params, mode=mode, precision=precision)
    arguments = {"model": shared, "output": output, "write": write, "format": format, "skip_existing": skip_existing,
                 "force": force, **options}
    given = isinstance(pictures, ray.data.Dataset)
    if not given:
        jobs = _listed(pictures, output, write, format, recursive)
        if output is not None:
            facts = _ray_files.run(jobs, workers=workers, cpus=cpus, **arguments,
                                   progress=ray.data.DataContext.get_current().enable_progress_bars)
            return _report(jobs, list(maker.endings), facts)
    most = workers or _ray_files.workers_that_fit(cpus)
    results = (pictures if given else _as_dataset(jobs, most)).map_batches(
        Remover, batch_size=batch_size if given else None, batch_format="pyarrow", zero_copy_batch=True,
        fn_constructor_kwargs={**arguments, "ledger": make_ledger()},
        # Where pictures are to be read first, workers come as there is work.
        compute=ray.data.ActorPoolStrategy(min_size=1 if given else most, max_size=most,
                                           max_tasks_in_flight_per_actor=2),
        num_cpus=_beside_reading(cpus) if given else cpus)
    return results if output is None else results.materialize()
