# SPDX-License-Identifier: Apache-2.0
"""The exceptions of the package. Each is also the built-in that a caller would expect."""
from __future__ import annotations

from typing import Any


class Error(Exception):
    """What fails in the engine. `name` is stable ("E-MODEL-FORMAT"), `hint` one action or empty."""

    name = "E-INTERNAL"
    hint = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return make, (self.name, str(self.args[0]), self.hint)

    def __str__(self) -> str:
        text = str(self.args[0]) if self.args else ""
        return f"{text} [{self.name}]" + (f"; {self.hint}" if self.hint else "")


class UsageError(Error, ValueError):
    """An argument that makes no sense."""


class ModelError(Error, ValueError):
    """A model that is damaged, unsupported or too large."""


class ModelNotFoundError(Error, FileNotFoundError):
    """A model or parameter file that cannot be read."""

    def __str__(self) -> str:
        return Error.__str__(self)


class ModeUnavailableError(Error, NotImplementedError):
    """A mode that this build does not contain, or that a forked process cannot run."""


class InputError(Error, ValueError):
    """An array or a picture that cannot be taken."""


class InputNotFoundError(Error, FileNotFoundError):
    """A picture that cannot be read."""

    def __str__(self) -> str:
        return Error.__str__(self)


class OutOfMemoryError(Error, MemoryError):
    """What there is no memory for. The engine itself raises a plain MemoryError."""


class NoThreadsError(Error, RuntimeError):
    """The system starts no more threads."""


_KINDS = {
    "E-USAGE": UsageError,
    "E-MODEL-NOT-FOUND": ModelNotFoundError,
    "E-MODEL-FORMAT": ModelError,
    "E-MODEL-PARAMS": ModelError,
    "E-MODEL-UNSUPPORTED": ModelError,
    "E-MODEL-LIMIT": ModelError,
    "E-INPUT-NOT-FOUND": InputNotFoundError,
    "E-INPUT-FORMAT": InputError,
    "E-INPUT-SHAPE": InputError,
    "E-INPUT-LIMIT": InputError,
    "E-MODE-UNAVAILABLE": ModeUnavailableError,
    "E-OUT-OF-MEMORY": OutOfMemoryError,
    "E-NO-THREADS": NoThreadsError,
}


def make(name: str, message: str, hint: str = "") -> Error:
    error = _KINDS.get(name, Error)(message)
    error.name, error.hint = name, hint
    return error
