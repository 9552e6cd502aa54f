#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel benchmarks as a program: lists of shapes, their errors, reports and the table made of them."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).parents[2]
BIN = pathlib.Path(os.environ["U2NET_BIN"])
COMPARE = pathlib.Path("/usr/share/benchmark/compare.py")
TIME_LIMIT = 300


def run(*words):
    return subprocess.run(
        list(map(str, words)), capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )


class ShapesTest(unittest.TestCase):
    def test_lists_are_those_of_the_networks(self):
        for name in ("u2netp", "u2net"):
            listed = run(BIN / "list_shapes", name)
            self.assertEqual(listed.returncode, 0, listed.stderr)
            self.assertEqual(
                listed.stdout, (SOURCE / "bench" / "shapes" / f"{name}.txt").read_text(), name
            )

    def test_unknown_network(self):
        done = run(BIN / "list_shapes", "u3net")
        self.assertEqual(done.returncode, 1)
        self.assertIn("u3net", done.stderr)


class KernelBenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shapes = pathlib.Path(folder.name) / "shapes.txt"
        self.json = pathlib.Path(folder.name) / "report.json"

    def bench(self, text, *words):
        self.shapes.write_text(text)
        return run(
            BIN / "kernel_bench", f"--shapes={self.shapes}", "--benchmark_min_time=0.001", *words
        )

    def test_report_and_table(self):
        done = self.bench(
            "# two convolutions and more\n"
            "conv2d src=1x16x8x8^,1x16x16x16 filter=16x32x3x3 pad=1,1 relu pooled=8x8  # x3\n"
            "conv2d src=2x5x7x9 filter=4x5x1x1 stride=2,2 residual\n"
            "pool2d src=1x16x9x9 kind=avg kernel=3,3 stride=2,2 ceil\n"
            "bilinear_interp_v2 src=1x3x5x5 out=11x13\n"
            "concat src=1x3x5x5,1x4x5x5\n"
            "elementwise_add src=1x3x5x5,1x3x5x5\n"
            "sigmoid src=1x1x5x5\n",
            "--benchmark_format=json",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        names = [b["name"] for b in report["benchmarks"]]
        for part in ("conv2d/winograd6:", "conv2d/winograd4:", "conv2d/blocked:", "pool2d/", "sigmoid/"):
            self.assertTrue(any(part in name for name in names), (part, names))
        for bench in report["benchmarks"]:
            self.assertGreater(bench["GB/s"], 0)
            self.assertGreater(bench["of_peak_bytes"], 0)
        chosen = [b["name"] for b in report["benchmarks"] if b["chosen"] and "threads:1/" in b["name"]]
        self.assertEqual(len(chosen), 7)
        self.json.write_text(done.stdout)
        table = run(
            sys.executable, SOURCE / "bench" / "shape_table.py", self.json, "--shapes", self.shapes
        )
        self.assertEqual(table.returncode, 0, table.stderr)
        rows = [line for line in table.stdout.splitlines() if line.startswith("|")]
        self.assertEqual(len(rows), 2 + 7)
        self.assertIn("| 16x8x8^ + 16x16x16 * 16x32x3x3 pad=1,1 relu pooled | 3 |", table.stdout)

    def test_lines_of_a_log(self):
        done = self.bench(
            "onednn_verbose,exec,cpu,eltwise,jit:avx2,forward_inference,data_f32::blocked:abcd:f0 "
            "diff_undef::undef::f0,,alg:eltwise_relu alpha:0 beta:0,1x4x8x8,0.01\n",
            "--benchmark_format=json", "--benchmark_filter=reference",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        names = [b["name"] for b in json.loads(done.stdout)["benchmarks"]]
        self.assertTrue(names)
        for name in names:
            self.assertTrue(name.startswith("relu/reference/src=1x4x8x8/threads:"), name)

    def test_reports_can_be_compared(self):
        """With Google Benchmark's own tool, as Debian packages it."""
        if not COMPARE.exists() or importlib.util.find_spec("scipy") is None:
            self.skipTest("needs libbenchmark-tools and python3-scipy")
        reports = []
        for name in ("before.json", "after.json"):
            path = self.json.with_name(name)
            done = self.bench("relu src=1x4x8x8\n", f"--benchmark_out={path}", "--benchmark_filter=reference")
            self.assertEqual(done.returncode, 0, done.stderr)
            reports.append(path)
        done = run(sys.executable, "-B", COMPARE, "benchmarks", *reports)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("relu/reference/src=1x4x8x8/threads:1/real_time", done.stdout)

    def test_bad_shapes(self):
        for line, part in (
            ("conv3d src=1x1x1x1", "'conv3d'"),
            ("conv2d src=1x3x8x8", "'filter='"),
            ("conv2d src=1x3x8x8 filter=4x5x3x3", "channels"),
            ("conv2d src=1x3x8 filter=4x3x3x3", "n x c x h x w"),
            ("pool2d src=1x3x8x8 kind=max kernel=a,2 stride=2,2", "'a,2'"),
            ("relu src=1x3x8x8 src=1x3x8x8", "twice"),
        ):
            done = self.bench("relu src=1x3x8x8\n" + line + "\n")
            self.assertEqual(done.returncode, 1, line)
            for expected in (part, "shapes.txt", "line 2"):
                self.assertIn(expected, done.stderr)

    def test_no_list(self):
        done = run(BIN / "kernel_bench", "--shapes=nowhere.txt")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere.txt", done.stderr)


if __name__ == "__main__":
    unittest.main()
