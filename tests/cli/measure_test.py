# SPDX-License-Identifier: Apache-2.0
"""The commands that look inside: profile, op, compare and the pictures, from outside.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/measure_test.py [TEST...]
"""

import collections
import json
import re
import shutil
import unittest
import xml.etree.ElementTree as ElementTree

import sample_files as sample
from cli_case import BUNDLED, OK, OUTPUT, SOURCE, USAGE, CliTest

SVG = "{http://www.w3.org/2000/svg}"


class MeasureTest(CliTest):
    def u2net(self, *words, **options):
        """Builds that are not optimised say so before anything else; that is bench's test."""
        outcome = super().u2net(*words, **options)
        outcome.err = re.sub(r"\Au2net: warning: this build is not optimised .*\n", "", outcome.err)
        return outcome

    def texts(self, path):
        """The texts of a picture, which must be well-formed and hold numbers only where numbers go."""
        root = ElementTree.parse(self.dir / path).getroot()
        self.assertEqual(root.tag, SVG + "svg")
        width, height = float(root.get("width")), float(root.get("height"))
        for rect in root.iter(SVG + "rect"):
            if rect.get("width") == "100%":
                continue
            self.assertGreaterEqual(float(rect.get("x")), 0)
            self.assertLessEqual(float(rect.get("x")) + float(rect.get("width")), width)
            self.assertLessEqual(float(rect.get("y")) + float(rect.get("height")), height)
        return [text.text for text in root.iter(SVG + "text")]


class ProfileTest(MeasureTest):
    def profile(self, *words):
        return self.u2net("profile", *words, "--runs", "3", "--warmup", "0", "--no-peak")

    def test_every_mode(self):
        model = self.write_model(*sample.picture_network())
        for mode in self.modes():
            with self.subTest(mode=mode):
                outcome = self.profile(model, "--mode", mode, "--size", "30x40", "--json")
                self.assert_ok(outcome)
                report = outcome.json()
                self.assertEqual(report["schema"], "u2net.profile/1")
                self.assertEqual((report["mode"], report["input_shapes"]), (mode, [[1, 3, 30, 40]]))
                self.assertAlmostEqual(report["gmac"], 30 * 40 * 3 / 1e9)
                steps = report["steps"]
                self.assertAlmostEqual(sum(s["gmac"] for s in steps), report["gmac"])
                self.assertAlmostEqual(sum(s["ms"] for s in steps), report["steps_ms"], places=6)
                self.assertLessEqual(report["steps_ms"], report["run_ms"] + 1e-9)
                self.assertEqual(sum(t["steps"] for t in report["types"]), len(steps))
                self.assertAlmostEqual(
                    sum(t["ms"] for t in report["types"]), report["steps_ms"], places=6
                )
                for step in steps:
                    self.assertTrue(step["implementation"])
                    self.assertGreater(step["mbytes"], 0)

    def test_precision_says_what_became_of_it(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.profile(model, "--mode", "static", "--precision", "bf16", "--json")
        self.assert_ok(outcome)
        decision = outcome.json()["precision"]
        self.assertEqual((decision["asked"], decision["taken"]), ("bf16", "f32"))
        self.assertTrue(decision["why"])
        plan = self.u2net("inspect", model, "--mode", "static", "--precision", "bf16x3")
        self.assert_ok(plan)
        self.assertIn("precision f32 instead of bf16x3: ", plan.out)
        modes = "static,static:bf16"
        outcome = self.u2net("bench", "-m", model, "--modes", modes, "--runs", "1", "--json", "-")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("precision f32 instead of bf16: ", outcome.err)
        first, second = outcome.json()["results"]
        self.assertEqual(first["precision"], {"asked": "f32", "taken": "f32"})
        self.assertEqual(second["precision"], decision)
        outcome = self.u2net("compare", model, "--modes", modes, "--runs", "1", "--json")
        self.assertEqual(outcome.code, 0, outcome)
        report = outcome.json()
        self.assertEqual(report["precisions"], [first["precision"], decision])
        self.assertLessEqual({g["max_difference"] for g in report["groups"]}, {0.0, None})
        outcome = self.u2net("bench", "-m", model, "--modes", "static:half")
        self.assert_error(outcome, USAGE, "E-USAGE", "'half'", "bf16x3")

    def test_table(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.profile(model, "--mode", "static", "-v")
        self.assert_ok(outcome)
        for part in ("packing", "first run", "steady state", "by type", "conv2d", "sigmoid", "all"):
            self.assertIn(part, outcome.out)
        self.assertIn("u2net op conv2d src=1x3x320x320 filter=1x3x1x1 nobias", outcome.out)
        top = self.profile(model, "--mode", "static", "--top", "1")
        self.assertIn("conv2d", top.out)
        self.assertEqual(len(outcome.out.splitlines()) - len(top.out.splitlines()), 5)

    def test_why_not(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.profile(model, "--mode", "native", "--json")
        self.assert_ok(outcome)
        conv = next(s for s in outcome.json()["steps"] if "conv2d" in s["type"])
        why = {r["implementation"].split(":")[0]: r["why"] for r in conv["refused"]}
        self.assertEqual(why["winograd6"], "the filter is not 3x3")

    def test_bundled_network(self):
        """Its work at 320x320 is known, and the steps make up the run."""
        outcome = self.profile(BUNDLED, "--mode", "native", "--json")
        self.assertEqual(outcome.code, OK, outcome)
        report = outcome.json()
        self.assertEqual(round(report["gmac"], 2), 19.76)
        self.assertGreater(report["steps_ms"], 0.95 * report["run_ms"])
        self.assertGreater(report["packing_ms"], 0)

    def test_peak(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net("profile", model, "--mode", "static", "--runs", "1", "--json")
        self.assert_ok(outcome)
        report = outcome.json()
        self.assertGreater(report["peak"]["gflop_per_s"], 0)
        conv = next(s for s in report["steps"] if s["type"] == "conv2d")
        self.assertAlmostEqual(
            conv["of_peak_flops"], conv["gflop_per_s"] / report["peak"]["gflop_per_s"], places=3
        )

    def test_trace(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.profile(model, "--mode", "native", "-t", "2", "--trace", "t.json", "--json")
        self.assert_ok(outcome)
        report = outcome.json()
        trace = json.loads((self.dir / "t.json").read_text())
        slices = [e for e in trace["traceEvents"] if e["ph"] == "X"]
        kinds = collections.Counter(e["cat"] for e in slices)
        self.assertEqual(kinds["run"], 4)
        self.assertEqual(kinds["step"], 4 * len(report["steps"]))
        self.assertEqual(report["trace"]["steps"], kinds["step"])
        self.assertEqual(report["trace"]["worker_slices"], kinds["worker"])
        names = {
            e["tid"]: e["args"]["name"]
            for e in trace["traceEvents"]
            if e["ph"] == "M" and e["name"] == "thread_name"
        }
        self.assertEqual(sorted(names), [1, 2])
        self.assertLessEqual({e["tid"] for e in slices}, {1, 2})
        for tid in names:  # slices of a track follow or contain each other
            ends = []
            for e in sorted(
                (e for e in slices if e["tid"] == tid), key=lambda e: (e["ts"], -e["dur"])
            ):
                while ends and ends[-1] <= e["ts"] + 1e-6:
                    ends.pop()
                if ends:
                    self.assertLessEqual(e["ts"] + e["dur"], ends[-1] + 1e-3)
                ends.append(e["ts"] + e["dur"])

    def test_trace_that_cannot_be_written(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.profile(model, "--mode", "static", "--trace", "no/where.json")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "no/where.json")

    def test_threads_of_openmp_do_not_spin_for_long(self):
        if "onednn" not in self.modes():
            self.skipTest("mode onednn is not in this build")
        for given, spins in (({}, "2000"), ({"GOMP_SPINCOUNT": "77"}, "77"),
                             ({"OMP_WAIT_POLICY": "active"}, "30000000000")):
            environment = {"OMP_DISPLAY_ENV": "verbose", **given}
            outcome = self.u2net("profile", "no-model", "--mode", "onednn", env=environment)
            found = re.findall(r"GOMP_SPINCOUNT = '(\w+)'", outcome.err)
            if not found:
                self.skipTest("another runtime than GCC's")
            self.assertEqual(found[-1], spins, given)

    def test_verbose_log_of_onednn(self):
        if "onednn" not in self.modes():
            self.skipTest("no oneDNN")
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net(
            "infer", model, "--mode", "onednn", "--size", "8x8", env={"ONEDNN_VERBOSE": "1"}
        )
        profiled = self.u2net(
            "profile", model, "--mode", "onednn", "--runs", "1", "--no-peak", "--size", "8x8",
            env={"ONEDNN_VERBOSE": "1"},
        )
        del outcome
        self.assertEqual(profiled.code, OK, profiled)
        self.assertIn("onednn_verbose,exec,cpu,convolution", profiled.out)


class OpTest(MeasureTest):
    def op(self, *words):
        return self.u2net("op", *words, "--seconds", "0", "--no-peak", "--no-cold")

    def results(self, *words):
        outcome = self.op(*words, "--json")
        self.assert_ok(outcome)
        report = outcome.json()
        self.assertEqual(report["schema"], "u2net.op/1")
        return report["problems"]

    def families(self, problem):
        return {r["implementation"].split(":")[0] for r in problem["results"]}

    def test_problem(self):
        (problem,) = self.results("conv2d", "--problem", "ic12ih20oc8oh20kh3ph1")
        self.assertEqual(problem["shape"], "conv2d src=1x12x20x20 filter=8x12x3x3 pad=1,1")
        expected = {"reference", "native"} | ({"onednn"} & set(self.modes()))
        self.assertEqual(self.families(problem), expected)
        for result in problem["results"]:
            self.assertTrue(result["verified"], result)
            self.assertLessEqual(result["max_abs_error"], max(result["bound"], 1e-3))
            self.assertGreater(result["gflop_per_s"], 0)
            self.assertGreater(result["warm"]["median_ms"], 0)
            self.assertGreaterEqual(result["warm"]["runs"], 1)
            self.assertIsNone(result["cold"])
        self.assertEqual(sum(r["chosen"] for r in problem["results"]), 1)

    def test_shape_as_words_and_as_one(self):
        words = ["pool2d", "src=1x8x9x9", "kind=max", "kernel=2,2", "stride=2,2"]
        for given in (words, [" ".join(words)]):
            (problem,) = self.results(*given)
            self.assertEqual(problem["shape"], " ".join(words))

    def test_algorithm(self):
        (problem,) = self.results(
            "pool2d", "--problem", "ic4ih6kh2sh2", "--alg", "pooling_avg_exclude_padding"
        )
        self.assertIn("kind=avg", problem["shape"])
        (problem,) = self.results("sigmoid", "--problem", "1x4x6x6", "--impl", "reference")
        self.assertEqual(problem["shape"], "sigmoid src=1x4x6x6")

    def test_log(self):
        """Lines of a real log, of every kind of primitive that oneDNN 2.6 logged for this network."""
        lines = (
            "onednn_verbose,info,oneDNN v2.6.3 (commit N/A)",
            "onednn_verbose,exec,cpu,convolution,brgconv:avx512_core,forward_inference,"
            "src_f32::blocked:acdb:f0 wei_f32::blocked:Acdb16a:f0 bia_f32::blocked:a:f0 "
            "dst_f32::blocked:acdb:f0,attr-scratchpad:user attr-post-ops:eltwise_relu ,"
            "alg:convolution_direct,mb1_ic16oc16_ih10oh10kh3sh1dh1ph2_iw10ow10kw3sw1dw1pw2,0.2",
            "onednn_verbose,exec,cpu,pooling_v2,jit:avx512_core,forward_inference,"
            "src_f32::blocked:acdb:f0 dst_f32::blocked:acdb:f0 ws_undef::undef::f0,"
            "attr-scratchpad:user ,alg:pooling_max,"
            "mb1ic16_ih20oh10kh2sh2dh0ph0_iw20ow10kw2sw2dw0pw0,0.01",
            "onednn_verbose,exec,cpu,resampling,jit:avx512_core_bf16,forward_inference,"
            "src_f32::blocked:acdb:f0 dst_f32::blocked:acdb:f0,attr-scratchpad:user ,"
            "alg:resampling_linear,mb1ic16_ih10oh20_iw10ow20,0.02",
            "onednn_verbose,exec,cpu,eltwise,jit:avx512_core,forward_inference,"
            "data_f32::blocked:acdb:f0 diff_undef::undef::f0,attr-scratchpad:user ,"
            "alg:eltwise_logistic alpha:0 beta:0,1x1x32x32,0.04",
            "onednn_verbose,exec,cpu,concat,simple:any,undef,src_f32::blocked:acdb:f0 "
            "src_f32::blocked:acdb:f0 dst_f32::blocked:acdb:f0,attr-scratchpad:user ,axis:1,"
            "1x16x20x20:1x16x20x20,0.08",
            "onednn_verbose,exec,cpu,reorder,jit:uni,undef,src_f32::blocked:abcd:f0 "
            "dst_f32::blocked:Acdb16a:f0,,,16x16x3x3,0.07",
        )
        path = self.write("log", "\n".join(lines).encode())
        problems = self.results("--lines", path)
        self.assertEqual(len(problems), len(lines) - 1)
        for problem, line in zip(problems, lines[1:]):
            self.assertEqual(problem["given"], line)
            self.assertGreaterEqual(
                self.families(problem), {"reference"} | ({"onednn"} & set(self.modes())), problem
            )
            self.assertTrue(all(r["verified"] for r in problem["results"]), problem)
        (alone,) = self.results(lines[1], "--impl", "reference,native:*")
        self.assertEqual(alone["shape"], problems[0]["shape"])

    def test_table(self):
        outcome = self.op("conv2d src=1x16x8x8 filter=16x16x3x3 stride=2,2")
        self.assert_ok(outcome)
        for part in ("reference", "native:", "warm ms", "cold ms", "ok", "a stride"):
            self.assertIn(part, outcome.out)

    def test_cold_caches_and_peak(self):
        outcome = self.u2net(
            "op", "relu", "src=1x8x8x8", "--impl", "reference", "--seconds", "0.01", "--json"
        )
        self.assert_ok(outcome)
        report = outcome.json()
        (result,) = report["problems"][0]["results"]
        self.assertGreater(result["cold"]["median_ms"], 0)
        self.assertGreater(report["peak"]["gbyte_per_s"], 0)
        self.assertGreater(result["of_peak_bytes"], 0)

    def test_patterns(self):
        (problem,) = self.results(
            "conv2d", "--problem", "ic8ih8oc8kh3ph1", "--impl", "native:blocked:*,native:*:portable"
        )
        names = {r["implementation"] for r in problem["results"]}
        self.assertIn("native:blocked:portable", names)
        self.assertTrue(all(n.startswith("native:") for n in names), names)

    def test_wrong_usage(self):
        for words, part in (
            ([], "no operator"),
            (["conv2d"], "'filter='"),
            (["--problem", "ic3ih8"], "--problem goes with"),
            (["conv2d", "--problem", "ic3ih8oc4kh3q9"], "'q' is unknown"),
            (["matmul", "--problem", "8x8:8x8"], "'matmul'"),
            (["reshape2 src=1x8x8x8"], "'reshape2'"),
            (["--lines", "nowhere"], "nowhere"),
            (["relu src=1x8x8x8", "--lines", "x"], "--lines"),
            (["onednn_verbose,exec,cpu,convolution"], "cut off"),
        ):
            with self.subTest(words=words):
                self.assert_error(self.op(*words), USAGE, "E-USAGE", part)
        self.write("empty", b"# nothing\n")
        self.assert_error(self.op("--lines", "empty"), USAGE, "E-USAGE", "no operator")
        self.write("bad", b"relu src=1x8x8x8\nrelu src=1\n")
        self.assert_error(self.op("--lines", "bad"), USAGE, "E-USAGE", "'bad' line 2")


class CompareTest(MeasureTest):
    def compare(self, *words):
        return self.u2net("compare", *words, "--runs", "1", "--warmup", "0")

    def test_report_table_and_picture(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.compare(
            model, "--modes", "static,native", "--size", "24x32", "--json=r.json", "--plot", "p.svg"
        )
        self.assert_ok(outcome)
        for part in ("static ms", "native ms", "ratio", "difference", "conv2d", "sigmoid"):
            self.assertIn(part, outcome.out)
        report = json.loads((self.dir / "r.json").read_text())
        self.assertEqual(report["schema"], "u2net.compare/1")
        self.assertEqual(report["modes"], ["static", "native"])
        times = [sum(side["ms"] for side in g["sides"]) for g in report["groups"]]
        self.assertEqual(times, sorted(times, reverse=True))
        for side in (0, 1):
            total = sum(g["sides"][side]["ms"] for g in report["groups"])
            self.assertAlmostEqual(total, report["steps_ms"][side], places=6)
        compared = [g for g in report["groups"] if g["max_difference"] is not None]
        self.assertEqual(len(compared), 1)  # native ends the convolution in the sigmoid
        for group in compared:
            self.assertLess(group["max_difference"], 1e-4)
        texts = self.texts("p.svg")
        for part in ("static and native, node by node", "milliseconds", "conv2d sigmoid"):
            self.assertIn(part, texts)

    def test_wrong_modes(self):
        model = self.write_model(*sample.picture_network())
        for modes, part in (
            ("static", "got 1"),
            ("static,static", "got 1"),
            ("static,inference,native", "got 3"),
            ("static,fast", "'fast'"),
            ("static,dynamic", "dynamic"),
        ):
            self.assert_error(self.compare(model, "--modes", modes), USAGE, "E-USAGE", part)
        self.assert_error(self.compare(model), USAGE, "E-USAGE", "--modes")

    def test_picture_that_cannot_be_written(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.compare(model, "--modes", "static,native", "--plot", "no/where.svg")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "no/where.svg")


class PlotTest(MeasureTest):
    def test_bench(self):
        model = self.write_model(*sample.picture_network())
        outcome = self.u2net(
            "bench", "-m", model, "--modes", "static,native", "--runs", "1", "--warmup", "0",
            "--size", "24x32", "--plot", "p.svg",
        )
        self.assert_ok(outcome)
        texts = self.texts("p.svg")
        for part in ("Time of one run by mode, 1x24x32", "static", "native", "here, median"):
            self.assertIn(part, texts)
        # What the tutorial measured is of another network.
        self.assertNotIn("1911.0 ms", texts)
        self.assertNotIn("tutorial", outcome.out)

    def test_bench_of_parameters_alone(self):
        parameters = self.dir / "net" / "u2netp.pdparams"
        parameters.parent.mkdir()
        shutil.copy(SOURCE / "models" / "u2netp" / "u2netp.pdparams", parameters)
        once = ("--runs", "1", "--warmup", "0", "--no-verify")
        outcome = self.u2net("bench", "-m", parameters, *once)
        self.assert_ok(outcome)
        self.assertIn("tutorial", outcome.out)
        # Mode dynamic takes the folder too, of which no other mode can make a graph.
        outcome = self.u2net("bench", "-m", "net", "--modes", "dynamic", "--size", "32x32", "--json", "-", *once)
        self.assert_ok(outcome)
        self.assertEqual(list(outcome.json()["model"]["sha256"]), ["u2netp.pdparams"])


if __name__ == "__main__":
    unittest.main()
