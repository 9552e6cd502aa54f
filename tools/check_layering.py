#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom (CONTRIBUTING.md, "Layers") and that sources are ASCII with an SPDX line.

    tools/check_layering.py [ROOT]

Prints one line a violation and exits 1 if there is any.
"""
import re
import sys
from pathlib import Path

# folder -> the project folders that its files may include
ALLOWED = {
    "kernels": {"kernels"},
    "engine": {"kernels", "engine"},
    "loader": {"kernels", "engine", "loader"},
    "models": {"kernels", "engine", "loader", "models"},
    "bench": {"kernels", "engine", "loader", "models", "bench", "tools"},
    "tools": {"kernels", "engine", "loader", "models", "tools"},
    "tests": {"kernels", "engine", "loader", "models", "bench", "tools", "tests"},
}

# headers of others -> the only files that may include them
CONFINED = [
    (re.compile(r"(oneapi/)?dnnl"), re.compile(r"engine/backends/onednn[^/]*$")),
    (re.compile(r"google/protobuf/|.*\.pb\.h"), re.compile(r"(loader/program_[^/]*|tests/(loader|model)/.*|tests/support/program_[^/]*)$")),
    (re.compile(r"stb/|stb_"), re.compile(r"(tools|tests)/imaging/")),
    (re.compile(r"libexif/"), re.compile(r"tools/imaging/")),
    (re.compile(r"CLI/|nettle/"), re.compile(r"tools/cli/")),
    (re.compile(r"nlohmann/"), re.compile(r"(tools/(cli|graph)/|loader/(json_document|pir_writer)\.cc$)")),
    (re.compile(r"immintrin\.h|x86intrin\.h"), re.compile(r"kernels/(simd|.*/(avx2|avx512)[^/]*$)")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SOURCES = {".h", ".cc", ".inc"}


def violations(root, path):
    name = path.relative_to(root).as_posix()
    raw = path.read_bytes()
    if not raw.isascii():
        yield f"{name}: not ASCII"
    text = raw.decode("utf-8", "replace")
    if "SPDX-License-Identifier: Apache-2.0" not in text.split("\n", 1)[0]:
        yield f"{name}: the first line is not the SPDX line"
    folder = name.split("/", 1)[0]
    for _, header in INCLUDE.findall(text):
        target = header.split("/", 1)[0]
        if target in ALLOWED and target not in ALLOWED[folder]:
            yield f"{name}: {folder} may not include {header}"
        for pattern, where in CONFINED:
            if pattern.match(header) and not where.match(name):
                yield f"{name}: {header} may only be included by {where.pattern}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent).resolve()
    files = [p for folder in ALLOWED for p in sorted((root / folder).rglob("*")) if p.suffix in SOURCES]
    found = [v for path in files for v in violations(root, path)]
    print("\n".join(found) if found else f"layering: {len(files)} files, nothing wrong")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
