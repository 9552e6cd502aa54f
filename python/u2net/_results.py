# SPDX-License-Identifier: Apache-2.0
"""Files of pictures to files of results, to the byte those of `u2net run`."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _u2net
from ._errors import make
from ._segment import Segmenter, _colour

if TYPE_CHECKING:
    import numpy as np

    from ._segment import Result


class ResultMaker:
    """`write`, `format`, `quality` and what follows are the options of the command; `background` is a colour."""

    def __init__(self, write: str = "cutout", *, format: str = "png", quality: int = 0, refine: bool = False,
                 decontaminate: bool = False, post_process: bool = False, keep_hidden: bool = False,
                 background: tuple[int, int, int] = (255, 255, 255)) -> None:
        if not 0 <= quality <= 100:
            raise make("E-USAGE", f"a quality of {quality}, expected 1 to 100, or 0 for the format's own")
        self.endings = dict(_u2net.result_kinds(write, format))
        self._format, self._quality = format, quality
        self._finish = {"refine": refine, "post_process": post_process}
        self._decontaminate, self._keep_hidden = decontaminate, keep_hidden
        self._background = _colour(background, (3,))

    def _pixels(self, result: Result, kind: str) -> np.ndarray:
        if kind == "mask":
            return result.mask[:, :, None]
        if kind == "cutout":
            return result.cutout(decontaminate=self._decontaminate, keep_hidden=self._keep_hidden)
        on_ground = result.on_background(self._background, decontaminate=self._decontaminate)
        return on_ground if kind == "result" else _u2net.panel(result.picture, result.mask[:, :, None], on_ground)

    def make(self, segmenter: Segmenter, file: bytes, kinds: list[str]) -> tuple[Result, list[bytes]]:
        """What was seen in the picture, and a file of each kind."""
        result = segmenter(file, **self._finish)
        mark = _u2net.result_mark(file)
        files = []
        for kind in kinds:
            keeps = self.endings[kind] != ".png"
            icc = b"" if kind == "mask" else result.icc_profile
            files.append(_u2net.encode(self._pixels(result, kind), icc, self._format if keeps else "png",
                                       self._quality, mark))
        return result, files


def write_result(path: str | bytes | os.PathLike, file: bytes) -> None:
    """Whole or not at all, whatever happens meanwhile."""
    _u2net.write_file(os.fsencode(path), file)


def refuse_others(path: str | bytes | os.PathLike, picture: bytes) -> None:
    """Whatever is at the path stays there, unless it is an earlier result of the same picture."""
    if _u2net.is_in_the_way(os.fsencode(path), _u2net.result_mark(picture)):
        raise make("E-OUTPUT", f"'{os.fsdecode(path)}' is there already, and no earlier result of this picture",
                   "force=True replaces it, skip_existing=True leaves it")
