# SPDX-License-Identifier: Apache-2.0
"""`u2net run` on pipes and folders, and what it does to files that are there already."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import unittest

import sample_files as sample
from cli_case import BINARY, INPUT, OK, OUTPUT, SOME_FAILED, TIME_LIMIT, USAGE, CliTest

IMAGES = pathlib.Path(__file__).parents[1] / "data" / "images"
JPEG = (IMAGES / "progressive.jpg").read_bytes()


class PicturesTest(CliTest):
    def setUp(self):
        super().setUp()
        self.model = self.write_model(*sample.picture_network(), prefix="m/model")

    def run_(self, *words, **options):
        return self.u2net("run", "-m", self.model, *words, **options)

    def run_piped(self, *words, data):
        return self.piped("run", "-m", self.model, *words, data=data)

    def read(self, name):
        return (self.dir / name).read_bytes()

    def half_picture(self, name="a.png"):
        """Black on the left, red on the right: the subject of picture_network()."""
        return self.write(name, sample.png(40, 20, lambda x, y: (255 if x >= 20 else 0, 0, 0)))


class StreamTest(PicturesTest):
    def test_bytes_in_bytes_out(self):
        self.write_picture()
        self.assert_ok(self.run_("a.png", "-o", "out"))
        for words, name in (
            (["-", "-o", "-"], "cutout"),
            (["-", "--output", "-", "--write", "mask"], "mask"),
            (["/dev/stdin", "-o", "-", "--write", "panel"], "panel"),
        ):
            done = self.run_piped(*words, data=self.read("a.png"))
            self.assertEqual((done.returncode, done.stderr), (OK, b""))
            self.assertEqual(done.stdout, self.read(f"out/a.{name}.png"))
        self.assertEqual(self.files(), ["a.png", "m", "out"])

    def test_names_of_what_has_none(self):
        self.write_picture()
        done = self.run_piped("-", "--write", "mask", data=self.read("a.png"))
        self.assertEqual(done.stdout, b"stdin.mask.png\n")
        os.mkfifo(self.dir / "pipe.png")
        with subprocess.Popen(["sh", "-c", "cat a.png > pipe.png"], cwd=self.dir) as writer:
            self.assert_ok(self.run_("pipe.png", "--write", "mask"))
        self.assertEqual(writer.returncode, 0)
        self.assertEqual(self.read("pipe.mask.png"), self.read("stdin.mask.png"))

    def test_mistakes(self):
        self.write_picture()
        self.write_picture("b.png")
        for words in (
            ["a.png", "-o", "-", "--write", "mask,cutout"],
            ["a.png", "b.png", "-o", "-"],
            ["a.png", "b.png", "--output", "x.png"],
            ["a.png", "-o", "-", "--json"],
            ["a.png", "-o", "-", "--json-lines"],
            ["a.png", "--json", "--json-lines"],
            ["a.png", "--output", "x.tga"],
            ["a.png", "--output", "a.png"],
            ["-", "-"],
            ["a.png", "--crop=x"],
            ["a.png", "--crop=-1"],
            ["a.png", "--background", "whitish"],
            ["a.png", "--background", "#12345"],
            ["a.png", "--background", "1,2,256"],
            ["a.png", "--force", "--skip-existing"],
        ):
            with self.subTest(words=words):
                self.assertEqual(self.run_(*words).code, USAGE)
        self.assertEqual(self.files(), ["a.png", "b.png", "m"])

    def test_endless_and_empty(self):
        done = self.run_piped("-", "-o", "-", data=b"")
        self.assertEqual((done.returncode, done.stdout), (INPUT, b""))
        self.assert_error(self.run_("/dev/zero"), INPUT, "E-INPUT-NOT-FOUND", "/dev/zero", "a device")

    def test_a_file_with_the_name_of_standard_output(self):
        self.write_picture()
        self.write("-", b"in nobody's way")
        self.assert_ok(self.run_("a.png", "-o", "-"))
        self.assertEqual(self.read("-"), b"in nobody's way")


class FolderTest(PicturesTest):
    def test_pictures_by_their_bytes(self):
        for name in ("a.jfif", "b.jpe", "c", "photo.jpg_large"):
            self.write(f"in/{name}", JPEG)
        self.write("in/notes.txt", b"words")
        self.write("in/page", b"<html></html>")
        os.mkfifo(self.dir / "in" / "pipe.png")
        outcome = self.run_("in", "-o", "out", "--write", "mask")
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(
            self.files("out"), ["a.mask.png", "b.mask.png", "c.mask.png", "photo.mask.png"]
        )
        self.assertRegex(outcome.err, r"^u2net: left out in folders: 1 \(no file\), ")
        self.assertIn("1 (no picture)", outcome.err)
        self.assertIn("1 (no picture but HTML)", outcome.err)
        verbose = self.run_("in", "-o", "out2", "--write", "mask", "-v")
        for name in ("notes.txt", "page", "pipe.png"):
            self.assertIn(f"left out: 'in/{name}'", verbose.err)
        self.assert_ok(self.run_("in", "-o", "out3", "--write", "mask", "-q"))

    def test_one_stem_two_endings(self):
        self.write("in/a.jpg", JPEG)
        self.write_picture("in/a.png")
        self.write_picture("in/b.png")
        self.assert_ok(self.run_("in", "-o", "out", "--write", "mask"))
        self.assertEqual(self.files("out"), ["a.jpg.mask.png", "a.png.mask.png", "b.mask.png"])

    def test_recursive_keeps_the_tree(self):
        for name in ("in/a.png", "in/x/a.png", "in/x/y/b.png", "in/.git/c.png"):
            self.write_picture(name)
        os.symlink("..", self.dir / "in" / "x" / "up")
        outcome = self.run_("in", "-r", "-o", "out", "--write", "mask")
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(
            outcome.out.splitlines(), ["out/a.mask.png", "out/x/a.mask.png", "out/x/y/b.mask.png"]
        )
        self.assertIn("1 (a link to a folder), 1 (hidden)", outcome.err)

    def test_many_in_order(self):
        names = [f"in/{i:03}.png" for i in range(40)]
        for i, name in enumerate(names):
            self.write_picture(name, 1 + 7 * i % 25, 1 + 5 * i % 17)
        self.write("in/017.png", b"broken")
        one = self.run_("in", "-o", "one", "-t", "1", "--json-lines", "--write", "cutout")
        four = self.run_("in", "-o", "four", "-t", "4", "--json-lines", "--write", "cutout")
        for outcome in (one, four):
            self.assertEqual(outcome.code, SOME_FAILED)
            lines = [json.loads(line)["input"] for line in outcome.out.splitlines()]
            self.assertEqual(lines, names)
        self.assertEqual(len(self.files("four")), 39)
        for name in self.files("one"):
            self.assertEqual(self.read(f"one/{name}"), self.read(f"four/{name}"))

    def test_results_are_not_taken_for_pictures(self):
        self.write_picture("in/a.png")
        self.assert_ok(self.run_("in/a.png", "--output", "in/cut.png"))
        self.write_picture("in/mine.mask.png")
        outcome = self.run_("in", "-o", "out", "--write", "mask")
        self.assertEqual(outcome.out.splitlines(), ["out/a.mask.png", "out/mine.mask.mask.png"])
        self.assertIn("1 (an earlier result)", outcome.err)

    def test_watch(self):
        (self.dir / "in").mkdir()
        self.write_picture("in/first.png")
        command = [BINARY, "run", "-m", self.model, "in", "-o", "out", "--write", "mask", "--watch"]
        with subprocess.Popen(
            command, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                self.assertEqual(process.stdout.readline(), b"out/first.mask.png\n")
                self.write_picture("in/second.png")
                self.assertEqual(process.stdout.readline(), b"out/second.mask.png\n")
                self.write_picture("in/second.png", 11, 12)
                self.assertEqual(process.stdout.readline(), b"out/second.mask.png\n")
            finally:
                process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(30), -signal.SIGINT)
        self.assertEqual(sample.png_header(self.read("out/second.mask.png"))[:2], (11, 12))
        self.assertEqual(self.files("out"), ["first.mask.png", "second.mask.png"])

    def pipe_to(self, name, process):
        """The pipe of that name, to write to, once the process reads it."""
        while True:
            self.assertIsNone(process.poll())
            try:
                return open(os.open(self.dir / name, os.O_WRONLY | os.O_NONBLOCK), "wb")
            except OSError:
                time.sleep(0.01)

    def test_watch_while_it_begins(self):
        """What comes in after the folders were listed, here while a background is waited for, is new."""
        self.write_picture("in/first.png")
        os.mkfifo(self.dir / "behind")
        command = [BINARY, "run", "-m", self.model, "in", "-o", "out", "--write", "result", "--watch"]
        with subprocess.Popen(
            [*command, "--background", "behind"], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            limit = threading.Timer(TIME_LIMIT, process.kill)
            limit.start()
            try:
                with self.pipe_to("behind", process) as behind:
                    self.write_picture("in/second.png")
                    behind.write(self.read("in/first.png"))
                self.assertEqual(process.stdout.readline(), b"out/first.result.png\n")
                self.assertEqual(process.stdout.readline(), b"out/second.result.png\n")
            finally:
                limit.cancel()
                process.kill()

    def test_watch_writes_no_report(self):
        (self.dir / "in").mkdir()
        outcome = self.run_("in", "-o", "out", "--watch", "--json=r.json")
        hint = self.assert_error(outcome, USAGE, "E-USAGE", "--watch", "--json")
        self.assertIn("--json-lines", hint)
        self.assertEqual(self.files(), ["in", "m"])


class ExistingFilesTest(PicturesTest):
    def test_a_foreign_file_stays(self):
        self.write_picture("in/a.png")
        self.write_picture("in/b.png", 9, 9)
        self.write("out/a.mask.png", b"drawn by hand")
        outcome = self.run_("in", "-o", "out", "--write", "mask,cutout")
        hint = self.assert_error(outcome, SOME_FAILED, "E-OUTPUT", "'out/a.mask.png'")
        self.assertIn("--force", hint)
        self.assertEqual(self.read("out/a.mask.png"), b"drawn by hand")
        self.assertEqual(self.files("out"), ["a.mask.png", "b.cutout.png", "b.mask.png"])
        alone = self.run_("in/a.png", "-o", "out", "--write", "mask")
        self.assert_error(alone, OUTPUT, "E-OUTPUT", "no earlier result")
        self.assert_ok(self.run_("in/a.png", "-o", "out", "--write", "mask", "--force"))
        self.assertEqual(sample.png_header(self.read("out/a.mask.png"))[:2], (24, 16))

    def test_own_results_are_replaced(self):
        self.write_picture()
        for _ in range(2):
            self.assert_ok(self.run_("a.png"))
        self.write_picture("a.png", 5, 5)  # another picture of this name
        self.assert_error(self.run_("a.png"), OUTPUT, "E-OUTPUT", "'a.mask.png'")

    def test_another_picture_of_that_name(self):
        self.write_picture("x/a.png")
        self.write_picture("y/a.png", 7, 7)
        self.assert_ok(self.run_("x/a.png", "-o", "out", "--write", "mask"))
        before = self.read("out/a.mask.png")
        outcome = self.run_("y/a.png", "-o", "out", "--write", "mask")
        self.assert_error(outcome, OUTPUT, "E-OUTPUT", "'out/a.mask.png'")
        self.assertEqual(self.read("out/a.mask.png"), before)

    def test_skip_existing(self):
        for name in "abc":
            self.write_picture(f"in/{name}.png")
        self.write("out/b.mask.png", b"anything")
        outcome = self.run_("in", "-o", "out", "--write", "mask", "--skip-existing", "--json")
        self.assert_ok(outcome)
        self.assertEqual([i.get("skipped", False) for i in outcome.json()["images"]], [0, 1, 0])
        self.assertEqual(self.read("out/b.mask.png"), b"anything")
        outcome = self.run_("in", "-o", "out", "--write", "mask,cutout", "--skip-existing")
        self.assertEqual(
            outcome.out.splitlines(), [f"out/{name}.cutout.png" for name in "abc"], outcome
        )

    def test_interrupted_and_resumed(self):
        picture = sample.png(200, 200, lambda x, y: (x, y, 40))
        for i in range(60):
            self.write(f"in/{i:02}.png", picture)
        words = [BINARY, "run", "-m", self.model, "in", "-o", "out", "--write", "cutout"]
        with subprocess.Popen(words, cwd=self.dir, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        for path in (self.dir / "out").iterdir():
            rows = sample.png_pixels(path.read_bytes())
            self.assertEqual((len(rows[0]), len(rows), len(rows[0][0])), (200, 200, 4))
        outcome = self.run_("in", "-o", "out", "--write", "cutout", "--skip-existing")
        self.assert_ok(outcome)
        self.assertEqual(self.files("out"), [f"{i:02}.cutout.png" for i in range(60)])


class ResultTest(PicturesTest):
    def test_background_colours(self):
        self.half_picture()
        for text, colour in (
            ("#00f", (0, 0, 255)),
            ("10,20,30", (10, 20, 30)),
            ("lime", (0, 255, 0)),
        ):
            words = ["--write", "result", "--output", "r.png", "--background", text, "--force"]
            self.assert_ok(self.run_("a.png", *words))
            rows = sample.png_pixels(self.read("r.png"))
            self.assertEqual((len(rows[0]), len(rows), len(rows[0][0])), (40, 20, 3))
            self.assertEqual(rows[10][0], colour)
            self.assertEqual(rows[10][-1], (255, 0, 0))

    def test_background_picture_covers(self):
        self.half_picture()
        # Twice as wide as high, as the picture is not: its middle is seen.
        self.write("b.png", sample.png(90, 30, lambda x, y: (0, 200 if 15 <= x < 75 else 0, 0)))
        self.assert_ok(self.run_("a.png", "--write", "result", "--background", "b.png"))
        rows = sample.png_pixels(self.read("a.result.png"))
        self.assertEqual({row[0] for row in rows[1:-1]}, {(0, 200, 0)})

    def test_crop(self):
        self.half_picture()
        for margin, size in (
            ("--crop=0", (20, 20)),
            ("--crop=3", (23, 20)),
            ("--crop=10%", (22, 20)),
        ):
            outcome = self.run_("a.png", margin, "--write", "mask,cutout", "-o", margin)
            self.assert_ok(outcome)
            for kind in ("mask", "cutout"):
                header = sample.png_header(self.read(f"{margin}/a.{kind}.png"))
                self.assertLessEqual(abs(header[0] - size[0]), 1, margin)
                self.assertEqual(header[1], size[1])

    def test_formats(self):
        self.write_picture()
        written = self.u2net("--version").out.split("; written as ")[1].splitlines()[0].split(", ")
        self.assertEqual(written[0], "png")
        for name, magic in (("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")):
            if name not in written:
                words = (f"'{name}'", "formats: png")
                hint = self.assert_error(self.run_("a.png", "--format", name), USAGE, "E-USAGE", *words)
                self.assertIn(f"a build with lib{name}", hint)
                continue
            outcome = self.run_("a.png", "--format", name, "-o", name)
            self.assert_ok(outcome)
            ending = {"jpeg": "jpg", "webp": "webp"}[name]
            self.assertTrue(self.read(f"{name}/a.result.{ending}").startswith(magic))
            self.assert_ok(self.run_("a.png", "--output", f"one.{ending}"))
            self.assertTrue(self.read(f"one.{ending}").startswith(magic))
            outcome = self.run_(f"one.{ending}", "--write", "mask", "-o", name + "2")
            self.assert_ok(outcome)
        self.assertEqual(self.run_("a.png", "--output", "x.jpg", "--write", "cutout").code, USAGE)


def gradient(x, y):
    return x * 6, y * 10, (x + y) * 4


def steps(x, y):
    return x // 5 * 30, y // 6 * 60, (x // 5 + y // 6) * 20


def deep(x, y):
    return ((x * 1000 + y * 7) >> 8,) * 3  # the upper byte, as of a PNG


class CodecTest(PicturesTest):
    """Formats that a build may do without: what is not there is refused by name, and the test is skipped."""

    def check(self, codec, file, pixel, bound=(0, 0, 0)):
        """The picture in a panel is `pixel(x, y)`, each channel to so many levels."""
        self.write("a.png", (IMAGES / file).read_bytes())  # the name says nothing
        outcome = self.run_("a.png", "--write", "panel")
        version = self.u2net("--version").out
        if codec not in version.split("pictures: ")[1].split(";")[0].split(", "):
            library = re.search(rf"not in this build: .*{codec} \((\w+)\)", version)[1]
            hint = self.assert_error(outcome, INPUT, "E-INPUT-FORMAT", codec)
            self.assertIn(f"a build with {library}", hint)
            self.skipTest(f"no {codec} in this build")
        self.assertNotIn(f"{codec} (", version)
        self.assert_ok(outcome)
        rows = sample.png_pixels(self.read("a.panel.png"))
        self.assertEqual(len(rows), 24)
        for y, row in enumerate(rows):
            for x, got in enumerate(row[:40]):
                off = [abs(a - b) for a, b in zip(got, pixel(x, y))]
                self.assertTrue(all(o <= b for o, b in zip(off, bound)), (x, y, got, pixel(x, y)))

    def test_tiff(self):
        self.check("TIFF", "lzw.tif", gradient)

    def test_tiff_of_16_bits(self):
        self.check("TIFF", "deep.tif", deep)

    def test_first_frame_of_a_gif(self):
        self.check("GIF", "two.gif", steps)

    def test_heic(self):
        self.check("HEIF", "still.heic", gradient)

    def test_heic_larger_than_any_picture(self):
        """Damaged, though libheif says that memory ran out."""
        if "HEIF" not in self.u2net("--version").out.split("; not in this build")[0]:
            self.skipTest("no HEIF in this build")
        data = bytearray((IMAGES / "still.heic").read_bytes())
        size = data.index(b"ispe") + 8  # behind its version and flags
        data[size : size + 8] = b"\x00\x10\x00\x00" * 2
        self.write("large.heic", bytes(data))
        self.assert_error(self.run_("large.heic"), INPUT, "E-INPUT-FORMAT", "large.heic", "damaged")

    def test_library_that_cannot_be_loaded(self):
        """libheif is loaded with the first picture of its own: others never miss it."""
        if "HEIF" not in self.u2net("--version").out.split("; not in this build")[0]:
            self.skipTest("no HEIF in this build")
        (self.dir / "broken").mkdir()
        self.write("broken/libheif.so.1", b"no library")
        broken = {"LD_LIBRARY_PATH": str(self.dir / "broken")}
        for name in ("still.heic", "still.avif", "interlaced.png"):
            self.write(name, (IMAGES / name).read_bytes())
        for name in ("still.heic", "still.avif"):
            outcome = self.run_(name, "--write", "panel", env=broken)
            self.assert_error(outcome, INPUT, "E-INPUT-FORMAT", "libheif.so.1")
        self.assert_ok(self.run_("interlaced.png", "--write", "panel", env=broken))

    def test_avif(self):
        # Y, Cb and Cr are each off by up to 1 where coefficients are of few bits, and the way back
        # rounds: R by 1 + 1.402 + 0.5, G by 1 + 0.344 + 0.714 + 0.5, B by 1 + 1.772 + 0.5.
        self.check("AVIF", "still.avif", gradient, bound=(2, 2, 3))


if __name__ == "__main__":
    unittest.main()
