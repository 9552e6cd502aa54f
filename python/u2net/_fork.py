# SPDX-License-Identifier: Apache-2.0
"""What a child of os.fork() has to renew: locks that other threads of the parent held are never released there."""
from __future__ import annotations

import os
import weakref
from typing import Protocol


class _Renewable(Protocol):
    def _after_fork(self) -> None: ...


_objects: weakref.WeakSet[_Renewable] = weakref.WeakSet()


def renew_in_children(renewable: _Renewable) -> None:
    """Calls renewable._after_fork() in every child, before anything else runs there."""
    _objects.add(renewable)


def _renew() -> None:
    for renewable in list(_objects):
        renewable._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
