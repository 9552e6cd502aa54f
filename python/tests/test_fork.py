# SPDX-License-Identifier: Apache-2.0
"""Children of fork()."""
import os
import signal
import threading
import traceback
import unittest

import numpy as np

import u2net
from inputs import HAS_ONEDNN, U2NETP, network_input


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


if __name__ == "__main__":
    unittest.main()
