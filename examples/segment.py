#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""segment.py PICTURE CUTOUT.png [MODEL]: a subject cut out, in Python."""
import sys
from pathlib import Path

import u2net

if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
segment = u2net.Segmenter(*sys.argv[3:])  # once; without MODEL the U2Netp that is compiled in
result = segment(sys.argv[1])
if result.flat:
    print("there is no subject in it", file=sys.stderr)
print(f"{result.mask.shape[1]}x{result.mask.shape[0]}, {(result.mask > 127).mean():.0%} of it subject")

# The same in one call, on the bytes of the file.
Path(sys.argv[2]).write_bytes(u2net.remove(Path(sys.argv[1]).read_bytes(), session=segment))
