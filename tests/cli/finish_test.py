# SPDX-License-Identifier: Apache-2.0
"""What `u2net run` makes of colours: hidden ones, those of profiles, those at edges; and where there is no subject.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/finish_test.py [TEST...]

Needs nothing but Python's standard library.
"""

import struct
import unittest
import zlib

import sample_files as sample
from cli_case import PICTURE, USAGE, CliTest

# Of a header that says RGB, and nothing else.
PROFILE = struct.pack(">I", 132) + b"none\2\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(92)


class ColourTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write_model(*sample.picture_network())

    def run_on(self, name, *words, err=""):
        self.assert_ok(self.u2net("run", "-m", "model", "-o", "out", "--force", *words, name), err)

    def made(self, name):
        return (self.dir / "out" / name).read_bytes()

    def test_hidden_colours_do_not_steer(self):
        def shown(x, y):
            return (40 + 9 * x, 200, 90, 255) if x < 12 else (255, 255, 255, 255)

        def hiding(x, y):
            return shown(x, y) if x < 12 else (7 * y, 255 - 9 * y, 40, 0)

        self.write("shown.png", sample.png(24, 16, shown, 6))
        self.write("hiding.png", sample.png(24, 16, hiding, 6))
        for name in ("shown.png", "hiding.png"):
            self.run_on(name)
        for kind in ("mask", "result", "panel"):
            shown_pixels = sample.png_pixels(self.made(f"shown.{kind}.png"))
            self.assertEqual(shown_pixels, sample.png_pixels(self.made(f"hiding.{kind}.png")))

    def test_cutouts_hold_no_hidden_background(self):
        self.write("a.png", sample.png(24, 16, lambda x, y: (0 if x < 9 else 90 + 7 * x, 200, 90)))
        self.run_on("a.png", "--write", "cutout")
        cleared = [p for row in sample.png_pixels(self.made("a.cutout.png")) for p in row]
        self.assertGreaterEqual(sum(p[3] == 0 for p in cleared), 8 * 16)
        self.assertEqual({p for p in cleared if p[3] == 0}, {(0, 0, 0, 0)})
        self.run_on("a.png", "--write", "cutout", "--keep-hidden")
        kept = [p for row in sample.png_pixels(self.made("a.cutout.png")) for p in row]
        self.assertEqual({p for p in kept if p[3] == 0}, {(0, 200, 90, 0)})
        self.assertEqual([p[3] for p in kept], [p[3] for p in cleared])
        self.assertEqual([p for p in kept if p[3]], [p for p in cleared if p[3]])

    def test_profiles_are_kept(self):
        body = b"name\0\0" + zlib.compress(PROFILE)
        for colour_type, channels in ((2, 3), (6, 4)):
            picture = sample.png(
                24,
                16,
                lambda x, y: (10 * x, 15 * y, 40, 255)[:channels],
                colour_type,
                sample.png_chunk(b"iCCP", body),
            )
            self.write("a.png", picture)
            self.run_on("a.png")
            for kind in ("cutout", "result", "panel"):
                made = dict(sample.png_chunks(self.made(f"a.{kind}.png")))
                name, packed = made[b"iCCP"].split(b"\0", 1)
                self.assertEqual(zlib.decompress(packed[1:]), PROFILE)
            self.assertNotIn(b"iCCP", dict(sample.png_chunks(self.made("a.mask.png"))))

    def test_no_subject(self):
        self.write("a.png", sample.png(24, 16, lambda x, y: (x, 40, 255)))
        outcome = self.u2net("run", "-m", "model", "-o", "out", "a.png")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertRegex(outcome.err, r"^u2net: warning: 'a.png': prediction is at most 0\.1\d+, .*: no subject; writing an empty mask\n$")
        self.assertEqual({p for row in sample.png_pixels(self.made("a.mask.png")) for p in row}, {(0,)})
        self.assertEqual({p for row in sample.png_pixels(self.made("a.cutout.png")) for p in row}, {(0, 0, 0, 0)})
        self.assert_ok(self.u2net("run", "-q", "-m", "model", "-o", "out", "a.png"))

    def test_post_process_leaves_no_half_tones(self):
        self.write("a.png", sample.png(24, 16, lambda x, y: (10 * x, 15 * y, 40)))
        self.run_on("a.png", "--post-process", "--write", "mask")
        self.assertEqual({p for row in sample.png_pixels(self.made("a.mask.png")) for p in row}, {(0,), (255,)})

    def test_alpha_matting_says_what_there_is(self):
        self.write_picture()
        hint = self.assert_error(self.u2net("run", "--alpha-matting", "a.png"), USAGE, "E-USAGE", "--alpha-matting")
        self.assertIn("--decontaminate", hint)


class EdgesTest(CliTest):
    """With the network itself."""

    def test_options_change_what_they_are_about(self):
        made = {}
        for option in ("", "--refine", "--decontaminate"):
            words = [option] if option else []
            self.assert_ok(self.u2net("run", "-q", "--write", "mask,cutout", "-o", "out" + option, *words, PICTURE))
            made[option] = [
                sample.png_pixels((self.dir / ("out" + option) / f"chelsea.{kind}.png").read_bytes())
                for kind in ("mask", "cutout")
            ]
        self.assertNotEqual(made["--refine"][0], made[""][0])
        self.assertEqual(made["--decontaminate"][0], made[""][0])
        soft = changed = 0
        for plain, clean in zip(made[""][1], made["--decontaminate"][1]):
            for a, b in zip(plain, clean):
                self.assertEqual(a[3], b[3])
                if a[3] in (0, 255):
                    self.assertEqual(a, b)
                elif 30 < a[3] < 225:
                    soft, changed = soft + 1, changed + (a != b)
        self.assertGreater(changed, soft / 2)


if __name__ == "__main__":
    unittest.main()
