# SPDX-License-Identifier: Apache-2.0
"""The command with the shim (fault_shim.h) around it, and what has to hold whatever fails."""

import json
import os
import pathlib
import resource
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
import sample_files as sample
from cli_case import SOURCE, CliTest

SHIM = os.environ["U2NET_FAULT_SHIM"]
C_SWEEP = os.environ["U2NET_C_SWEEP"]
RESOURCES = 7  # the exit code
NOBODY = 65534
SECONDS = 60  # a call that takes longer hangs
PIR = SOURCE / "tests" / "data" / "pir"


def as_nobody():
    """For limits that do not bind root; before a limit is set, because exec() checks it too."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def limited(kind, amount, drop=False):
    def apply():
        if drop:
            as_nobody()
        resource.setrlimit(kind, (amount, amount))

    return apply


class FaultsTest(CliTest):
    def faulty(self, orders, *words, **options):
        """The command with the shim. The outcome has `counts`: allocations, threads, moments."""
        report = self.dir / "counts"
        report.unlink(missing_ok=True)
        env = {"LD_PRELOAD": SHIM, "U2NET_FAULTS": orders, "U2NET_FAULTS_REPORT": str(report)}
        outcome = self.u2net(*words, env=env, **options)
        counted = report.read_text().split() if report.exists() else (0, 0, 0)
        outcome.counts = tuple(map(int, counted))
        report.unlink(missing_ok=True)
        return outcome

    def counts(self, *words):
        outcome = self.faulty("", *words)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome.counts

    def leftovers(self):
        return [p for p in self.dir.rglob("*") if p.name.endswith(".tmp")]

    def assert_whole(self, folder):
        """Every file is one that its own kind of reader takes."""
        for path in (self.dir / folder).rglob("*"):
            if path.suffix == ".png":
                sample.png_header(path.read_bytes())
            elif path.suffix == ".npy":
                sample.parse_npy(path.read_bytes())
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.suffix in (".svg", ".dot"):
                self.assertTrue(path.read_bytes().endswith((b"</svg>\n", b"}\n")), path)

    def assert_refused(self, outcome, code, name):
        """A line that says what, perhaps after others, and no temporary file."""
        self.assertEqual(outcome.code, code, outcome)
        self.assertRegex(outcome.err, rf"(?m)^u2net: error: .+ \[{name}\]$")
        self.assertNotIn("bug", outcome.err)
        self.assertEqual(self.leftovers(), [], outcome)
