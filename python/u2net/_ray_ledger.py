# SPDX-License-Identifier: Apache-2.0
"""Which pictures end their worker: Ray begins a task again for as long as workers die of it. The ledger has what was
begun and not ended. A batch that is begun again begins and ends every picture by itself; a picture that then ends
workers is left out, and the job goes on."""
from __future__ import annotations

import contextlib
import hashlib
from typing import Any, Iterator

import pyarrow as pa
import ray

from ._ray_work import MAX_DEATHS, deadly


class _Counts:
    def __init__(self) -> None:
        self._begun: dict[tuple[bytes, int], int] = {}

    def begin(self, batch: bytes, index: int) -> int:
        """How often it was begun before and did not end."""
        before = self._begun.get((batch, index), 0)
        self._begun[batch, index] = before + 1
        return before

    def end(self, batch: bytes, index: int) -> None:
        self._begun.pop((batch, index), None)


class Ledger:
    """Of one job; workers share it."""

    def __init__(self, counts: Any) -> None:
        self.counts = counts

    @staticmethod
    @contextlib.contextmanager
    def page(ledger: Ledger | None, rows: pa.Table) -> Iterator[Page]:
        page = Page(ledger.counts if ledger else None, _digest(rows) if ledger else b"")
        page.careful = page.ask("begin", _WHOLE) > 0
        yield page
        page.ask("end", _WHOLE)


def make_ledger() -> Ledger:
    return Ledger(ray.remote(_Counts).options(num_cpus=0, max_restarts=-1).remote())


_WHOLE = -1  # where an index would be


class Page:
    """Of one batch."""

    def __init__(self, counts: Any, batch: bytes) -> None:
        self._counts, self._batch = counts, batch
        self.careful = False

    def ask(self, what: str, index: int) -> int:
        if self._counts is None:
            return 0
        try:
            return ray.get(getattr(self._counts, what).remote(self._batch, index)) or 0
        except ray.exceptions.RayActorError:  # with its machine; what it knew is begun anew
            return 0

    def begin(self, index: int) -> int:
        return self.ask("begin", index) if self.careful else 0

    def end(self, index: int) -> None:
        if self.careful:
            self.ask("end", index)

    @staticmethod
    def failure(deaths: int) -> dict[str, Any] | None:
        """Why a picture is not begun again; `deaths` do not count that of the whole batch before them."""
        return deadly(deaths + 1) if deaths + 1 >= MAX_DEATHS else None


def _digest(rows: pa.Table) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for column in rows.columns:
        for value in column:
            plain = value.as_py()
            digest.update(plain if isinstance(plain, bytes) else repr(plain).encode())
            digest.update(b"\0")
    return digest.digest()
