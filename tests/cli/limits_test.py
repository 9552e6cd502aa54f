# SPDX-License-Identifier: Apache-2.0
"""Files made to take all memory or time: each is refused in one line, or does its work within limits.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/limits_test.py [TEST...]
"""

import os
import struct
import subprocess
import unittest

import sample_files as sample
from cli_case import BINARY, INPUT, MODEL, OK, CliTest

BASE_BYTES, BYTES_OF_BYTE = 256 << 20, 4  # engine/graph/work_budget.h
MOST_SECONDS = 30  # of processor time; a bomb takes hours
MOST_OPERATORS = 20_000
IS_SANITIZED = any(
    name in open(BINARY, "rb").read() for name in (b"__asan_init", b"__tsan_init")
)


def attribute(name, kind, number, *values):
    """Numbers of the kinds INT 0, FLOAT 1, INTS 3, BOOLEAN 6; text of kind STRING 2."""
    encoded = b""
    for value in values:
        if kind == 1:
            encoded += sample.varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            encoded += sample.field(number, value)
    return sample.field(4, sample.field(1, name) + sample.field(2, kind) + encoded)


def operator(kind, inputs, outputs, *attributes):
    """As sample.operator, with lists of variables in the slots and whole attributes."""

    def slots(number, variables):
        return b"".join(
            sample.field(number, sample.field(1, slot) + b"".join(sample.field(2, n) for n in names))
            for slot, names in variables.items()
        )

    return slots(1, inputs) + slots(2, outputs) + sample.field(3, kind) + b"".join(attributes)


def relu(source, result):
    return operator("relu", {"X": [source]}, {"Out": [result]})


def concat(sources, result):
    return operator("concat", {"X": sources}, {"Out": [result]}, attribute("axis", 0, 3, 1))


def resize(source, result, side, **more):
    return operator(
        "bilinear_interp_v2",
        {"X": [source], **more},
        {"Out": [result]},
        attribute("out_h", 0, 3, side),
        attribute("out_w", 0, 3, side),
    )


def pool(source, result, side):
    return operator(
        "pool2d",
        {"X": [source]},
        {"Out": [result]},
        attribute("pooling_type", 2, 5, "avg"),
        attribute("ksize", 3, 6, side, side),
        attribute("strides", 3, 6, 1, 1),
        attribute("padding_algorithm", 2, 5, "SAME"),
    )


def corner(source, result, axes, end):
    zeros = [0] * len(axes)
    return operator(
        "slice",
        {"Input": [source]},
        {"Out": [result]},
        attribute("axes", 3, 6, *axes),
        attribute("starts", 3, 6, *zeros),
        attribute("ends", 3, 6, *end),
    )


def add(a, b, result):
    return operator("elementwise_add", {"X": [a], "Y": [b]}, {"Out": [result]})


def network(operators, result):
    """x [1,1,8,8], a weight p [1,1,1,1], and what the operators make of them."""
    variables = [
        sample.variable("x", "<f4", (1, 1, 8, 8)),
        sample.variable("p", "<f4", (1, 1, 1, 1), True),
    ]
    program = sample.program(variables, [sample.feed("x"), *operators, sample.fetch(result)])
    return program, sample.parameter("<f4", (1, 1, 1, 1), [1.0])


class LimitsTest(CliTest):
    def peak(self, *words):
        """(exit code, standard error, bytes of memory, seconds of processor time)"""
        with open(self.dir / "err", "wb") as err:
            process = subprocess.Popen(
                [BINARY, *map(str, words)],
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=err,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        text = (self.dir / "err").read_text("utf-8", "replace")
        seconds = usage.ru_utime + usage.ru_stime
        return process.returncode, text, usage.ru_maxrss * 1024, seconds

    def assert_within(self, name, network, code, *parts):
        prefix = self.write_model(*network, prefix=name)
        files = sum(len(part) for part in network)
        for mode in self.modes():
            with self.subTest(network=name, mode=mode):
                got, err, bytes_, seconds = self.peak("inspect", prefix, "--mode", mode)
                self.assertEqual(got, code, err)
                self.assertEqual(len(err.splitlines()), 0 if code == OK else 1, err)
                for part in parts:
                    self.assertIn(part, err)
                if not IS_SANITIZED:
                    self.assertLessEqual(bytes_, BASE_BYTES + BYTES_OF_BYTE * files)
                    self.assertLess(seconds, MOST_SECONDS)


class HostileModelTest(LimitsTest):
    def test_constants_that_expand(self):
        unused = [resize("p", f"c{i}", 4096) for i in range(40)]
        self.assert_within("unused", network([*unused, relu("x", "y")], "y"), OK)
        many = [resize("p", f"c{i}", 4096) for i in range(MOST_OPERATORS - 3)]
        self.assert_within("many", network([*many, relu("x", "y")], "y"), OK)
        used, last = [], "x"
        for i in range(40):
            used += [
                resize("p", f"c{i}", 4096),
                corner(f"c{i}", f"d{i}", (2, 3), (8, 8)),
                add(last, f"d{i}", f"s{i}"),
            ]
            last = f"s{i}"
        self.assert_within("used", network(used, last), OK)

    def test_windows_of_a_constant(self):
        self.assert_within(
            "windows",
            network([resize("p", "c", 2048), pool("c", "d", 2047), relu("x", "y")], "y"),
            OK,
        )

    def test_constants_that_multiply(self):
        nested = [concat(["p"] * 1000, "c0")]
        nested += [concat([f"c{i}"] * 1000, f"c{i + 1}") for i in range(2)]
        self.assert_within("nested", network([*nested, relu("x", "y")], "y"), OK)
        nested += [concat(["c2"] * 1000, "c3")]
        self.assert_within(
            "endless", network([*nested, relu("x", "y")], "y"), MODEL, "E-MODEL-LIMIT"
        )

    def test_a_shape_that_takes_long(self):
        operators = [
            resize("p", "c", 256),
            pool("c", "d", 255),
            corner("d", "e", (2, 3), (1, 2)),
            operator("reshape2", {"X": ["e"]}, {"Out": ["f"]}, attribute("shape", 3, 6, 2)),
            operator("cast", {"X": ["f"]}, {"Out": ["g"]}, attribute("out_dtype", 0, 3, 2)),
            resize("x", "y", 0, OutSize=["g"]),
        ]
        self.assert_within(
            "shape", network(operators, "y"), MODEL, "'pool2d' ('d')", "E-MODEL-LIMIT"
        )

    def test_messages_larger_than_the_file(self):
        block = sample.field(1, 0) + sample.field(2, 0) + sample.field(4, "") * 8_000_000
        self.assert_within(
            "messages", (sample.field(1, block), b""), MODEL, "reading it", "E-MODEL-LIMIT"
        )

    def test_one_operator_of_many_operands(self):
        many = network([concat(["x"] * 350_000, "y")], "y")
        self.assert_within("operands", many, OK)
        more = network([concat(["x"] * 500_000, "y")], "y")
        self.assert_within("more", more, MODEL, "operands and results", "E-MODEL-LIMIT")

    def test_as_many_operators_as_there_may_be(self):
        chain = [relu("x" if i == 0 else f"v{i - 1}", f"v{i}") for i in range(MOST_OPERATORS - 2)]
        self.assert_within("chain", network(chain, f"v{len(chain) - 1}"), OK)

    def test_different_sizes(self):
        """Where a library makes code for every size, it makes no more than it may."""
        operators, results = [], []
        for i in range(2500):
            operators += [
                resize("x", f"r{i}", 1 + i),
                pool(f"r{i}", f"p{i}", 3),
                corner(f"p{i}", f"c{i}", (2, 3), (1, 1)),
            ]
            results.append(f"c{i}")
        self.assert_within("sizes", network([*operators, concat(results, "y")], "y"), OK)


class EndlessInputTest(LimitsTest):
    def feed(self, words, text):
        """Runs the command with `text` again and again on its standard input."""
        process = subprocess.Popen(
            [BINARY, *map(str, words)],
            cwd=self.dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            while True:
                process.stdin.write(text * 1000)
        except BrokenPipeError:
            pass
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        out, err = process.stdout.read(), process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        process.wait()
        self.assertEqual(out, b"")
        return process.returncode, err.decode()

    def test_lines_of_operators(self):
        code, err, bytes_, _ = self.peak("op", "--lines", "/dev/zero", "--no-peak")
        self.assertEqual(code, INPUT, err)
        self.assertRegex(err, r"^u2net: error: '/dev/zero' has more than .*\[E-INPUT-LIMIT\]\n$")
        if not IS_SANITIZED:
            self.assertLess(bytes_, BASE_BYTES)
        for text in (b"relu src=1x1x2x2\n", b"# nothing\n", b"\n", b"x"):
            with self.subTest(text=text):
                code, err = self.feed(["op", "--lines", "-", "--no-peak"], text)
                self.assertEqual(code, INPUT, err)
                self.assertRegex(err, r"^u2net: error: .*has more than .*\[E-INPUT-LIMIT\]\n$")

    def test_what_is_no_file(self):
        """Devices have no end: nothing but lines and pictures is read from one."""
        self.write_model(*sample.picture_network())
        for words in (
            ["inspect", "/dev/zero"],
            ["infer", "model", "--input", "x=/dev/zero"],
            ["run", "/dev/zero"],
            ["export", "/dev/zero", "-o", "m"],
        ):
            with self.subTest(words=words):
                code, err, bytes_, _ = self.peak(*words)
                self.assertIn(code, (1, MODEL, INPUT), err)
                self.assertEqual(len(err.splitlines()), 1, err)
                if not IS_SANITIZED:
                    self.assertLess(bytes_, BASE_BYTES)


if __name__ == "__main__":
    unittest.main()
