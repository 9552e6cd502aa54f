#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a Containerfile where there is no container engine: its steps in bare roots, then what it makes.

    try_containerfile.py FILE INSIDE

INSIDE is a command: `INSIDE root NAME` makes a bare root and prints its folder, `INSIDE inside NAME COMMAND...` runs something
there (tools/check-packages). An instruction that is not known here is an error, so that nothing goes untried.
"""
import glob
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
PICTURE = HERE / "models/pictures/coffee.png"


def instructions(text):
    lines = re.sub(r"\\\n", "", re.sub(r"^\s*#.*\n", "", text, flags=re.M)).splitlines()
    return [line.split(None, 1) for line in lines if line.strip()]


class Stage:
    def __init__(self, helper, name):
        self.helper, self.name, self.workdir, self.environment, self.settings = helper, name, "/", {}, {}
        self.root = Path(subprocess.run([helper, "root", name], check=True, text=True, stdout=subprocess.PIPE).stdout.strip())

    def command(self, words):
        """As the image's user, who has an own number and no rights."""
        user = self.settings.get("USER", "0")
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"] if user != "0" else []
        return [self.helper, "inside", self.name, "env", "-C", self.workdir,
                *[f"{name}={value}" for name, value in self.environment.items()], *as_user, *words]

    def run(self, text):
        text = re.sub(r"^(--mount=type=cache\S*\s+)+", "", text)  # a cache may be empty
        print(f"[{self.name}] RUN {text}", flush=True)
        subprocess.run(self.command(["sh", "-c", text]), check=True)

    def copy(self, text, stages):
        *sources, target = text.split()
        target = self.root / os.path.join(self.workdir, target).lstrip("/")
        if sources == ["."]:  # the files of the repository: what .containerignore leaves
            target.mkdir(parents=True, exist_ok=True)
            files = subprocess.run(["git", "-C", HERE, "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout
            tar = subprocess.run(["tar", "-C", HERE, "--null", "-T", "-", "-c"], input=files, check=True, stdout=subprocess.PIPE).stdout
            subprocess.run(["tar", "-C", target, "-x"], input=tar, check=True)
            return
        origin = re.fullmatch(r"--from=(\w+)", sources.pop(0))
        for pattern in sources:
            found = glob.glob(str(stages[origin[1]].root / pattern.lstrip("/")))
            assert found, f"COPY: there is no {pattern}"
            for file in found:
                shutil.copy(file, target)


def build(text, helper):
    stages, stage = {}, None
    for word, rest in instructions(text):
        if word == "FROM":
            name = re.fullmatch(r"\S*debian:12-slim(?: AS (\w+))?", rest)
            assert name, f"FROM {rest}: the roots here are Debian 12's"
            stage = stages[name[1] or "final"] = Stage(helper, f"container-{name[1] or 'final'}")
        elif word == "ENV":
            stage.environment.update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "WORKDIR":
            stage.workdir = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            stage.copy(rest, stages)
        elif word == "RUN":
            stage.run(rest)
        elif word in ("USER", "EXPOSE"):
            stage.settings[word] = rest
        elif word in ("ENTRYPOINT", "CMD"):
            stage.settings[word] = json.loads(rest)
        elif word == "HEALTHCHECK":
            stage.settings[word] = json.loads(rest.partition("CMD ")[2])
        else:
            sys.exit(f"{word}: not known here")
    return stage


def try_server(stage):
    """The image's command answers its own health check, cuts a picture out, and ends when it is told to."""
    is_healthy = stage.command(stage.settings["HEALTHCHECK"])
    assert subprocess.run(is_healthy, stderr=subprocess.DEVNULL).returncode, "healthy before it was started"
    server = subprocess.Popen(stage.command(stage.settings["ENTRYPOINT"] + stage.settings["CMD"]), start_new_session=True)
    try:
        until = time.monotonic() + 60
        while subprocess.run(is_healthy, stderr=subprocess.DEVNULL).returncode:
            assert server.poll() is None and time.monotonic() < until, "it does not become healthy"
            time.sleep(0.5)
        url = f"http://127.0.0.1:{stage.settings['EXPOSE']}/api/remove"
        with urllib.request.urlopen(urllib.request.Request(url, PICTURE.read_bytes(), {"Content-Type": "image/png"})) as answer:
            cutout = answer.read()
        assert cutout.startswith(b"\x89PNG"), cutout[:80]
        user = subprocess.run(["ps", "-eo", "uid,args"], text=True, stdout=subprocess.PIPE).stdout
        assert re.search(rf"^ *{stage.settings['USER']} .*u2net serve", user, re.M), "it runs as somebody else"
        print(f"container: healthy; POST /api/remove: a PNG of {len(cutout)} bytes; as user {stage.settings['USER']}")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def main():
    stage = build(Path(sys.argv[1]).read_text(), sys.argv[2])
    subprocess.run(stage.command([*stage.settings["ENTRYPOINT"], "--version"]), check=True)
    has_server = not subprocess.run(stage.command([*stage.settings["ENTRYPOINT"], "serve", "--help"]),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if has_server:
        try_server(stage)
    else:
        sys.exit("the image's command has no server: serve")


if __name__ == "__main__":
    main()
