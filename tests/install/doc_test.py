#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The man page names every subcommand and option; bash completes them."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
COMMAND = Path(os.environ["U2NET_BINARY"])


def help_of(*words):
    return subprocess.run([COMMAND, *words, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout


def options_of(text):
    return {re.sub(r"\{.*\}", "", name) for names in re.findall(r"^  (-\S+)", text, flags=re.M) for name in names.split(",")}


SUBCOMMANDS = re.findall(r"^  (\w+)", help_of().split("Subcommands:")[1].split("\n\n")[0], flags=re.M)


class ManPageTest(unittest.TestCase):
    def test_is_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "u2net.1"
            subprocess.run([sys.executable, "-B", SOURCE / "tools/doc/make_man.py", COMMAND, page], check=True)
            source = page.read_text(encoding="ascii").replace("\\-", "-")
            for name in SUBCOMMANDS:
                section = source.split(f'.SH "U2NET {name.upper()}"')[1].split("\n.SH ")[0]
                for option in options_of(help_of(name)):
                    self.assertRegex(section, rf"\.B (.*,)?{re.escape(option)}\b", name)
            if shutil.which("man"):
                env = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
                shown = subprocess.run(["man", "--warnings", "-l", page], env=env, text=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))


class CompletionTest(unittest.TestCase):
    def complete(self, *words):
        script = (f"source {SOURCE}/tools/doc/u2net.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                  '_u2net "$1"; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", str(COMMAND), *words], check=True, text=True,
                              stdout=subprocess.PIPE)
        return set(done.stdout.split())

    def test_knows_what_the_command_knows(self):
        self.assertEqual(self.complete(""), set(SUBCOMMANDS))
        self.assertEqual(self.complete("ru"), {"run"})
        for name in SUBCOMMANDS:
            self.assertEqual(self.complete(name, "-"), options_of(help_of(name)), name)
        self.assertEqual(self.complete("run", "--mode", "nat"), {"native"})
        self.assertEqual(self.complete("run", "--write", "cu"), {"cutout"})
        self.assertIn("models", " ".join(self.complete("run", str(SOURCE / "mod"))))


if __name__ == "__main__":
    unittest.main()
