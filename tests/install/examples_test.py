#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples do what the command does. U2NET_PYTHON, where set, is a Python that has the package."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
BINARY = Path(os.environ["U2NET_BINARY_DIR"])
COMMAND = os.environ["U2NET_BINARY"]
PYTHON = os.environ.get("U2NET_PYTHON")
MODEL = str(SOURCE / "models/u2netp/u2netp")
COFFEE = SOURCE / "models/pictures/coffee.png"


def read_png(path):
    """(width, height, channels, pixels) of an 8-bit PNG that is not interlaced."""
    data = Path(path).read_bytes()
    width, height, bits, kind = struct.unpack(">IIBB", data[16:26])
    assert bits == 8
    channels = {0: 1, 2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    raw, row_bytes = zlib.decompress(packed), width * channels
    pixels, above = bytearray(), bytearray(row_bytes)
    for y in range(height):
        line = bytearray(raw[y * (row_bytes + 1) + 1:(y + 1) * (row_bytes + 1)])
        unfilter(raw[y * (row_bytes + 1)], line, above, channels)
        pixels += line
        above = line
    return width, height, channels, bytes(pixels)


def unfilter(method, line, above, step):
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        up = above[i]
        if method == 1:
            line[i] = (line[i] + left) & 255
        elif method == 2:
            line[i] = (line[i] + up) & 255
        elif method == 3:
            line[i] = (line[i] + (left + up) // 2) & 255
        elif method == 4:
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
            line[i] = (line[i] + nearest) & 255


class ExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = Path(cls.folder.name)
        subprocess.run([COMMAND, "run", "-q", "-m", MODEL, "-o", cls.work, COFFEE], check=True,
                       stdout=subprocess.DEVNULL)

    def made(self, what):
        return read_png(self.work / f"coffee.{what}.png")

    def test_cpp_and_c(self):
        width, height, channels, pixels = read_png(COFFEE)
        self.assertEqual(channels, 3)
        for program in ("example_cpp", "example_c"):
            done = subprocess.run([BINARY / "examples" / program, MODEL], stdout=subprocess.PIPE, check=True,
                                  input=b"P6 %d %d 255\n" % (width, height) + pixels)
            header = b"P5\n%d %d\n255\n" % (width, height)
            self.assertTrue(done.stdout.startswith(header), program)
            self.assertEqual(done.stdout[len(header):], self.made("mask")[3], program)
            failed = subprocess.run([BINARY / "examples" / program, "/no/such"], stderr=subprocess.PIPE,
                                    stdout=subprocess.PIPE, input=b"P6 1 1 255\nabc")
            self.assertEqual((failed.returncode, failed.stdout), (1, b""))
            self.assertIn(b"/no/such", failed.stderr)

    @unittest.skipUnless(PYTHON, "the Python package was not built")
    def test_python(self):
        made = self.work / "cut.png"
        text = subprocess.run([PYTHON, SOURCE / "examples/segment.py", COFFEE, made, MODEL], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        self.assertRegex(text, r"^600x400, \d+% of it subject$")
        self.assertEqual(read_png(made), self.made("cutout"))

    def test_tensors(self):
        """Numbers in, the command's numbers out, from C++ and from Python."""
        count = 3 * 320 * 320
        numbers = struct.pack(f"<{count}f", *(((i * 7919) % 1021) / 510 - 1 for i in range(count)))
        given = self.work / "x.npy"
        head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 320, 320), }".ljust(117) + "\n"
        given.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + numbers)
        subprocess.run([COMMAND, "infer", MODEL, "-t", "2", "--input", given, "-o", self.work], check=True,
                       stdout=subprocess.DEVNULL)
        expected = (self.work / "out0.npy").read_bytes()[-320 * 320 * 4:]
        done = subprocess.run([BINARY / "examples/example_tensors", MODEL], input=numbers, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True)
        self.assertEqual(done.stdout == expected, True)
        self.assertIn(b": [1,1,320,320]\n", done.stderr)
        self.assertEqual(subprocess.run([BINARY / "examples/example_tensors", "/no/such"], input=numbers,
                                        stderr=subprocess.DEVNULL).returncode, 1)
        if PYTHON:
            made = self.work / "y.npy"
            subprocess.run([PYTHON, SOURCE / "examples/tensors.py", MODEL, given, made], check=True)
            self.assertEqual(made.read_bytes()[-320 * 320 * 4:] == expected, True)

    @unittest.skipUnless(PYTHON, "the Python package was not built")
    def test_deployment(self):
        """Its picture is the command's panel: all but a few bytes to the bit, and those one level off."""
        for mode in ([], ["native"]):
            made = self.work / "deployed.png"
            subprocess.run([PYTHON, SOURCE / "examples/deploy.py", MODEL, COFFEE, made, *mode], check=True)
            expected, got = self.made("panel"), read_png(made)
            self.assertEqual(got[:3], expected[:3])
            off = [abs(a - b) for a, b in zip(got[3], expected[3]) if a != b]
            self.assertLessEqual(max(off, default=0), 2)
            self.assertLess(len(off), len(got[3]) // 100)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
