# SPDX-License-Identifier: Apache-2.0
"""What the system does not give: memory, threads, space, time. Each has to end in a documented exit
code and a message, never in a crash, a hang or half a file.

    U2NET_BINARY=... U2NET_FAULT_SHIM=... U2NET_C_SWEEP=... python3 tests/faults/faults_test.py [TEST...]

The shim (fault_shim.h) makes things fail; where a limit of the system itself can be had, that is used.
"""

import itertools
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
import sample_files as sample
from cli_case import BINARY, BUNDLED, GOLDEN, OUTPUT, PICTURE, SOURCE
from faults_case import C_SWEEP, PIR, RESOURCES, SECONDS, SHIM, FaultsTest, as_nobody, limited


class MemoryTest(FaultsTest):
    def sweep(self, model, mode, what, step):
        done = subprocess.run(
            [C_SWEEP, str(model), mode, what, str(step)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=20 * SECONDS, text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        print(done.stdout, end="", flush=True)

    def test_every_allocation_of_a_small_model(self):
        for mode, what in itertools.product(("native", "inference", "static"), ("all", "run")):
            with self.subTest(mode=mode, what=what):
                self.sweep(GOLDEN / "chain_conv_bn_relu" / "model", mode, what, 1)

    def test_onednn(self):
        """Until oneDNN itself is called, which ends the process where it has no memory."""
        if "onednn" not in self.u2net("--version").out:
            self.skipTest("this build has no mode onednn")
        self.sweep(GOLDEN / "chain_conv_bn_relu" / "model", "onednn", "load", 31)

    def test_other_formats(self):
        self.sweep(PIR / "3_3_scales" / "model", "native", "all", 1)
        self.sweep(PIR / "3_3_chain" / "model", "native", "all", 19)
        self.sweep(SOURCE / "tests/data/older/separate", "native", "all", 41)
        self.sweep(SOURCE / "models/u2netp/u2netp.pdparams", "dynamic", "all", 2203)

    def test_packed(self):
        self.assert_ok(self.u2net("pack", GOLDEN / "chain_conv_bn_relu", "-o", "a.u2n"))
        self.sweep(self.dir / "a.u2n", "native", "all", 1)
        self.sweep(self.dir / "a.u2n", "static", "all", 7)

    def test_larger_models(self):
        self.sweep(GOLDEN / "jit_small_u2net" / "model", "native", "all", 29)
        self.sweep(GOLDEN / "jit_small_u2net" / "model", "native", "segment", 29)
        self.sweep(GOLDEN / "jit_small_u2net" / "model", "native", "run", 5)
        self.sweep(BUNDLED, "native", "all", 40009)
        self.sweep(BUNDLED, "native", "run", 20011)

    def test_threads_through_c(self):
        self.sweep(GOLDEN / "chain_conv_bn_relu" / "model", "native", "threads", 1)

    def command(self, words, step, codes=(RESOURCES,)):
        """The command while its N-th allocation fails, and while all from the N-th on do."""
        right = self.faulty("", *words)
        total, results = right.counts[0], self.results()
        self.assertEqual(right.code, 0, right)
        for n, more in itertools.product(range(1, total + 1, step), ("", "+")):
            with self.subTest(words=words, order=f"malloc={n}{more}"):
                outcome = self.faulty(f"malloc={n}{more}", *words)
                if outcome.code == 0:  # what could not be had was not needed
                    self.assertEqual((outcome.out, self.results()), (right.out, results))
                    continue
                self.assertIn(outcome.code, codes, outcome)
                self.assert_refused(outcome, outcome.code, "E-OUT-OF-MEMORY")
                self.assert_whole("out")

    def results(self):
        return {p.name: p.read_bytes() for p in (self.dir / "out").glob("*")}

    def test_run(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        words = ("run", "-t", "2", "-m", model, "-o", "out", "a.png")
        self.command(words, max(1, self.counts(*words)[0] // 60))

    def test_bundled_model(self):
        words = ("run", "-t", "2", "-o", "out", "--write", "mask", PICTURE)
        self.command(words, max(1, self.counts(*words)[0] // 8))

    def test_other_commands(self):
        model = self.write_model(*sample.picture_network())
        self.write("x.npy", sample.npy("<f4", (1, 3, 4, 4), [0.5] * 48))
        for words in (
            ("infer", model, "-i", "x=x.npy", "-o", "out"),
            ("inspect", model, "--json"),
            ("graph", model, "-o", "out/graph.dot"),
            ("pack", model, "-o", "out/a.u2n"),
            ("--help",),
        ):
            (self.dir / "out").mkdir(exist_ok=True)
            self.command(words, max(1, self.counts(*words)[0] // 15))

    def test_address_space(self):
        """From where not even the program can be loaded to where all is well."""
        self.write_picture()
        codes = set()
        for mbytes in (*range(40, 160, 12), *range(160, 700, 90)):
            outcome = self.u2net(
                "run", "-q", "-t", "2", "-o", "out", PICTURE,
                preexec_fn=limited(resource.RLIMIT_AS, mbytes << 20),
            )
            if outcome.code == 127 or outcome.code < 0 and "error while loading" in outcome.err:
                continue  # of the dynamic linker
            codes.add(outcome.code)
            if outcome.code != 0:
                self.assertIn("E-OUT-OF-MEMORY" if "MEMORY" in outcome.err else "E-NO-THREADS",
                              outcome.err)
                self.assertEqual(outcome.code, RESOURCES, (mbytes, outcome))
            self.assertEqual(self.leftovers(), [])
            self.assert_whole("out")
        self.assertEqual(codes, {0, RESOURCES})


class ThreadsTest(FaultsTest):
    def test_each_thread(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        orders = ("thread=1", "thread=2", "thread=3+", "thread=1+")
        cases = list(itertools.product(("native", "static", "inference"), orders))
        if "onednn" in self.u2net("--version").out:
            cases += [("onednn", order) for order in (*orders, "thread=4", "thread=5+")]
        for mode, order in cases:
            with self.subTest(mode=mode, order=order):
                outcome = self.faulty(order, "run", "-t", "4", "--mode", mode, "-m", model, "a.png")
                if order == "thread=1" and mode != "onednn":
                    # The one that loads the model while the picture is decoded: done without.
                    self.assert_ok(outcome)
                    continue
                self.assert_error(outcome, RESOURCES, "E-NO-THREADS", "threads")
                self.assertIn("hint", outcome.err)

    def test_limit_of_processes(self):
        model = self.write_model(*sample.picture_network())
        os.chmod(self.dir, 0o755)
        try:
            subprocess.run([BINARY, "--version"], preexec_fn=as_nobody, stdout=subprocess.DEVNULL)
        except PermissionError:
            self.skipTest("another user may not run the program")
        outcome = self.u2net(
            "inspect", "-t", "1", model, preexec_fn=limited(resource.RLIMIT_NPROC, 1, drop=True)
        )
        self.assert_ok(outcome)  # it needs none
        outcome = self.u2net(
            "bench", "-t", "4", "-m", model, "--runs", "1", "--warmup", "0",
            preexec_fn=limited(resource.RLIMIT_NPROC, 1, drop=True),
        )
        self.assert_error(outcome, RESOURCES, "E-NO-THREADS")


class SignalTest(FaultsTest):
    """The process gets a signal at each of the moments at which a file changes."""

    def commands(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        self.write("x.npy", sample.npy("<f4", (1, 3, 4, 4), [0.5] * 48))
        one = ("--runs", "1", "--warmup", "0")
        return {
            "run": ("run", "-q", "-t", "2", "-m", model, "-o", "out", "--json=out/r.json", "a.png"),
            "infer": ("infer", model, "-i", "x=x.npy", "-o", "out"),
            "export": ("export", SOURCE / "models/u2netp/u2netp.pdparams", "-o", "out/m.json"),
            "graph": ("graph", model, "-o", "out/graph.dot"),
            "profile": ("profile", model, *one, "--no-peak", "--size", "8x8", "--trace", "out/t.json"),
            "bench": ("bench", "-m", model, *one, "--size", "8x8", "--plot", "out/b.svg"),
            "compare": ("compare", model, *one, "--size", "8x8", "--modes", "static,native", "--plot",
                        "out/c.svg"),
        }

    def interrupt(self, words, order, number):
        outcome = self.faulty(order, *words)
        self.assertEqual(outcome.code, -number, (order, outcome))
        self.assertEqual(outcome.err, "", (order, outcome))
        self.assert_whole("out")
        return outcome

    def test_every_moment(self):
        for name, words in self.commands().items():
            (self.dir / "out").mkdir(exist_ok=True)
            for prefix in ("", "no-tmpfile,", "no-linkat,"):
                if prefix == "no-linkat," and name != "run":
                    continue
                for state in ("new", "replaced"):
                    if state == "new":
                        for path in (self.dir / "out").iterdir():
                            path.unlink()
                    moments = self.faulty(prefix, *words).counts[2]
                    self.assertGreater(moments, 5)
                    step = 1 if name == "run" else 5
                    signals = itertools.cycle(
                        [("TERM", signal.SIGTERM), ("INT", signal.SIGINT), ("HUP", signal.SIGHUP)]
                    )
                    for moment in range(1, moments + 1, step):
                        if state == "new":
                            for path in (self.dir / "out").iterdir():
                                path.unlink()
                        kind, number = next(signals)
                        order = f"{prefix}{kind}@{moment}"
                        with self.subTest(name=name, state=state, order=order):
                            self.interrupt(words, order, number)
                            self.assertEqual(self.leftovers(), [])

    def test_killed(self):
        """Nobody can clean up: what has no name cannot be left over all the same."""
        words = self.commands()["run"]
        (self.dir / "out").mkdir()
        if self.named_files_only():
            self.skipTest("this file system has no files without names (O_TMPFILE)")
        for state in ("new", "replaced"):
            moments = self.faulty("", *words).counts[2]
            left = 0
            for moment in range(1, moments + 1):
                if state == "new":
                    for path in (self.dir / "out").iterdir():
                        path.unlink()
                self.interrupt(words, f"KILL@{moment}", signal.SIGKILL)
                left += len(self.leftovers())
                for path in self.leftovers():
                    path.unlink()
            # Of each of the five files after linkat and before rename, the window.
            self.assertEqual(left, 0 if state == "new" else 2 * 5, state)

    def named_files_only(self):
        try:
            os.close(os.open(self.dir, os.O_TMPFILE | os.O_WRONLY, 0o600))
            return False
        except OSError:
            return True

    def test_random_moments(self):
        for i in range(40):
            self.write(f"in/{i}.png", sample.png(16, 16, lambda x, y: (x, y, i)))
        model = self.write_model(*sample.picture_network())
        chance = random.Random(15)
        ends = set()
        for number in (signal.SIGINT, signal.SIGTERM) * 12:
            child = subprocess.Popen(
                [BINARY, "run", "-q", "-m", model, "-o", "out", "in"], cwd=self.dir,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )
            time.sleep(chance.uniform(0.0, 0.25))
            child.send_signal(number)
            err = child.communicate(timeout=SECONDS)[1]
            self.assertIn(child.returncode, (0, -number), err)
            ends.add(child.returncode)
            self.assertEqual((self.leftovers(), err), ([], b""))
            self.assert_whole("out")
        self.assertIn(-signal.SIGINT, ends)

    def test_exit_codes_of_a_shell(self):
        self.commands()
        for kind, code in (("INT", 130), ("TERM", 143), ("HUP", 129)):
            env = {**os.environ, "LD_PRELOAD": SHIM, "U2NET_FAULTS": f"{kind}@3"}
            done = subprocess.run(
                ["sh", "-c", f"'{BINARY}' infer model -i x=x.npy -o out; exit $?"], cwd=self.dir,
                env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS,
            )
            self.assertEqual(done.returncode, code)

    def test_ignored_signals_stay_ignored(self):
        words = self.commands()["infer"]
        (self.dir / "out").mkdir()
        outcome = self.faulty("HUP@3", *words,
                              preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assert_ok(outcome)


class SpaceTest(FaultsTest):
    def outputs(self):
        commands = SignalTest.commands(self)
        for _, words in commands.items():
            (self.dir / "out").mkdir(exist_ok=True)
            yield words

    def test_largest_file(self):
        """RLIMIT_FSIZE, whose signal would kill; also in the middle of a file that exists."""
        for words in self.outputs():
            for size in (0, 100):
                with self.subTest(words=words, size=size):
                    outcome = self.u2net(*words, preexec_fn=limited(resource.RLIMIT_FSIZE, size))
                    self.assert_refused(outcome, OUTPUT, "E-OUTPUT")
                    self.assertIn("File too large", outcome.err)
                    self.assert_whole("out")

    def test_errors_of_a_disk(self):
        """Every call on a file fails once, on files that are there and on those that are not."""
        words = SignalTest.commands(self)["export"]
        (self.dir / "out").mkdir()
        for prefix, state in itertools.product(("", "no-tmpfile,"), ("new", "replaced")):
            moments = self.faulty(prefix, *words).counts[2]
            right = {p.name: p.read_bytes() for p in (self.dir / "out").iterdir()}
            for moment in range(1, moments + 1, 2):
                if state == "new":
                    for path in (self.dir / "out").iterdir():
                        path.unlink()
                with self.subTest(state=state, order=f"{prefix}EIO@{moment}"):
                    outcome = self.faulty(f"{prefix}EIO@{moment}", *words)
                    now = {p.name: p.read_bytes() for p in (self.dir / "out").iterdir()}
                    if outcome.code == 0:  # there was another way
                        self.assertEqual(now, right)
                        continue
                    self.assert_refused(outcome, OUTPUT, "E-OUTPUT")
                    self.assertIn("Input/output error", outcome.err)
                    for name, data in now.items():
                        self.assertEqual(data, right[name])

    def test_full_device(self):
        model = self.write_model(*sample.picture_network())
        os.symlink("/dev/full", self.dir / "full.dot")
        outcome = self.u2net("graph", model, "-o", "full.dot")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "full.dot", "No space left")
        self.assertTrue((self.dir / "full.dot").is_symlink())

    def test_full_file_system(self):
        """The pictures of a run until the space is used up: those that are there are whole."""
        (self.dir / "out").mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.dir / "out"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        if mounted.returncode != 0:
            self.skipTest("no file system of 64 KiB can be mounted (that takes root)")
        self.addCleanup(subprocess.run, ["umount", self.dir / "out"])
        model = self.write_model(*sample.picture_network())
        noise = random.Random(1)
        self.write("a.png", sample.png(120, 100, lambda x, y: noise.randbytes(3)))
        outcome = self.u2net("run", "-q", "-m", model, "-o", "out", "a.png")
        self.assert_refused(outcome, OUTPUT, "E-OUTPUT")
        self.assertIn("No space left", outcome.err)
        self.assert_whole("out")

    def test_folder_that_may_not_be_written(self):
        model = self.write_model(*sample.picture_network())
        os.chmod(self.dir, 0o755)
        try:
            subprocess.run([BINARY, "--version"], preexec_fn=as_nobody, stdout=subprocess.DEVNULL)
        except PermissionError:
            self.skipTest("another user may not run the program")
        (self.dir / "locked").mkdir()
        os.chmod(self.dir / "locked", 0o555)
        outcome = self.u2net("graph", model, "-o", "locked/graph.dot", preexec_fn=as_nobody)
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "locked", "Permission denied")

    def test_open_files(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        codes = set()
        for most in range(3, 12):
            outcome = self.u2net(
                "run", "-q", "-m", model, "-o", "out", "a.png",
                preexec_fn=limited(resource.RLIMIT_NOFILE, most),
            )
            if outcome.code == 127:
                continue  # of the dynamic linker
            codes.add(outcome.code)
            self.assertIn(outcome.code, (0, 3, 4, 5), outcome)
            if outcome.code:
                self.assertIn("Too many open files", outcome.err)
            self.assertEqual(self.leftovers(), [])
        self.assertIn(0, codes)


class StreamsTest(FaultsTest):
    def test_each_closed_or_full(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        commands = (
            ("run", "-m", model, "a.png"),
            ("run", "-m", model, "a.png", "--json"),
            ("inspect", model),
            ("bench", "-m", model, "--runs", "1", "--warmup", "0", "--size", "8x8"),
            ("profile", model, "--runs", "1", "--warmup", "0", "--size", "8x8", "--no-peak"),
            ("verify", model, "--size", "8x8"),
            ("--help",),
        )
        for words in commands:
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                self.assert_refused(self.u2net(*words, stdout=full), OUTPUT, "E-OUTPUT")
                closed = self.u2net(*words, preexec_fn=lambda: os.close(1))
                self.assert_refused(closed, OUTPUT, "E-OUTPUT")
                for preexec in (lambda: os.close(0), lambda: os.close(2),
                                lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 2)):
                    self.assertEqual(self.u2net(*words, preexec_fn=preexec).code, 0)

    def test_reader_that_went_away(self):
        model = self.write_model(*sample.picture_network())
        done = subprocess.run(
            ["bash", "-c", f"'{BINARY}' inspect {model} | true; exit ${{PIPESTATUS[0]}}"],
            cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
        )
        self.assertIn((done.returncode, done.stderr), ((141, b""), (0, b"")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
