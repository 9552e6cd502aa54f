# SPDX-License-Identifier: Apache-2.0
"""What the tests of the `u2net` command share: the command in a folder of its own, and what it is expected to say.
"""


import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import sample_files as sample

BINARY = os.environ["U2NET_BINARY"]
SOURCE = pathlib.Path(os.environ.get("U2NET_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
GOLDEN = SOURCE / "tests" / "data" / "golden"
BUNDLED = SOURCE / "models" / "u2netp" / "u2netp"
PICTURE = SOURCE / "models" / "pictures" / "chelsea.png"
TIME_LIMIT = 120  # seconds a call; sanitizers are slow

OK, SOME_FAILED, USAGE, MODEL, INPUT, OUTPUT, MODE = 0, 1, 2, 3, 4, 5, 6


class Outcome:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class CliTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="u2net-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def environment(self, more=None):
        """Without what would choose another model."""
        return {**{k: v for k, v in os.environ.items() if k != "U2NET_MODEL"}, **(more or {})}

    def u2net(self, *words, env=None, **options):
        start = time.monotonic()
        done = subprocess.run(
            [BINARY, *map(str, words)],
            cwd=self.dir,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TIME_LIMIT,
            stdout=options.pop("stdout", subprocess.PIPE),
            **options,
        )
        text = [(s or b"").decode("utf-8", "replace") for s in (done.stdout, done.stderr)]
        return Outcome(done.returncode, *text, time.monotonic() - start)

    def piped(self, *words, data):
        """With `data` on standard input; what it says stays bytes."""
        return subprocess.run(
            [BINARY, *map(str, words)],
            cwd=self.dir,
            env=self.environment(),
            input=data,
            capture_output=True,
            timeout=TIME_LIMIT,
        )

    def modes(self):
        """Of this build, but for the first of them, dynamic."""
        return self.u2net("--version").out.splitlines()[0].split("modes: ")[1].rstrip(")").split(", ")[1:]

    def write(self, name, data):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    def write_model(self, program, parameters=None, prefix="model"):
        self.write(prefix + ".pdmodel", program)
        if parameters is not None:
            self.write(prefix + ".pdiparams", parameters)
        return prefix

    def write_picture(self, name="a.png", width=24, height=16):
        return self.write(name, sample.png(width, height, lambda x, y: (10 * x, 15 * y, 40)))

    def files(self, folder="."):
        return sorted(p.name for p in (self.dir / folder).iterdir())

    def assert_ok(self, outcome, err=""):
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(outcome.err, err, outcome)

    def assert_error(self, outcome, code, name, *parts):
        """One error line, perhaps a hint, nothing else; `parts` are in the error line."""
        self.assertEqual(outcome.code, code, outcome)
        lines = outcome.err.splitlines()
        self.assertIn(len(lines), (1, 2), outcome)
        self.assertRegex(lines[0], rf"^u2net: error: .+ \[{name}\]$")
        if len(lines) == 2:
            self.assertRegex(lines[1], r"^  hint: \S")
        for part in parts:
            self.assertIn(part, lines[0])
        return lines[1] if len(lines) == 2 else ""
