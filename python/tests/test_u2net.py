# SPDX-License-Identifier: Apache-2.0
"""Tests of the package: python -m unittest discover python/tests.

Pictures and models are those of the source tree (U2NET_SOURCE_DIR, or beside this file). With
U2NET_BINARY the results are compared with the command's; with Pillow, images are tested too.
"""
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
from pathlib import Path

import numpy as np

import u2net

try:
    from PIL import Image
except ImportError:
    Image = None

SOURCE = Path(os.environ.get("U2NET_SOURCE_DIR", Path(__file__).resolve().parent.parent.parent))
COMMAND = os.environ.get("U2NET_BINARY")
U2NETP = str(SOURCE / "models/u2netp/u2netp")
COFFEE = SOURCE / "models/pictures/coffee.png"
SMALL = str(SOURCE / "tests/data/golden/add_of_conv_to_itself/model")  # one input, one output
HAS_ONEDNN = "onednn" in u2net.available_modes()


def network_input(batch=1, size=320):
    return np.random.default_rng(7).standard_normal((batch, 3, size, size)).astype(np.float32)


def small_input(model):
    shape = [size if size > 0 else 2 for size in model.input_handles[0].shape()]
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)


class InferenceModelTest(unittest.TestCase):
    def test_the_listing(self):
        from u2net import InferenceModel
        x = network_input()
        results = {}
        for use_mkldnn in [False, True] if HAS_ONEDNN else [False]:
            model = InferenceModel(modelpath=U2NETP, use_gpu=False, use_mkldnn=use_mkldnn)
            model.eval()
            outputs = model(x, batch_size=1)
            self.assertEqual(len(outputs), 7)
            for output in outputs:
                self.assertEqual((output.shape, output.dtype), ((1, 1, 320, 320), np.float32))
            self.assertEqual(model.config.mode(), "onednn" if use_mkldnn else "inference")
            self.assertIn("output_num: 7", repr(model))
            results[use_mkldnn] = outputs
        native = InferenceModel(U2NETP, mode="native").eval()(x)
        for outputs in results.values():
            for a, b in zip(outputs, native):
                self.assertLess(np.abs(a - b).max(), 2e-4)

    def test_batches(self):
        model = u2net.InferenceModel(U2NETP, mode="native")
        model.eval()
        x = network_input(3, 320)
        one = [model(x[i:i + 1]) for i in range(3)]
        for batch_size in (1, 2, 3, 5):
            d0, *_ = model(x, batch_size=batch_size)
            self.assertEqual(d0.shape, (3, 1, 320, 320))
            for i in range(3):
                self.assertLess(np.abs(d0[i] - one[i][0][0]).max(), 1e-5)

    def test_use_gpu_raises(self):
        with self.assertRaisesRegex(u2net.UsageError, "GPU"):
            u2net.InferenceModel(U2NETP, use_gpu=True)

    @unittest.skipIf(HAS_ONEDNN, "this build has oneDNN")
    def test_mkldnn_without_onednn_raises(self):
        with self.assertRaisesRegex(u2net.ModeUnavailableError, "onednn"):
            u2net.InferenceModel(U2NETP, use_mkldnn=True).eval()

    def test_refusals(self):
        with self.assertRaises(FileNotFoundError) as caught:
            u2net.InferenceModel("/no/such/model").eval()
        self.assertIsInstance(caught.exception, u2net.ModelNotFoundError)
        self.assertIn("/no/such/model", str(caught.exception))
        self.assertEqual(caught.exception.name, "E-MODEL-NOT-FOUND")
        model = u2net.InferenceModel(U2NETP, mode="native").eval()
        for bad, part in ((np.zeros((1, 320, 320, 3), np.float32), "NHWC"),
                          (np.zeros((1, 3, 320, 320), np.float64), "float64"),
                          (np.zeros((1, 3, 320, 320), np.complex64), "type"),
                          (np.zeros((0, 3, 320, 320), np.float32), "pictures")):
            with self.assertRaisesRegex(ValueError, part):
                model(bad)
        with self.assertRaisesRegex(u2net.UsageError, "batch_size"):
            model(network_input(), batch_size=0)
        with self.assertRaisesRegex(u2net.InputError, "1 inputs, got 2"):
            model(network_input(), network_input())
        with self.assertRaisesRegex(u2net.UsageError, "'fast'"):
            u2net.InferenceModel(U2NETP, mode="fast").eval()

    def test_what_the_system_does_not_give(self):
        for name, kind in (("E-OUT-OF-MEMORY", MemoryError), ("E-NO-THREADS", RuntimeError)):
            error = u2net._errors.make(name, "why", "what to do")
            self.assertIsInstance(error, kind)
            self.assertIsInstance(error, u2net.Error)
            self.assertEqual(str(error), f"why [{name}]; what to do")
        # In a process of its own: less address space than the model takes.
        program = """
import resource, sys
import numpy as np
import u2net
model = u2net.InferenceModel(sys.argv[1], mode="native")
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * 4096 + (1 << 20), resource.RLIM_INFINITY))
try:
    model.eval()
    model(np.zeros((1, 3, 320, 320), np.float32))
    print("fits")
except (MemoryError, u2net.NoThreadsError):
    print("refused")
"""
        done = subprocess.run([sys.executable, "-c", program, U2NETP], capture_output=True, text=True)
        self.assertEqual((done.stdout, done.returncode), ("refused\n", 0), done.stderr)


class PredictorTest(unittest.TestCase):
    def test_handles(self):
        config = u2net.Config(SMALL + ".pdmodel", SMALL + ".pdiparams")
        config.disable_gpu()
        config.enable_memory_optim()
        config.set_cpu_math_library_num_threads(1)
        predictor = u2net.create_predictor(config)
        name, = predictor.get_input_names()
        handle = predictor.get_input_handle(name)
        self.assertEqual(handle.type(), "float32")
        x = np.random.default_rng(1).standard_normal([s if s > 0 else 2 for s in handle.shape()]).astype(np.float32)
        out = predictor.get_output_handle(predictor.get_output_names()[0])
        with self.assertRaisesRegex(u2net.UsageError, "before a run"):
            out.copy_to_cpu()
        with self.assertRaisesRegex(u2net.InputError, "not set"):
            predictor.run()
        handle.reshape(x.shape)
        handle.copy_from_cpu(x)
        expected_x = x.copy()
        x[:] = 9
        predictor.run()
        first = out.copy_to_cpu()
        self.assertEqual(out.shape(), list(first.shape))
        again, = predictor.run([expected_x])
        np.testing.assert_array_equal(first, again)
        handle.share_external_data(x)
        predictor.run()
        self.assertFalse(np.array_equal(first, out.copy_to_cpu()))
        with self.assertRaisesRegex(u2net.InputError, "contiguous"):
            handle.share_external_data(x.T)
        np.testing.assert_array_equal(first, predictor.clone().run([expected_x])[0])
        with self.assertRaisesRegex(u2net.InputError, f"'nothing'.*'{name}'"):
            predictor.get_input_handle("nothing")

    def test_modes_and_memory(self):
        config = u2net.Config(SMALL)
        self.assertEqual(config.mode(), "native")
        config.switch_ir_optim(False)
        self.assertEqual(config.mode(), "static")
        self.assertFalse(config.ir_optim())
        in_memory = u2net.Config()
        program, params = Path(SMALL + ".pdmodel").read_bytes(), Path(SMALL + ".pdiparams").read_bytes()
        in_memory.set_model_buffer(program, len(program), params, len(params))
        in_memory.switch_ir_optim(False)
        self.assertTrue(in_memory.model_from_memory())
        a, b = u2net.create_predictor(config), u2net.create_predictor(in_memory)
        x = np.ones([s if s > 0 else 2 for s in a.get_input_handle(a.get_input_names()[0]).shape()], np.float32)
        np.testing.assert_array_equal(a.run([x])[0], b.run([x])[0])
        with self.assertRaisesRegex(u2net.UsageError, "GPU"):
            config.enable_use_gpu(100, 0)
        config.set_precision("bf16")  # a permission, of which mode static makes no use
        self.assertEqual(config.precision(), "bf16")
        np.testing.assert_array_equal(a.run([x])[0], u2net.create_predictor(config).run([x])[0])
        config.set_precision("half")
        with self.assertRaisesRegex(u2net.UsageError, "'half'.*bf16x3"):
            u2net.create_predictor(config)

    def test_outputs_own_their_memory(self):
        predictor = u2net.create_predictor(u2net.Config(SMALL))
        shape = [s if s > 0 else 2 for s in predictor.get_input_handle(predictor.get_input_names()[0]).shape()]
        kept, = predictor.run([np.ones(shape, np.float32)])
        value = kept.copy()
        for _ in range(5):
            predictor.run([np.zeros(shape, np.float32)])
        del predictor
        np.testing.assert_array_equal(kept, value)

    def test_strides_and_other_layouts_are_copied(self):
        predictor = u2net.create_predictor(u2net.Config(SMALL))
        shape = [s if s > 0 else 2 for s in predictor.get_input_handle(predictor.get_input_names()[0]).shape()]
        x = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
        expected, = predictor.run([x])
        for same in (np.asfortranarray(x), np.repeat(x, 2, -1)[..., ::2], x.tolist() and np.array(x)[::1]):
            np.testing.assert_array_equal(predictor.run([same])[0], expected)

    def test_threads_share_a_model(self):
        first = u2net.create_predictor(u2net.Config(SMALL))
        shape = [s if s > 0 else 2 for s in first.get_input_handle(first.get_input_names()[0]).shape()]
        inputs = [np.full(shape, i, np.float32) for i in range(4)]
        expected = [first.run([x])[0] for x in inputs]
        wrong = []

        def work(predictor, offset):
            for i in range(100):
                which = (i + offset) % 4
                if not np.array_equal(predictor.run([inputs[which]])[0], expected[which]):
                    wrong.append((offset, i))

        threads = [threading.Thread(target=work, args=(first.clone(), i)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_two_threads_in_one_predictor_are_noticed(self):
        predictor = u2net.create_predictor(u2net.Config(U2NETP))
        x = network_input()
        errors = []

        def work():
            try:
                predictor.run([x])
            except u2net.UsageError as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(errors)  # the GIL is released, so they do meet
        self.assertIn("one thread at a time", str(errors[0]))


class ArrayTest(unittest.TestCase):
    def test_arrays_of_other_machines(self):
        model = u2net.InferenceModel(SMALL, mode="native").eval()
        x = small_input(model)
        np.testing.assert_array_equal(model(x.astype(">f4"), batch_size=len(x)), model(x, batch_size=len(x)))

    def test_errors_in_words(self):
        model = u2net.InferenceModel(SMALL, mode="native").eval()
        shape = small_input(model).shape
        for bad, part in ((np.full(shape, None), "array of object"), (np.full(shape, "a"), "array of <U1"),
                          (np.zeros(shape, complex), "complex128"), (np.zeros(shape, np.float16), "no network takes")):
            with self.assertRaisesRegex(u2net.InputError, part):
                model(bad, batch_size=len(bad))


class PickleTest(unittest.TestCase):
    def test_by_configuration(self):
        model = u2net.InferenceModel(SMALL, mode="native").eval()
        x = small_input(model)
        for made in (model, model.predictor):
            copy = pickle.loads(pickle.dumps(made))
            self.assertLess(len(pickle.dumps(made)), 2000)  # no weights
            run = copy if made is model else lambda a, c=copy: c.run([a])[0]
            np.testing.assert_array_equal(run(x), model(x, batch_size=len(x)))
        segmenter = pickle.loads(pickle.dumps(u2net.Segmenter(U2NETP, mode="native", threads=1)))
        self.assertIn("threads=1", repr(segmenter))
        error = pickle.loads(pickle.dumps(_error_of(lambda: u2net.Segmenter("/no/such"))))
        self.assertIsInstance(error, u2net.ModelNotFoundError)
        self.assertEqual(error.name, "E-MODEL-NOT-FOUND")


def _chunks(png, but=None):
    """Of a PNG, those that are not of type `but`: the command's results say of themselves that they are ones."""
    kept, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at:at + 4], "big")
        if png[at + 4:at + 8] != but:
            kept.append(png[at + 4:at + 12 + length])
        at += 12 + length
    return kept


def _error_of(action):
    try:
        action()
    except u2net.Error as error:
        return error
    raise AssertionError("nothing was raised")


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


@unittest.skipUnless(hasattr(os, "fork"), "no fork")
class ForkTest(unittest.TestCase):
    PICTURE = np.full((40, 60, 3), 90, np.uint8)

    def in_child(self, work):
        """Runs `work` in a child of fork(), which must end well."""
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            try:
                work()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def while_busy(self, work, check):
        """Forks a few times in the middle of what another thread does; the child calls `check`."""
        stop = threading.Event()

        def run():
            while not stop.is_set():
                work()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            for _ in range(5):
                self.in_child(check)
        finally:
            stop.set()
            thread.join()

    def test_idle(self):
        segmenter = u2net.Segmenter(U2NETP, threads=3)
        expected = segmenter(self.PICTURE).mask
        self.in_child(lambda: np.testing.assert_array_equal(segmenter(self.PICTURE).mask, expected))
        np.testing.assert_array_equal(segmenter(self.PICTURE).mask, expected)

    def test_a_segmenter_in_use(self):
        segmenter = u2net.Segmenter(U2NETP, threads=2)
        expected = segmenter(self.PICTURE).mask

        def check():
            np.testing.assert_array_equal(segmenter(self.PICTURE).mask, expected)
            np.testing.assert_array_equal(u2net.Segmenter(U2NETP, threads=2)(self.PICTURE).mask, expected)

        self.while_busy(lambda: segmenter(self.PICTURE), check)

    def test_a_predictor_in_use(self):
        config = u2net.Config(U2NETP + ".pdmodel", U2NETP + ".pdiparams")
        config.set_cpu_math_library_num_threads(2)
        predictor, x = u2net.create_predictor(config), network_input()
        expected = predictor.run([x])[0]

        def check():
            np.testing.assert_array_equal(predictor.run([x])[0], expected)
            np.testing.assert_array_equal(predictor.clone().run([x])[0], expected)

        self.while_busy(lambda: predictor.run([x]), check)

    @unittest.skipUnless(u2net.has_bundled_model(), "no model is compiled in")
    def test_remove_in_use(self):
        expected = u2net.remove(self.PICTURE)
        self.while_busy(lambda: u2net.remove(self.PICTURE),
                        lambda: np.testing.assert_array_equal(u2net.remove(self.PICTURE), expected))

    @unittest.skipUnless(HAS_ONEDNN, "no oneDNN in this build")
    def test_onednn_says_that_its_threads_are_gone(self):
        segmenter = u2net.Segmenter(U2NETP, mode="onednn", threads=2)
        segmenter(self.PICTURE)

        def check():
            with self.assertRaisesRegex(u2net.ModeUnavailableError, "cannot run in a forked process"):
                segmenter(self.PICTURE)

        self.in_child(check)


class PackageTest(unittest.TestCase):
    def test_import_needs_nothing_heavy(self):
        code = "import sys, u2net; print([m for m in ('numpy', 'PIL', 'cv2', 'paddle') if m in sys.modules])"
        self.assertEqual(subprocess.run([sys.executable, "-c", code], text=True, capture_output=True).stdout, "[]\n")

    def test_is_typed(self):
        folder = Path(u2net.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        stub = folder / "_u2net.pyi"
        if stub.exists():  # the build tree makes it when it is asked to
            self.assertIn("class Session", stub.read_text())

    def test_version(self):
        self.assertRegex(u2net.__version__, r"^\d+\.\d+\.\d+$")
        self.assertEqual(set(u2net.__all__) - set(dir(u2net)), set())


if __name__ == "__main__":
    unittest.main()
