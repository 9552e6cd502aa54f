#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages that CPack makes of the build in U2NET_BINARY_DIR: what is in them, what they need, how they are made.

Whether they install, work and go again is for tools/check-packages, as it takes a system of its own. Skipped without dpkg-dev.
"""
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from fnmatch import fnmatch
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
BINARY = Path(os.environ["U2NET_BINARY_DIR"])
VERSION = re.search(r"project\(u2net VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text())[1]
SONAME = f"libu2net.so.{VERSION.split('.')[0]}"
LIBRARY = f"libu2net{VERSION.split('.')[0]}"
DEV, PYTHON = "libu2net-dev", "python3-u2net"
# Debian's folder for this machine's libraries where the prefix is /usr, as in preset packages.
LIB = "usr/" + re.search(r"^CMAKE_INSTALL_LIBDIR:\w+=(.+)$", (BINARY / "CMakeCache.txt").read_text(), re.M)[1]
MODULES = "usr/lib/python3/dist-packages"

# Besides the documentation that each has. A pattern stands for one file or more.
FILES = {
    "u2net": ["usr/bin/u2net", "usr/share/man/man1/u2net.1.gz", "usr/share/bash-completion/completions/u2net",
              "usr/share/u2net/models/pictures/coffee.png", "usr/share/u2net/models/u2netp/LICENSE",
              *(f"usr/share/u2net/models/u2netp/u2netp.{kind}" for kind in ("pdmodel", "pdiparams", "pdparams"))],
    LIBRARY: [f"{LIB}/{SONAME}", f"{LIB}/libu2net.so.{VERSION}"],
    DEV: [*(f"usr/include/u2net/{file.name}" for file in (SOURCE / "api/include/u2net").iterdir()), f"{LIB}/libu2net.so",
          f"{LIB}/libu2net.a", f"{LIB}/cmake/u2net/*.cmake", f"{LIB}/pkgconfig/u2net.pc", f"{LIB}/pkgconfig/u2net-static.pc"],
    PYTHON: [*(f"{MODULES}/u2net/{file.name}" for file in (SOURCE / "python/u2net").glob("*.py")), f"{MODULES}/u2net/_u2net.pyi",
             f"{MODULES}/u2net/_u2net.*.so", f"{MODULES}/u2net/py.typed", f"{MODULES}/u2net-{VERSION}.dist-info/METADATA",
             f"{MODULES}/u2net-{VERSION}.dist-info/INSTALLER"],
}
UNIT = "usr/lib/systemd/system/u2net.service"
SCRIPTS = {"u2net": {"postinst", "prerm", "postrm"}, LIBRARY: {"shlibs", "triggers", "postinst", "postrm"}, DEV: set(),
           PYTHON: {"postinst", "prerm"}}


def run(*command, **keywords):
    return subprocess.run([str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE, **keywords).stdout


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        work = Path(cls.folder.name)
        run("cpack", "-G", "DEB", "-B", work, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=BINARY)
        cls.packages = {}
        for deb in work.glob("*.deb"):
            name = deb.name.split("_")[0]
            run("dpkg-deb", "-R", deb, work / name)
            cls.packages[name] = work / name, deb

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def names(self):
        return set(FILES) - ({PYTHON} if not (BINARY / "python").exists() else set())

    def field(self, name, field):
        return run("dpkg-deb", "-f", self.packages[name][1], field).strip()

    def test_are_these(self):
        self.assertEqual(set(self.packages), self.names())
        for name in self.packages:
            self.assertRegex(self.field(name, "Version"), rf"^{re.escape(VERSION)}-\d+$")

    def test_hold_these_files(self):
        for name, (root, _) in self.packages.items():
            found = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_symlink() or p.is_file()}
            found -= {file for file in found if file.startswith("DEBIAN/")} | {UNIT}
            wanted = FILES[name] + [f"usr/share/doc/{name}/{file}" for file in ("copyright", "changelog.Debian.gz")]
            wanted.append(f"usr/share/lintian/overrides/{name}")
            for pattern in wanted:
                self.assertTrue(any(fnmatch(file, pattern) for file in found), f"{name} lacks {pattern}")
            self.assertEqual([file for file in found if not any(fnmatch(file, pattern) for pattern in wanted)], [], name)
            empty = [str(p) for p in root.rglob("*") if p.is_dir() and not any(p.iterdir())]
            self.assertEqual(empty, [], name)

    def test_has_the_unit_with_the_server(self):
        has_server = "serve" in re.findall(r"^  (\w+)", run(BINARY / "bin/u2net", "--help"), re.M)
        self.assertEqual((self.packages["u2net"][0] / UNIT).exists(), has_server)

    def test_belong_to_root_with_its_permissions(self):
        for name, (_, deb) in self.packages.items():
            for line in run("dpkg-deb", "-c", deb).splitlines():
                mode, owner = line.split()[:2]
                self.assertEqual(owner, "root/root", line)
                executable = mode.startswith("d") or line.endswith("/usr/bin/u2net")
                self.assertIn(mode, {"lrwxrwxrwx", f"{mode[0]}rwxr-xr-x" if executable else "-rw-r--r--"}, line)

    def test_have_these_scripts_and_sums(self):
        for name, (root, _) in self.packages.items():
            files = {p.name for p in (root / "DEBIAN").iterdir()} - {"control", "md5sums"}
            self.assertEqual(files, SCRIPTS[name], name)
            for script in files - {"shlibs", "triggers"}:
                run("sh", "-n", root / "DEBIAN" / script)
            run("md5sum", "--check", "--quiet", root / "DEBIAN/md5sums", cwd=root)

    def test_need_what_they_use(self):
        self.assertEqual(self.field(DEV, "Depends"), f"{LIBRARY} (= {self.field(LIBRARY, 'Version')})")
        for name in self.names() - {DEV}:
            self.assertRegex(self.field(name, "Depends"), r"\blibc6 \(>= ", name)
        self.assertEqual((self.packages[LIBRARY][0] / "DEBIAN/shlibs").read_text(), f"libu2net 0 {LIBRARY} (>= {VERSION})\n")
        if PYTHON in self.packages:
            self.assertRegex(self.field(PYTHON, "Depends"), r"^python3 \(>= 3\.\d+\), python3 \(<< 3\.\d+\), python3-numpy, ")

    def test_are_stripped_and_know_no_folder_of_the_build(self):
        for name, (root, _) in self.packages.items():
            for file in root.rglob("*"):
                if file.is_symlink() or not file.is_file() or file.suffix == ".a" or file.read_bytes()[:4] != b"\x7fELF":
                    continue
                sections = run("readelf", "-SdW", file)
                self.assertNotIn(".symtab", sections, file.name)
                self.assertNotIn(".debug_info", sections, file.name)
                self.assertNotRegex(sections, r"\((RPATH|RUNPATH)\)", file.name)

    def test_say_what_changed_in_this_version(self):
        for name, (root, _) in self.packages.items():
            with gzip.open(root / f"usr/share/doc/{name}/changelog.Debian.gz", "rt") as file:
                self.assertEqual(file.readline().split()[1], f"({self.field(name, 'Version')})")


if __name__ == "__main__":
    missing = [tool for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: {' and '.join(missing)} not found (Debian: dpkg-dev, file)")
        sys.exit(77)
    unittest.main()
