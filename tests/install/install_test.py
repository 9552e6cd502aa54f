#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs u2net, moves the installation and builds programs on it, as a stranger would.

    install_test.py full     what the build in U2NET_BINARY_DIR has
    install_test.py light    without oneDNN, built by a project that has u2net as a part of itself

Every program, in C++ and C, through CMake and pkg-config, shared and static, must print the same.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
BINARY = Path(os.environ["U2NET_BINARY_DIR"])
HERE = SOURCE / "tests/install"
MODEL = str(SOURCE / "tests/data/golden/add_of_conv_to_itself/model")
CC, CXX = os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# What a program on the light build may need at run time, with the loader and the kernel's own.
LIGHT = {"libc", "libm", "libstdc++", "libgcc_s", "libpthread", "ld-linux-x86-64", "linux-vdso"}


def run(*command, **keywords):
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **keywords)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def cmake_build(source, build, *options):
    run("cmake", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", *options)
    run("cmake", "--build", build, "-j", os.cpu_count())


def libraries_of(program, lib):
    text = run("ldd", program, env={**os.environ, "LD_LIBRARY_PATH": str(lib)})
    return {re.sub(r"\.so.*", "", line.split()[0].rsplit("/", 1)[-1]) for line in text.splitlines()}


def check_size(library, limit):
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "library"
        run("strip", "-o", stripped, library.resolve())
        size = stripped.stat().st_size
    print(f"stripped {library.name}: {size} bytes")
    assert size <= limit, size


class Installation:
    def __init__(self, prefix, light):
        self.prefix, self.light, self.outputs = prefix, light, {}
        self.lib = next(prefix.rglob("pkgconfig")).parent

    def check(self, name, program, static):
        env = {**os.environ, "LD_LIBRARY_PATH": "" if static else str(self.lib)}
        self.outputs[name] = run(program, MODEL, env=env).strip()
        failed = subprocess.run([str(program), "/no/such/model"], text=True, stdout=subprocess.PIPE, env=env)
        assert failed.returncode == 1 and failed.stdout.startswith("error"), (name, failed)
        used = libraries_of(program, self.lib)
        assert ("libu2net" in used) != static, (name, used)
        assert not any("protobuf" in library for library in used), (name, used)
        if self.light:
            assert used - {"libu2net"} <= LIGHT, (name, used)

    def through_cmake(self, work, static):
        flavour = "static" if static else "shared"
        for project in ("consumer", "consumer_c"):
            build = work / f"{project}_{flavour}"
            cmake_build(HERE / project, build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                        f"-Du2net_USE_STATIC_LIBS={'ON' if static else 'OFF'}",
                        f"-DCMAKE_C_FLAGS={' '.join(STRICT)}", f"-DCMAKE_CXX_FLAGS={' '.join(STRICT)}")
            for program in build.glob("*_program"):
                self.check(f"{project} {program.name} {flavour}", program, static)

    def through_pkg_config(self, work, static):
        package = "u2net-static" if static else "u2net"
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.lib / "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", package, env=env).split()
        for compiler, source, standard in ((CXX, "program.cc", "c++17"), (CC, "program.c", "c99")):
            program = work / f"{source}_{package}"
            run(compiler, f"-std={standard}", *STRICT, HERE / source, "-o", program, *flags)
            self.check(f"pkg-config {source} {package}", program, static)

    def check_visible_symbols(self):
        """Nothing but the two interfaces; no protobuf, no engine."""
        shared = run("nm", "-DC", "--defined-only", self.lib / "libu2net.so")
        static = run("nm", "-C", "--defined-only", "--extern-only", self.lib / "libu2net.a")
        for text in (shared, static):
            for line in text.splitlines():
                match = re.match(r"[0-9a-f]+ [A-Za-z] (.*)", line)
                name = match.group(1) if match else "u2net_"
                ours = name.startswith("u2net_") or "u2net::v1::" in name or name == "U2NET_0"
                assert ours or name.startswith("std::"), line  # constants of the language's library
        assert "libu2net.so.0" in run("readelf", "-d", self.lib / "libu2net.so")

    def check_no_path_is_left(self, *paths):
        for file in list(self.prefix.rglob("*.cmake")) + list(self.prefix.rglob("*.pc")):
            for path in paths:
                assert str(path) not in file.read_text(), f"{file.name} names {path}"


def install_full(work):
    run("cmake", "--install", BINARY, "--prefix", work / "first")
    return work / "first"


def install_light(work):
    """Debug: what is shown does not depend on optimisation, and it builds in a third of the time."""
    build = BINARY / "tests/install/light"
    run("cmake", "-S", HERE / "subproject", "-B", build, "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0",
        f"-DU2NET_SOURCE_DIR={SOURCE}", "-DU2NET_PRECOMPILE=ON",
        "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=12")
    run("cmake", "--build", build, "-j", os.cpu_count())
    for program in ("cpp_program", "c_program"):
        print(f"subproject {program}: {run(build / program, MODEL).strip()}")
    run("cmake", "--install", build, "--prefix", work / "first")
    return work / "first"


def main():
    light = sys.argv[1] == "light"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        first = (install_light if light else install_full)(work)
        shutil.move(first, work / "moved")
        installation = Installation(work / "moved", light)
        installation.check_no_path_is_left(first, BINARY, SOURCE)
        installation.check_visible_symbols()
        if os.environ.get("U2NET_SIZE_COUNTS"):
            if light:  # that of a release: the installed one is not optimised
                library = Path(os.environ["U2NET_LIGHT_LIBRARY"])
                assert "dnnl" not in run("nm", "-D", "--undefined-only", library)
                check_size(library, 2_200_000)
            else:
                check_size(installation.lib / "libu2net.so", 2_270_000)
        for static in (False, True):
            installation.through_cmake(work, static)
            installation.through_pkg_config(work, static)
        for name, output in sorted(installation.outputs.items()):
            print(f"{name}: {output}")
        assert len(installation.outputs) == 10 and len(set(installation.outputs.values())) == 1


if __name__ == "__main__":
    main()
