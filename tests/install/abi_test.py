#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs that were linked with an earlier libu2net.so.0 rely on is still there: functions, their types, layouts.

    abi_test.py              compares the library in U2NET_BINARY_DIR with tests/install/abi
    abi_test.py --record     makes it the one to compare with: at a release, and with the next SONAME

abidw (Debian: abigail-tools) writes down what the library shows, as far as the public headers declare it; abidiff
compares. Additions pass. Without these tools, or on another processor than the record's, the test is skipped.
"""
import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
LIBRARY = Path(os.environ["U2NET_BINARY_DIR"]) / "api/libu2net.so"
RECORD = SOURCE / "tests/install/abi/libu2net.so.0.abi.xz"
SKIPPED = 77
CHANGED = 4 | 8  # bits of abidiff's exit code: the interface changed, incompatibly


def described():
    return subprocess.run(["abidw", "--headers-dir", SOURCE / "api/include", "--drop-private-types",
                           "--exported-interfaces-only", "--no-comp-dir-path", "--no-corpus-path", "--no-show-locs",
                           "--type-id-style", "hash", LIBRARY], check=True, stdout=subprocess.PIPE, text=True).stdout


class AbiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before, cls.now = lzma.decompress(RECORD.read_bytes()).decode(), described()

    def compared(self, before, after):
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / "before.abi", Path(folder) / "after.abi"]
            for file, text in zip(files, (before, after)):
                file.write_text(text)
            done = subprocess.run(["abidiff", "--no-added-syms", *files], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode & ~CHANGED, 0, done.stdout)  # neither an error nor wrong usage
        return done.returncode, done.stdout

    def changed(self, pattern, replacement):
        text, times = re.subn(pattern, replacement, self.now)
        self.assertGreater(times, 0, pattern)
        return text

    def test_keeps_its_promises(self):
        code, report = self.compared(self.before, self.now)
        self.assertEqual(code, 0, f"{report}\nSee tests/install/abi/README.md")

    def test_would_see_a_function_that_is_gone(self):
        after = self.changed(r".*<elf-symbol name='u2net_model_load' .*\n", "")
        self.assertTrue(self.compared(self.now, after)[0])

    def test_would_see_another_layout(self):
        after = self.changed(r"(<class-decl name='u2net_options' size-in-bits=)'\d+'", r"\1'1024'")
        self.assertTrue(self.compared(self.now, after)[0])
        after = self.changed(r"(name='U2NET_MODE_NATIVE' value=)'5'", r"\1'6'")
        self.assertTrue(self.compared(self.now, after)[0])

    def test_would_see_another_argument(self):
        function = re.search(r"<function-decl name='u2net_session_create'.*?</function-decl>", self.now, re.S)[0]
        first = re.search(r" *<parameter .*\n", function)[0]
        self.assertTrue(self.compared(self.now, self.now.replace(function, function.replace(first, "", 1)))[0])

    def test_lets_additions_pass(self):
        before = self.changed(r".*<elf-symbol name='u2net_has_mode' .*\n", "")
        self.assertEqual(self.compared(before, self.now)[0], 0)


def main():
    missing = [tool for tool in ("abidw", "abidiff") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: {' and '.join(missing)} not found (Debian: abigail-tools)")
        sys.exit(SKIPPED)
    if sys.argv[1:] == ["--record"]:
        RECORD.write_bytes(lzma.compress(described().encode(), preset=9))
    elif platform.machine() != "x86_64":
        print(f"SKIPPED: the record is of x86_64, this is {platform.machine()}")
        sys.exit(SKIPPED)
    else:
        unittest.main()


if __name__ == "__main__":
    main()
