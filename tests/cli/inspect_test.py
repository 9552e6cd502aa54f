# SPDX-License-Identifier: Apache-2.0
"""u2net inspect, and models of which nothing can be made.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/inspect_test.py [TEST...]

Needs nothing but Python's standard library. Most tests use tiny networks made on the spot.
"""

import json
import random
import unittest

import sample_files as sample
from cli_case import BUNDLED, GOLDEN, INPUT, MODEL, OK, SOURCE, TIME_LIMIT, USAGE, CliTest


class InspectTest(CliTest):
    def test_the_table_of_operators_is_up_to_date(self):
        if "onednn" not in self.u2net("--version").out:
            self.skipTest("the table is that of a build with every mode")
        outcome = self.u2net("inspect", "--operators")
        self.assert_ok(outcome)
        self.assertEqual(
            outcome.out, (SOURCE / "docs" / "operators.md").read_text(), "u2net inspect --operators > docs/operators.md"
        )

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

    def test_bf16_on_emulated_tiles(self):
        words = ("inspect", BUNDLED, "--mode", "native", "--precision", "bf16")
        emulated = {"U2NET_EMULATE_TILES": "1"}
        outcome = self.u2net(*words, "--json", env=emulated)
        self.assertEqual(outcome.code, OK, outcome)
        plan = outcome.json()["plan"]
        self.assertEqual(plan["precision"], {"asked": "bf16", "taken": "bf16"})
        self.assertIn("tiles:emulated", " ".join(plan["implementations"]))
        outcome = self.u2net(*words, "-v", env=emulated)
        self.assertEqual(outcome.code, OK, outcome)
        self.assertIn("of 119 convolutions, on emulated tiles", outcome.out)
        self.assertIn("U2NET_EMULATE_TILES", outcome.out + outcome.err)
        self.assertRegex(outcome.out, r"64x320x320/32:bf16")
        outcome = self.u2net(*words, env={"U2NET_EMULATE_TILES": "yes"})
        self.assert_error(outcome, USAGE, "E-USAGE", "U2NET_EMULATE_TILES", "'yes'", "0 or 1")

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

    def test_onnx(self):
        model = GOLDEN.parent / "onnx/chain/model.onnx"
        outcome = self.u2net("inspect", model)
        self.assert_ok(outcome)
        self.assertIn("ONNX, operator set 11", outcome.out)

    def test_wrong_kinds(self):
        program, parameters = sample.picture_network()
        for kind, data, part in (
            (
                "lfs",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
                "Git LFS pointer",
            ),
            ("html", b"<!DOCTYPE html><html></html>", "HTML"),
            ("onnx", b"\x08\x07\x12\x07pytorch\x1a\x032.0" + bytes(40), "not an ONNX model"),
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
            sample.operator("beam_search", {"X": "x"}, {"Out": "y"}),
            sample.operator("roi\nalign", {"X": "y"}, {"Out": "z"}),
            sample.fetch("z"),
        ]
        model = self.write_model(sample.program(variables, operators))
        self.assert_refused(
            model, name="E-MODEL-UNSUPPORTED", parts=["beam_search (1x)", "align (1x)"]
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


if __name__ == "__main__":
    unittest.main()
