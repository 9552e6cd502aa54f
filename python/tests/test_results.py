# SPDX-License-Identifier: Apache-2.0
"""Files of results are those of the command, to the byte. U2NET_BINARY is the command."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from inputs import COFFEE, SOURCE, U2NETP

import u2net
from u2net import _u2net
from u2net._results import ResultMaker, refuse_others, write_result

COMMAND = os.environ.get("U2NET_BINARY")
PICTURES = sorted((SOURCE / "models/pictures").glob("*.*g"))


def picture(width, height, channels, name):
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, channels), np.uint8)
    Path(name).write_bytes(_u2net.encode_png(pixels))


class ResultsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    @unittest.skipUnless(COMMAND, "U2NET_BINARY does not say where the command is")
    def assert_as_the_command(self, pictures, arguments=(), **options):
        kinds = options.setdefault("write", "mask,cutout,result,panel").split(",")
        out = self.folder / "out"
        subprocess.run([COMMAND, "run", "-q", "-m", U2NETP, "-o", out, "--write", ",".join(kinds), *arguments, *pictures],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        maker, segmenter = ResultMaker(**options), u2net.Segmenter(U2NETP)
        self.assertEqual(list(maker.endings), kinds)
        for path in pictures:
            _, files = maker.make(segmenter, Path(path).read_bytes(), kinds)
            for kind, file in zip(kinds, files):
                theirs = out / f"{Path(path).stem}.{kind}{maker.endings[kind]}"
                self.assertEqual(file == theirs.read_bytes(), True, f"{theirs.name} {options}")

    def test_pictures_as_they_come(self):
        self.assertGreaterEqual(len(PICTURES), 3)
        self.assert_as_the_command(PICTURES[:3])

    def test_every_number_of_channels(self):
        names = [self.folder / f"{channels}.png" for channels in (1, 2, 3, 4)]
        for channels, name in enumerate(names, 1):
            picture(60 + channels, 41, channels, name)
        self.assert_as_the_command(names)

    def test_a_picture_of_several_bands(self):
        picture(1900, 1100, 3, self.folder / "large.png")
        self.assert_as_the_command([self.folder / "large.png"], write="cutout")

    def test_options(self):
        self.assert_as_the_command([COFFEE], ["--refine", "--decontaminate"], refine=True, decontaminate=True)
        self.assert_as_the_command([COFFEE], ["--post-process", "--keep-hidden", "--force"], post_process=True,
                                   keep_hidden=True)
        self.assert_as_the_command([COFFEE], ["--background", "#102030", "--force"], background=(16, 32, 48))

    def test_formats(self):
        for name, quality in (("jpeg", 0), ("jpeg", 60), ("webp", 0), ("webp", 70)):
            try:
                _u2net.result_kinds("mask", name)
            except u2net.UsageError as error:
                self.skipTest(str(error))
            arguments = ["--format", name, "--force"] + (["--quality", str(quality)] if quality else [])
            self.assert_as_the_command([COFFEE], arguments, format=name, quality=quality)

    def test_options_that_make_no_sense(self):
        for options in ({"write": "shadow"}, {"format": "xpm"}, {"quality": 101}, {"background": (1, 2)}):
            with self.subTest(options), self.assertRaises(u2net.UsageError):
                ResultMaker(**options)

    def test_what_is_in_the_way_stays(self):
        place, file = self.folder / "a.png", COFFEE.read_bytes()
        refuse_others(place, file)
        _, (cutout,) = ResultMaker().make(u2net.Segmenter(U2NETP), file, ["cutout"])
        write_result(place, cutout)
        refuse_others(place, file)  # an earlier result of the same
        with self.assertRaisesRegex(u2net.Error, "no earlier result of this picture"):
            refuse_others(place, file + b" ")
        place.write_bytes(file)
        with self.assertRaises(u2net.Error):
            refuse_others(place, file)

    def test_places_are_those_of_the_command(self):
        for name in ("a.png", "b/c.png", "b/c.jpg", "text.txt", ".hidden.png"):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(b"text" if name.endswith("txt") else COFFEE.read_bytes())
        jobs, left_out = _u2net.plan_pictures([os.fsencode(self.folder)], "cutout,mask", b"/out", "jpeg", True)
        self.assertEqual([(os.fsdecode(path)[len(str(self.folder)) + 1:], [os.fsdecode(o) for o in outputs])
                          for path, outputs, _ in jobs],
                         [("a.png", ["/out/a.mask.png", "/out/a.cutout.png"]),
                          ("b/c.jpg", ["/out/b/c.jpg.mask.png", "/out/b/c.jpg.cutout.png"]),
                          ("b/c.png", ["/out/b/c.png.mask.png", "/out/b/c.png.cutout.png"])])
        self.assertEqual(sorted(os.path.basename(path) for path, _ in left_out), [b".hidden.png", b"text.txt"])
        (_, _, failure), = _u2net.plan_pictures([self.make_empty()], "mask", b"", "png", False)[0]
        self.assertIn("there is no picture in directory", failure)

    def make_empty(self):
        (self.folder / "empty").mkdir()
        return os.fsencode(self.folder / "empty")

    def test_a_model_in_memory(self):
        program, parameters = (Path(U2NETP + ending).read_bytes() for ending in (".pdmodel", ".pdiparams"))
        readonly = np.frombuffer(parameters, np.uint8)
        mask = u2net.Segmenter(U2NETP)(COFFEE).mask
        for model in ((program, parameters), (memoryview(program), readonly), (bytearray(program), bytearray(parameters))):
            np.testing.assert_array_equal(u2net.Segmenter(model)(COFFEE).mask, mask)
        with self.assertRaises(u2net.ModelError):
            u2net.Segmenter((program, parameters[:-1]))


if __name__ == "__main__":
    unittest.main()
