# SPDX-License-Identifier: Apache-2.0
"""Pictures in, masks and cutouts out: Segmenter, and rembg's new_session and remove."""
from __future__ import annotations

import operator
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from . import _u2net
from ._errors import make
from ._fork import renew_in_children
from ._inference import BUNDLED, _load_named, _path

if TYPE_CHECKING:
    import numpy as np


def _is_pil(image: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # an image of PIL's cannot be there without it
    return module is not None and isinstance(image, module.Image)


def _levels(values: np.ndarray, mode: str) -> np.ndarray:
    """Numbers of any range that pictures have (0 to 1 of floats, to 255, to 65535) as 8 bits."""
    import numpy as np
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 65535:
        raise make("E-INPUT-SHAPE", f"a picture of mode {mode} with values from {low} to {high}, expected 0 to 65535")
    if values.dtype.kind == "f" and high <= 1:
        return np.rint(values * 255).astype(np.uint8)
    return (np.rint(values) if high <= 255 else values // 256).astype(np.uint8)


def _from_ink(image: Any, icc: bytes) -> np.ndarray:
    import numpy as np
    coloured = _u2net.cmyk_to_srgb(255 - np.asarray(image), icc)
    return np.asarray(image.convert("RGB")) if coloured is None else coloured


def _with_key(levels: np.ndarray, values: np.ndarray, key: Any) -> np.ndarray:
    """Grey, and alpha where one value of all stands for nothing."""
    import numpy as np
    return levels if key is None else np.stack([levels, np.where(values == key, 0, 255).astype(np.uint8)], -1)


def _from_pil(image: Any) -> tuple[np.ndarray, bytes]:
    """Pixels and profile, as the decoders give them of a file that holds the same."""
    import numpy as np
    from PIL import ImageOps
    icc = image.info.get("icc_profile") or b""
    try:
        image = ImageOps.exif_transpose(image)
    except (AttributeError, KeyError, SyntaxError, TypeError, ValueError):
        pass  # damaged metadata spoil no picture
    key, mode = image.info.get("transparency"), image.mode
    try:
        if mode.startswith("I;16"):
            values = np.asarray(image).astype(np.uint16)
            array = _with_key((values >> 8).astype(np.uint8), values, key)
        elif mode in ("I", "F"):
            values = np.asarray(image)
            array = _with_key(_levels(values, mode), values, key)
        elif mode == "CMYK":
            array = _from_ink(image, icc)
        elif mode in ("1", "L") and key is None:
            array = np.asarray(image.convert("L"))
        elif mode in ("LA", "La"):
            array = np.asarray(image.convert("LA"))
        elif mode in ("RGBA", "PA", "RGBa") or key is not None:
            array = np.asarray(image.convert("RGBA"))
        else:
            array = np.asarray(image.convert("RGB"))
    except ValueError as error:
        if type(error) is not ValueError:  # ours
            raise
        raise make("E-INPUT-SHAPE", f"a picture of mode {mode}: {error}", 'image.convert("RGB")') from None
    array = array[:, :, np.newaxis] if array.ndim == 2 else array
    return _u2net.with_profile(np.ascontiguousarray(array), bytes(icc))


def _from_array(array: np.ndarray) -> np.ndarray:
    import numpy as np
    if array.dtype != np.uint8:
        raise make("E-INPUT-SHAPE", f"a picture of {array.dtype}, expected uint8")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4):
        raise make("E-INPUT-SHAPE", f"a picture of shape {list(array.shape)}, expected [height,width,3]")
    return np.ascontiguousarray(array)


def _pixels(image: Any) -> tuple[np.ndarray, bytes]:
    """[height,width,1, 3 or 4] of whatever a picture may be, and the profile of its colours."""
    import numpy as np
    icc = b""
    if isinstance(image, (bytes, bytearray, memoryview)):
        array, icc = _u2net.read(bytes(image))
    elif isinstance(image, (str, os.PathLike)):
        array, icc = _u2net.load(os.fsencode(image))
    elif _is_pil(image):
        array, icc = _from_pil(image)
    elif isinstance(image, np.ndarray):
        array = _from_array(image)
    else:
        raise make("E-USAGE", f"a picture of type {type(image).__name__}; expected a path, bytes, a PIL image or an array")
    if array.shape[2] == 2:
        array = np.ascontiguousarray(array[:, :, [0, 0, 0, 1]])
    return array, icc


def _colour(colour: Any, counts: tuple[int, ...]) -> Any:
    """A tuple of as many numbers as one of `counts` says."""
    try:
        levels = tuple(operator.index(level) for level in colour)
    except TypeError:
        levels = ()
    if len(levels) not in counts or not all(0 <= level <= 255 for level in levels):
        raise make("E-USAGE", f"the colour {colour!r}: expected {' or '.join(map(str, counts))} numbers from 0 to 255")
    return levels


class Result:
    """A picture and its mask ([height,width] uint8), with what the prediction ranged over. `icc_profile` says what the
    colours of the picture, and of all that is made of it, are; it is empty for sRGB."""

    def __init__(self, picture: np.ndarray, mask: np.ndarray, raw_min: float, raw_max: float, flat: bool,
                 icc_profile: bytes = b"") -> None:
        self.picture, self.mask = picture, mask
        self.raw_min, self.raw_max, self.flat = raw_min, raw_max, flat
        self.icc_profile = icc_profile

    def _colours(self, decontaminate: bool) -> np.ndarray:
        return _u2net.foreground(self.picture, self.mask[:, :, None]) if decontaminate else self.picture

    def cutout(self, *, decontaminate: bool = False, keep_hidden: bool = False) -> np.ndarray:
        """RGBA with straight alpha: colours untouched, but cleared where alpha is 0 (unless `keep_hidden`), and without
        the background's share at soft edges (with `decontaminate`)."""
        return _u2net.cutout(self._colours(decontaminate), self.mask[:, :, None], keep_hidden)

    def on_background(self, colour: tuple[int, int, int] = (255, 255, 255), *, decontaminate: bool = False) -> np.ndarray:
        return _u2net.on_background(self._colours(decontaminate), self.mask[:, :, None], _colour(colour, (3,)))

    def panel(self) -> np.ndarray:
        """Picture, mask and result on white, side by side."""
        return _u2net.panel(self.picture, self.mask[:, :, None], self.on_background())


class Segmenter:
    """Subjects out of pictures. Threads may call one at the same time: they take turns. It works in a child of
    os.fork() as well, unless `mode` is "onednn" and the parent has used it.

    `model` is a path (prefix, program file or folder), "u2netp", which is compiled in, or the bytes of a program and of
    its parameters: any two buffers, which are read in place. `precision`, in mode
    "native": what it may compute in where that is faster, "f32", "bf16", "bf16x3" or
    "mixed".
    """

    def __init__(self, model: str | os.PathLike | tuple[Any, Any] = BUNDLED,
                 params: str | os.PathLike | None = None, *,
                 mode: str = "native", threads: int = 0, precision: str = "f32") -> None:
        options = {"mode": mode, "threads": threads, "precision": precision}
        if isinstance(model, tuple):
            program, parameters = model
            loaded = _u2net.Model(program_bytes=program, parameter_bytes=parameters, **options)
            self._made_of = (model, None, mode, threads, precision)
        else:
            self._made_of = (_path(model), None if params is None else _path(params), mode, threads, precision)
            loaded = _load_named(self._made_of[0], self._made_of[1], options)
        self._segmenter = _u2net.Segmenter(loaded)
        self._turn = threading.Lock()
        renew_in_children(self)

    def _after_fork(self) -> None:
        self._turn = threading.Lock()

    def __call__(self, image: Any, *, refine: bool = False, post_process: bool = False) -> Result:
        """Of a path, the bytes of a file, a PIL image or an array [height,width(,3 or 4)] of uint8 RGB(A). `refine`
        lets the mask's edges follow those of the picture, `post_process` makes a mask without half tones."""
        picture, icc = _pixels(image)
        seen = _u2net.to_srgb(picture, icc) if icc else picture
        with self._turn:
            mask, low, high, flat = self._segmenter.segment(seen)
        if (refine or post_process) and not flat:
            mask = _u2net.finish_mask(picture, mask[:, :, None], refine, post_process)[:, :, 0]
        return Result(picture, mask, low, high, flat, icc)

    segment = __call__

    def __reduce__(self) -> tuple[Any, ...]:
        return _segmenter, self._made_of

    def __repr__(self) -> str:
        model, _, mode, threads, _ = self._made_of
        model = "in memory" if isinstance(model, tuple) else model
        return f"Segmenter({model!r}, mode={mode!r}, threads={threads})"


def _segmenter(model: str | tuple[Any, Any], params: str | None, mode: str, threads: int, precision: str) -> Segmenter:
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


def new_session(model_name: str | os.PathLike[str] = BUNDLED, *_: Any, **options: Any) -> Segmenter:
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


# Keywords of rembg's that say how its alpha matting works, and so nothing here.
_OF_MATTING = {"alpha_matting_foreground_threshold", "alpha_matting_background_threshold", "alpha_matting_erode_size"}
_REFUSED = {"alpha_matting": "refine=True and decontaminate=True make finer edges", "putalpha": ""}


def _check_keywords(keywords: dict[str, Any], known: list[str]) -> None:
    for name, value in keywords.items():
        if name in _OF_MATTING or (name in _REFUSED and not value):
            continue
        if name in _REFUSED:
            raise make("E-USAGE", f"{name} is not supported", _REFUSED[name])
        import difflib
        near = difflib.get_close_matches(name, known, 1)
        raise make("E-USAGE", f"remove() has no keyword '{name}'; known: {', '.join(known)}",
                   f"perhaps {near[0]} is meant" if near else "")


def remove(data: Any, *, session: Segmenter | None = None, only_mask: bool = False,
           bgcolor: tuple[int, int, int] | tuple[int, int, int, int] | None = None, force_return_bytes: bool = False,
           post_process_mask: bool = False, refine: bool = False, decontaminate: bool = False, keep_hidden: bool = False,
           **others: Any) -> Any:
    """The picture without its background, as the kind that it was given: bytes (PNG), a PIL image or an array."""
    _check_keywords(others, list(remove.__kwdefaults__ or ()))
    colour = None if bgcolor is None else _colour(bgcolor, (3, 4))
    result = (_default.get() if session is None else session)(data, refine=refine, post_process=post_process_mask)
    if only_mask:
        made = result.mask[:, :, None]
    elif colour is None:
        made = result.cutout(decontaminate=decontaminate, keep_hidden=keep_hidden)
    elif len(colour) == 3 or colour[3] == 255:
        made = result.on_background(colour[:3], decontaminate=decontaminate)
    else:
        made = _on_colour(result.cutout(decontaminate=decontaminate), colour)
    icc = b"" if only_mask else result.icc_profile
    if force_return_bytes or isinstance(data, (bytes, bytearray, memoryview)):
        return _u2net.encode_png(made, icc)
    array = made[:, :, 0] if only_mask else made
    if _is_pil(data):
        from PIL import Image
        image = Image.fromarray(array)
        if icc:
            image.info["icc_profile"] = icc
        return image
    return array
