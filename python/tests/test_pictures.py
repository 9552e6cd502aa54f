# SPDX-License-Identifier: Apache-2.0
"""Pictures: Segmenter and remove(). With U2NET_BINARY the results are compared with the command's; with Pillow, its
images are tested too."""
import io
import os
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

import u2net
from inputs import COFFEE, SMALL, U2NETP

try:
    from PIL import Image
except ImportError:
    Image = None

COMMAND = os.environ.get("U2NET_BINARY")


def _chunks(png, but=None):
    """Of a PNG, those that are not of type `but`: the command's results say of themselves that they are ones."""
    kept, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at:at + 4], "big")
        if png[at + 4:at + 8] != but:
            kept.append(png[at + 4:at + 12 + length])
        at += 12 + length
    return kept


class SegmenterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = u2net.new_session(U2NETP)
        cls.data = COFFEE.read_bytes()
        cls.result = cls.session(cls.data)

    def test_every_kind_of_picture_is_the_same(self):
        picture = self.result.picture
        self.assertEqual((picture.dtype, picture.ndim, picture.shape[2]), (np.uint8, 3, 3))
        kinds = [COFFEE, str(COFFEE), bytearray(self.data), picture, picture[:, ::-1][:, ::-1],
                 np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])]
        if Image:
            kinds.append(Image.open(COFFEE))
        for kind in kinds:
            np.testing.assert_array_equal(self.session(kind).mask, self.result.mask)

    def test_remove_returns_its_own_kind(self):
        remove = lambda data, **options: u2net.remove(data, session=self.session, **options)  # noqa: E731
        cut = self.result.cutout()
        made = remove(self.data)
        self.assertIsInstance(made, bytes)
        np.testing.assert_array_equal(u2net._u2net.decode(made), cut)
        made = remove(self.result.picture)
        self.assertIsInstance(made, np.ndarray)
        np.testing.assert_array_equal(made, cut)
        np.testing.assert_array_equal(remove(self.result.picture, only_mask=True), self.result.mask)
        self.assertIsInstance(remove(self.result.picture, force_return_bytes=True), bytes)
        np.testing.assert_array_equal(remove(self.result.picture, bgcolor=(1, 2, 3, 255)),
                                      self.result.on_background((1, 2, 3)))
        see_through = remove(self.result.picture, bgcolor=(9, 9, 9, 0))
        np.testing.assert_array_equal(see_through[:, :, 3], cut[:, :, 3])
        if Image:
            made = remove(Image.open(COFFEE))
            self.assertIsInstance(made, Image.Image)
            self.assertEqual(made.mode, "RGBA")
            np.testing.assert_array_equal(np.asarray(made), cut)
            mask = remove(Image.open(COFFEE), only_mask=True)
            self.assertEqual(mask.mode, "L")
            np.testing.assert_array_equal(np.asarray(mask), self.result.mask)

    @unittest.skipUnless(COMMAND, "U2NET_BINARY is not set")
    def test_the_commands_bits(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([COMMAND, "run", "-q", "-m", U2NETP, "-o", folder, str(COFFEE)], check=True,
                           stdout=subprocess.DEVNULL)
            made = {name: (Path(folder) / f"coffee.{name}.png").read_bytes()
                    for name in ("mask", "cutout", "result", "panel")}
        decode = u2net._u2net.decode
        np.testing.assert_array_equal(decode(made["mask"])[:, :, 0], self.result.mask)
        np.testing.assert_array_equal(decode(made["cutout"]), self.result.cutout())
        np.testing.assert_array_equal(decode(made["result"]), self.result.on_background())
        np.testing.assert_array_equal(decode(made["panel"]), self.result.panel())
        cutout = u2net.remove(self.data, session=self.session)
        self.assertEqual(_chunks(made["cutout"], but=b"tEXt"), _chunks(cutout))

    def test_refusals(self):
        for bad, part in ((b"not a picture", "format"), (np.zeros((4, 4, 3), np.float32), "float32"),
                          (np.zeros((4, 4, 5), np.uint8), r"\[4, 4, 5\]"), (np.zeros((0, 4, 3), np.uint8), "0,4,3"),
                          (12, "int")):
            with self.assertRaisesRegex(ValueError, part):
                self.session(bad)
        with self.assertRaises(FileNotFoundError):
            self.session("/no/such.png")
        with self.assertRaises(u2net.UsageError):
            u2net.remove(self.data, session=self.session, alpha_matting=True)
        with self.assertRaisesRegex(u2net.ModelError, "pictures"):
            u2net.Segmenter(SMALL)

    def test_keywords_of_remove(self):
        remove = lambda **options: u2net.remove(self.result.picture, session=self.session, **options)  # noqa: E731
        for options, part in (({"only_masks": True}, r"no keyword 'only_masks'.*perhaps only_mask is"),
                              ({"zzz": None}, "no keyword 'zzz'; known: .*bgcolor"), ({"putalpha": True}, "putalpha"),
                              ({"alpha_matting": True}, "decontaminate")):
            with self.assertRaisesRegex(u2net.UsageError, part):
                remove(**options)
        remove(only_mask=True, alpha_matting=False, putalpha=False, alpha_matting_erode_size=10)
        for colour in ((255, 0), (300, 0, 0), (-1, 0, 0), (1, 2, 3, 4, 5), "red", 7, (1.5, 2, 3), None):
            if colour is not None:
                with self.assertRaisesRegex(u2net.UsageError, "expected 3 or 4 numbers from 0 to 255"):
                    remove(bgcolor=colour)
            with self.assertRaisesRegex(u2net.UsageError, "expected 3 numbers from 0 to 255"):
                self.result.on_background(colour)
        np.testing.assert_array_equal(remove(bgcolor=np.array([1, 2, 3], np.uint8)), self.result.on_background([1, 2, 3]))

    def test_edges(self):
        picture = self.result.picture
        clean = u2net.remove(picture, session=self.session, decontaminate=True)
        np.testing.assert_array_equal(clean, self.result.cutout(decontaminate=True))
        plain, soft = self.result.cutout(), (self.result.mask > 0) & (self.result.mask < 255)
        np.testing.assert_array_equal(clean[~soft], plain[~soft])
        self.assertTrue((clean[soft] != plain[soft]).any())
        binary = u2net.remove(picture, session=self.session, only_mask=True, post_process_mask=True)
        self.assertEqual(set(np.unique(binary)), {0, 255})
        refined = self.session(picture, refine=True).mask
        self.assertFalse(np.array_equal(refined, self.result.mask))

    def test_hidden_colours(self):
        cut, kept = self.result.cutout(), self.result.cutout(keep_hidden=True)
        hidden = self.result.mask == 0
        self.assertEqual(cut[hidden].max(), 0)
        np.testing.assert_array_equal(kept[hidden][:, :3], self.result.picture[hidden])
        np.testing.assert_array_equal(kept[~hidden], cut[~hidden])
        picture = np.dstack([self.result.picture, np.full_like(self.result.mask, 255)])
        picture[:80, :, 3] = 0
        seen = picture[:, :, :3].copy()
        seen[:80] = 255
        np.testing.assert_array_equal(self.session(picture).mask, self.session(seen).mask)

    def test_no_subject(self):
        result = self.session(np.full((90, 120, 3), 128, np.uint8))
        self.assertTrue(result.flat)
        self.assertLess(result.raw_max, 0.25)
        self.assertEqual(result.mask.max(), 0)

    def test_paths_of_all_kinds(self):
        class BytesPath:
            def __fspath__(self):
                return os.fsencode(COFFEE)

        np.testing.assert_array_equal(self.session(BytesPath()).mask, self.result.mask)
        with tempfile.TemporaryDirectory() as folder:
            path = os.fsencode(folder) + b"/no utf-8 \xff.png"
            Path(os.fsdecode(path)).write_bytes(self.data)
            np.testing.assert_array_equal(self.session(os.fsdecode(path)).mask, self.result.mask)
        np.testing.assert_array_equal(u2net.Segmenter(os.fsencode(U2NETP))(self.data).mask, self.result.mask)
        with self.assertRaisesRegex(u2net.UsageError, "UTF-8"):
            u2net.Segmenter(b"\xff")

    @unittest.skipUnless(Image, "no Pillow")
    def test_profiles(self):
        from PIL import ImageCms
        picture = Image.fromarray(self.result.picture)
        icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        picture.info["icc_profile"] = icc
        data = io.BytesIO()
        picture.save(data, "PNG", icc_profile=icc)
        for given in (picture, data.getvalue()):
            cut = u2net.remove(given, session=self.session)
            cut = cut if given is picture else Image.open(io.BytesIO(cut))
            self.assertEqual(cut.info["icc_profile"], icc)
            np.testing.assert_array_equal(np.asarray(cut), self.result.cutout())
        self.assertEqual(self.session(data.getvalue()).icc_profile, icc)
        mask = u2net.remove(picture, session=self.session, only_mask=True)
        self.assertNotIn("icc_profile", mask.info)

    @unittest.skipUnless(Image, "no Pillow")
    def test_modes_of_pictures(self):
        grey = Image.fromarray(self.result.picture).convert("L")
        levels = np.asarray(grey)
        wide = levels.astype(np.uint16) * 257
        expected = self.session(grey).picture
        self.assertEqual(expected.shape[2], 1)
        same = [Image.fromarray(wide), Image.fromarray(wide.astype(np.int32)), grey.convert("I"), grey.convert("F"),
                Image.fromarray(levels / np.float32(255)), Image.fromarray(wide.astype(np.float32))]
        for image in same:
            np.testing.assert_array_equal(self.session(image).picture, expected, image.mode)
        data = io.BytesIO()
        same[0].save(data, "PNG")  # 16 bits a pixel
        np.testing.assert_array_equal(self.session(data.getvalue()).picture, expected)
        coloured = Image.fromarray(self.result.picture)
        for mode, bound in (("RGBA", 0), ("RGBa", 0), ("CMYK", 1), ("YCbCr", 3), ("HSV", 12), ("P", 255), ("1", 255)):
            image = coloured.convert("RGBA").convert(mode) if mode == "RGBa" else coloured.convert(mode)
            off = np.abs(self.session(image).picture[:, :, :3].astype(int) - self.result.picture).max()
            self.assertLessEqual(off, bound, mode)
        alpha = Image.fromarray(np.full_like(levels, 100))
        both = Image.merge("LA", [grey, alpha])
        for image in (both, both.convert("La")):
            self.assertLessEqual(self.session(image).cutout()[:, :, 3].max(), 100, image.mode)
        palette = coloured.convert("P")
        palette.info["transparency"] = palette.getpixel((0, 0))
        self.assertEqual(self.session(palette).picture[0, 0, 3], 0)
        for array, part in ((np.full((9, 9), 70000, np.int32), "70000"), (np.full((9, 9), -1, np.int32), "-1"),
                            (np.full((9, 9), np.nan, np.float32), "nan")):
            with self.assertRaisesRegex(u2net.InputError, part):
                self.session(Image.fromarray(array))

    def test_grey_and_alpha(self):
        grey = self.result.picture[:, :, 1]
        np.testing.assert_array_equal(self.session(grey).mask, self.session(np.dstack([grey] * 3)).mask)
        alpha = np.full_like(grey, 100)
        both = self.session(np.dstack([grey, alpha])).cutout()
        self.assertLessEqual(both[:, :, 3].max(), 100)

    def test_threads_take_turns(self):
        masks = [None] * 4

        def work(i):
            masks[i] = self.session(self.result.picture).mask

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for mask in masks:
            np.testing.assert_array_equal(mask, self.result.mask)

    @unittest.skipUnless(u2net.has_bundled_model(), "no model is compiled in")
    def test_the_bundled_model_is_u2netp(self):
        np.testing.assert_array_equal(u2net.Segmenter()(self.data).mask, self.result.mask)
        np.testing.assert_array_equal(u2net.remove(self.data, only_mask=True),
                                      u2net.remove(self.data, only_mask=True, session=self.session))


if __name__ == "__main__":
    unittest.main()
