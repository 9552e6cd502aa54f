# SPDX-License-Identifier: Apache-2.0
"""Listed pictures to files, as tasks of Ray: what takes a task is a list of pictures, what it gives a list of facts, and
its worker keeps the model for the next one. (Operators of ray.data would have every worker import ray.data first: seconds.)"""
from __future__ import annotations

import sys
import time
import uuid
from typing import Any, Iterator

import ray

from ._ray_work import FAILURE, MAX_DEATHS, OUTPUTS, PictureWork, deadly

_MAX_PICTURES = 64  # of a task: seconds
_TASKS_EACH = 4  # of what is left, for every worker: the last ones end at about the same time

Facts = dict[str, Any]
Job = tuple[bytes, list[bytes], str | None]  # a picture, the places of its results, or why it has none

_kept: tuple[str, PictureWork] | None = None  # in a worker: of the run that it works for


def _do(run: str, work: type[PictureWork], arguments: dict[str, Any], jobs: list[Job]) -> list[Facts]:
    global _kept
    if _kept is None or _kept[0] != run:
        _kept = run, work(**arguments)
    return [_kept[1].tried({"path": path, OUTPUTS: outputs, FAILURE: failure}) for path, outputs, failure in jobs]


def workers_that_fit(cpus: float) -> int:
    """Of so many processors each, into the cluster as it is now."""
    return max(1, int(ray.cluster_resources().get("CPU", 1) / cpus))


class _Run:
    def __init__(self, jobs: list[Job], workers: int | None, cpus: float, work: type[PictureWork],
                 progress: bool, arguments: dict[str, Any]) -> None:
        self._progress = _Progress(len(jobs), progress)
        self._jobs, self._workers, self._cpus = jobs, workers, cpus
        self._facts: list[Facts | None] = [None] * len(jobs)
        self._deaths: dict[int, int] = {}
        self._pending: dict[ray.ObjectRef, list[int]] = {}
        # What its worker dies of is this run's to begin again: whether a picture is to blame, Ray does not know.
        self._task = ray.remote(_do).options(num_cpus=cpus, max_retries=0, name="u2net")
        self._constants = uuid.uuid4().hex, work, arguments

    def __call__(self) -> list[Facts]:
        tasks = self._tasks()
        again: list[list[int]] = []
        done = 0
        try:
            while True:
                while len(self._pending) < self._most():
                    some = again.pop() if again else next(tasks, None)
                    if some is None:
                        break
                    jobs = [self._jobs[index] for index in some]
                    self._pending[self._task.remote(*self._constants, jobs)] = some
                if not self._pending:
                    return self._facts
                for ref in ray.wait(list(self._pending))[0]:
                    some = self._pending.pop(ref)
                    again += self._taken(ref, some)
                    done += sum(self._facts[index] is not None for index in some)
                self._progress(done)
        finally:
            self._progress.end()
            for ref in self._pending:
                ray.cancel(ref, force=True)

    def _taken(self, ref: ray.ObjectRef, some: list[int]) -> list[list[int]]:
        """Its facts; what is to be begun again, each by itself, if its worker died."""
        try:
            for index, facts in zip(some, ray.get(ref)):
                self._facts[index] = facts
            return []
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError,
                ray.exceptions.ObjectLostError):
            for index in some:
                self._deaths[index] = self._deaths.get(index, 0) + 1
                if self._deaths[index] == MAX_DEATHS:
                    self._facts[index] = deadly(MAX_DEATHS)
            return [[index] for index in some if self._facts[index] is None]

    def _most(self) -> int:
        """In work and waiting: as the cluster is now."""
        return self._workers or 2 * workers_that_fit(self._cpus)

    def _tasks(self) -> Iterator[list[int]]:
        at = 0
        while at < len(self._jobs):
            left = len(self._jobs) - at
            workers = self._workers or workers_that_fit(self._cpus)
            count = min(max(left // (_TASKS_EACH * workers), 1), _MAX_PICTURES)
            yield list(range(at, at + count))
            at += count


class _Progress:
    """On a terminal, not more than once a second."""

    def __init__(self, whole: int, wanted: bool) -> None:
        self._whole, self._last = whole, time.monotonic()
        self._on = wanted and sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        if self._on and time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            print(f"\r{done} of {self._whole} pictures", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._on:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def run(jobs: list[Job], *, workers: int | None, cpus: float, progress: bool, work: type[PictureWork] = PictureWork,
        **arguments: Any) -> list[Facts]:
    """What is known of each of them afterwards; `arguments` make the `work` of every worker."""
    return _Run(jobs, workers, cpus, work, progress, arguments)()
