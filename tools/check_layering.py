#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom (CONTRIBUTING.md, "Layers") and that sources are ASCII with an SPDX line.

    tools/check_layering.py [ROOT]

Prints one line a violation and exits 1 if there is any.
"""
import re
import sys
from pathlib import Path

# The floors of the house, from the ground up: a folder may include itself and those before it (CONTRIBUTING.md).
# What is in none of them by a longer name belongs to the shorter one.
FLOORS = [
    "kernels/base", "kernels/simd", "kernels",
    "engine/base", "engine/graph", "engine/ops", "engine/passes", "engine/plan", "engine/backends", "engine/run", "engine/diagnostics",
    "loader", "loader/state_dict", "loader/paddle", "loader/pir", "loader/onnx", "loader/u2n", "models", "models/picture",
    "api", "tools", "tools/serve", "bench", "tests",
]
# The doors of the loader choose among the formats above them.
DOORS = {"loader": "loader/"}
# Folders outside of that order -> all that they may include of the project
APART = {
    "api/include": {"u2net"},
    "examples": {"u2net"},
    "python": {"u2net", "engine/base", "models/picture", "tools/imaging"},
}
# The public headers are included by these alone.
SEE_API = {"api", "python", "tests", "examples"}

# headers of others -> the only files that may include them
CONFINED = [
    (re.compile(r"(oneapi/)?dnnl"), re.compile(r"engine/backends/onednn/")),
    (re.compile(r"google/protobuf/|.*\.pb\.h"), re.compile(r"(loader/(paddle|onnx)/|tests/(loader|model)/|tests/support/program_)")),
    (re.compile(r"stb/|stb_"), re.compile(r"(tools|tests)/imaging/")),
    (re.compile(r"libexif/|lcms2"), re.compile(r"tools/imaging/")),
    (re.compile(r"zlib\.h"), re.compile(r"(tools|tests)/imaging/")),
    (re.compile(r"jpeglib|jerror|webp/|tiffio|gif_lib|libheif/|isa-l/"), re.compile(r"tools/imaging/")),
    (re.compile(r"CLI/|nettle/"), re.compile(r"tools/(cli|serve)/")),
    (re.compile(r"nlohmann/"), re.compile(r"(tools/(cli|graph|serve)/|loader/pir/(json_document|pir_writer)\.cc$)")),
    (re.compile(r"boost/"), re.compile(r"tools/serve/http_connection\.h$")),
    (re.compile(r"nanobind/|Python\\.h"), re.compile(r"python/")),
    (re.compile(r"immintrin\.h|x86intrin\.h|arm_neon\.h"), re.compile(r"kernels/simd/")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SOURCES = {".h", ".hpp", ".c", ".cc", ".cpp", ".inc"}


def layer_of(name, layers):
    """The longest of the folders that `name` is in, or None."""
    return max((layer for layer in layers if name.startswith(layer + "/")), key=len, default=None)


def may_include(name, header):
    apart = layer_of(name, APART)
    if apart:
        return not layer_of(header, [*FLOORS, "u2net"]) or layer_of(header, APART[apart]) is not None
    if header.startswith("u2net/"):
        return name.split("/", 1)[0] in SEE_API
    target, floor = layer_of(header, FLOORS), layer_of(name, FLOORS)
    if target is None or FLOORS.index(target) <= FLOORS.index(floor):
        return True
    return header.startswith(DOORS.get(floor, "//"))


def violations(root, path):
    name = path.relative_to(root).as_posix()
    raw = path.read_bytes()
    if not raw.isascii():
        yield f"{name}: not ASCII"
    text = raw.decode("utf-8", "replace")
    if "SPDX-License-Identifier: Apache-2.0" not in text.split("\n", 1)[0]:
        yield f"{name}: the first line is not the SPDX line"
    for _, header in INCLUDE.findall(text):
        if not may_include(name, header):
            yield f"{name}: may not include {header}"
        for pattern, where in CONFINED:
            if pattern.match(header) and not where.match(name):
                yield f"{name}: {header} may only be included by {where.pattern}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent).resolve()
    tops = sorted({folder.split("/", 1)[0] for folder in [*FLOORS, *APART]})
    files = [p for folder in tops for p in sorted((root / folder).rglob("*")) if p.suffix in SOURCES]
    found = [v for path in files for v in violations(root, path)]
    print("\n".join(found) if found else f"layering: {len(files)} files, nothing wrong")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
