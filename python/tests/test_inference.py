# SPDX-License-Identifier: Apache-2.0
"""Tensors: InferenceModel, predictors and their configuration, arrays, pickles."""
import pickle
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import numpy as np

import u2net
from inputs import HAS_ONEDNN, SMALL, SOURCE, U2NETP, network_input, small_input


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

    def test_a_number_has_no_dimension(self):
        folder = SOURCE / "tests/data/golden/unary_rank_0"
        predictor = u2net.create_predictor(u2net.Config(str(folder / "model")))
        x = np.load(folder / "in_x.npy")
        self.assertEqual(x.shape, ())
        for i, result in enumerate(predictor.run([x])):
            self.assertEqual(result.shape, ())
            self.assertAlmostEqual(float(result), float(np.load(folder / f"out{i}.npy")), places=6)
        handle = predictor.get_input_handle("x")
        handle.reshape([])
        handle.copy_from_cpu(x)
        predictor.run()
        output = predictor.get_output_handle(predictor.get_output_names()[0])
        np.testing.assert_array_equal(output.copy_to_cpu(), predictor.run([x])[0])

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


def _error_of(action):
    try:
        action()
    except u2net.Error as error:
        return error
    raise AssertionError("nothing was raised")


if __name__ == "__main__":
    unittest.main()
