# SPDX-License-Identifier: Apache-2.0
"""The `u2net` command from outside: exit codes, what goes to stdout and to stderr, files.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/cli_test.py [TEST...]

Needs nothing but Python's standard library. Most tests use tiny networks made on the spot.
"""

import json
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

    def u2net(self, *words, env=None, **options):
        environment = {k: v for k, v in os.environ.items() if k != "U2NET_MODEL"}
        environment.update(env or {})
        start = time.monotonic()
        done = subprocess.run(
            [BINARY, *map(str, words)],
            cwd=self.dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TIME_LIMIT,
            stdout=options.pop("stdout", subprocess.PIPE),
            **options,
        )
        text = [(s or b"").decode("utf-8", "replace") for s in (done.stdout, done.stderr)]
        return Outcome(done.returncode, *text, time.monotonic() - start)

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


class UsageTest(CliTest):
    def test_alone_prints_help(self):
        outcome = self.u2net()
        self.assertEqual(outcome.code, USAGE)
        self.assertEqual(outcome.out, "")
        for command in ("run", "infer", "inspect", "bench"):
            self.assertIn(command, outcome.err)

    def test_help_and_version(self):
        for words in (
            ["--help"],
            ["run", "--help"],
            ["infer", "-h"],
            ["inspect", "-h"],
            ["bench", "-h"],
        ):
            outcome = self.u2net(*words)
            self.assert_ok(outcome)
            self.assertIn("Examples:", outcome.out)
        outcome = self.u2net("--version")
        self.assert_ok(outcome)
        self.assertRegex(outcome.out, r"^u2net \d+\.\d+\.\d+ \(modes: .*static.*\)\n$")

    def test_mistakes(self):
        self.write_picture()
        for words, part in (
            (["frobnicate"], "no command 'frobnicate'"),
            (["--frobnicate"], ""),
            (["run"], "PATH"),
            (["run", "a.png", "--frobnicate"], "--frobnicate"),
            (["run", "a.png", "--threads", "257"], "--threads"),
            (["run", "a.png", "--threads", "-1"], "--threads"),
            (["run", "a.png", "--threads", "two"], "--threads"),
            (["run", "a.png", "--write", "mask,hat"], "'hat'"),
            (["run", "a.png", "--write", ""], ""),
            (["run", "a.png", "--max-pixels", "0"], "--max-pixels"),
            (["run", "a.png", "--json="], "--json"),
            (["run", "a.png", "--mode", "fast"], "no mode 'fast'; available: "),
            (["run", "a.png", "-q", "-v"], ""),
            (["infer"], "MODEL"),
            (["inspect", "m", "--size", "3x"], "--size"),
            (["inspect", "m", "--size", "0x3"], "--size"),
            (["inspect", "m", "--batch", "0"], "--batch"),
            (["bench", "--modes", "static,fast"], "no mode 'fast'"),
            (["bench", "--runs", "0"], "--runs"),
        ):
            with self.subTest(words=words):
                outcome = self.u2net(*words)
                self.assert_error(outcome, USAGE, "E-USAGE", part)
                self.assertEqual(outcome.out, "")
        self.assertEqual(self.files(), ["a.png"])

    def test_error_as_json(self):
        for words in (
            ["run", "--json"],
            ["inspect", "--json", "nowhere"],
            ["bench", "--json", "-", "-m", "nowhere"],
        ):
            with self.subTest(words=words):
                outcome = self.u2net(*words)
                document = outcome.json()
                self.assertEqual(document["schema"], f"u2net.{words[0]}/1")
                self.assertEqual(document["error"]["code"], outcome.code)
                self.assertIn(document["error"]["message"], outcome.err)
                self.assertIn(f"[{document['error']['name']}]", outcome.err)

    def test_standard_output_fails(self):
        self.write_picture()
        self.write_model(*sample.picture_network())
        with open("/dev/full", "wb") as full:
            for words in (
                ["--help"],
                ["--version"],
                ["inspect", "model"],
                ["run", "-m", "model", "a.png"],
            ):
                with self.subTest(words=words):
                    self.assert_error(
                        self.u2net(*words, stdout=full), OUTPUT, "E-OUTPUT", "standard output"
                    )

    def test_standard_output_is_closed(self):
        model = self.write_model(*sample.picture_network())
        before = self.files()
        outcome = self.u2net("inspect", model, preexec_fn=lambda: os.close(1))
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "standard output")
        self.assertEqual(self.files(), before)

    def test_reader_went_away(self):
        """As other programs: dead of SIGPIPE, without a word; an error where that is ignored."""
        model = self.write_model(*sample.picture_network())
        reading, writing = os.pipe()
        os.close(reading)
        try:
            outcome = self.u2net("inspect", model, stdout=writing)
            self.assertEqual((outcome.code, outcome.err), (-signal.SIGPIPE, ""))
            # Python ignores SIGPIPE itself.
            outcome = self.u2net("inspect", model, stdout=writing, restore_signals=False)
            self.assert_error(outcome, OUTPUT, "E-OUTPUT", "Broken pipe")
        finally:
            os.close(writing)


class RunTest(CliTest):
    def setUp(self):
        super().setUp()
        self.model = self.write_model(*sample.picture_network(), prefix="m/model")

    def run_(self, *words, **options):
        return self.u2net("run", "-m", self.model, *words, **options)

    def test_writes_all_by_default(self):
        self.write_picture("in/a.b.png", 24, 16)
        outcome = self.run_("in/a.b.png")
        self.assert_ok(outcome)
        names = [f"a.b.{kind}.png" for kind in ("mask", "cutout", "result", "panel")]
        self.assertEqual(outcome.out.splitlines(), names)
        self.assertEqual(self.files(), sorted(names + ["in", "m"]))
        sizes = [sample.png_header((self.dir / name).read_bytes()) for name in names]
        self.assertEqual(sizes[:3], [(24, 16, 8, 0), (24, 16, 8, 6), (24, 16, 8, 2)])
        self.assertGreater(sizes[3][0], 3 * 24)

    def test_options_may_stand_anywhere(self):
        self.write_picture()
        outcome = self.run_(
            "--write", "cutout,mask", "-o", "x/y", "a.png", "-t", "1", "--mode", "static"
        )
        self.assert_ok(outcome)
        self.assertEqual(outcome.out.splitlines(), ["x/y/a.mask.png", "x/y/a.cutout.png"])
        self.assertEqual(self.files("x/y"), ["a.cutout.png", "a.mask.png"])

    def test_folder(self):
        for name in ("in/b.png", "in/a.PNG", "in/deep/c.png", "in/.hidden.png", "in/b.mask.png"):
            self.write_picture(name)
        self.write("in/notes.txt", b"no picture")
        outcome = self.run_("in", "-o", "out", "--write", "mask")
        self.assert_ok(outcome)
        self.assertEqual(outcome.out.splitlines(), ["out/a.mask.png", "out/b.mask.png"])

    def test_folder_without_pictures(self):
        (self.dir / "empty").mkdir()
        self.assert_error(self.run_("empty"), INPUT, "E-INPUT-NOT-FOUND", "'empty'")

    def test_one_of_two_fails(self):
        self.write_picture()
        self.write("b.png", (self.dir / "a.png").read_bytes()[:90])
        outcome = self.run_("b.png", "a.png", "--write", "mask", "--json")
        self.assert_error(outcome, SOME_FAILED, "E-INPUT-FORMAT", "'b.png'")
        bad, good = outcome.json()["images"]
        self.assertEqual(
            (bad["input"], bad["error"]["code"], bad["error"]["name"]),
            ("b.png", 4, "E-INPUT-FORMAT"),
        )
        self.assertEqual(good["outputs"], {"mask": "a.mask.png"})
        self.assertEqual(self.files(), ["a.mask.png", "a.png", "b.png", "m"])

    def test_all_fail(self):
        outcome = self.run_("b.png", "c.png")
        self.assertEqual(outcome.code, INPUT)
        self.assertEqual(len(outcome.err.splitlines()), 2)

    def test_bad_pictures(self):
        for name, data, part in (
            ("html.png", b"<html>404</html>", "HTML"),
            ("empty.png", b"", "empty"),
            ("noise.png", bytes(range(256)), "unknown format"),
            ("webp.png", b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        ):
            with self.subTest(name=name):
                self.write(name, data)
                self.assert_error(self.run_(name), INPUT, "E-INPUT-FORMAT", f"'{name}'", part)
        self.assert_error(self.run_("nowhere.png"), INPUT, "E-INPUT-NOT-FOUND", "'nowhere.png'")

    def test_max_pixels(self):
        self.write_picture("a.png", 20, 10)
        hint = self.assert_error(
            self.run_("a.png", "--max-pixels", "199"), INPUT, "E-INPUT-LIMIT", "20x10"
        )
        self.assertIn("--max-pixels", hint)
        self.assert_ok(self.run_("a.png", "--max-pixels", "200"))

    def test_same_output_twice(self):
        self.write_picture("x/a.png")
        self.write_picture("y/a.jpg")
        self.assert_error(
            self.run_("x/a.png", "y/a.jpg"),
            USAGE,
            "E-USAGE",
            "'x/a.png'",
            "'y/a.jpg'",
            "'a.mask.png'",
        )
        self.assertEqual(self.files(), ["m", "x", "y"])

    def test_does_not_replace_an_input(self):
        self.write_picture("a.png")
        self.write_picture("a.mask.png")
        before = (self.dir / "a.mask.png").read_bytes()
        self.assert_error(
            self.run_("a.png", "a.mask.png"), USAGE, "E-USAGE", "replace the input 'a.mask.png'"
        )
        os.symlink("a.mask.png", self.dir / "link.png")
        self.assert_error(
            self.run_("a.png", "link.png"), USAGE, "E-USAGE", "replace the input 'link.png'"
        )
        for words in (
            ["a.png", "--json=a.png"],
            ["a.png", "--json", "a.png"],
            ["a.png", "--json=./a.png"],
        ):
            self.assert_error(self.run_(*words, "--write", "mask"), USAGE, "E-USAGE", "a.png")
        self.assertEqual((self.dir / "a.mask.png").read_bytes(), before)
        self.assertEqual((self.dir / "a.png").read_bytes(), before)

    def test_report(self):
        self.write_picture()
        outcome = self.run_("--json", "a.png", "-t", "2")
        self.assert_ok(outcome)
        report = outcome.json()
        self.assertEqual(report["schema"], "u2net.run/1")
        self.assertEqual((report["model"], report["threads"]), ("m/model", 2))
        self.assertIn("version", report["u2net"])
        self.assertIn(report["mode"], ("inference", "onednn", "native"))
        (image,) = report["images"]
        self.assertEqual(
            (image["input"], image["width"], image["height"], image["flat"]),
            ("a.png", 24, 16, False),
        )
        self.assertEqual(list(image["outputs"]), ["mask", "cutout", "result", "panel"])
        self.assertLess(image["raw_min"], image["raw_max"])
        for key in ("decode_ms", "infer_ms", "encode_ms"):
            self.assertGreaterEqual(image[key], 0)

    def test_report_in_a_file(self):
        self.write_picture()
        for words in (
            ["--json", "r.json", "a.png"],
            ["a.png", "--json=r.json"],
            ["a.png", "--json", "r.json"],
        ):
            outcome = self.run_(*words, "--write", "mask")
            self.assert_ok(outcome)
            self.assertEqual(outcome.out, "a.mask.png\n")
            self.assertEqual(len(json.loads((self.dir / "r.json").read_text())["images"]), 1)
            (self.dir / "r.json").unlink()
        outcome = self.run_("a.png", "--json", "no/r.json", "--write", "mask")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "'no/r.json'")

    def test_output_directory(self):
        self.write_picture()
        self.write("file", b"")
        for name in ("file", "file/x", "/proc/nowhere/x"):
            with self.subTest(name=name):
                outcome = self.run_("a.png", "-o", name)
                self.assert_error(outcome, OUTPUT, "E-OUTPUT", f"'{name}'")
                self.assertEqual(outcome.out, "")

    def test_output_that_cannot_be_written(self):
        self.write_picture()
        (self.dir / "a.result.png").mkdir()
        outcome = self.run_("a.png")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "'a.result.png'")
        # What was complete before stays, and is told.
        self.assertEqual(outcome.out.splitlines(), ["a.mask.png", "a.cutout.png"])
        self.assertEqual(self.files(), ["a.cutout.png", "a.mask.png", "a.png", "a.result.png", "m"])

    def test_flat_prediction(self):
        flat = self.write_model(*sample.picture_network((0.0, 0.0, 0.0)), prefix="m/flat")
        self.write_picture("grey.png")
        warning = (
            "u2net: warning: 'grey.png': prediction is constant (0.5); writing an empty mask\n"
        )
        outcome = self.u2net("run", "-m", flat, "grey.png", "--json")
        self.assert_ok(outcome, warning)
        self.assertTrue(outcome.json()["images"][0]["flat"])
        self.assert_ok(self.u2net("run", "-m", flat, "grey.png", "-q"))

    def test_prediction_that_is_not_finite(self):
        model = self.write_model(*sample.picture_network((float("nan"), 0.0, 0.0)), prefix="m/nan")
        self.write_picture()
        outcome = self.u2net("run", "-m", model, "a.png")
        self.assert_ok(
            outcome,
            "u2net: warning: 'a.png': prediction is not finite everywhere; writing an empty mask\n",
        )

    def test_verbose(self):
        self.write_picture()
        outcome = self.run_("a.png", "-v")
        self.assertEqual(outcome.code, OK)
        for line in outcome.err.splitlines():
            self.assertTrue(line.startswith("u2net: "), line)
        self.assertIn("24x16", outcome.err)
        self.assertEqual(len(outcome.out.splitlines()), 4)

    def test_names_cannot_forge_lines(self):
        name = "a\nu2net: error: forged\x1b[31m \u202e\x9b \udcff.png"
        outcome = self.run_(name)
        self.assert_error(outcome, INPUT, "E-INPUT-NOT-FOUND", "forged", r"\xe2\x80\xae", r"\xff")
        self.assertNotIn("\x1b", outcome.err)

    def test_names_that_look_like_syntax(self):
        for name in ("[a,b].png", "-a.png", "a=b.png", "{x}.png"):
            self.write_picture(name)
        outcome = self.run_("--write", "mask", "--", "[a,b].png", "-a.png", "a=b.png", "{x}.png")
        self.assert_ok(outcome)
        (self.dir / "[c,d]").mkdir()
        self.write_picture("[c,d]/c.png")
        outcome = self.run_("--write", "mask", "[c,d]")
        self.assert_ok(outcome)
        self.assertEqual(outcome.out, "c.mask.png\n")

    def test_models_that_are_not_for_pictures(self):
        self.write_picture()
        model = self.write_model(sample.two_input_network(), prefix="m/two")
        outcome = self.u2net("run", "-m", model, "a.png", "-o", "out")
        self.assert_error(outcome, MODEL, "E-MODEL-UNSUPPORTED", "3 inputs")
        self.assertNotIn("out", self.files())


class BundledModelTest(CliTest):
    def test_run_without_naming_a_model(self):
        outcome = self.u2net("run", PICTURE, "--json")
        self.assert_ok(outcome)
        self.assertTrue(outcome.json()["model"].endswith("u2netp"))
        self.assertGreater(outcome.json()["images"][0]["raw_max"], 0.9)
        self.assertEqual(
            self.files(), [f"chelsea.{k}.png" for k in ("cutout", "mask", "panel", "result")]
        )

    def test_environment_names_a_model(self):
        self.write_picture()
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net("run", "a.png", "--json", env={"U2NET_MODEL": model})
        self.assert_ok(outcome)
        self.assertEqual(outcome.json()["model"], "model")
        outcome = self.u2net("run", "a.png", env={"U2NET_MODEL": "nowhere"})
        self.assert_error(outcome, MODEL, "E-MODEL-NOT-FOUND", "'nowhere'")

    def test_inspect(self):
        report = self.u2net("inspect", BUNDLED, "--json").json()
        self.assertEqual(report["operators"]["conv2d"], 119)
        self.assertEqual((report["operators"]["feed"], report["operators"]["fetch"]), (1, 7))
        self.assertEqual([p["shape"] for p in report["outputs"]], [[1, 1, 320, 320]] * 7)
        self.assertAlmostEqual(report["gmac"], 19.76, places=1)


class InferTest(CliTest):
    def infer(self, model, *words, **options):
        return self.u2net("infer", model, *words, **options)

    def test_round_trip(self):
        model = self.write_model(sample.two_input_network())
        self.write("a.npy", sample.npy("<i4", (2, 2), [1, -2, 3, 2**31 - 1]))
        self.write("b.npy", sample.npy("<i4", (2, 2), [10, 20, 30, 0], version=2))
        self.write("c.npy", sample.npy("<f4", (3,), [-1.5, 0.25, 3e38]))
        words = ["--input", "c=c.npy", "--input", "a=a.npy", "--input=b=b.npy"]
        for mode in ("static", "inference"):
            outcome = self.infer(
                model, *words, "--output-dir", "out/" + mode, "--mode", mode, "-t", "2"
            )
            self.assert_ok(outcome)
            self.assertEqual(
                outcome.out.splitlines(), [f"out/{mode}/out0.npy", f"out/{mode}/out1.npy"]
            )
            arrays = [
                sample.parse_npy((self.dir / path).read_bytes())
                for path in outcome.out.splitlines()
            ]
            self.assertEqual(arrays[0], ("<i4", (2, 2), [11, 18, 33, 2**31 - 1]))
            self.assertEqual(
                (arrays[1][0], arrays[1][1], arrays[1][2][:2]), ("<f4", (3,), [0, 0.25])
            )
            self.assertEqual(self.files("out/" + mode), ["out0.npy", "out1.npy"])

    def test_name_may_be_left_out(self):
        model = self.write_model(*sample.picture_network())
        self.write("x=1.npy", sample.npy("<f4", (1, 3, 1, 2), [0.0] * 6))
        for text in ("x=1.npy", "x=x=1.npy", "./x=1.npy"):
            outcome = self.infer(model, "--input", text)
            if text == "x=1.npy":
                # The name of an input wins: this is the file 1.npy.
                self.assert_error(outcome, INPUT, "E-INPUT-NOT-FOUND", "'1.npy'")
            else:
                self.assert_ok(outcome)
        self.assertEqual(
            sample.parse_npy((self.dir / "out0.npy").read_bytes()),
            ("<f4", (1, 1, 1, 2), [0.5, 0.5]),
        )

    def test_fortran_order(self):
        model = self.write_model(sample.two_input_network())
        self.write(
            "a.npy", sample.npy("<i4", (3, 2), [1, 2, 3, 10, 20, 30], version=3, fortran=True)
        )
        self.write("b.npy", sample.npy("<i4", (3, 2), [0] * 6))
        self.write("c.npy", sample.npy("<f4", (3,), [0] * 3, fortran=True))
        self.assert_ok(self.infer(model, "-i", "a=a.npy", "-i", "b=b.npy", "-i", "c=c.npy"))
        self.assertEqual(
            sample.parse_npy((self.dir / "out0.npy").read_bytes())[2], [1, 10, 2, 20, 3, 30]
        )

    def test_model_without_inputs(self):
        model = self.write_model(*sample.constant_network([-1.0, 2.0]))
        self.assert_ok(self.infer(model))
        self.assertEqual(
            sample.parse_npy((self.dir / "out0.npy").read_bytes()), ("<f4", (2,), [0, 2])
        )
        self.write("x.npy", sample.npy("<f4", (1,), [0]))
        self.assert_error(
            self.infer(model, "-i", "x=x.npy"), INPUT, "E-INPUT-SHAPE", "'x'", "no inputs"
        )

    def test_wrong_inputs(self):
        model = self.write_model(*sample.picture_network())
        good = sample.npy("<f4", (1, 3, 2, 2), [0] * 12)
        self.write("good.npy", good)
        self.write("double.npy", sample.npy("<f8", (1, 3, 2, 2), [0] * 12))
        self.write("flat.npy", sample.npy("<f4", (12,), [0] * 12))
        self.write("nhwc.npy", sample.npy("<f4", (1, 2, 2, 3), [0] * 12))
        self.write("none.npy", sample.npy("<f4", (0, 3, 2, 2), []))
        for words, name, parts in (
            (
                ["-i", "image=good.npy"],
                "E-INPUT-SHAPE",
                ["no input named 'image'", "this model has: 'x' [-1,3,-1,-1] float32"],
            ),
            ([], "E-INPUT-SHAPE", ["missing", "'x' [-1,3,-1,-1] float32"]),
            (["-i", "x=double.npy"], "E-INPUT-SHAPE", ["'x'", "float64", "float32"]),
            (["-i", "x=flat.npy"], "E-INPUT-SHAPE", ["'x'", "[12]", "[-1,3,-1,-1]"]),
            (["-i", "x=nhwc.npy"], "E-INPUT-SHAPE", ["'x'", "[1,2,2,3]"]),
            (["-i", "x=none.npy"], "E-INPUT-SHAPE", ["'x'", "[0,3,2,2]"]),
            (["-i", "x=nowhere.npy"], "E-INPUT-NOT-FOUND", ["'nowhere.npy'"]),
            (["-i", "x=."], "E-INPUT-NOT-FOUND", ["'.'"]),
        ):
            with self.subTest(words=words):
                self.assert_error(self.infer(model, *words, "-o", "out"), INPUT, name, *parts)
        self.assert_error(
            self.infer(model, "-i", "x=good.npy", "-i", "good.npy"),
            USAGE,
            "E-USAGE",
            "'x'",
            "twice",
        )
        self.assertNotIn("out", self.files())
        two = self.write_model(sample.two_input_network(), prefix="two")
        self.assert_error(self.infer(two, "-i", "good.npy"), USAGE, "E-USAGE", "'a'", "'b'", "'c'")
        self.assert_error(self.infer(two, "-i", "b=good.npy"), INPUT, "E-INPUT-SHAPE", "'a'", "'c'")

    def test_damaged_arrays(self):
        model = self.write_model(*sample.picture_network())
        good = sample.npy("<f4", (1, 3, 2, 2), [0] * 12)

        def header(text):
            return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(48)

        def shaped(shape):
            return header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % shape)

        damaged = [
            b"",
            good[:5],
            good[:9],
            good[:40],
            good[:-1],
            good + b"\0",
            b"PK" + good,
            good[:6] + b"\x04" + good[7:],
            good.replace(b"<f4", b">f4"),
            good.replace(b"<f4", b"<f2"),
            good.replace(b"<f4", b"|O8"),
            good.replace(b"False", b"Maybe"),
            good.replace(b"'descr'", b"'descx'"),
            good.replace(b"}", b" "),
            shaped(b"1, 3, 2, -2"),
            shaped(b"1, 3, 2, 3"),
            shaped(b"12345678901234567890,"),
            shaped(b"1, " * 40),
            shaped(b"1, 3, 2, 2") + b"x",
            header(b""),
            header(b"{}"),
            header(b"{'descr': [('a', '<f4')]"),
            header(b"{'descr': ''"),
            header(b"{'shape': ("),
            header(b"[" * 500),
        ]
        for i, data in enumerate(damaged):
            with self.subTest(i=i, data=data[:80]):
                self.write("x.npy", data)
                outcome = self.infer(model, "-i", "x=x.npy")
                self.assert_error(outcome, INPUT, "E-INPUT-FORMAT", "cannot read 'x.npy': ")
        for shape in (b"4294967296, 4294967296, 4294967296", b"1, 3, 65536, 65536"):
            self.write("x.npy", shaped(shape))
            self.assert_error(
                self.infer(model, "-i", "x=x.npy"), INPUT, "E-INPUT-LIMIT", "2^31 elements"
            )
        self.assertNotIn("out0.npy", self.files())

    def test_output_directory(self):
        model = self.write_model(*sample.constant_network([1.0]))
        self.write("file", b"")
        self.assert_error(self.infer(model, "-o", "file/x"), OUTPUT, "E-OUTPUT", "'file/x'")
        (self.dir / "out0.npy").mkdir()
        before = self.files()
        self.assert_error(self.infer(model), OUTPUT, "E-OUTPUT", "'out0.npy'")
        self.assertEqual(self.files(), before)

    def test_against_paddle(self):
        """Whole programs of every element type, as real Paddle wrote and computed them."""
        for name in (
            "io_columns_not_in_file_order",
            "cast_float_to_int64",
            "cast_float_to_float64",
            "concat_int32_1d",
            "slice_to_0d",
            "io_without_parameters",
            "conv2d_default_attributes",
        ):
            with self.subTest(case=name):
                case = GOLDEN / name
                words = [f"--input={p.stem[3:]}={p}" for p in sorted(case.glob("in_*.npy"))]
                outcome = self.infer(case / "model", *words, "-o", name)
                self.assert_ok(outcome)
                expected = sorted(p.name for p in case.glob("out*.npy"))
                self.assertEqual(self.files(name), expected)
                for file in expected:
                    ours = sample.parse_npy((self.dir / name / file).read_bytes())
                    theirs = sample.parse_npy((case / file).read_bytes())
                    self.assertEqual(ours[:2], theirs[:2])
                    bound = 2e-5 * max(map(abs, theirs[2]))
                    self.assertLessEqual(max(abs(a - b) for a, b in zip(ours[2], theirs[2])), bound)


class InspectTest(CliTest):
    def test_table_and_report(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net("inspect", model)
        self.assert_ok(outcome)
        for part in (
            "model.pdmodel",
            "Paddle 2.6.2",
            "[1,3,320,320] float32",
            "[-1,3,-1,-1]",
            "conv2d",
            "sigmoid",
            "feed",
            "1 tensors, 3 elements, 12 bytes",
            "GMAC",
            "arena",
        ):
            self.assertIn(part, outcome.out)
        outcome = self.u2net(
            "inspect", "--json", model, "--size", "30x40", "--batch", "2", "--mode", "static"
        )
        self.assert_ok(outcome)
        report = outcome.json()
        self.assertEqual(report["schema"], "u2net.inspect/1")
        self.assertEqual(
            report["inputs"],
            [
                {
                    "name": "x",
                    "dtype": "float32",
                    "declared_shape": [-1, 3, -1, -1],
                    "shape": [2, 3, 30, 40],
                }
            ],
        )
        self.assertEqual(
            report["outputs"], [{"name": "s", "dtype": "float32", "shape": [2, 1, 30, 40]}]
        )
        self.assertEqual(report["operators"], {"conv2d": 1, "feed": 1, "fetch": 1, "sigmoid": 1})
        self.assertEqual(report["parameters"], {"tensors": 1, "elements": 3, "bytes": 12})
        self.assertEqual(report["paddle_version"], "2.6.2")
        self.assertAlmostEqual(report["gmac"], 2 * 30 * 40 * 3 / 1e9)
        plan = report["plan"]
        self.assertEqual(
            (plan["mode"], sum(plan["implementations"].values())), ("static", plan["steps"])
        )
        self.assertLessEqual(plan["lower_bound_bytes"], plan["arena_bytes"])
        self.assertLessEqual(plan["arena_bytes"], plan["without_reuse_bytes"])
        outcome = self.u2net("inspect", model, "--json=r.json")
        self.assert_ok(outcome)
        self.assertEqual(outcome.out, "")
        self.assertEqual(json.loads((self.dir / "r.json").read_text())["model"], "model")

    def test_sizes_that_do_not_fit(self):
        outcome = self.u2net("inspect", BUNDLED, "--size", "64x64")
        self.assert_error(outcome, INPUT, "E-INPUT-SHAPE", "[-1,3,320,320]")

    def test_sizes_that_depend_on_values(self):
        outcome = self.u2net("inspect", GOLDEN / "slice_by_tensors" / "model", "--json")
        self.assert_ok(outcome)
        self.assertIsNone(outcome.json()["plan"])
        self.assert_ok(self.u2net("inspect", GOLDEN / "slice_by_tensors" / "model"))

    def test_every_golden_model(self):
        for case in sorted(GOLDEN.iterdir())[::10]:
            if case.is_dir():
                self.assert_ok(self.u2net("inspect", case))

    def test_disabled_pass(self):
        def steps(*words):
            outcome = self.u2net("inspect", BUNDLED, "--mode", "inference", "--json", *words)
            self.assertEqual(outcome.code, OK, outcome)
            return outcome.json()["plan"]["steps"]

        everything = steps()
        without_relu = steps("--disable-pass", "fuse_relu")
        self.assertGreater(without_relu, everything)
        self.assertGreater(steps("--disable-pass", "fuse_relu,fold_batch_norm"), without_relu)
        outcome = self.u2net("inspect", BUNDLED, "--disable-pass", "fuse_everything")
        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertIn("fuse_everything", outcome.err)
        self.assertIn("fuse_relu", outcome.err)

    def implementations(self, *words, **environment):
        outcome = self.u2net("inspect", BUNDLED, "--mode", "native", "--json", *words, **environment)
        self.assertEqual(outcome.code, OK, outcome)
        plan = outcome.json()["plan"]
        self.assertEqual(len(plan["sequence"]), plan["steps"])
        return plan["implementations"]

    def test_choice_of_native_kernels(self):
        self.assertIn("winograd6", " ".join(self.implementations()))
        self.assertNotIn("winograd", " ".join(self.implementations("--exact")))
        self.assertNotIn("winograd6", " ".join(self.implementations("--conv", "winograd4")))
        self.assertNotIn("avx", " ".join(self.implementations(env={"U2NET_MAX_ISA": "portable"})))

    def test_unknown_native_kernels(self):
        outcome = self.u2net("inspect", BUNDLED, "--conv", "winograd5")
        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertIn("winograd6", outcome.err)
        outcome = self.u2net(
            "inspect", BUNDLED, "--mode", "native", env={"U2NET_MAX_ISA": "avx1024"}
        )
        self.assert_error(outcome, USAGE, "E-USAGE", "U2NET_MAX_ISA", "avx1024", "avx2")

    def test_steps_of_a_plan(self):
        outcome = self.u2net("inspect", "-v", BUNDLED, "--mode", "native", "--threads", "1")
        self.assert_ok(outcome)
        self.assertRegex(outcome.out, r"fused_conv2d +winograd6:\w+ +64x160x160/\d+\^ \+ 64x320x320/")
        self.assertRegex(outcome.out, r"residual in place")


class ModelFileTest(CliTest):
    """Files that are not what they are taken for. Every message is one line with a way out."""

    def assert_refused(self, *words, name="E-MODEL-[A-Z-]+", parts=()):
        outcome = self.u2net("inspect", *words)
        self.assertEqual(outcome.out, "")
        return self.assert_error(outcome, MODEL, name, *parts)

    def test_wrong_kinds(self):
        program, parameters = sample.picture_network()
        for kind, data, part in (
            (
                "lfs",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
                "Git LFS pointer",
            ),
            ("html", b"<!DOCTYPE html><html></html>", "HTML"),
            ("onnx", b"\x08\x07\x12\x07pytorch\x1a\x032.0" + bytes(40), "ONNX"),
            ("swapped", parameters, "parameter file"),
            ("pickle", b"\x80\x04\x95" + bytes(40), "pickle"),
            ("json", b'{"program": {}}', "JSON"),
            ("zip", b"PK\x03\x04" + bytes(40), "ZIP"),
            ("png", sample.png(1, 1, lambda x, y: (0, 0, 0)), "PNG"),
            ("empty", b"", "empty"),
            ("noise", bytes(range(255, 0, -1)), ""),
        ):
            with self.subTest(kind=kind):
                model = self.write_model(data, parameters, prefix=kind)
                self.assert_refused(model, name="E-MODEL-FORMAT", parts=[f"'{kind}.pdmodel'", part])
        for kind, data, part in (
            (
                "lfs2",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
                "Git LFS pointer",
            ),
            ("html2", b"\n <html></html>", "HTML"),
            ("swapped2", program, "Paddle program"),
            ("empty2", b"", "empty"),
            ("longer", parameters + b"\0", ""),
            ("shorter", parameters[:-1], ""),
        ):
            with self.subTest(kind=kind):
                model = self.write_model(program, data, prefix=kind)
                self.assert_refused(
                    model, name="E-MODEL-PARAMS", parts=[f"'{kind}.pdiparams'", part]
                )

    def test_missing_files(self):
        program, _ = sample.picture_network()
        self.assert_refused("nowhere", name="E-MODEL-NOT-FOUND", parts=["'nowhere'"])
        self.assert_refused(".", name="E-MODEL-NOT-FOUND")
        model = self.write_model(program)
        self.assert_refused(model, name="E-MODEL-NOT-FOUND", parts=["'model.pdiparams'"])
        self.assert_refused(
            model, "--params", "nowhere", name="E-MODEL-NOT-FOUND", parts=["'nowhere'"]
        )

    def test_parameters_by_name(self):
        program, parameters = sample.picture_network()
        model = self.write_model(program)
        self.write("weights.bin", parameters)
        self.assert_ok(self.u2net("inspect", model, "--params", "weights.bin"))

    def test_unsupported_operators_are_listed(self):
        variables = [sample.variable(v, "<f4", (-1, 3)) for v in "xyz"]
        operators = [
            sample.feed("x"),
            sample.operator("grid_sampler", {"X": "x"}, {"Out": "y"}),
            sample.operator("roi\nalign", {"X": "y"}, {"Out": "z"}),
            sample.fetch("z"),
        ]
        model = self.write_model(sample.program(variables, operators))
        self.assert_refused(
            model, name="E-MODEL-UNSUPPORTED", parts=["grid_sampler (1x)", "align (1x)"]
        )

    def check_damaged(self, model):
        outcome = self.u2net("inspect", model)
        self.assertLess(outcome.seconds, TIME_LIMIT / 10)
        if outcome.code == OK:  # the damage is in a byte that means nothing here
            return False
        self.assertEqual(outcome.out, "")
        self.assert_error(outcome, MODEL, "E-MODEL-[A-Z-]+")
        return True

    def test_truncated(self):
        program = (GOLDEN / "u2net_7_5_channels" / "model.pdmodel").read_bytes()
        parameters = (GOLDEN / "u2net_7_5_channels" / "model.pdiparams").read_bytes()
        for i in range(30):
            with self.subTest(program=i):
                self.write_model(program[: len(program) * i // 30], parameters)
                self.assertTrue(self.check_damaged("model"))
            with self.subTest(parameters=i):
                self.write_model(program, parameters[: len(parameters) * i // 30])
                self.assertTrue(self.check_damaged("model"))

    def test_flipped_bits(self):
        case = GOLDEN / "u2net_7_5_channels"
        noticed = 0
        rounds = 150
        for seed in range(rounds):
            generator = random.Random(seed)
            program = bytearray((case / "model.pdmodel").read_bytes())
            program[generator.randrange(len(program))] ^= 1 << generator.randrange(8)
            self.write_model(bytes(program), (case / "model.pdiparams").read_bytes())
            with self.subTest(seed=seed):
                noticed += self.check_damaged("model")
        self.assertGreater(noticed, rounds // 4)

    def test_damaged_record_headers(self):
        program, parameters = sample.picture_network()
        for at in range(len(parameters) - 12):
            for mask in (0x80, 0x10):
                with self.subTest(at=at, mask=mask):
                    damaged = bytearray(parameters)
                    damaged[at] ^= mask
                    self.write_model(program, bytes(damaged))
                    self.assertTrue(self.check_damaged("model"))


class BenchTest(CliTest):
    KEYS = {
        "mode",
        "threads",
        "batch",
        "height",
        "width",
        "load_ms",
        "prepare_ms",
        "first_ms",
        "second_ms",
        "median_ms",
        "min_ms",
        "p90_ms",
        "runs_ms",
        "arena_mb",
    }

    def test_report(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net(
            "bench",
            "-m",
            model,
            "--modes",
            "static,inference",
            "--threads",
            "2",
            "--warmup",
            "0",
            "--runs",
            "4",
            "--size",
            "32x48",
            "--batch",
            "2",
            "--json",
            "-",
        )
        self.assertEqual(outcome.code, OK, outcome)
        self.assertTrue(
            re.fullmatch("|u2net: warning: this build is not optimised.*\n", outcome.err),
            outcome.err,
        )
        report = outcome.json()
        self.assertEqual(report["schema"], "u2net.bench/1")
        self.assertLessEqual({"version", "compiler", "build_type"}, set(report["u2net"]))
        self.assertLessEqual({"cpu", "allowed_cpus"}, set(report["host"]))
        self.assertEqual([r["mode"] for r in report["results"]], ["static", "inference"])
        for result in report["results"]:
            self.assertLessEqual(self.KEYS, set(result))
            self.assertEqual(
                [result[k] for k in ("threads", "batch", "height", "width")], [2, 2, 32, 48]
            )
            self.assertEqual(len(result["runs_ms"]), 4)
            self.assertEqual(result["min_ms"], min(result["runs_ms"]))
            self.assertLessEqual(result["median_ms"], result["p90_ms"])

    def test_table(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net(
            "bench", "-m", model, "--modes", "static,inference", "--runs", "1", "--json", "r.json"
        )
        self.assertEqual(outcome.code, OK, outcome)
        report = json.loads((self.dir / "r.json").read_text())
        for result in report["results"]:
            self.assertIn(result["mode"], outcome.out)

    def test_models_of_any_kind(self):
        model = self.write_model(sample.two_input_network())
        self.assertEqual(self.u2net("bench", "-m", model, "--runs", "1").code, OK)
        model = self.write_model(*sample.constant_network([1.0]))
        self.assertEqual(self.u2net("bench", "-m", model, "--runs", "1").code, OK)

    def test_mode_of_another_build(self):
        modes = self.u2net("--version").out
        if "onednn" in modes:
            self.skipTest("this build has every mode")
        outcome = self.u2net("bench", "--modes", "onednn")
        self.assert_error(outcome, MODE, "E-MODE-UNAVAILABLE", "'onednn'", "static")


if __name__ == "__main__":
    unittest.main()
