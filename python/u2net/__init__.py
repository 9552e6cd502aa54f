# SPDX-License-Identifier: Apache-2.0
"""U2-Net on a CPU.

Segmenter: pictures to masks and cutouts. InferenceModel: an exported network as a function.
Config, create_predictor: Paddle's own way. new_session, remove: rembg's.
"""
from ._errors import (Error, InputError, InputNotFoundError, ModelError, ModelNotFoundError, ModeUnavailableError,
                      NoThreadsError, OutOfMemoryError, UsageError)
from ._inference import Config, InferenceModel, InputHandle, OutputHandle, Predictor, create_predictor
from ._segment import Result, Segmenter, new_session, remove
from ._u2net import available_modes, has_bundled_model
from ._u2net import version as _version

__version__ = _version()
__all__ = ["Config", "Error", "InferenceModel", "InputError", "InputHandle", "InputNotFoundError", "ModelError",
           "ModelNotFoundError", "ModeUnavailableError", "NoThreadsError", "OutOfMemoryError", "OutputHandle",
           "Predictor", "Result", "Segmenter", "UsageError", "available_modes", "create_predictor",
           "has_bundled_model", "new_session", "remove"]
