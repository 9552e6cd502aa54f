# SPDX-License-Identifier: Apache-2.0
"""`u2net export`: what it writes, and how it fails.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/export_test.py [TEST...]
"""

import pickle
import pathlib
import shutil
import unittest

from cli_case import MODEL, OK, OUTPUT, SOURCE, USAGE, CliTest

PARAMETERS = SOURCE / "models" / "u2netp" / "u2netp.pdparams"
SUFFIXES = [".pdiparams", ".pdiparams.info", ".pdmodel"]


class ExportTest(CliTest):
    def export(self, *words):
        return self.u2net("export", PARAMETERS, *words)

    def test_writes_three_files(self):
        outcome = self.export("-o", "new/folder/net")
        self.assert_ok(outcome)
        self.assertEqual(self.files("new/folder"), ["net" + suffix for suffix in SUFFIXES])
        self.assertEqual(sorted(outcome.out.split()), ["new/folder/net" + suffix for suffix in SUFFIXES])
        info = pickle.loads((self.dir / "new/folder/net.pdiparams.info").read_bytes())
        self.assertEqual(len(info), 686)
        self.assertEqual(
            info["conv2d_0.w_0"],
            {"structured_name": "stage1.rebnconvin.conv_s1.weight", "stop_gradient": False, "trainable": True})
        self.assertEqual(
            info["batch_norm2d_0.w_1"],
            {"structured_name": "stage1.rebnconvin.bn_s1._mean", "stop_gradient": True, "trainable": False})

    def test_shape_of_the_input(self):
        for words, shape in (
            ([], [-1, 3, 320, 320]),
            (["--input-shape", "-1,3,-1,-1"], [-1, 3, -1, -1]),
            (["--input-shape=2,3,64,48"], [2, 3, 64, 48]),
        ):
            self.assert_ok(self.export("-o", "net", *words))
            outcome = self.u2net("inspect", "net", "--json")
            self.assertEqual(outcome.code, OK, outcome)
            self.assertEqual(outcome.json()["inputs"][0]["declared_shape"], shape)

    def test_names_the_files(self):
        (self.dir / "folder").mkdir()
        for output, expected in (("folder", "folder/u2netp"), ("other/", "other/u2netp"), ("a.pdmodel", "a")):
            outcome = self.export("-o", output)
            self.assert_ok(outcome)
            self.assertIn(expected + ".pdmodel\n", outcome.out)

    def test_architecture(self):
        self.assert_ok(self.export("-o", "net", "--arch", "u2netp"))
        self.assert_error(self.export("-o", "other", "--arch", "u2net"), MODEL, "E-MODEL-PARAMS",
                          "misshaped", "stage1.rebnconv1.conv_s1.weight [16,64,3,3] for [32,64,3,3]")
        self.assert_error(self.export("-o", "other", "--arch", "vgg"), USAGE, "E-USAGE", "'vgg'", "u2netp, u2net")
        self.assertFalse((self.dir / "other.pdmodel").exists())

    def test_mistakes(self):
        for shape in ("320,320", "1,3,320", "1,1,320,320", "1,3,0,320", "1,3,320,320,", "1,3,x,320", "",
                      "1,3,99999999999999999999,1", "-2,3,320,320", "1, 3,320,320"):
            self.assert_error(self.export("-o", "net", "--input-shape", shape), USAGE, "E-USAGE", "input shape", "N,3,H,W")
        self.assert_error(self.u2net("export", PARAMETERS), USAGE, "E-USAGE", "--output")
        self.assert_error(self.u2net("export", "-o", "net"), USAGE, "E-USAGE", "PARAMETERS")
        self.assert_error(self.u2net("export", "none.pdparams", "-o", "net"), MODEL, "E-MODEL-NOT-FOUND", "none.pdparams")
        self.assert_error(self.u2net("export", SOURCE / "models/u2netp/u2netp.pdmodel", "-o", "net"), MODEL,
                          "E-MODEL-PARAMS")
        self.assertEqual(self.files(), [])

    def test_all_files_or_none(self):
        (self.dir / "net.pdiparams.info").mkdir()
        self.assert_error(self.export("-o", "net"), OUTPUT, "E-OUTPUT", "net.pdiparams.info")
        self.assertEqual(self.files(), ["net.pdiparams.info"])

    def test_parameters_are_not_overwritten(self):
        shutil.copy(PARAMETERS, self.dir / "net.pdparams")
        before = (self.dir / "net.pdparams").read_bytes()
        self.assert_ok(self.u2net("export", "net.pdparams", "-o", "net"))
        self.assertEqual((self.dir / "net.pdparams").read_bytes(), before)
        shutil.copy(PARAMETERS, self.dir / "odd.pdmodel")
        self.assert_error(self.u2net("export", "odd.pdmodel", "-o", "odd"), USAGE, "E-USAGE", "odd.pdmodel")

    def test_a_pickle_that_would_execute_something(self):
        marker = self.dir / "executed"

        class Evil:
            def __reduce__(self):
                return pathlib.Path.touch, (marker,)

        self.write("evil.pdparams", pickle.dumps({"outconv.weight": Evil()}, protocol=2))
        self.assert_error(self.u2net("export", "evil.pdparams", "-o", "net"), MODEL, "E-MODEL-PARAMS", "evil.pdparams")
        self.write("cut.pdparams", PARAMETERS.read_bytes()[:-1000])
        self.assert_error(self.u2net("export", "cut.pdparams", "-o", "net"), MODEL, "E-MODEL-PARAMS", "cut.pdparams")
        self.assertFalse(marker.exists())


if __name__ == "__main__":
    unittest.main()
