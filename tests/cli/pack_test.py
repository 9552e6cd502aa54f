# SPDX-License-Identifier: Apache-2.0
"""`u2net pack`: what takes its files and gives the same, how they are refused, who shares their memory.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/pack_test.py [TEST...]
"""

import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import sample_files as sample
from cli_case import BINARY, BUNDLED, GOLDEN, MODEL, OUTPUT, PICTURE, SOURCE, USAGE, CliTest

SMALL = GOLDEN / "jit_small_u2net"


def shared_and_own(pid, name):
    """Bytes of a process in mappings of the file: in memory, and of these its proportional share."""
    rss = pss = 0
    inside = False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(name)
        elif inside and line.startswith("Rss:"):
            rss += int(line.split()[1]) * 1024
        elif inside and line.startswith("Pss:"):
            pss += int(line.split()[1]) * 1024
    return rss, pss


class PackTest(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="u2net-pack-"))
        cls.addClassCleanup(shutil.rmtree, cls.made, ignore_errors=True)
        cls.packed = cls.made / "u2netp.u2n"
        subprocess.run([BINARY, "pack", BUNDLED, "-o", cls.packed], check=True, stdout=subprocess.DEVNULL)

    def masks(self, model, *words):
        self.assert_ok(self.u2net("run", "-q", "-m", model, "-o", "out", "--write", "mask", PICTURE, *words))
        return (self.dir / "out" / "chelsea.mask.png").read_bytes()

    def test_gives_the_same_in_every_mode(self):
        self.assert_ok(self.u2net("pack", SMALL, "-o", "small.u2n"))
        shutil.copy(SMALL / "in_x.npy", self.dir / "x.npy")
        for mode in self.modes():
            for model, folder in (("small.u2n", "packed"), (SMALL, "plain")):
                self.assertEqual(self.u2net("infer", model, "-i", "x.npy", "-o", folder, "--mode", mode).code, 0)
            for name in self.files("plain"):
                self.assertEqual((self.dir / "packed" / name).read_bytes(), (self.dir / "plain" / name).read_bytes(), mode)

    def test_gives_the_same_masks(self):
        for words in ([], ["-t", "1"], ["--exact"], ["--disable-pass", "fold_batch_norm"]):
            self.assertEqual(self.masks(self.packed, *words), self.masks(BUNDLED, *words), words)

    def test_everything_takes_it(self):
        self.assert_ok(self.u2net("pack", SMALL, "-o", "small.u2n"))
        shutil.copy(SMALL / "in_x.npy", self.dir / "x.npy")
        self.write_picture()
        for words in (
            ["inspect", "small.u2n", "--mode", "native"],
            ["graph", "small.u2n", "-o", "graph.dot"],
            ["infer", "small.u2n", "-i", "x.npy", "-o", "out"],
            ["bench", "-m", "small.u2n", "--runs", "1", "--warmup", "0", "--modes", "native,static"],
            ["verify", "small.u2n"],
            ["profile", "small.u2n", "--runs", "1", "--warmup", "0", "--no-peak"],
            ["compare", "small.u2n", "--modes", "static,native", "--runs", "1", "--warmup", "0"],
        ):
            outcome = self.u2net(*words)
            self.assertEqual(outcome.code, 0, (words, outcome))
        as_text = [self.u2net("inspect", model, "--mode", "native", "--json").json() for model in ("small.u2n", SMALL)]
        for part in ("inputs", "outputs", "operators"):
            self.assertEqual(as_text[0][part], as_text[1][part])
        self.assert_ok(self.u2net("infer", SMALL, "-i", "x.npy", "-o", "right"))
        for name in self.files("right"):
            self.assertEqual((self.dir / "out" / name).read_bytes(), (self.dir / "right" / name).read_bytes())

    def test_the_same_file_again(self):
        self.assert_ok(self.u2net("pack", self.packed, "-o", "again.u2n"))
        self.assertEqual((self.dir / "again.u2n").read_bytes(), self.packed.read_bytes())
        self.assert_ok(self.u2net("pack", "again.u2n", "-o", "again.u2n"))
        self.assertEqual((self.dir / "again.u2n").read_bytes(), self.packed.read_bytes())

    def test_packs_every_kind_of_model(self):
        for model in (SOURCE / "models/u2netp/u2netp.pdparams", SOURCE / "tests/data/pir/3_3_chain",
                      SOURCE / "tests/data/onnx/arithmetic", GOLDEN / "chain_conv_bn_relu" / "model"):
            outcome = self.u2net("pack", model, "-o", "a.u2n")
            self.assert_ok(outcome)
            self.assertEqual(outcome.out, "a.u2n\n")
            self.assertEqual(self.u2net("inspect", "a.u2n").code, 0)

    def test_another_processor(self):
        """Its weights are packed anew, with the bits that this instruction set gives."""
        env = {"U2NET_MAX_ISA": "portable"}
        self.assert_ok(self.u2net("pack", SMALL, "-o", "portable.u2n", env=env))
        shutil.copy(SMALL / "in_x.npy", self.dir / "x.npy")
        self.assert_ok(self.u2net("infer", "portable.u2n", "-i", "x.npy", "-o", "a", env=env))
        self.assert_ok(self.u2net("infer", SMALL, "-i", "x.npy", "-o", "b", env=env))
        for name in self.files("a"):
            self.assertEqual((self.dir / "a" / name).read_bytes(), (self.dir / "b" / name).read_bytes())
        here = self.u2net("infer", "portable.u2n", "-i", "x.npy", "-o", "c")
        if here.err == "":
            self.skipTest("this processor has no other instruction set")
        self.assertRegex(here.err, r"^u2net: warning: .*portable\.u2n.* packed for portable, .*: they are packed anew\n$")
        self.assert_ok(self.u2net("infer", SMALL, "-i", "x.npy", "-o", "d"))
        for name in self.files("c"):
            self.assertEqual((self.dir / "c" / name).read_bytes(), (self.dir / "d" / name).read_bytes())

    def test_mistakes(self):
        self.assert_error(self.u2net("pack", SMALL), USAGE, "E-USAGE", "--output")
        self.assert_error(self.u2net("pack", "none", "-o", "a.u2n"), MODEL, "E-MODEL-NOT-FOUND", "none")
        self.assert_error(self.u2net("pack", SMALL, "-o", "a.u2n", "--size", "0"), USAGE, "E-USAGE", "--size")
        self.assert_error(self.u2net("pack", SMALL, "-o", "."), OUTPUT, "E-OUTPUT", "'.'")
        shutil.copytree(SMALL, self.dir / "net")
        for name in ("model.pdmodel", "model.pdiparams"):
            self.assert_error(self.u2net("pack", "net", "-o", f"net/{name}"), USAGE, "E-USAGE", name)
        self.assert_error(self.u2net("inspect", self.packed, "--params", "a.pdiparams"), USAGE,
                          "E-USAGE", "a packed model")
        self.assert_error(self.u2net("run", "--mode", "dynamic", "-m", self.packed, PICTURE), MODEL, "E-MODEL-NOT-FOUND",
                          "dynamic")
        os.mkfifo(self.dir / "pipe.u2n")
        self.assert_error(self.u2net("inspect", "pipe.u2n"), MODEL, "E-MODEL-NOT-FOUND", "not a regular file")
        self.assertEqual(self.files(), ["net", "pipe.u2n"])

    def test_damaged_files(self):
        """Bits, ends and middles that are others; one line, nothing written, no signal."""
        self.assert_ok(self.u2net("pack", GOLDEN / "chain_conv_bias_bn_relu", "-o", "a.u2n"))
        small, large = (self.dir / "a.u2n").read_bytes(), self.packed.read_bytes()
        pick = random.Random(20)
        for number in range(60):
            whole = large if number % 6 == 0 else small
            damaged = bytearray(whole)
            kind = number % 3
            if kind == 0:
                damaged[pick.randrange(8, len(whole))] ^= 1 << pick.randrange(8)
            elif kind == 1:
                del damaged[pick.randrange(8, len(whole)):]
            else:
                at, size = pick.randrange(8, len(whole) - 1), pick.randrange(1, 5000)
                damaged[at:at + size] = pick.randbytes(pick.randrange(0, 5000))
            if bytes(damaged) == whole:
                continue
            self.write("damaged.u2n", bytes(damaged))
            outcome = self.u2net("inspect", "damaged.u2n")
            self.assert_error(outcome, MODEL, "E-MODEL-FORMAT", "damaged.u2n")
            self.assertEqual(outcome.out, "")

    def test_processes_share_it(self):
        """Of two that wait for more pictures, each has half of what they have of the file in memory."""
        (self.dir / "inbox").mkdir()
        shutil.copy(PICTURE, self.dir / "inbox" / "a.png")
        words = [BINARY, "run", "-q", "-t", "1", "-m", self.packed, "--watch", "inbox", "--write", "mask", "--force", "-o"]
        started = []
        try:
            for folder in ("one", "two"):
                started.append(subprocess.Popen([*map(str, words), folder], cwd=self.dir, stdout=subprocess.DEVNULL))
            deadline = time.monotonic() + 60
            while not all((self.dir / folder / "a.mask.png").exists() for folder in ("one", "two")):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            size = self.packed.stat().st_size
            for process in started:
                rss, pss = shared_and_own(process.pid, self.packed.name)
                self.assertGreater(rss, size // 4)
                self.assertLess(pss, 0.6 * rss)
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(60)


if __name__ == "__main__":
    unittest.main()
