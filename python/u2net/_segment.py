# SPDX-License-Identifier: Apache-2.0
"""Pictures in, masks and cutouts out: Segmenter, and rembg's new_session and remove."""
from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from . import _u2net
from ._errors import make
from ._fork import renew_in_children
from ._inference import BUNDLED, _load_named

if TYPE_CHECKING:
    import numpy as np


def _is_pil(image: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # an image of PIL's cannot be there without it
    return module is not None and isinstance(image, module.Image)


def _from_pil(image: Any) -> np.ndarray:
    import numpy as np
    from PIL import ImageOps
    image = ImageOps.exif_transpose(image)
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    return np.asarray(image.convert("RGBA" if has_alpha else "RGB"))


def _from_array(array: np.ndarray) -> np.ndarray:
    import numpy as np
    if array.dtype != np.uint8:
        raise make("E-INPUT-SHAPE", f"a picture of {array.dtype}, expected uint8")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4):
        raise make("E-INPUT-SHAPE", f"a picture of shape {list(array.shape)}, expected [height,width,3]")
    return np.ascontiguousarray(array)


def _pixels(image: Any) -> np.ndarray:
    """[height,width,1, 3 or 4] of whatever a picture may be."""
    import numpy as np
    if isinstance(image, (bytes, bytearray, memoryview)):
        array = _u2net.decode(bytes(image))
    elif isinstance(image, (str, os.PathLike)):
        array = _u2net.load(os.fspath(image))
    elif _is_pil(image):
        array = _from_pil(image)
    elif isinstance(image, np.ndarray):
        array = _from_array(image)
    else:
        raise make("E-USAGE", f"a picture of type {type(image).__name__}; expected a path, bytes, a PIL image or an array")
    if array.shape[2] == 2:
        array = np.ascontiguousarray(array[:, :, [0, 0, 0, 1]])
    return array


class Result:
    """A picture and its mask ([height,width] uint8), with what the prediction ranged over."""

    def __init__(self, picture: np.ndarray, mask: np.ndarray, raw_min: float, raw_max: float, flat: bool) -> None:
        self.picture, self.mask = picture, mask
        self.raw_min, self.raw_max, self.flat = raw_min, raw_max, flat

    def cutout(self) -> np.ndarray:
        """RGBA with straight alpha: colours untouched."""
        return _u2net.cutout(self.picture, self.mask[:, :, None])

    def on_background(self, colour: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
        return _u2net.on_background(self.picture, self.mask[:, :, None], colour)

    def panel(self) -> np.ndarray:
        """Picture, mask and result on white, side by side."""
        return _u2net.panel(self.picture, self.mask[:, :, None], self.on_background())


class Segmenter:
    """Subjects out of pictures. Threads may call one at the same time: they take turns. It works in a child of
    os.fork() as well, unless `mode` is "onednn" and the parent has used it.

    `model` is a path (prefix, program file or folder) or "u2netp", which is compiled in. `precision`, in mode
    "native": what it may compute in where that is faster, "f32", "bf16" or "bf16x3".
    """

    def __init__(self, model: str | os.PathLike = BUNDLED, params: str | os.PathLike | None = None, *,
                 mode: str = "native", threads: int = 0, precision: str = "f32") -> None:
        self._made_of = (os.fspath(model), None if params is None else os.fspath(params), mode, threads, precision)
        loaded = _load_named(self._made_of[0], self._made_of[1],
                             {"mode": mode, "threads": threads, "precision": precision})
        self._segmenter = _u2net.Segmenter(loaded)
        self._turn = threading.Lock()
        renew_in_children(self)

    def _after_fork(self) -> None:
        self._turn = threading.Lock()

    def __call__(self, image: Any) -> Result:
        """Of a path, the bytes of a file, a PIL image or an array [height,width(,3 or 4)] of uint8 RGB(A)."""
        picture = _pixels(image)
        with self._turn:
            return Result(picture, *self._segmenter.segment(picture))

    segment = __call__

    def __reduce__(self):
        return _segmenter, self._made_of

    def __repr__(self) -> str:
        model, _, mode, threads, _ = self._made_of
        return f"Segmenter({model!r}, mode={mode!r}, threads={threads})"


def _segmenter(model: str, params: str | None, mode: str, threads: int, precision: str) -> Segmenter:
    return Segmenter(model, params, mode=mode, threads=threads, precision=precision)


# rembg's door.

class _Default:
    """The Segmenter that remove() makes when it is first called without one."""

    def __init__(self) -> None:
        self._segmenter: Segmenter | None = None
        self._lock = threading.Lock()
        renew_in_children(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def get(self) -> Segmenter:
        with self._lock:
            if self._segmenter is None:
                self._segmenter = new_session()
            return self._segmenter


_default = _Default()


def new_session(model_name: str | os.PathLike = BUNDLED, *_: Any, **options: Any) -> Segmenter:
    """A Segmenter; `model_name` is "u2netp" or a path."""
    options.pop("providers", None)
    return Segmenter(model_name, **options)


def _on_colour(cut: np.ndarray, colour: tuple[int, ...]) -> np.ndarray:
    """A cutout over a colour (red, green, blue, alpha) that may be translucent itself."""
    import numpy as np
    alpha = cut[:, :, 3:].astype(np.float64) / 255
    below = (1 - alpha) * colour[3] / 255
    whole = alpha + below
    mixed = cut[:, :, :3] * alpha + np.asarray(colour[:3], np.float64) * below
    colours = np.divide(mixed, whole, out=np.zeros_like(mixed), where=whole > 0)
    return np.rint(np.concatenate([colours, whole * 255], 2)).astype(np.uint8)


def remove(data: Any, *, session: Segmenter | None = None, only_mask: bool = False,
           bgcolor: tuple[int, int, int, int] | None = None, force_return_bytes: bool = False,
           alpha_matting: bool = False, post_process_mask: bool = False, **_: Any) -> Any:
    """The picture without its background, as the kind that it was given: bytes (PNG), a PIL image or an array."""
    if alpha_matting or post_process_mask:
        raise make("E-USAGE", "alpha_matting and post_process_mask are not supported")
    result = (_default.get() if session is None else session)(data)
    if only_mask:
        made = result.mask[:, :, None]
    elif bgcolor is None:
        made = result.cutout()
    elif len(bgcolor) == 3 or bgcolor[3] == 255:
        made = result.on_background(tuple(bgcolor[:3]))
    else:
        made = _on_colour(result.cutout(), tuple(bgcolor))
    if force_return_bytes or isinstance(data, (bytes, bytearray, memoryview)):
        return _u2net.encode_png(made)
    array = made[:, :, 0] if only_mask else made
    if _is_pil(data):
        from PIL import Image
        return Image.fromarray(array)
    return array
