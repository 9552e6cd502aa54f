#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom (CONTRIBUTING.md, "Layers") and that sources are ASCII with an SPDX line.

    tools/check_layering.py [ROOT]

Prints one line a violation and exits 1 if there is any.
"""
import re
import sys
from pathlib import Path

# folder -> the project folders that its files may include; the longest folder counts
ALLOWED = {
    "kernels": {"kernels"},
    "engine": {"kernels", "engine"},
    "engine/include": {"u2net"},
    "engine/api": {"kernels", "engine", "loader", "models", "tools/imaging", "engine/api", "u2net"},
    "loader": {"kernels", "engine", "loader"},
    "models": {"kernels", "engine", "loader", "models"},
    "bench": {"kernels", "engine", "loader", "models", "bench", "tools"},
    "tools": {"kernels", "engine", "loader", "models", "tools"},
    "tests": {"kernels", "engine", "loader", "models", "bench", "tools", "tests", "engine/api", "u2net"},
    "python": {"engine", "tools/imaging", "u2net"},
    "examples": {"u2net"},
}
# What engine/api may have of tools/imaging: what needs no library.
PIXELS = re.compile(r"tools/imaging/(compose|image|postprocess|preprocess|resize)\.h$")

# headers of others -> the only files that may include them
CONFINED = [
    (re.compile(r"(oneapi/)?dnnl"), re.compile(r"engine/backends/onednn[^/]*$")),
    (re.compile(r"google/protobuf/|.*\.pb\.h"), re.compile(r"(loader/program_[^/]*|tests/(loader|model)/.*|tests/support/program_[^/]*)$")),
    (re.compile(r"stb/|stb_"), re.compile(r"(tools|tests)/imaging/")),
    (re.compile(r"libexif/"), re.compile(r"tools/imaging/")),
    (re.compile(r"CLI/|nettle/"), re.compile(r"tools/cli/")),
    (re.compile(r"nlohmann/"), re.compile(r"(tools/(cli|graph)/|loader/(json_document|pir_writer)\.cc$)")),
    (re.compile(r"nanobind/|Python\\.h"), re.compile(r"python/")),
    (re.compile(r"immintrin\.h|x86intrin\.h"), re.compile(r"kernels/(simd|.*/(avx2|avx512)[^/]*$)")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SOURCES = {".h", ".hpp", ".c", ".cc", ".cpp", ".inc"}


def layer_of(name, layers):
    """The longest of the folders that `name` is in, or None."""
    return max((layer for layer in layers if name.startswith(layer + "/")), key=len, default=None)


def violations(root, path):
    name = path.relative_to(root).as_posix()
    raw = path.read_bytes()
    if not raw.isascii():
        yield f"{name}: not ASCII"
    text = raw.decode("utf-8", "replace")
    if "SPDX-License-Identifier: Apache-2.0" not in text.split("\n", 1)[0]:
        yield f"{name}: the first line is not the SPDX line"
    folder = layer_of(name, ALLOWED)
    layers = {*ALLOWED, *(layer for allowed in ALLOWED.values() for layer in allowed)}
    for _, header in INCLUDE.findall(text):
        target = layer_of(header, layers)
        allowed = ALLOWED[folder]
        if target and not (target in allowed or (target.startswith("tools/") and "tools" in allowed)):
            yield f"{name}: {folder} may not include {header}"
        if folder == "engine/api" and target == "tools/imaging" and not PIXELS.match(header):
            yield f"{name}: {folder} may not include {header}"
        for pattern, where in CONFINED:
            if pattern.match(header) and not where.match(name):
                yield f"{name}: {header} may only be included by {where.pattern}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent).resolve()
    tops = sorted({folder.split("/", 1)[0] for folder in ALLOWED})
    files = [p for folder in tops for p in sorted((root / folder).rglob("*")) if p.suffix in SOURCES]
    found = [v for path in files for v in violations(root, path)]
    print("\n".join(found) if found else f"layering: {len(files)} files, nothing wrong")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
