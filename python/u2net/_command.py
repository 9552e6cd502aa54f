# SPDX-License-Identifier: Apache-2.0
"""The entry point `u2net`: the command that lies in the wheel, in this process's place."""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    command = Path(__file__).parent / "bin" / "u2net"
    try:
        os.execv(command, ["u2net", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"u2net: {command}: {error.strerror}")
