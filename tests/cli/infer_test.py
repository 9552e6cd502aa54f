# SPDX-License-Identifier: Apache-2.0
"""u2net infer: any model on tensors.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/infer_test.py [TEST...]

Needs nothing but Python's standard library. Most tests use tiny networks made on the spot.
"""

import unittest

import sample_files as sample
from cli_case import GOLDEN, INPUT, OUTPUT, USAGE, CliTest


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


if __name__ == "__main__":
    unittest.main()
