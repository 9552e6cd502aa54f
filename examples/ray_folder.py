#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ray_folder.py PICTURES CUTOUTS [MODEL]: a tree of pictures cut out, resumed where it was left.

On the cluster that RAY_ADDRESS names, or on this machine alone. Every machine must see both folders.
"""
import sys

import ray
import u2net.ray

if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
ray.init(log_to_driver=False)
pictures, cutouts, model = (*sys.argv[1:], "u2netp")[:3]
report = u2net.ray.remove(pictures, cutouts, write="cutout", recursive=True, skip_existing=True,
                          model=model)
failed = 0
for row in report.iter_rows():
    if row["error"]:
        failed += 1
        print(f"{row['path']}: {row['error']}", file=sys.stderr)
print(f"{report.count() - failed} pictures cut out, {failed} failed")
