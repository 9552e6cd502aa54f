# SPDX-License-Identifier: Apache-2.0
"""The `u2net` command from outside: exit codes, what goes to stdout and to stderr, files.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/cli_test.py [TEST...]

Needs nothing but Python's standard library. Most tests use tiny networks made on the spot.
"""

import json
import os
import re
import signal
import unittest

import sample_files as sample
from cli_case import BUNDLED, INPUT, MODE, MODEL, OK, OUTPUT, PICTURE, SOME_FAILED, USAGE, CliTest


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
        self.assertRegex(outcome.out, r"^u2net \d+\.\d+\.\d+ \(modes: .*static.*\)\npictures: .*JPEG.*\n(not in this build: .*\n)?$")

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
        self.assertEqual(outcome.code, OK)
        self.assertEqual(outcome.out.splitlines(), ["out/a.mask.png", "out/b.mask.png"])
        self.assertRegex(outcome.err, r"^u2net: left out in folders: [^\n]*; -v names them\n$")

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
