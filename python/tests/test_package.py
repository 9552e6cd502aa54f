# SPDX-License-Identifier: Apache-2.0
"""What the package is as a package."""
import subprocess
import sys
import unittest
from pathlib import Path

import u2net


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
