# SPDX-License-Identifier: Apache-2.0
"""`u2net stream`: raw frames through pipes."""

import unittest

import sample_files as sample
from cli_case import INPUT, OK, USAGE, CliTest

WIDTH, HEIGHT, FRAMES = 12, 8, 23


def frame(number, order=(0, 1, 2)):
    """The right half red, more so frame by frame."""
    red = bytes([100 + number, 0, 0][i] for i in order)
    return (bytes(3 * (WIDTH // 2)) + red * (WIDTH // 2)) * HEIGHT


class StreamTest(CliTest):
    def setUp(self):
        super().setUp()
        self.model = self.write_model(*sample.picture_network(), prefix="m/model")

    def stream(self, *words, data):
        size = f"{WIDTH}x{HEIGHT}"
        return self.piped("stream", "-m", self.model, "--size", size, *words, data=data)

    def test_frames_in_order_one_a_frame(self):
        frames = [frame(i) for i in range(FRAMES)]
        for threads in ("1", "4"):
            done = self.stream("-t", threads, data=b"".join(frames))
            self.assertEqual(done.returncode, OK, done.stderr)
            size = WIDTH * HEIGHT * 4
            self.assertEqual(len(done.stdout), FRAMES * size)
            for i in range(FRAMES):
                result = done.stdout[i * size :][:size]
                self.assertEqual(result[-4:], bytes([100 + i, 0, 0, 255]))
                self.assertEqual(result[3], 0)
            self.assertRegex(done.stderr, rb"^u2net: 23 frames, .* a second; .* median .* ms")

    def test_formats(self):
        mask = self.stream("--output-format", "gray", "-q", data=frame(9))
        self.assertEqual((mask.returncode, mask.stderr), (OK, b""))
        self.assertEqual(mask.stdout[:1] + mask.stdout[WIDTH - 1 : WIDTH], b"\0\xff")
        blue_first = self.stream("--format", "bgr24", data=frame(9, (2, 1, 0)))
        self.assertEqual(blue_first.returncode, OK, blue_first.stderr)
        self.assertEqual(blue_first.stdout, self.stream(data=frame(9)).stdout)
        words = ["--output-format", "rgb24", "--background", "#00f"]
        before_blue = self.stream(*words, data=frame(9)).stdout
        self.assertEqual(before_blue[:3] + before_blue[-3:], b"\0\0\xff" + bytes([109, 0, 0]))

    def test_ends_inside_of_a_frame(self):
        done = self.stream(data=frame(0) + frame(1)[:-1])
        self.assertEqual(done.returncode, INPUT)
        self.assertEqual(len(done.stdout), WIDTH * HEIGHT * 4)
        self.assertIn(b"ends inside of frame 2: 287 of 288 bytes", done.stderr)
        self.assertEqual(self.stream(data=b"").returncode, OK)

    def test_mistakes(self):
        for words in (
            ["--size", "12"],
            ["--size", "0x8"],
            ["--size", "99999x99999"],
            ["--size", "99999999999999999999x8"],
            ["--format", "yuv420p"],
            ["--output-format", "png"],
            ["--background", "whitish"],
        ):
            with self.subTest(words=words):
                command = ["stream", "-m", self.model, "--size", "12x8", *words]
                if words[0] == "--size":
                    command = ["stream", "-m", self.model, *words]
                self.assertEqual(self.u2net(*command).code, USAGE)


if __name__ == "__main__":
    unittest.main()
